"""Rules files out by their bytes: what no rule can find anything in is not even parsed.

A rule needs a switch and a place where it shows, each in words that the program has to hold (`checks.needs` says which). They may
stand in the modules that a file imports, so a file that holds some of them is looked at together with those. What stands in a
comment, after the prompt of an example or between backticks in a docstring does not count.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from typing import Final

from gcheck_lint.prefilter.words import ANY_NEED, GATE, LEADING, RULES, WORDS

_PROMPTS: Final = (b"#", b">>>")
_OUTSIDE: Final = re.compile(rb"[\"']")
_MISSPELT: Final = re.compile(rb"#\s*g[\w-]{2,11}\s*:\s*(?:file-)?(?:ignore|disable|enable)")  # `# glint: ignore`
_compiled: dict[str, tuple[tuple[tuple[bytes, ...], re.Pattern[bytes]], ...]] = {}


class Text:
    """The bytes of a file, and which words they hold: each is looked for once, when it is asked for."""

    __slots__ = ("_data", "_found", "_literals")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found: dict[str, bool] = {}
        self._literals: dict[bytes, bool] = {}

    def is_gated(self) -> bool:
        """Whether it holds none of the literals without which nothing is enough."""
        return not any(map(self._has, GATE))

    def holds(self, word: str) -> bool:
        """Whether a word is in it."""
        known = self._found.get(word)
        if known is None:
            known = self._found[word] = self._search(word)
        return known

    def _search(self, word: str) -> bool:
        if word not in _compiled:
            _compiled[word] = tuple((literals, re.compile(pattern)) for literals, pattern in WORDS[word])
        for literals, pattern in _compiled[word]:
            if literals and not any(map(self._has, literals)):
                continue
            if any(_is_code(self._data, match.start()) for match in pattern.finditer(self._data)):
                return True
        return False

    def _has(self, literal: bytes) -> bool:
        found = self._literals.get(literal)
        if found is None:
            root = _root(literal)
            found = self._literals[literal] = (root == literal or self._has(root)) and literal in self._data
        return found

    def leads_on(self) -> bool:
        """Whether what is missing here may be found in the modules that it imports."""
        return any(map(self.holds, LEADING))

    def words(self) -> frozenset[str]:
        """All that it holds."""
        return frozenset(filter(self.holds, WORDS))


def is_enough(text: Text) -> bool:
    """Whether a text holds what any rule needs."""
    return not text.is_gated() and any(all(map(text.holds, words)) for words in ANY_NEED)


@functools.cache
def _root(literal: bytes) -> bytes:
    """What of the gate a literal holds: where that is missing, so is the literal."""
    return next((part for part in GATE if part in literal), literal)


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
    lower = data.lower()
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
