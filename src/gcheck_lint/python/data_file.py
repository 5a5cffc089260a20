"""Places in a file that is no Python: a recipe's values, told like places of a script."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.text.source import Source


class DataFile(Module):
    """A file of data. Nodes stand for stretches of its text; none of them is Python, and nothing of it is run."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, cst.Module([]))
        self._extents: dict[cst.CSTNode, tuple[int, int]] = {}

    def site(self, start: int, end: int) -> Site:
        """A place from one offset to another."""
        node = cst.Pass()
        self._extents[node] = (start, end)
        return Site(self, node)

    def extent(self, node: cst.CSTNode) -> tuple[int, int]:
        return self._extents.get(node, (0, 0))

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The row on which a place begins stands for its statement."""
        start, _ = self.extent(node)
        place = self.lines.position(start)
        begin = start - (place.column - 1)
        line = cst.Pass()
        self._extents[line] = (begin, begin + len(self.lines.line(place.row).rstrip("\r\n")))
        return line

    def header(self, node: cst.CSTNode) -> tuple[int, int]:
        return self.extent(node)
