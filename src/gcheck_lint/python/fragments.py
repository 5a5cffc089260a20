"""Parts of a file that are parsed by themselves: the body of a function, or some rows of the top level."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import libcst as cst

from gcheck_lint.python.layout import Layout
from gcheck_lint.python.nodes import parts
from gcheck_lint.python.outline import Outline

_ABOVE: Final = "if 1:\n"


@contextmanager
def uncollected() -> Iterator[None]:
    """Holds back the garbage collector: a tree grows by a hundred thousand objects, and going over them again and again as they
    come, with all other trees, finds nothing and takes as long as the parse.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


class Trees:
    """Trees of parts, by their text: while somebody types, one part is another after each letter, and all others are as before.

    `room`: letters of all texts that are kept; with none, which is the case at first, nothing is.
    """

    def __init__(self) -> None:
        self.room = 0
        self._kept: OrderedDict[str, cst.Module] = OrderedDict()
        self._letters = 0

    def clear(self) -> None:
        """Keeps none of them any longer."""
        self._kept.clear()
        self._letters = 0

    def parsed(self, text: str, taken: set[cst.Module]) -> cst.Module:
        """A tree of a text that is none of those that are `taken`: one file has each node once. Raises as LibCST does."""
        tree = self._kept.get(text)
        if tree is not None and tree not in taken:
            self._kept.move_to_end(text)
            taken.add(tree)
            return tree
        with uncollected():
            made = cst.parse_module(text)
        if self.room and tree is None:
            self._kept[text] = made
            taken.add(made)
            self._letters += len(text)
            while self._letters > self.room:
                dropped, _ = self._kept.popitem(last=False)
                self._letters -= len(dropped)
        return made


TREES: Final = Trees()


class Fragment:
    """The body of a function of an outlined file (`owner`), or a part of an indexed one, parsed by itself."""

    def __init__(self, tree: cst.Module, text: str, shift: int, owner: cst.FunctionDef | None = None) -> None:
        self.tree, self._text, self._owner = tree, text, owner
        self.shift = shift
        self._layout: Layout | None = None
        self._nodes: set[cst.CSTNode] | None = None

    @classmethod
    def of(cls, outline: Outline, name: str, owner: cst.FunctionDef, taken: set[cst.Module]) -> Fragment | None:
        """Parses it, below a line that makes its indentation right."""
        return cls.of_rows(f"{_ABOVE}{outline.text(name)}\n", outline.bodies[name][0] - len(_ABOVE), taken, owner)

    @classmethod
    def of_rows(cls, text: str, shift: int, taken: set[cst.Module], owner: cst.FunctionDef | None = None) -> Fragment | None:
        """Parses whole rows that begin at offset `shift` of the file. `taken`: trees that the file has already."""
        try:
            tree = TREES.parsed(text, taken)
        except (cst.ParserSyntaxError, cst.CSTValidationError, ValueError, RecursionError):
            return None
        return cls(tree, text, shift, owner)

    @property
    def statements(self) -> Sequence[cst.CSTNode]:
        return self.tree.body

    @property
    def body(self) -> cst.BaseSuite:
        above = self.tree.body[0]
        assert isinstance(above, cst.If)
        return above.body

    def holds(self, node: cst.CSTNode) -> bool:
        """Whether a node stands in it; that costs far less than to lay it out."""
        if self._nodes is None:
            found: list[cst.CSTNode] = [self.tree]
            for one in found:
                found += parts(one)
            self._nodes = set(found)
        return node in self._nodes

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The innermost statement around a node; around what stands in no smaller one it is the function."""
        found = self.layout.statements.get(node, node)
        return self._owner if self._owner is not None and found is self.tree.body[0] else found

    @property
    def layout(self) -> Layout:
        if self._layout is None:
            self._layout = Layout(self.tree, self._text)
        return self._layout
