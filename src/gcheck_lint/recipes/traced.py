"""Texts that are put together out of parts of a file, each letter with its place there.

What nobody can know stands in them as one of two marks: a variable of the environment that is one word at most, and one that is
not in quotes, which may be any number of words.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gcheck_lint.recipes.model import Place
from gcheck_lint.records import dataclass

ONE: Final = "\0"
MANY: Final = "\1"
MARKS: Final = re.compile("[\0\1]")
_VARIABLE: Final = re.compile(r"\$(?:\w+|\{[^}\n]*\}|\([^()\n]*\)|[@*#?])")
_WORD: Final = re.compile(r"[^ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Traced:
    """A text; `at` has the offset of each letter in the file, `home` that of the text where it is empty."""

    text: str
    at: Sequence[int]
    home: int

    def __getitem__(self, part: slice) -> Traced:
        start = part.start or 0
        return Traced(self.text[part], self.at[part], self.at[start] if start < len(self.at) else self.home)

    @property
    def is_known(self) -> bool:
        """Whether nothing in it is unknown."""
        return MARKS.search(self.text) is None

    @property
    def is_many(self) -> bool:
        """Whether it may be any number of words."""
        return bool(self.text) and not self.text.strip("\0\1") and MANY in self.text

    def place(self, source: str) -> Place:
        """Where it is written, quotes included; of a text in several parts, the first."""
        if not self.at:
            return _quoted(source, self.home, self.home)
        start, end = self.at[0], self.at[-1] + 1
        if not isinstance(self.at, range):
            end = next((before + 1 for before, after in itertools.pairwise(self.at) if after < before), end)
        variable = _VARIABLE.match(source, end - 1) if self.text[-1] in (ONE, MANY) else None
        end = variable.end() if variable is not None else end
        return _quoted(source, start, end)

    def words(self) -> Iterator[Traced]:
        """Its words, as a shell splits a variable that is not in quotes."""
        for found in _WORD.finditer(self.text):
            yield self[found.start() : found.end()]


def _quoted(source: str, start: int, end: int) -> Place:
    before = source[start - 1 : start]
    return Place(start - 1, end + 1) if before in ("'", '"') and source[end : end + 1] == before else Place(start, end)


def of(source: str, start: int = 0, end: int | None = None) -> Traced:
    """A part of a file."""
    end = len(source) if end is None else end
    return Traced(source[start:end], range(start, end), start)


def unknown(at: int, mark: str = ONE) -> Traced:
    """What is not known, and written there."""
    return Traced(mark, (at,), at)


def joined(parts: Iterable[Traced], home: int = 0) -> Traced:
    """Texts put together."""
    found = [part for part in parts if part.text]
    if not found:
        return Traced("", (), home)
    if len(found) == 1:
        return found[0]
    return Traced("".join(part.text for part in found), [at for part in found for at in part.at], found[0].home)


def marked(text: Traced, mark: str) -> Traced:
    """The same with one mark for all that is unknown."""
    return text if text.is_known else Traced(MARKS.sub(mark, text.text), text.at, text.home)
