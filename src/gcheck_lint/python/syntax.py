"""Text to LibCST tree, and the place of a node when somebody asks for it.

LibCST's trees carry no positions, and its own metadata costs several times a parse. Here the tree is written out once, into a
state that only counts characters, and only when a finding, a fix or the timeline needs a place.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import libcst as cst
from libcst._nodes.internal import CodegenState  # the only hook that sees every token; PositionProvider rests on it too

from gcheck_lint.python.outline import Outline
from gcheck_lint.text.notebook import Program
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position, Span

_COMPOUND = (
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


class ParseError(Exception):
    """The text is no Python that LibCST can parse."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class Module:
    """A parsed file. Places are computed on first use."""

    def __init__(self, source: Source, tree: cst.Module, outline: Outline | None = None) -> None:
        self.source = source
        self.tree = tree
        self._outline = outline
        self._bodies: dict[str, _Fragment | None] = {}
        self._layout: _Layout | None = None
        self._lines: LineIndex | None = None

    @property
    def path(self) -> str:
        """The path as shown to the user."""
        return self.source.path

    @property
    def lines(self) -> LineIndex:
        """The rows of the text."""
        if self._lines is None:
            self._lines = LineIndex(self.source.text)
        return self._lines

    def body(self, node: cst.FunctionDef) -> cst.BaseSuite:
        """The body of a function, which in an outlined file is parsed now. One that LibCST cannot parse does nothing."""
        left_out = self._left_out(node)
        if left_out is None:
            return node.body
        fragment = self._fragment(left_out)
        return cst.IndentedBlock([]) if fragment is None else fragment.body

    def code(self, node: cst.FunctionDef | cst.Lambda) -> str:
        """The text of a function, with the comments above it."""
        written = self.tree.code_for_node(node)
        left_out = self._left_out(node)
        return written if left_out is None or self._outline is None else written + self._outline.text(left_out)

    def extent(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end offset of a node, without the whitespace around it."""
        fragment = self._around(node)
        if fragment is None:
            return self._laid_out().extent(node)
        start, end = fragment.layout.extent(node)
        return start + fragment.shift, end + fragment.shift

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The innermost statement around a node: a small statement, or a compound statement whose header holds the node."""
        fragment = self._around(node)
        layout = self._laid_out() if fragment is None else fragment.layout
        return layout.statements.get(node, node)

    def header(self, node: cst.CSTNode) -> tuple[int, int]:
        """The extent of a statement; of a compound one only up to its colon."""
        start, end = self.extent(node)
        body = getattr(node, "body", None)
        if isinstance(node, _COMPOUND) and isinstance(body, cst.BaseSuite):
            end = max(start, self.extent(body)[0])
            end = start + len(self.source.text[start:end].rstrip())
        return start, end

    def text(self, node: cst.CSTNode) -> str:
        """A node as it is written in the file."""
        start, end = self.extent(node)
        return self.source.text[start:end]

    def _laid_out(self) -> _Layout:
        if self._layout is None:
            with uncollected():
                self._layout = _Layout(self.tree, self.source.text if self._outline is None else self._outline.outlined)
        return self._layout

    def _left_out(self, node: cst.FunctionDef | cst.Lambda) -> str | None:
        """The name that stands for a function's body, where the body was left out."""
        if self._outline is None or not isinstance(node.body, cst.IndentedBlock):
            return None
        first = node.body.body[0] if node.body.body else None
        small = first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
        name = small.value.value if isinstance(small, cst.Expr) and isinstance(small.value, cst.Name) else ""
        return name if name in self._outline.bodies else None

    def _fragment(self, name: str) -> _Fragment | None:
        if name not in self._bodies:
            assert self._outline is not None
            self._bodies[name] = _Fragment.of(self._outline, name)
        return self._bodies[name]

    def _around(self, node: cst.CSTNode) -> _Fragment | None:
        """The body, parsed by itself, that holds a node; None where the node stands in the file's own tree."""
        if not self._bodies or node in self._laid_out().extents:
            return None
        return next((one for one in self._bodies.values() if one is not None and node in one.layout.extents), None)


class _Fragment:
    """The body of a function of an outlined file."""

    def __init__(self, tree: cst.Module, text: str, shift: int) -> None:
        self._tree, self._text = tree, text
        self.shift = shift
        self._layout: _Layout | None = None

    @classmethod
    def of(cls, outline: Outline, name: str) -> _Fragment | None:
        """Parses it, below a line that makes its indentation right."""
        text = f"{_ABOVE}{outline.text(name)}\n"
        try:
            with uncollected():
                tree = cst.parse_module(text)
        except (cst.ParserSyntaxError, ValueError, RecursionError):
            return None
        return cls(tree, text, outline.bodies[name][0] - len(_ABOVE))

    @property
    def body(self) -> cst.BaseSuite:
        above = self._tree.body[0]
        assert isinstance(above, cst.If)
        return above.body

    @property
    def layout(self) -> _Layout:
        if self._layout is None:
            self._layout = _Layout(self._tree, self._text)
        return self._layout


_ABOVE: Final = "if 1:\n"


class Site:
    """A node in a file: where something happens. `inner`: the place in another file to which a call there leads."""

    __slots__ = ("inner", "module", "node")

    def __init__(self, module: Module, node: cst.CSTNode, inner: Site | None = None) -> None:
        self.module = module
        self.node = node
        self.inner = inner

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Site) and other.node is self.node

    def __hash__(self) -> int:
        return hash(id(self.node))

    @property
    def path(self) -> str:
        """The file that holds the node."""
        return self.module.path

    @property
    def span(self) -> Span:
        """The node's own span; for a statement with a body, its header."""
        return self.module.lines.span(*self.module.header(self.node))

    @property
    def statement(self) -> Span:
        """The span of the statement (or header) around the node."""
        return self.module.lines.span(*self.module.header(self.module.statement(self.node)))

    @property
    def row(self) -> int:
        """The row on which the node starts."""
        return self.span.start.row

    @property
    def where(self) -> str:
        """The row in words: in a notebook the cell and the row in it."""
        source = self.module.source
        if not isinstance(source, Program):
            return str(self.row)
        place = source.notebook.place(self.span.start)
        return f"{place.cell}:{place.position.row}"


