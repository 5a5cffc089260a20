"""Rules files out by their bytes: what no rule can find anything in is not even parsed.

A rule needs a switch and a place where it shows, each in words that the program has to hold (`checks.needs` says which). They may
stand in the modules that a file imports, so a file that holds some of them is looked at together with those. What stands in a
comment, after the prompt of an example or between backticks in a docstring does not count.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from gcheck_lint.prefilter.words import ANY_NEED, GATE, LEADING, RULES, WORDS

_PROMPTS: Final = (b"#", b">>>")
_OUTSIDE: Final = re.compile(rb"[\"']")
_MISSPELT: Final = re.compile(rb"#\s*g[\w-]{2,11}\s*:\s*(?:file-)?(?:ignore|disable|enable)")  # `# glint: ignore`
_COMMENT: Final = re.compile(rb"#[^\n]*")  # and what of a string looks like one
_LEAD: Final = re.compile(rb"(?:\\[^\w\s]|\w)+(?![*+?{|])")  # what a pattern begins with, as far as it is plain
_LEFT, _RIGHT = 40, 60  # bytes around a part of the gate in which a literal lies that holds it
_MANY: Final = 4096  # parts in one file, which is no script then
_compiled: dict[str, tuple[tuple[tuple[bytes, ...], bytes, re.Pattern[bytes]], ...]] = {}


class Text:
    """The bytes of a file, and which words they hold: each is looked for once, when it is asked for."""

    __slots__ = ("_around", "_data", "_found", "_literals")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found: dict[str, bool] = {}
        self._literals: dict[bytes, bool] = {}
        self._around: dict[bytes, bytes] = {}

    def is_gated(self) -> bool:
        """Whether it holds nothing of that without which nothing is enough."""
        return not any(self.holds(one) if isinstance(one, str) else self._has(one) for one in GATE)

    def holds(self, word: str) -> bool:
        """Whether a word is in it."""
        known = self._found.get(word)
        if known is None:
            known = self._found[word] = self._search(word)
        return known

    def _search(self, word: str) -> bool:
        for literals, lead, pattern in _compiled.get(word) or _compile(word):
            if (literals and not any(map(self._has, literals))) or lead not in self._data:
                continue
            if any(_is_code(self._data, match.start()) for match in pattern.finditer(self._data)):
                return True
        return False

    def _has(self, literal: bytes) -> bool:
        found = self._literals.get(literal)
        if found is None:
            part = _PARTS.get(literal)
            data = self._data if part is None else self._near(part)
            found = self._literals[literal] = bool(data) and literal in data
        return found

    def _near(self, part: bytes) -> bytes:
        """What stands around each place of a part of the gate: many literals hold it, and the whole is looked through once."""
        found = self._around.get(part)
        if found is None:
            found = self._around[part] = _cut_out(self._data, part)
        return found

    def leads_on(self) -> bool:
        """Whether what is missing here may be found in the modules that it imports."""
        return any(map(self.holds, LEADING))

    def words(self) -> frozenset[str]:
        """All that it holds."""
        return frozenset(filter(self.holds, WORDS))


def _compile(word: str) -> tuple[tuple[tuple[bytes, ...], bytes, re.Pattern[bytes]], ...]:
    """The patterns of a word; and what each begins with, which is found faster than the pattern."""
    found = []
    for literals, pattern in WORDS[word]:
        lead = _LEAD.match(pattern)
        found.append((literals, b"" if lead is None else lead[0].replace(b"\\", b""), re.compile(pattern)))
    return _compiled.setdefault(word, tuple(found))


def _cut_out(data: bytes, part: bytes) -> bytes:
    found: list[bytes] = []
    at = data.find(part)
    while at >= 0:
        found.append(data[max(at - _LEFT, 0) : at + _RIGHT])
        if len(found) > _MANY:
            return data
        at = data.find(part, at + len(part))
    return b"\n".join(found)


# what of the gate a literal holds
_PARTS: Final = {
    literal: part
    for patterns in WORDS.values()
    for literals, _ in patterns
    for literal in literals
    for part in GATE
    if isinstance(part, bytes) and part in literal
}


def is_enough(text: Text) -> bool:
    """Whether a text holds what any rule needs."""
    return not text.is_gated() and any(all(map(text.holds, words)) for words in ANY_NEED)


def are_enough(words: Collection[str]) -> bool:
    """Whether some words are all that any rule needs."""
    return any(all(word in words for word in wanted) for wanted in ANY_NEED)


def is_plain(data: bytes) -> bool:
    """Whether a script's bytes are surely text: in UTF-8, and nothing in them asks for another encoding."""
    if b"coding" in data[:400] and b"coding" in b"".join(data[:400].splitlines()[:3]):
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def may_silence(data: bytes) -> bool:
    """Whether a comment may be meant for us."""
    lower = b"\n".join(_COMMENT.findall(data)).lower()
    if b"gclint" in lower or b"gck" in lower:
        return True
    if b"noqa" in lower and any(name.encode() in lower for name in RULES.values()):
        return True
    return _MISSPELT.search(lower) is not None


def _is_code(data: bytes, at: int) -> bool:
    """Whether a place may be code: False only if it is none for certain."""
    start = data.rfind(b"\n", 0, at) + 1
    start = data.rfind(b"\r", start, at) + 1 or start
    before = data[start:at]
    if b"{" in before:  # an f-string holds code anywhere
        return True
    if before.lstrip().startswith(_PROMPTS):
        return False
    tick = before.rfind(b"`")  # only strings and comments hold one, and a string ends with a quote
    return tick < 0 or _OUTSIDE.search(before, tick) is not None


_HANDING_ON: Final = (b"HfArgumentParser", b"TrlParser", b"Arguments(**", b"Config(**")


def hands_on_options(data: bytes) -> bool:
    """Whether a script may hand options to what trains without naming them: what parses the arguments of trainers, or a `**`."""
    return any(word in data for word in _HANDING_ON)
