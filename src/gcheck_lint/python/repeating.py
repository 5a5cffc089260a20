"""Whether an expression that calls functions of the file can be written once more: what they do is followed by name."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import Final

from gcheck_lint.python.edits import PURE
from gcheck_lint.python.syntax import Site

_RUNS_TEXT: Final = {"exec", "eval", "compile", "input", "open", "next"}
_HARMLESS: Final = set(dir(builtins)) - _RUNS_TEXT
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def can_be_called_again(site: Site, acts: re.Pattern[str]) -> bool:
    """Whether all that an expression calls is in the file or Python's own, and none of it holds a word that acts."""
    try:
        text = site.module.source.text
        whole, expression = ast.parse(text), ast.parse(f"({site.module.text(site.node)})", mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return False
    functions: dict[str, list[ast.AST]] = {}
    for node in ast.walk(whole):
        if isinstance(node, _Function):
            functions.setdefault(node.name, []).append(node)
    seen: set[str] = set()
    waiting = list(_called(expression))
    while waiting:
        name, bare = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for function in functions.get(name, ()):
            if acts.search(ast.get_source_segment(text, function) or name):
                return False
            # a method of whatever it is, that no function of the file is called like, does what its name says
            waiting += [(called, is_bare) for called, is_bare in _called(function) if is_bare or called in functions]
        if name not in functions and name not in PURE and not (bare and name in _HARMLESS):
            return False
    return True


def _called(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The last names of what is called in a node, and whether they stand alone."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            if isinstance(one.func, ast.Name):
                yield one.func.id, True
            elif isinstance(one.func, ast.Attribute):
                yield one.func.attr, False
            else:
                yield "", True
