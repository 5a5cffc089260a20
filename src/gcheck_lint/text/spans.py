"""Places in a text: frozen values without behaviour of their own."""

from __future__ import annotations

import bisect
import functools
import re

from gcheck_lint.records import dataclass

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters. `row` and `column` are 1-based; columns count code points."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: Position
    end: Position

    def rows(self) -> range:
        """The rows that the span touches."""
        return range(self.start.row, self.end.row + 1)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the characters from offset `start` up to `end` of the text of `path` by `content`."""

    path: str
    start: int
    end: int
    content: str


@functools.lru_cache(maxsize=8)  # each finding asks for the lines of the same text again
def _starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in _NEWLINE.finditer(text)))


class LineIndex:
    """Turns offsets of a text (0-based, in code points) into positions and back.

    Lines end at CR, LF or CRLF only, as they do for Python's tokenizer: a form feed or U+2028 ends none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = _starts(text)

    def __len__(self) -> int:
        return len(self._starts)

    def position(self, offset: int) -> Position:
        """The position of an offset."""
        row = bisect.bisect_right(self._starts, offset)
        return Position(row, offset - self._starts[row - 1] + 1)

    def offset(self, position: Position) -> int:
        """The offset of a position; one past the end of the text is clamped to it."""
        if position.row > len(self._starts):
            return len(self.text)
        return min(self._starts[position.row - 1] + position.column - 1, len(self.text))

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(self.position(start), self.position(end))

    def line(self, row: int) -> str:
        """The text of a row (1-based), without its newline; empty beyond the last row."""
        if not 1 <= row <= len(self._starts):
            return ""
        end = self._starts[row] if row < len(self._starts) else len(self.text)
        return self.text[self._starts[row - 1] : end].rstrip("\r\n")
