"""A place and an intent become text edits.

Edits are on the text, never on the tree: what lies outside of them stays byte-identical. An intent that the place can't
take without changing more than itself (a line before an `elif`, a statement inside a lambda) gives None, and no fix is offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import libcst as cst

from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.records import dataclass
from gcheck_lint.text.spans import Edit

_NEWLINE = re.compile(r"\r\n|\r|\n")
_LITERAL: Final = (cst.SimpleString, cst.Integer, cst.Float)
_DEFERRED: Final = (cst.Lambda,)
_CONDITIONAL: Final = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
# methods that give back the object they are called on, or one with the same config
_SAME: Final = {"eval", "train", "to", "cpu", "cuda", "half", "float", "bfloat16", "requires_grad_", "merge_and_unload"}
# functions and methods that give the same thing each time and do nothing else
PURE: Final = {
    "bool",
    "extract_model_from_parallel",
    "get_base_model",
    "getattr",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "str",
    "super",
    "type",
    "unwrap",
    "unwrap_model",
}
# those that give something else the second time, or are not to run twice
_ONCE: Final = re.compile(
    r"next|pop\w*|read\w*|recv|send|from_\w+|load\w*|prepare\w*|get_peft_model|deepcopy|copy|clone|[A-Z]\w*"
)


@dataclass(frozen=True, slots=True)
class Naming:
    """An expression as it can be written a second time. `pure` False: it calls a function of the script's own."""

    text: str
    pure: bool


def insert_before(site: Site, *lines: str) -> tuple[Edit, ...] | None:
    """New statements that run right before the statement around `site`."""
    module, statement = site.module, site.module.statement(site.node)
    if not _takes_a_line_before(site):
        return None
    start, _ = module.extent(statement)
    text = module.source.text
    if _begins_a_line(module, statement):
        end = _newline(module, start) + _indent(text, start)
        return (Edit(module.path, start, start, "".join(line + end for line in lines)),)
    if isinstance(statement, cst.BaseSmallStatement):
        return (Edit(module.path, start, start, "".join(f"{line}; " for line in lines)),)
    return None


def insert_after(site: Site, *lines: str) -> tuple[Edit, ...] | None:
    """New statements that run right after the (simple) statement around `site`."""
    module, statement = site.module, site.module.statement(site.node)
    if not isinstance(statement, cst.BaseSmallStatement) or isinstance(
        statement, (cst.Return, cst.Raise, cst.Break, cst.Continue)
    ):
        return None
    if _is_within(site, _DEFERRED):
        return None
    start, end = module.extent(statement)
    text = module.source.text
    newline = _NEWLINE.search(text, end)
    line_end = newline.start() if newline else len(text)
    rest = text[end:line_end].strip()
    if (rest and not rest.startswith("#")) or not _begins_a_line(module, statement):
        return (Edit(module.path, end, end, "".join(f"; {line}" for line in lines)),)
    begin = _newline(module, start) + _indent(text, start)
    return (Edit(module.path, line_end, line_end, "".join(begin + line for line in lines)),)


def insert_after_block(site: Site, *lines: str) -> tuple[Edit, ...] | None:
    """New statements that run right after a `with` as a whole."""
    module, block = site.module, site.node
    if not isinstance(block, cst.With) or site.inner is not None or not _begins_a_line(module, block):
        return None
    start, end = module.extent(block)
    text = module.source.text
    end = start + len(text[start:end].rstrip())
    newline = _NEWLINE.search(text, end)
    line_end = newline.start() if newline else len(text)
    rest = text[end:line_end].strip()
    if rest and not rest.startswith(("#", ";")):
        return None
    begin = _newline(module, start) + _indent(text, start)
    return (Edit(module.path, line_end, line_end, "".join(begin + line for line in lines)),)


def holds(block: Site, site: Site) -> bool:
    """Whether a place lies in a block of the same file, and not in a function that is only called there."""
    if block.module is not site.module or block.inner is not None or site.inner is not None:
        return False
    start, end = block.module.extent(block.node)
    return start <= site.module.extent(site.node)[0] < end


def bound_outside(block: Site, name: str) -> bool:
    """Whether the first name of an expression is not bound within a block, so that it can be used before it."""
    bound: set[str] = set()

    class Bound(cst.CSTVisitor):
        def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802 - LibCST's own naming
            bound.update(_names(node.target))

        def visit_For(self, node: cst.For) -> None:  # noqa: N802
            bound.update(_names(node.target))

        def visit_AsName(self, node: cst.AsName) -> None:  # noqa: N802
            bound.update(_names(node.name))

        def visit_NamedExpr(self, node: cst.NamedExpr) -> None:  # noqa: N802
            bound.update(_names(node.target))

    block.node.visit(Bound())
    first = re.match(r"\w+", name)
    return first is not None and first.group() not in bound


