"""Which names a module binds, and where: its statements by the names that they bind, found by Python's own parser.

Of a module that a script imports, mostly one class or two functions are asked for. The rest is neither parsed by LibCST nor run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import field

from gcheck_lint.python.outline import Outline, parsed
from gcheck_lint.records import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")
_Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)
_Branch = (ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True, slots=True)
class Import:
    """A name that an import binds: to a member of a module, or to the module itself (`member` is empty)."""

    name: str
    module: str
    member: str


@dataclass(frozen=True, slots=True)
class Part:
    """A statement at the top level of a module, with those that share its rows. `start`, `end`: its rows, as offsets of the text.

    `imports`: where each name comes from, when importing is all that it does. `sets`: it sets an attribute or an item. `does`: it
    does that, or calls something for what that does. `decorators`: the names with which the decorators of a definition begin.
    """

    start: int
    end: int
    binds: frozenset[str]
    imports: tuple[Import, ...] | None
    sets: bool
    does: bool
    decorators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Index:
    """The parts of a module. `stars`: the modules of which it imports everything, relative ones with their dots."""

    outline: Outline | None
    parts: tuple[Part, ...]
    stars: tuple[str, ...]
    binding: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Index | None:
        """None where this Python cannot parse the text."""
        tree = parsed(text)
        if tree is None:
            return None
        starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text) + 1]
        rows: list[tuple[int, int, list[ast.stmt]]] = []
        for statement in tree.body:
            first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
            last = statement.end_lineno or first
            if rows and first <= rows[-1][1]:
                rows[-1] = (rows[-1][0], max(last, rows[-1][1]), [*rows[-1][2], statement])
            else:
                rows.append((first, last, [statement]))
        parts = []
        binding: dict[str, list[int]] = {}
        for number, (first, last, statements) in enumerate(rows):
            binds = frozenset(name for one in statements for name in _bound(one))
            for name in binds:
                binding.setdefault(name, []).append(number)
            end = min(starts[last], len(text))
            sets = any(_does(one, calls=False) for one in statements)
            does = sets or any(_does(one) for one in statements)
            decorators = frozenset(name for one in statements for name in _decorators(one))
            parts.append(Part(starts[first - 1], end, binds, _imports(statements), sets, does, decorators))
        stars = tuple(
            f"{'.' * one.level}{one.module or ''}"
            for one in tree.body
            if isinstance(one, ast.ImportFrom) and any(alias.name == "*" for alias in one.names)
        )
        return cls(Outline.of_tree(text, tree), tuple(parts), stars, {name: tuple(found) for name, found in binding.items()})


def _imports(statements: list[ast.stmt]) -> tuple[Import, ...] | None:
    found: list[Import] = []
    for one in statements:
        if isinstance(one, ast.Import):
            for alias in one.names:
                first = alias.name.partition(".")[0]
                found.append(Import(alias.asname or first, alias.name if alias.asname else first, ""))
        elif isinstance(one, ast.ImportFrom):
            module = f"{'.' * one.level}{one.module or ''}"
            found += [Import(alias.asname or alias.name, module, alias.name) for alias in one.names if alias.name != "*"]
        else:
            return None
    return tuple(found)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds where it stands, in whatever branch."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                yield node.id
        elif isinstance(node, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler)):
            if node.name is not None:
                yield node.name
            waiting += ast.iter_child_nodes(node)
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            waiting += ast.iter_child_nodes(node)


def _does(statement: ast.stmt, *, calls: bool = True) -> bool:
    """Whether a statement does more than to bind names; without `calls` only what sets attributes and items counts."""
    if isinstance(statement, _Definition):
        return False
    if isinstance(statement, ast.Expr):
        return calls and not isinstance(statement.value, ast.Constant)
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return any(isinstance(one, (ast.Attribute, ast.Subscript)) for target in targets for one in _within(target))
    inner: list[ast.stmt] = []
    for child in ast.iter_child_nodes(statement):
        inner += [child] if isinstance(child, ast.stmt) else child.body if isinstance(child, _Branch) else []
    if isinstance(statement, ast.If) and _is_never(statement.test):
        inner = statement.orelse
    return any(_does(one, calls=calls) for one in inner)


def _decorators(statement: ast.stmt) -> Iterator[str]:
    """The names with which the decorators of a definition begin: `register` of `@register("a")`, `models` of `@models.add`."""
    for decorator in getattr(statement, "decorator_list", ()):
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield inner.id


def _within(target: ast.expr) -> list[ast.expr]:
    return [inner for one in target.elts for inner in _within(one)] if isinstance(target, (ast.Tuple, ast.List)) else [target]


def _is_never(test: ast.expr) -> bool:
    """Whether a test is one that no imported module passes: `TYPE_CHECKING`, `__name__ == "__main__"`."""
    named = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    compared = isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
    return named == "TYPE_CHECKING" or compared
