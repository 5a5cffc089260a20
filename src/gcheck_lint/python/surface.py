"""What a file says of the libraries that it runs with, without being run: names that it imports, keywords that it passes.

What stands under an `if` (but for that of a script's start), in a `try` or in a `match` may never be run, so it says nothing.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from gcheck_lint.python.outline import shared_tree
from gcheck_lint.records import dataclass

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # where statements hold others
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.alias, ast.Pass, ast.Import, ast.ImportFrom})
_Unsure = (ast.Try, ast.IfExp, ast.Match, ast.BoolOp)


@dataclass(frozen=True, slots=True)
class Passed:
    """A call of something imported, by its dotted name: its keywords, and its first argument where that is a text."""

    name: str
    keywords: frozenset[str]
    first: str


@dataclass(frozen=True, slots=True)
class Surface:
    """The names that a file imports at its top, dotted, its calls of them, wherever they stand, and all packages it imports."""

    imports: tuple[str, ...]
    calls: tuple[Passed, ...]
    packages: frozenset[str] = frozenset()

    @classmethod
    @functools.lru_cache(maxsize=2)
    def of(cls, text: str) -> Surface:
        """Nothing where this Python cannot parse the text. One that is told several times is read once."""
        tree = shared_tree(text)
        if tree is None:
            return cls((), ())
        bound = dict(_imports(tree))
        imports = tuple(name for statement in tree.body for name in _members(statement))
        for statement in tree.body:
            for name in _defined(statement):
                bound.pop(name, None)
        return cls(imports, tuple(_calls(tree, bound)), frozenset(_packages(tree)))


def _packages(tree: ast.Module) -> Iterator[str]:
    """The packages that are imported anywhere."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level and node.module is not None:
                yield node.module.partition(".")[0]
        else:
            for name in _BLOCKS:
                waiting += getattr(node, name, ())


def _members(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ImportFrom) and not statement.level and statement.module is not None:
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that an import at the top binds, and what it is."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from ((alias.asname or alias.name.partition(".")[0], alias.name) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield from zip((alias.asname or alias.name for alias in statement.names), _members(statement), strict=False)


def _defined(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement gives another meaning."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _calls(node: ast.AST, bound: dict[str, str]) -> Iterator[Passed]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Call):
            name = _dotted(one.func, bound)
            if name:
                first = one.args[0] if one.args else None
                text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                yield Passed(name, frozenset(keyword.arg for keyword in one.keywords if keyword.arg is not None), text)
        waiting += [child for child in _children(one) if not isinstance(child, _Unsure) and not _is_choice(child)]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes within one, as `ast.iter_child_nodes`, but for names and constants, in which nothing is called."""
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            yield from (one for one in value if isinstance(one, ast.AST) and type(one) not in _LEAVES)
        elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
            yield value


def _is_choice(node: ast.AST) -> bool:
    """An `if` that is not the one of a script's start."""
    if not isinstance(node, ast.If):
        return False
    return not any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _dotted(node: ast.expr, bound: dict[str, str]) -> str:
    """The dotted name of something imported; empty for all else."""
    if isinstance(node, ast.Name):
        return bound.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, bound)
        return f"{owner}.{node.attr}" if owner else ""
    return ""
