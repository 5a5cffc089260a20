"""Where each node of a tree stands, and in which statement.

LibCST's trees carry no positions, and its own metadata costs several times a parse. Here a tree is written out once, into a state
that only counts characters.
"""

from __future__ import annotations

import functools
from bisect import bisect_left

import libcst as cst
from libcst._nodes.internal import CodegenState  # the only hook that sees every token; PositionProvider rests on it too

from gcheck_lint.text.margins import MisreadError

COMPOUND = (
    cst.If,
    cst.Else,
    cst.For,
    cst.While,
    cst.With,
    cst.Try,
    cst.TryStar,
    cst.ExceptHandler,
    cst.FunctionDef,
    cst.ClassDef,
    cst.Match,
)


@functools.cache  # the answer of an abstract class costs more than all else that is done with a node
def _is_statement(kind: type[cst.CSTNode]) -> bool:
    return issubclass(kind, (cst.BaseSmallStatement, *COMPOUND))


class _Nothing:
    """A context in which nothing is recorded."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


_NOTHING = _Nothing()


class _Writer(CodegenState):
    """Writes a node out, and notes nothing."""

    def record_syntactic_position(  # type: ignore[override]  # LibCST's own makes a generator for each node
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Nothing:
        return _NOTHING


def code_of(node: cst.CSTNode, indent: str = "    ", newline: str = "\n") -> str:
    """A node written out, as by LibCST's `code_for_node`, in half of its time."""
    state = _Writer(default_indent=indent, default_newline=newline)
    node._codegen(state)
    return "".join(state.tokens)


@functools.lru_cache(maxsize=4096)
def wording_of(node: cst.CSTNode) -> str:
    """The same of an expression that is asked for again and again."""
    return code_of(node)


class _Recorder:
    """The context manager behind `record_syntactic_position`."""

    __slots__ = ("end_node", "layout", "node", "start", "start_node")

    def __init__(self, layout: Layout, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None) -> None:
        self.layout, self.node, self.start_node, self.end_node = layout, node, start_node, end_node

    def __enter__(self) -> None:
        self.start = self.layout.offset

    def __exit__(self, *_: object) -> None:
        extents = self.layout.extents
        start = extents[self.start_node][0] if self.start_node is not None else self.start
        end = extents[self.end_node][1] if self.end_node is not None else self.layout.offset
        extents[self.node] = (start, end)


class Layout(CodegenState):
    """Writes a tree out and notes where each node begins and ends, and which statement it belongs to."""

    def __init__(self, tree: cst.Module, text: str) -> None:
        super().__init__(default_indent=tree.default_indent, default_newline=tree.default_newline)
        self.offset = 0
        self.extents: dict[cst.CSTNode, tuple[int, int]] = {}
        self.statements: dict[cst.CSTNode, cst.CSTNode] = {}
        self._open: list[int] = []
        self._around: list[cst.CSTNode] = []
        tree._codegen(self)
        written = "".join(self.tokens)
        self._places = None if written == text else _Places(written, text)

    def extent(self, node: cst.CSTNode) -> tuple[int, int]:
        start, end = self.extents[node]
        if self._places is None:
            return start, end
        begun = self._places.start(start)
        return begun, max(begun, self._places.end(end))

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._open.append(self.offset)
        if _is_statement(type(node)):
            self._around.append(node)
        if self._around:
            self.statements[node] = self._around[-1]

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._open.pop()
        if self._around and self._around[-1] is node:
            self._around.pop()
        if node not in self.extents:
            self.extents[node] = (start, self.offset)

    def record_syntactic_position(  # type: ignore[override]  # a plain object is several times cheaper than a generator
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Recorder:
        return _Recorder(self, node, start_node, end_node)


class _Places:
    """Offsets of what LibCST writes as offsets of the text, where the two differ in the space between what means something.

    Raises MisreadError where they differ in more.
    """

    def __init__(self, written: str, text: str) -> None:
        self._text = text
        self._written, self._meant = _solid(written), _solid(text)
        if [written[at] for at in self._written] != [text[at] for at in self._meant]:
            raise MisreadError

    def start(self, offset: int) -> int:
        number = bisect_left(self._written, offset)
        return self._meant[number] if number < len(self._meant) else len(self._text)

    def end(self, offset: int) -> int:
        number = bisect_left(self._written, offset)
        return self._meant[number - 1] + 1 if number else 0


def _solid(text: str) -> list[int]:
    return [at for at, letter in enumerate(text) if letter not in " \t\f\r\n\\"]
