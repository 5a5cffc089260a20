"""Reads the rule cards (rules/*.md): everything that is said about a rule, for whoever says it.

The words of a rule are in its card and nowhere else. A card is read strictly: a heading out of place, an unknown key
or a fence of no known kind is an error with its file and line, so a typo can't take an example out of the tests.
This module never imports LibCST: `gclint rule` and `gclint rules` start without it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import tomli

from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Safety, Severity
from gcheck_lint.records import dataclass
from gcheck_lint.rulebook.folder import directory as directory  # for who reads what lies beside the cards

SECTIONS = ("Why", "Versions", "Evidence", "Examples", "What does not help", "When to ignore")
DEFAULT_TARGET = ">=4.25"

_HEADING = re.compile(r"# (?P<code>GCK\d{3}) (?P<slug>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)")
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<info>[^`]*)")
_INFO = re.compile(r'python (?P<kind>bad|good|fixed unsafe|fixed)(?: target="(?P<target>[^"]+)")?')
_RECIPE = re.compile(r"yaml (?P<kind>bad|fixed|good)")
_KEYS = {"severity", "since", "remedy", "facts", "messages"}
_OPTIONAL = {"sayings"}


class CardError(GclintError):
    """A card that does not follow the template (rules/README.md)."""

    def __init__(self, path: Path, row: int, reason: str) -> None:
        super().__init__(f"{path}:{row}: {reason}")
        self.path = path
        self.row = row
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fence:
    """An example. `kind` is `bad`, `good`, `fixed` or `fixed unsafe`; `row` the row of its code in the card."""

    kind: str
    target: str
    text: str
    row: int


@dataclass(frozen=True, slots=True)
class RecipeExample:
    """A recipe in YAML and the script that it starts: the example above it. `kind` is `bad`, `fixed` or `good`."""

    kind: str
    script: Fence
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the log of a run prints, literally, and the versions of transformers that print it."""

    versions: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One rule in words. `remedy` says what puts it right, `sections` maps a heading to its text; `text` is the whole card.

    `sayings` is what people write that a run had said, and no version of any library does.
    """

    code: str
    slug: str
    severity: Severity
    since: str
    remedy: str
    facts: tuple[str, ...]
    messages: tuple[Message, ...]
    sayings: tuple[str, ...]
    sentence: str
    sections: Mapping[str, str]
    fences: tuple[Fence, ...]
    recipes: tuple[RecipeExample, ...]
    text: str
    path: Path

    @property
    def fixable(self) -> bool:
        """Whether some fix of this rule can be applied: an example shows one."""
        return self.fix is not None

    @property
    def fix(self) -> Safety | None:
        """The best applicability among the fixes that the examples show."""
        kinds = {fence.kind for fence in self.fences} | {example.kind for example in self.recipes}
        if "fixed" in kinds:
            return Safety.SAFE
        return Safety.UNSAFE if "fixed unsafe" in kinds else None


def load() -> Mapping[str, Card]:
    """All cards by code, in the order of the codes."""
    return _load(directory())


def find(name: str) -> Card | None:
    """The card with this code or slug, whatever the case of its letters."""
    cards = load()
    wanted = name.strip()
    found = cards.get(wanted.upper())
    return found or next((card for card in cards.values() if card.slug == wanted.lower()), None)


@functools.cache
def _load(place: Path) -> Mapping[str, Card]:
    cards: dict[str, Card] = {}
    for path in sorted(place.glob("GCK*.md")):
        card = parse(path, path.read_text(encoding="utf-8"))
        if card.code in cards:
            raise CardError(path, 1, f"{card.code} is documented twice: {cards[card.code].path.name}")
        cards[card.code] = card
    if not cards:
        raise GclintError(f"no rule documentation in {place}")
    return MappingProxyType(dict(sorted(cards.items())))


def parse(path: Path, text: str) -> Card:
    """Reads one card. Raises CardError."""
    lines = text.splitlines()
    heading = _HEADING.fullmatch(lines[0]) if lines else None
    if heading is None:
        raise CardError(path, 1, "the first line is not a heading like `# GCK101 name-of-the-mistake`")
    blocks = _blocks(path, lines)
    code, slug = heading["code"], heading["slug"]
    head = [block for block in blocks if block.section == ""]
    if len(head) != 1 or head[0].info != "toml":
        raise CardError(path, head[-1].row if head else 2, "one toml fence belongs between heading and sentence")
    meta = _meta(path, head[0])
    sections, starts = _sections(path, lines, blocks)
    between = [number for number in range(head[0].end + 1, starts[0]) if lines[number].strip()]
    sentence = " ".join(lines[number].strip() for number in between)
    if not sentence.endswith("."):
        row = between[0] + 1 if between else head[0].end + 1
        raise CardError(path, row, "one sentence, with its full stop, belongs below the toml fence")
    fences, recipes = _examples(path, blocks)
    return Card(
        code=code,
        slug=slug,
        severity=Severity[meta.severity.upper()],
        since=meta.since,
        remedy=meta.remedy,
        facts=meta.facts,
        messages=meta.messages,
        sayings=meta.sayings,
        sentence=sentence,
        sections=sections,
        fences=fences,
        recipes=recipes,
        text=text,
        path=path,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    info: str
    section: str
    start: int  # 0-based line of the opening fence
    end: int  # of the closing one
    text: str

    @property
    def row(self) -> int:
        return self.start + 1


@dataclass(frozen=True, slots=True)
class _Meta:
    severity: str
    since: str
    remedy: str
    facts: tuple[str, ...]
    messages: tuple[Message, ...]
    sayings: tuple[str, ...]


def _blocks(path: Path, lines: list[str]) -> list[_Block]:
    blocks: list[_Block] = []
    section, number = "", 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("## "):
            section = line[3:].strip()
        opening = _FENCE.fullmatch(line)
        if opening is None:
            number += 1
            continue
        end = next((i for i in range(number + 1, len(lines)) if lines[i].rstrip() == opening["ticks"]), None)
        if end is None:
            raise CardError(path, number + 1, "this fence is never closed")
        code = "".join(f"{line}\n" for line in lines[number + 1 : end])
        blocks.append(_Block(opening["info"].strip(), section, number, end, code))
        number = end + 1
    return blocks


def _meta(path: Path, block: _Block) -> _Meta:
    try:
        data = tomli.loads(block.text)
    except tomli.TOMLDecodeError as error:
        raise CardError(path, block.row, f"the toml fence can't be read: {error}") from error
    if data.keys() - _OPTIONAL != _KEYS:
        wrong = sorted((data.keys() - _OPTIONAL) ^ _KEYS)
        raise CardError(path, block.row, f"the toml fence lacks or has too many keys: {', '.join(wrong)}")
    severity, since, facts, messages = data["severity"], data["since"], data["facts"], data["messages"]
    if severity not in {str(one) for one in Severity}:
        raise CardError(path, block.row, f"no such severity: {severity!r}")
    if not isinstance(since, str) or not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
        raise CardError(path, block.row, "`since` is a string and `facts` a list of strings")
    if not isinstance(messages, list) or not all(
        isinstance(one, dict) and one.keys() == {"versions", "text"} and all(isinstance(v, str) for v in one.values())
        for one in messages
    ):
        raise CardError(path, block.row, "`messages` is a list of tables with `versions` and `text`")
    sayings = data.get("sayings", [])
    if not isinstance(sayings, list) or not all(isinstance(one, str) and one for one in sayings):
        raise CardError(path, block.row, "`sayings` is a list of strings")
    remedy = data["remedy"]
    if not isinstance(remedy, str) or not remedy.endswith("."):
        raise CardError(path, block.row, "`remedy` is a sentence with its full stop")
    told = tuple(Message(one["versions"], one["text"]) for one in messages)
    return _Meta(severity, since, remedy, tuple(facts), told, tuple(sayings))


def _sections(path: Path, lines: list[str], blocks: list[_Block]) -> tuple[Mapping[str, str], list[int]]:
    fenced = {number for block in blocks for number in range(block.start, block.end + 1)}
    starts = [i for i, line in enumerate(lines) if line.startswith("## ") and i not in fenced]
    names = tuple(lines[start][3:].strip() for start in starts)
    for position, name in enumerate(SECTIONS):
        if position >= len(names) or names[position] != name:
            row = starts[position] + 1 if position < len(starts) else len(lines)
            raise CardError(path, row, f"section {position + 1} has to be `## {name}`")
    if len(names) > len(SECTIONS):
        raise CardError(path, starts[len(SECTIONS)] + 1, f"there is no section `{names[len(SECTIONS)]}` in rule documentation")
    texts = {}
    for name, start, end in zip(names, starts, [*starts[1:], len(lines)], strict=True):
        texts[name] = "\n".join(lines[start + 1 : end]).strip("\n")
        if not texts[name].strip():
            raise CardError(path, start + 1, f"the section `{name}` is empty")
    return MappingProxyType(texts), starts


def _examples(path: Path, blocks: list[_Block]) -> tuple[tuple[Fence, ...], tuple[RecipeExample, ...]]:
    fences: list[Fence] = []
    recipes: list[RecipeExample] = []
    for block in blocks:
        if block.section != "Examples":
            if block.info.startswith("python"):
                raise CardError(path, block.row, "python fences belong into the section `Examples`")
            continue
        of_recipe = _RECIPE.fullmatch(block.info)
        if of_recipe is not None:
            if not fences:
                raise CardError(path, block.row, "a recipe belongs below the script that it starts")
            recipes.append(RecipeExample(of_recipe["kind"], fences[-1], block.text))
            continue
        fences.append(_fence(path, block, fences))
    kinds = {fence.kind for fence in fences} | {recipe.kind for recipe in recipes}
    if not {"bad", "good"} <= kinds:
        raise CardError(path, blocks[-1].row, "rule documentation needs at least one `bad` and one `good` example")
    return tuple(fences), tuple(recipes)


def _fence(path: Path, block: _Block, before: list[Fence]) -> Fence:
    info = _INFO.fullmatch(block.info)
    if info is None:
        raise CardError(path, block.row, f"not the info string of an example: `{block.info}`")
    fence = Fence(info["kind"], info["target"] or DEFAULT_TARGET, block.text, block.row + 1)
    if fence.kind.startswith("fixed"):
        if not before or before[-1].kind != "bad":
            raise CardError(path, block.row, "a `fixed` fence belongs right below a `bad` one")
        if before[-1].target != fence.target:
            raise CardError(path, block.row, "a `fixed` fence has the target of the `bad` one above it")
    return fence