_LAYOUT: Final = re.compile(
    r"whitespace|lines$|^[lr](par|bracket|brace)$|^(header|footer|indent|comma|semicolon|dot|equal|colon|newline)$"
)


@functools.cache
def _meaning(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that hold other nodes, without white space and punctuation."""
    return tuple(field.name for field in dataclasses.fields(kind) if not _LAYOUT.search(field.name))


def parts(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a node is made of, in no order. LibCST's own `children` goes through its visitors, and is many times slower."""
    found: list[cst.CSTNode] = []
    for name in _meaning(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found.extend(one for one in value if isinstance(one, cst.CSTNode))
    return found


def parse(source: Source) -> Module:
    """Parse a file.

    Raises:
        ParseError: LibCST cannot parse the text.
    """
    try:
        with uncollected():
            tree = cst.parse_module(source.text)
    except cst.ParserSyntaxError as error:
        message = " ".join(error.message.split())
        raise ParseError(message, Position(max(error.raw_line, 1), error.raw_column + 1)) from None
    except (ValueError, RecursionError) as error:
        raise ParseError(str(error) or "too deeply nested", Position(1, 1)) from None
    return Module(source, tree)


def parse_outline(source: Source) -> Module:
    """Parse a file of which most functions may never be asked for: the bodies of large ones only when they are.

    Raises:
        ParseError: LibCST cannot parse the text.
    """
    outline = Outline.of(source.text)
    if outline is None:
        return parse(source)
    try:
        with uncollected():
            return Module(source, cst.parse_module(outline.outlined), outline)
    except (cst.ParserSyntaxError, ValueError, RecursionError):
        return parse(source)


@functools.cache  # the answer of an abstract class costs more than all else that is done with a node
def _is_statement(kind: type[cst.CSTNode]) -> bool:
    return issubclass(kind, (cst.BaseSmallStatement, *_COMPOUND))


class _Recorder:
    """The context manager behind `record_syntactic_position`."""

    __slots__ = ("end_node", "layout", "node", "start", "start_node")

    def __init__(self, layout: _Layout, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None) -> None:
        self.layout, self.node, self.start_node, self.end_node = layout, node, start_node, end_node

    def __enter__(self) -> None:
        self.start = self.layout.offset

    def __exit__(self, *_: object) -> None:
        extents = self.layout.extents
        start = extents[self.start_node][0] if self.start_node is not None else self.start
        end = extents[self.end_node][1] if self.end_node is not None else self.layout.offset
        extents[self.node] = (start, end)


class _Layout(CodegenState):
    """Writes a tree out and notes where each node begins and ends, and which statement it belongs to."""

    def __init__(self, tree: cst.Module, text: str) -> None:
        super().__init__(default_indent=tree.default_indent, default_newline=tree.default_newline)
        self.offset = 0
        self.extents: dict[cst.CSTNode, tuple[int, int]] = {}
        self.statements: dict[cst.CSTNode, cst.CSTNode] = {}
        self._open: list[int] = []
        self._around: list[cst.CSTNode] = []
        tree._codegen(self)
        self._dropped = _dropped("".join(self.tokens), text)

    def extent(self, node: cst.CSTNode) -> tuple[int, int]:
        start, end = self.extents[node]
        for place in self._dropped:
            start += start >= place
            end += end > place
        return start, end

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


def _dropped(written: str, text: str) -> list[int]:
    """Offsets of the text that LibCST does not write back: form feeds before a statement."""
    places: list[int] = []
    if written == text:
        return places
    at = 0
    for character in written:
        while at < len(text) and text[at] != character:
            places.append(at)
            at += 1
        at += 1
    places.extend(range(at, len(text)))
    return places
