"""Columns as the client counts them: UTF-8 bytes, UTF-16 units or code points, whichever was agreed on."""

from __future__ import annotations

from lsprotocol import types

from gcheck_lint.records import dataclass
from gcheck_lint.text.spans import LineIndex, Position, Span


@dataclass(frozen=True, slots=True)
class Units:
    """One way of counting. A client that names none counts in UTF-16."""

    encoding: str = "utf-16"

    def width(self, text: str) -> int:
        """How long a text is for the client."""
        if text.isascii() or self.encoding == "utf-32":
            return len(text)
        if self.encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def characters(self, line: str, width: int) -> int:
        """How many characters of a line the client's column stands behind; a place within a character is before it."""
        if line.isascii() or self.encoding == "utf-32":
            return min(max(width, 0), len(line))
        seen = 0
        for number, character in enumerate(line):
            seen += self.width(character)
            if seen > width:
                return number
        return len(line)

    def position(self, lines: LineIndex, place: Position) -> types.Position:
        """A place of ours for the client."""
        return types.Position(place.row - 1, self.width(lines.line(place.row)[: place.column - 1]))

    def range(self, lines: LineIndex, span: Span) -> types.Range:
        """A span of ours for the client."""
        return types.Range(self.position(lines, span.start), self.position(lines, span.end))

    def offset(self, lines: LineIndex, place: types.Position) -> int:
        """The offset of a place of the client's; one beyond a line's or the text's end is that end."""
        row = place.line + 1
        if row > len(lines):
            return len(lines.text)
        if row < 1:
            return 0
        return lines.offset(Position(row, self.characters(lines.line(row), place.character) + 1))
