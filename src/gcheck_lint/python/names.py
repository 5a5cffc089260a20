"""The names in a piece of code: those that it binds, and those that it reads."""

from __future__ import annotations

import ast
import functools
from dataclasses import field

import libcst as cst

from gcheck_lint.python.nodes import parts
from gcheck_lint.python.outline import parsed
from gcheck_lint.records import dataclass

_BINDING = (cst.AssignTarget, cst.NamedExpr, cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor)


@dataclass(slots=True)
class Names:
    """Names that a piece of code binds where it stands, and all that it mentions."""

    bound: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)


@functools.lru_cache(maxsize=1024)
def names_in(node: cst.CSTNode) -> Names:
    """The names in a node; attributes and keywords are none. What is given back is shared."""
    found = Names()
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, cst.Name):
            found.read.add(one.value)
        elif isinstance(one, _BINDING):
            found.bound |= _targets(one.target)
        elif isinstance(one, cst.AsName):
            found.bound |= _targets(one.name)
        elif isinstance(one, (cst.FunctionDef, cst.ClassDef)):
            found.bound.add(one.name.value)
        if isinstance(one, (cst.Attribute, cst.Arg)):
            waiting.append(one.value)
        else:
            waiting += parts(one)
    return found


@functools.lru_cache(maxsize=1024)
def bound_in(body: str) -> frozenset[str]:
    """The names that the body of a function binds, as `names_in` has them, found by Python's own parser."""
    tree = parsed(f"if 1:\n{body}\n")
    found: set[str] = set()
    for one in () if tree is None else ast.walk(tree):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found.add(one.id)
        elif isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)):
            found |= set() if one.name is None else {one.name}
        elif isinstance(one, ast.alias) and one.asname is not None:
            found.add(one.asname)
    return frozenset(found)


def _targets(node: cst.CSTNode) -> set[str]:
    if isinstance(node, cst.Name):
        return {node.value}
    if isinstance(node, (cst.Tuple, cst.List)):
        return {name for element in node.elements for name in _targets(element.value)}
    return set()