def replace(site: Site, code: str) -> tuple[Edit, ...]:
    """Write `code` in the place of a node."""
    start, end = site.module.extent(site.node)
    return (Edit(site.path, start, end, code),)


def drop_argument(module: Module, call: cst.Call, argument: cst.Arg) -> tuple[Edit, ...] | None:
    """Take an argument out of a call, with the comma before it (or after it, when it is the first)."""
    at = next(index for index, one in enumerate(call.args) if one is argument)
    start, end = module.extent(argument)
    if at > 0:
        start = module.extent(call.args[at - 1])[1]
    elif len(call.args) > 1:
        end = module.extent(call.args[1])[0]
    gone = module.source.text[start:end]
    return None if "#" in gone else (Edit(module.path, start, end, ""),)


def add_argument(site: Site, code: str, beside: cst.Arg | None = None) -> tuple[Edit, ...] | None:
    """One more argument of a call: beside a certain one, else the last one. None where a `**` may hold it already.

    Beside a keyword with a line of its own it gets one, too.
    """
    module, call = site.module, site.node
    if not isinstance(call, cst.Call) or any(arg.star == "**" for arg in call.args):
        return None
    if call.args:
        beside = beside or call.args[-1]
        start, end = module.extent(beside)
        text = module.source.text
        if beside.keyword is not None and not text[_line_start(text, start) : start].strip():
            # before it: a comment behind it stays where it is
            return (Edit(module.path, start, start, f"{code},{_newline(module, start)}{_indent(text, start)}"),)
        return (Edit(module.path, end, end, f", {code}"),)
    _, start = module.extent(call.func)
    inside = re.match(r"\s*\(\s*(?=\))", module.source.text[start:])
    if inside is None:
        return None
    at = start + inside.end()
    return (Edit(module.path, at, at, code),)


def runs_always(site: Site) -> bool:
    """Whether the node is reached each time its statement is: not behind an `and`, not in a comprehension."""
    return not _is_within(site, _CONDITIONAL)


def naming(site: Site) -> Naming | None:
    """How the object of an expression can be named in a statement of its own beside the one around `site`.

    None where that would do something again (load, pop, a walrus), or where a name is bound within the statement alone.
    """
    node = site.node
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _SAME:
        node = node.func.value
    pure = _is_pure(node)
    text = written(Site(site.module, node))
    if pure is None or text is None or _names(node) & _bound_within(site.module.statement(site.node)):
        return None
    atom = isinstance(node, (cst.Name, cst.Attribute, cst.Subscript, cst.Call, *_LITERAL))
    return Naming(text if atom else f"({text})", pure)


def written(site: Site) -> str | None:
    """The text of a node on one line; None where that would lose a comment or change a string."""
    text = site.module.text(site.node)
    if not _NEWLINE.search(text):
        return None if "#" in text else text
    if "#" in text or '"""' in text or "'''" in text:
        return None
    text = re.sub(r"[ \t\f]*\\?(?:\r\n|\r|\n)\s*", "\n", text)
    text = re.sub(r"(?<=[(\[{.])\n|\n(?=[)\]}.])", "", text)
    return re.sub(r",(?=[)\]])", "", text.replace("\n", " "))


def _is_pure(node: cst.CSTNode) -> bool | None:
    """Whether an expression can be evaluated again: True, False when that runs the script's own code, None when not."""
    match node:
        case cst.Name() | cst.SimpleString() | cst.Integer() | cst.Float():
            return True
        case cst.Attribute():
            return _is_pure(node.value)
        case cst.Subscript():
            indices = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
            return _worst([node.value, *indices]) if len(indices) == len(node.slice) else None
        case cst.UnaryOperation():
            return _is_pure(node.expression)
        case cst.BinaryOperation() | cst.BooleanOperation():
            return _worst([node.left, node.right])
        case cst.Comparison():
            return _worst([node.left, *(target.comparator for target in node.comparisons)])
        case cst.IfExp():
            return _worst([node.test, node.body, node.orelse])
        case cst.Call(func=cst.Name(value=name)) | cst.Call(func=cst.Attribute(attr=cst.Name(value=name))):
            if _ONCE.fullmatch(name):
                return None
            owner = [node.func.value] if isinstance(node.func, cst.Attribute) else []
            inner = _worst([*owner, *(given.value for given in node.args)])
            return inner if name in PURE else inner and False
        case _:
            return None


