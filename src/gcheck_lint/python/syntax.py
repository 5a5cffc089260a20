"""Text to LibCST tree, and the place of a node when somebody asks for it: when a finding, a fix or the timeline needs one."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Sequence

import libcst as cst

from gcheck_lint.python.fragments import Fragment, uncollected
from gcheck_lint.python.index import Index
from gcheck_lint.python.layout import COMPOUND, Layout, code_of
from gcheck_lint.python.outline import Outline
from gcheck_lint.text import magics
from gcheck_lint.text.margins import straightened
from gcheck_lint.text.nesting import guard
from gcheck_lint.text.notebook import Program
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position, Span


class ParseError(Exception):
    """The text is no Python that LibCST can parse."""

    def __init__(self, message: str, position: Position) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class BodyError(Exception):
    """The body of a function in `module` can't be parsed by itself."""

    def __init__(self, module: Module) -> None:
        super().__init__(module.path)
        self.module = module


class Module:
    """A parsed file. Places are computed on first use. One with an `index` has an empty tree, and is parsed part by part.

    `plain`: what was parsed in the place of the file's text, as long as that, with blanks where it is no Python.
    `lenient`: a body that LibCST cannot parse does nothing; else it raises `BodyError`.
    """

    def __init__(
        self,
        source: Source,
        tree: cst.Module,
        outline: Outline | None = None,
        index: Index | None = None,
        *,
        plain: str | None = None,
        lenient: bool = False,
    ) -> None:
        self.source = source
        self.plain = source.text if plain is None else plain
        self.joined = False  # whether a statement stands behind a lone `\\`: lines around it can't be told from its own
        self.tree = tree
        self.index = index
        self._outline = outline
        self._lenient = lenient
        self._parts: dict[int, Fragment | None] = {}
        self._bodies: dict[str, Fragment | None] = {}
        self._taken: set[cst.Module] = set()  # trees of parts that are kept for the next one who asks
        self._codes: dict[cst.CSTNode, str] = {}
        self._words: dict[tuple[re.Pattern[str], int | cst.CSTNode | None], bool] = {}
        self._layout: Layout | None = None
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

    def part(self, number: int) -> Sequence[cst.CSTNode]:
        """The statements of a part of an indexed file, parsed now. One that LibCST cannot parse does nothing."""
        if number not in self._parts:
            assert self.index is not None
            part = self.index.parts[number]
            text = self.source.text if self._outline is None else self._outline.outlined
            self._parts[number] = Fragment.of_rows(text[part.start : part.end], part.start, self._taken)
        fragment = self._parts[number]
        return () if fragment is None else fragment.statements

    def says(self, pattern: re.Pattern[str], number: int | None = None) -> bool:
        """Whether the text, or that of a part of an indexed file, holds what a pattern means. Many stories ask the same."""
        part = None if number is None or self.index is None else self.index.parts[number]
        start, end = (0, None) if part is None else (part.start, part.end)
        return self._holds(pattern, number, lambda: self.source.text[start:end])

    def function_says(self, pattern: re.Pattern[str], node: cst.FunctionDef | cst.Lambda) -> bool:
        """The same of the text of a function."""
        return self._holds(pattern, node, lambda: self.code(node))

    def _holds(self, pattern: re.Pattern[str], of: int | cst.CSTNode | None, text: Callable[[], str]) -> bool:
        key = pattern, of
        if key not in self._words:
            self._words[key] = pattern.search(text()) is not None
        return self._words[key]

    def body(self, node: cst.FunctionDef) -> cst.BaseSuite:
        """The body of a function, which in an outlined file is parsed now.

        Raises:
            BodyError: LibCST cannot parse it, and the file is to be read whole (`take_whole`).
        """
        left_out = self._left_out(node)
        if left_out is None:
            return node.body
        fragment = self._fragment(left_out, node)
        return cst.IndentedBlock([]) if fragment is None else fragment.body

    def body_text(self, node: cst.FunctionDef | cst.Lambda) -> str | None:
        """The text of a body that was left out, with its indentation; None where it is in the tree."""
        left_out = self._left_out(node)
        return None if left_out is None or self._outline is None else self._outline.text(left_out)

    def take_whole(self) -> None:
        """Parse all of an outlined file, since one of its bodies can't be parsed by itself.

        Raises:
            ParseError: LibCST cannot parse the text.
        """
        self.tree, self._outline, self._layout = _tree_of(self.plain), None, None
        self._bodies.clear()
        self._codes.clear()
        self._words.clear()

    def code(self, node: cst.FunctionDef | cst.Lambda) -> str:
        """The text of a function, with the comments above it."""
        found = self._codes.get(node)
        if found is None:
            written, body = self._code_of(node), self.body_text(node)
            found = self._codes[node] = written if body is None else written + body
        return found

    def _code_of(self, node: cst.CSTNode) -> str:
        return code_of(node, self.tree.default_indent, self.tree.default_newline)

    def written(self, node: cst.CSTNode) -> str:
        """The text of a statement or a body, with the bodies that were left out of it behind it."""
        written = self._code_of(node)
        if self._outline is None or self._outline.stem not in written:
            return written
        return written + "".join(self._outline.text(name) for name in self._outline.bodies if f"{name} #" in written)

    def extent(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end offset of a node, without the whitespace around it.

        A call that nobody wrote is where its function is named.
        """
        fragment = self._around(node)
        if fragment is None and isinstance(node, cst.Call) and node not in self._laid_out().extents:
            return self.extent(node.func)
        if fragment is None:
            return self._laid_out().extent(node)
        start, end = fragment.layout.extent(node)
        return start + fragment.shift, end + fragment.shift

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The innermost statement around a node: a small statement, or a compound statement whose header holds the node."""
        fragment = self._around(node)
        return self._laid_out().statements.get(node, node) if fragment is None else fragment.statement(node)

    def header(self, node: cst.CSTNode) -> tuple[int, int]:
        """The extent of a statement; of a compound one only up to its colon."""
        start, end = self.extent(node)
        body = getattr(node, "body", None)
        if isinstance(node, COMPOUND) and isinstance(body, cst.BaseSuite):
            end = max(start, self.extent(body)[0])
            end = start + len(self.source.text[start:end].rstrip())
        return start, end

    def text(self, node: cst.CSTNode) -> str:
        """A node as it is written in the file."""
        start, end = self.extent(node)
        return self.source.text[start:end]

    def _laid_out(self) -> Layout:
        if self._layout is None:
            with uncollected():
                text = self.plain if self._outline is None else self._outline.outlined
                self._layout = Layout(self.tree, text if self.index is None else "")  # its statements are parts
        return self._layout

    def _left_out(self, node: cst.FunctionDef | cst.Lambda) -> str | None:
        """The name that stands for a function's body, where the body was left out."""
        if self._outline is None or not isinstance(node.body, cst.IndentedBlock):
            return None
        first = node.body.body[0] if node.body.body else None
        small = first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
        name = small.value.value if isinstance(small, cst.Expr) and isinstance(small.value, cst.Name) else ""
        return name if name in self._outline.bodies else None

    def _fragment(self, name: str, owner: cst.FunctionDef) -> Fragment | None:
        if name not in self._bodies:
            assert self._outline is not None
            found = self._bodies[name] = Fragment.of(self._outline, name, owner, self._taken)
            if found is None and not self._lenient:
                raise BodyError(self)
        return self._bodies[name]

    def tree_around(self, node: cst.CSTNode) -> cst.Module:
        """The tree in which a node stands: the file's, or that of a part which was parsed by itself."""
        fragment = self._around(node)
        return self.tree if fragment is None else fragment.tree

    def _around(self, node: cst.CSTNode) -> Fragment | None:
        """The body, parsed by itself, that holds a node; None where the node stands in the file's own tree."""
        if not (self._bodies or self._parts) or node in self._laid_out().extents:
            return None
        fragments = (*self._parts.values(), *self._bodies.values())
        return next((one for one in fragments if one is not None and one.holds(node)), None)


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
    def root_name(self) -> str:
        """The name that an attribute chain begins with (`model` of `model.config.use_cache`); empty for anything else."""
        node = self.node
        while isinstance(node, cst.Attribute):
            node = node.value
        return node.value if isinstance(node, cst.Name) else ""

    @property
    def is_call(self) -> bool:
        return isinstance(self.node, cst.Call)

    @property
    def is_given(self) -> bool:
        """Whether something is given there: an argument of a call, the target of an assignment."""
        statement = self.module.statement(self.node)
        targets: list[cst.CSTNode] = []
        if isinstance(statement, cst.Assign):
            targets = [target.target for target in statement.targets]
        return isinstance(self.node, cst.Arg) or any(target is self.node for target in targets)

    @property
    def bound_names(self) -> frozenset[str]:
        """The names to which the assignment around the node binds its value."""
        statement = self.module.statement(self.node)
        targets = [target.target for target in statement.targets] if isinstance(statement, cst.Assign) else []
        return frozenset(target.value for target in targets if isinstance(target, cst.Name))

    @property
    def row(self) -> int:
        """The row on which the node starts."""
        return self.span.start.row

    @property
    def where(self) -> str:
        """The row in words: in a notebook the cell (`In[3]`: the third that was run), and the row in it."""
        source = self.module.source
        if not isinstance(source, Program):
            return str(self.row)
        place = source.notebook.place(self.span.start)
        count = source.notebook.cell(place.cell).count
        return f"cell {place.cell}{'' if count is None else f' In[{count}]'}:{place.position.row}"


def parse(source: Source) -> Module:
    """Parse a file; the bodies of larger functions only when somebody asks for them.

    Lines of a shell that a script was exported with are no reason to give it up: they are blanked.

    Raises:
        ParseError: LibCST cannot parse the text.
        TooDeepError: It must not be given to LibCST.
    """
    try:
        return _straightened(source, source.text)
    except ParseError:
        if (plain := magics.without_shell(source.text)) is None:
            raise
    return _straightened(source, plain)


def _straightened(source: Source, plain: str) -> Module:
    straight, joined = straightened(plain)
    if straight == plain:
        return _parsed(source, plain)
    try:
        module = _parsed(source, straight)
    except ParseError:  # its rows are others
        return _parsed(source, plain)
    module.joined = joined
    return module


def _parsed(source: Source, plain: str) -> Module:
    if "\0" in plain:  # LibCST takes it within a string, Python nowhere
        raise ParseError("source code cannot contain null bytes", LineIndex(plain).position(plain.index("\0")))
    guard(plain)
    outline = Outline.of(plain)
    if outline is not None:
        try:
            return Module(source, _tree_of(outline.outlined), outline, plain=plain)
        except ParseError:
            pass  # said with the place in the text that was written
    return Module(source, _tree_of(plain), plain=plain)


def _tree_of(plain: str) -> cst.Module:
    try:
        with uncollected():
            return cst.parse_module(plain)
    except cst.ParserSyntaxError as error:
        position = Position(max(error.raw_line, 1), error.raw_column + 1)
        raise _parse_error(plain, "invalid syntax", position) from None
    except cst.CSTValidationError as error:  # what its grammar takes, and its nodes do not
        raise _parse_error(plain, str(error).removesuffix("."), Position(1, 1)) from None
    except (ValueError, RecursionError) as error:
        raise ParseError(str(error) or "too deeply nested", Position(1, 1)) from None


def _parse_error(text: str, otherwise: str, position: Position) -> ParseError:
    """What is wrong in Python's own words, at the place that it says; LibCST lists the tokens that might have followed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as said:
        if said.lineno:
            return ParseError(said.msg, Position(said.lineno, max(said.offset or 1, 1)))
    except (ValueError, RecursionError, MemoryError):
        pass
    return ParseError(otherwise, position)


def parse_indexed(source: Source) -> Module:
    """Parse a file of which most may never be asked for: each statement of its top level, and each body, only when it is.

    Raises:
        ParseError: LibCST cannot parse the text.
    """
    guard(source.text)
    index = Index.of(source.text) if straightened(source.text)[0] == source.text else None
    if index is not None:
        return Module(source, cst.Module([]), index.outline, index, lenient=True)
    whole = parse(source)
    whole.take_whole()
    return whole
