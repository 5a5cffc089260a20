"""The scopes of a module as Python's own parser sees it: whose name a name is, and what stands around a node."""

from __future__ import annotations

import ast
from dataclasses import field

from gcheck_lint.records import dataclass

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module


@dataclass(frozen=True, slots=True, eq=False)
class Scoped:
    """A module of the program. `above`: the parent of each node; `inner`: its scope; `bound`: the names of each scope.

    `asked`: what may have the namespace for its value.
    """

    stem: str
    tree: ast.Module
    above: dict[ast.AST, ast.AST] = field(default_factory=dict)
    inner: dict[ast.AST, Scope] = field(default_factory=dict)
    bound: dict[ast.AST, set[str]] = field(default_factory=dict)
    asked: list[ast.AST] = field(default_factory=list)

    @classmethod
    def of(cls, stem: str, tree: ast.Module) -> Scoped:
        file = cls(stem, tree)
        waiting: list[tuple[ast.AST, Scope]] = [(tree, tree)]
        file.bound[tree] = set()
        while waiting:
            node, scope = waiting.pop()
            file.inner[node] = scope
            file._bind(node, scope)
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
                file.asked.append(node)
            opens = scope
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                opens = node
                file.bound[node] = set()
            for child in ast.iter_child_nodes(node):
                file.above[child] = node
                waiting.append((child, opens))
        return file

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        names = self.bound[scope]
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(one.asname or one.name.partition(".")[0] for one in node.names)

    def home(self, name: str, node: ast.AST) -> ast.AST:
        """The scope whose name it is."""
        scope: ast.AST = self.inner[node]
        while name not in self.bound[scope] and scope is not self.tree:
            scope = self.inner[scope]
        return scope

    def owner(self, node: ast.AST) -> ast.ClassDef | None:
        """The class that it stands in."""
        found: ast.AST | None = node
        while found is not None and not isinstance(found, ast.ClassDef):
            found = self.above.get(found)
        return found
