"""A place and an intent become text edits.

Edits are on the text, never on the tree: what lies outside of them stays byte-identical. An intent that the place can't
take without changing more than itself (a line before an `elif`, a statement inside a lambda) gives None, and no fix is offered.
"""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.diagnostics import Edit
from gcheck_lint.syntax import Module, Site

_NEWLINE = re.compile(r"\r\n|\r|\n")


def insert_before(site: Site, code: str) -> tuple[Edit, ...] | None:
    """A new statement that runs right before the statement around `site`."""
    module, statement = site.module, site.module.statement(site.node)
    if not _takes_a_line_before(site):
        return None
    start, _ = module.extent(statement)
    text = module.source.text
    line_start = _line_start(text, start)
    indent = text[line_start:start]
    if indent.strip() == "":
        if _inside_open_line(text, line_start):
            return None
        return (Edit(module.path, start, start, code + _newline(module, start) + indent),)
    if isinstance(statement, cst.BaseSmallStatement):
        return (Edit(module.path, start, start, code + "; "),)
    return None


def insert_after(site: Site, code: str) -> tuple[Edit, ...] | None:
    """A new statement that runs right after the (simple) statement around `site`."""
    module, statement = site.module, site.module.statement(site.node)
    if not isinstance(statement, cst.BaseSmallStatement) or isinstance(
        statement, (cst.Return, cst.Raise, cst.Break, cst.Continue)
    ):
        return None
    if _inside_lambda(site):
        return None
    start, end = module.extent(statement)
    text = module.source.text
    line_start = _line_start(text, start)
    newline = _NEWLINE.search(text, end)
    line_end = newline.start() if newline else len(text)
    alone = text[line_start:start].strip() == "" and (
        text[end:line_end].strip() == "" or text[end:line_end].lstrip().startswith("#")
    )
    if not alone:
        return (Edit(module.path, end, end, "; " + code),)
    return (Edit(module.path, line_end, line_end, _newline(module, start) + text[line_start:start] + code),)


def replace(site: Site, code: str) -> tuple[Edit, ...]:
    """Write `code` in the place of a node."""
    start, end = site.module.extent(site.node)
    return (Edit(site.path, start, end, code),)


def written(site: Site) -> str:
    """The text of a node; several lines are joined into one where that is harmless."""
    return site.module.text(site.node)


def is_plain(text: str) -> bool:
    """Whether an expression can be written down a second time: one line, no comment."""
    return "\n" not in text and "\r" not in text and "#" not in text


def _newline(module: Module, offset: int) -> str:
    """The newline in use where the edit lands."""
    text = module.source.text
    found = _NEWLINE.search(text, offset) or _NEWLINE.search(text)
    return found.group() if found else "\n"


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _inside_open_line(text: str, line_start: int) -> bool:
    """Whether the line before ends in a backslash, so that this line is no line of its own."""
    return text[:line_start].rstrip("\r\n").endswith("\\")


def _inside_lambda(site: Site) -> bool:
    """Whether the node runs later than, or not at every run of, the statement around it."""
    statement = site.module.statement(site.node)
    if statement is site.node:
        return False
    for deferred in _deferred_parts(statement):
        start, end = site.module.extent(deferred)
        at, _ = site.module.extent(site.node)
        if start <= at < end:
            return True
    return False


def _deferred_parts(statement: cst.CSTNode) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []

    class Lambdas(cst.CSTVisitor):
        def visit_Lambda(self, node: cst.Lambda) -> bool:  # noqa: N802 - LibCST's own naming
            found.append(node.body)
            return False

        def visit_IndentedBlock(self, node: cst.IndentedBlock) -> bool:  # noqa: N802
            return False

    statement.visit(Lambdas())
    return found


def _takes_a_line_before(site: Site) -> bool:
    statement = site.module.statement(site.node)
    if isinstance(statement, (cst.Else, cst.While, cst.ExceptHandler)) or _inside_lambda(site):
        return False
    if isinstance(statement, cst.If):
        start, _ = site.module.extent(statement)
        return not site.module.source.text.startswith("elif", start)
    return not (isinstance(statement, (cst.FunctionDef, cst.ClassDef)) and statement.decorators)
