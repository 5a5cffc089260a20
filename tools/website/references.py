"""What the pages name, as links: rules by their codes, runs by their ids, issues as `trl#3683`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gcheck_lint.rulebook import cards, facts

# the repositories that cards call by their last name
_OWNERS: Final = {
    "fms-hf-tuning": "foundation-model-stack",
    "h2o-llmstudio": "h2oai",
    "ms-swift": "modelscope",
    "peft": "huggingface",
    "starcoder": "bigcode-project",
    "transformers": "huggingface",
    "trl": "huggingface",
    "turbo-alignment": "turbo-llm",
}
_ISSUE: Final = re.compile(r"(?<![\w/\[])((?:[A-Za-z][\w-]*/)?[A-Za-z][\w-]*)#(\d{2,6})\b")
_NAMED: Final = re.compile(r"\b(GCK\d{3}|S\d{1,2})\b")
_FENCE: Final = re.compile(r"^( *`{3,}).*?^\1 *$", re.M | re.S)
_CODE_OR_LINK: Final = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|\[[^\]]*\]\([^)]*\)|^#+ .*$|<[^>]+>", re.M | re.S)


def issue(name: str, number: str) -> str:
    """Where an issue or a pull request is. Raises KeyError where nobody knows the repository."""
    owner = "" if "/" in name else f"{_OWNERS[name]}/"
    return f"https://github.com/{owner}{name}/issues/{number}"


def linked(text: str, own: str = "") -> str:
    """A document of docs/ or rules/ with links, as it could have them itself; `own` is the rule that it is about."""
    known, runs = cards.load(), facts.load().by_name

    def name(found: re.Match[str]) -> str:
        word = found[1]
        if word == own or (word not in known and word not in runs):
            return word
        return f"[{word}](../rules/{known[word].path.name})" if word in known else f"[{word}](../{runs[word].place})"

    def words(piece: str) -> str:
        piece = _NAMED.sub(name, piece)
        return _ISSUE.sub(lambda found: f"[{found[0]}]({issue(found[1], found[2])})", piece)

    return outside_fences(text, lambda part: _outside(part, _CODE_OR_LINK, words))


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """A text, changed but for its fences."""
    return _outside(text, _FENCE, change)


def listed(text: str) -> list[tuple[str, str]]:
    """The issues and the addresses that a card names, each with where it is, in their order."""
    found = {match[0]: issue(match[1], match[2]) for match in _ISSUE.finditer(text)}
    found |= {match[1]: match[2] for match in re.finditer(r"\[([^\]]+)\]\((https?://[^)]+)\)", text)}
    return list(found.items())


def _outside(text: str, inside: re.Pattern[str], change: Callable[[str], str]) -> str:
    """A text, changed but for what a pattern finds in it."""
    parts: list[str] = []
    last = 0
    for found in inside.finditer(text):
        parts += [change(text[last : found.start()]), found[0]]
        last = found.end()
    return "".join((*parts, change(text[last:])))