def _worst(nodes: Iterable[cst.CSTNode]) -> bool | None:
    found = {_is_pure(node) for node in nodes}
    return None if None in found else False not in found


class _Binders(cst.CSTVisitor):
    """Names that an expression, or the header of a statement, binds for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> bool:  # noqa: N802 - LibCST's own naming
        return False

    def visit_SimpleStatementSuite(self, node: cst.SimpleStatementSuite) -> bool:  # noqa: N802
        return False

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:  # noqa: N802
        self.names |= _names(node.target)

    def visit_CompFor(self, node: cst.CompFor) -> None:  # noqa: N802
        self.names |= _names(node.target)

    def visit_Lambda(self, node: cst.Lambda) -> None:  # noqa: N802
        self.names |= _names(node.params)

    def visit_AsName(self, node: cst.AsName) -> None:  # noqa: N802
        self.names |= _names(node.name)

    def visit_MatchAs(self, node: cst.MatchAs) -> None:  # noqa: N802
        self.names |= _names(node.name) if node.name is not None else set()

    def visit_MatchStar(self, node: cst.MatchStar) -> None:  # noqa: N802
        self.names |= _names(node.name) if node.name is not None else set()


def _bound_within(statement: cst.CSTNode) -> set[str]:
    binders = _Binders()
    statement.visit(binders)
    return binders.names


def _names(node: cst.CSTNode) -> set[str]:
    found: set[str] = set()

    class Names(cst.CSTVisitor):
        def visit_Name(self, node: cst.Name) -> None:  # noqa: N802 - LibCST's own naming
            found.add(node.value)

        def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
            found.update(_names(node.value))
            return False

    node.visit(Names())
    return found


def _newline(module: Module, offset: int) -> str:
    """The newline in use where the edit lands."""
    text = module.source.text
    found = _NEWLINE.search(text, offset) or _NEWLINE.search(text)
    return found.group() if found else "\n"


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _indent(text: str, offset: int) -> str:
    """The blanks before a statement; a form feed among them starts the count again, and is not written twice."""
    return text[_line_start(text, offset) : offset].rpartition("\f")[2]


def _begins_a_line(module: Module, statement: cst.CSTNode) -> bool:
    """Whether nothing stands before the statement on its line, and the line is one of its own: no backslash leads into it."""
    text = module.source.text
    start, _ = module.extent(statement)
    line_start = _line_start(text, start)
    if text[line_start:start].strip():
        return False
    if not text[:line_start].rstrip("\r\n").endswith("\\") or not isinstance(statement, cst.BaseSmallStatement):
        return True
    return _leads_a_line(module.tree_around(statement), statement)  # else the backslash ends a comment, and leads nowhere


def _leads_a_line(tree: cst.Module, statement: cst.CSTNode) -> bool:
    """Whether a small statement is the first of a logical line in a block, rather than behind a `;` or a colon."""
    found: list[bool] = []

    class Lines(cst.CSTVisitor):
        def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:  # noqa: N802 - LibCST's own naming
            found.append(node.body[0] is statement)
            return False

    tree.visit(Lines())
    return any(found)


def _is_within(site: Site, kinds: tuple[type[cst.CSTNode], ...]) -> bool:
    """Whether the node lies in a part of its statement that runs later, or not at every run of the statement."""
    statement = site.module.statement(site.node)
    if statement is site.node:
        return False
    at, _ = site.module.extent(site.node)
    for part in _parts(statement, kinds):
        start, end = site.module.extent(part)
        if start <= at < end:
            return True
    return False


def _parts(statement: cst.CSTNode, kinds: tuple[type[cst.CSTNode], ...]) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []

    class Parts(cst.CSTVisitor):
        def on_visit(self, node: cst.CSTNode) -> bool:
            if isinstance(node, kinds):
                found.append(node.body if isinstance(node, cst.Lambda) else node)
                return False
            if kinds is _CONDITIONAL:
                if isinstance(node, cst.IfExp):
                    found.extend((node.body, node.orelse))
                elif isinstance(node, cst.BooleanOperation):
                    found.append(node.right)
            return not isinstance(node, cst.IndentedBlock)

    statement.visit(Parts())
    return found


def _takes_a_line_before(site: Site) -> bool:
    statement = site.module.statement(site.node)
    if isinstance(statement, (cst.Else, cst.While, cst.ExceptHandler)) or _is_within(site, _DEFERRED):
        return False
    if isinstance(statement, cst.If):
        start, _ = site.module.extent(statement)
        return not site.module.source.text.startswith("elif", start)
    return not (isinstance(statement, (cst.FunctionDef, cst.ClassDef)) and statement.decorators)
