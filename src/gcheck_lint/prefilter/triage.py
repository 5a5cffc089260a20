"""Rules files out by their bytes: what no rule can find anything in is not even parsed.

A rule needs a switch and a place where it shows, each in words that the program has to hold (`needs` says which). They may stand
in the modules that a file imports, so a file that holds some of them is looked at together with those. What stands in a comment,
after the prompt of an example or between backticks in a docstring does not count.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from typing import Final

from gcheck_lint.prefilter.vocabulary import ANY_NEED, CLUES, GATE, LEADING, RULES

_PROMPTS: Final = (b"#", b">>>")
_OUTSIDE: Final = re.compile(rb"[\"']")
_compiled: dict[str, tuple[tuple[tuple[bytes, ...], re.Pattern[bytes]], ...]] = {}


class Glance:
    """A text, and which clues it holds: each is looked for once, when it is asked for."""

    __slots__ = ("_data", "_found", "_said")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found: dict[bytes, bool] = {}
        self._said: dict[str, bool] = {}

    def is_gated(self) -> bool:
        """Whether it holds none of the words without which nothing is enough."""
        return not any(map(self._holds, GATE))

    def says(self, clue: str) -> bool:
        """Whether the text holds a clue."""
        known = self._said.get(clue)
        if known is None:
            known = self._said[clue] = self._look(clue)
        return known

    def _look(self, clue: str) -> bool:
        if clue not in _compiled:
            _compiled[clue] = tuple((literals, re.compile(pattern)) for literals, pattern in CLUES[clue])
        for literals, pattern in _compiled[clue]:
            if literals and not any(map(self._holds, literals)):
                continue
            if any(_is_code(self._data, match.start()) for match in pattern.finditer(self._data)):
                return True
        return False

    def _holds(self, literal: bytes) -> bool:
        found = self._found.get(literal)
        if found is None:
            root = _root(literal)
            found = self._found[literal] = (root == literal or self._holds(root)) and literal in self._data
        return found

    def leads_on(self) -> bool:
        """Whether what is missing here may be found in the modules that it imports."""
        return any(self.says(clue) for clue in LEADING)

    def clues(self) -> frozenset[str]:
        """All that it holds."""
        return frozenset(clue for clue in CLUES if self.says(clue))


def is_enough(text: Glance) -> bool:
    """Whether a text holds what any rule needs."""
    return not text.is_gated() and any(all(map(text.says, clues)) for clues in ANY_NEED)


@functools.cache
def _root(literal: bytes) -> bytes:
    """A word of the gate that a literal holds: where that is missing, so is the literal."""
    return next((word for word in GATE if word in literal), literal)


def meets(clues: Collection[str]) -> bool:
    """Whether some clues are all that any rule needs."""
    return any(all(clue in clues for clue in wanted) for wanted in ANY_NEED)


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
    if b"gclint" in lower:
        return True
    return b"noqa" in lower and (b"gck" in lower or any(name.encode() in lower for name in RULES.values()))


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
