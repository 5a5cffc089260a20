"""Path patterns of settings (`exclude`, `per-file-ignores`), with ruff's meaning.

`fnmatch` lets `*` cross a slash and knows no `**`, and `pathlib`'s full match came with Python 3.13. A regular expression tries
the stars of a pattern against each other, so one with many of them would hang: it is run as an automaton, a letter at a time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath
from typing import Final

from gcheck_lint.records import dataclass

_FEW: Final = 2  # stars that a regular expression is trusted with


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern and the folder that it is relative to: that of the settings file, or the working directory."""

    text: str
    root: PurePath

    def matches(self, path: PurePath) -> bool:
        """Whether it names `path` (absolute): by the last part alone, or by the place below `root`."""
        if _matches(self.text, path.name):
            return True
        pattern = self.text.removeprefix("./")
        if not PurePath(pattern).is_absolute():
            pattern = f"{_escape(self.root.as_posix().rstrip('/'))}/{pattern}"
        return _matches(pattern, path.as_posix())

    def __str__(self) -> str:
        return self.text


def _escape(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _matches(pattern: str, text: str) -> bool:
    if pattern.count("*") <= _FEW:
        return _regex(pattern).fullmatch(text) is not None
    return _automaton(pattern).matches(text)


@dataclass(frozen=True, slots=True)
class _Part:
    """One letter, or (`loops`) any number of them; `skips` is how many parts there are to go on behind without any."""

    letter: str  # a regular expression for one letter
    loops: bool = False
    skips: int = 0


def _parts(pattern: str) -> list[_Part]:
    pattern = pattern.rstrip("/")
    parts: list[_Part] = []
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if pattern.startswith("**/", index):
            parts += [_Part("", skips=3), _Part(".", loops=True), _Part("/")]
            index += 3
        elif pattern.startswith("**", index):
            parts.append(_Part(".", loops=True))
            index += 2
        elif letter == "*":
            parts.append(_Part("[^/]", loops=True))
            index += 1
        elif letter == "?":
            parts.append(_Part("[^/]"))
            index += 1
        elif letter == "[" and (end := pattern.find("]", index + 2)) != -1:
            inside = pattern[index + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(_Part(f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]"))
            index = end + 1
        else:
            parts.append(_Part(re.escape(letter)))
            index += 1
    try:
        for part in parts:
            re.compile(part.letter)
    except re.error:  # a character range the wrong way round: take the pattern as it stands
        return [_Part(re.escape(letter)) for letter in pattern]
    return parts


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    text = "".join("(?:.*/)?" if part.skips else f"{part.letter}*" if part.loops else part.letter for part in _shown(pattern))
    return re.compile(text, re.DOTALL)


def _shown(pattern: str) -> list[_Part]:
    """The parts without those that `**/` stands for as a whole."""
    parts = _parts(pattern)
    hidden = {number + ahead for number, part in enumerate(parts) if part.skips for ahead in (1, 2)}
    return [part for number, part in enumerate(parts) if number not in hidden]


class _Automaton:
    """All places of a pattern at which a text may be, as the bits of a number."""

    def __init__(self, pattern: str) -> None:
        self._parts = [(re.compile(part.letter, re.DOTALL), part) for part in _parts(pattern)]
        self._free = [self._without_a_letter(place) for place in range(len(self._parts) + 1)]
        self._steps: dict[str, tuple[int, int]] = {}

    def matches(self, text: str) -> bool:
        places = self._free[0]
        for letter in text:
            stays, goes_on = self._step(letter)
            loops = places & stays  # a loop stays, and may be left: what lies behind it is open as well
            places = self._widened(places & goes_on) | self._left(loops)
            if not places:
                return False
        return bool(places >> len(self._parts) & 1)

    def _step(self, letter: str) -> tuple[int, int]:
        """The places that take a letter and stay where they are, and those that go on behind it."""
        if letter not in self._steps:
            takes = [(1 << at, part) for at, (wanted, part) in enumerate(self._parts) if part.letter and wanted.fullmatch(letter)]
            stays, goes_on = (sum(bit for bit, part in takes if part.loops is loops) for loops in (True, False))
            self._steps[letter] = stays, goes_on
        return self._steps[letter]

    def _widened(self, places: int) -> int:
        """Where one is behind these places, without a letter more."""
        return self._left(places << 1)

    def _left(self, places: int) -> int:
        """These places, and where one is from there without a letter more."""
        found = 0
        while places:
            lowest = places & -places
            found |= self._free[lowest.bit_length() - 1]
            places ^= lowest
        return found

    def _without_a_letter(self, place: int) -> int:
        found, waiting = 0, [place]
        while waiting:
            at = waiting.pop()
            if found >> at & 1:
                continue
            found |= 1 << at
            if at < len(self._parts):
                part = self._parts[at][1]
                waiting += [at + 1, at + part.skips] if part.skips else [at + 1] if part.loops else []
        return found


@lru_cache(maxsize=512)
def _automaton(pattern: str) -> _Automaton:
    return _Automaton(pattern)
