"""A text without the bodies of its functions, at the same length: every place outside them is where it was.

LibCST takes ten times as long as Python's own parser, and of the modules that a script imports most functions are never called
by it. So a body is left out, a name and a comment as long as the body stand for it, and it is parsed when somebody asks for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from gcheck_lint.records import dataclass
from gcheck_lint.text import nesting

_LINE_END = re.compile(r"\r\n|\r|\n")
_LEAST = 100  # characters; a shorter body costs no more than what is put in its place
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Outline:
    """A text as it is written and as it is outlined.

    `bodies`: start and end of each body, by the name that stands for it, which begins with `stem`.
    """

    written: str
    outlined: str
    bodies: dict[str, tuple[int, int]]
    stem: str

    @classmethod
    def of(cls, text: str) -> Outline | None:
        """None when there is nothing to leave out, or this Python cannot parse the text."""
        tree = shared_tree(text)
        return None if tree is None else cls.of_tree(text, tree)

    @classmethod
    def of_tree(cls, text: str, tree: ast.Module) -> Outline | None:
        """The same for a text that Python has parsed; None when there is nothing to leave out."""
        stem = "_body"
        while stem in text:
            stem = f"_{stem}"
        starts = [0, *(match.end() for match in _LINE_END.finditer(text)), len(text) + 1]
        pieces: list[str] = []
        bodies: dict[str, tuple[int, int]] = {}
        at = 0
        for function in _functions(tree):
            start, end = _extent(function, starts, text)
            if end - start < _LEAST:
                continue
            body = text[start:end]
            indent = body[: len(body) - len(body.lstrip(" \t\f"))]
            name = f"{stem}{len(bodies)}"
            bodies[name] = (start, end)
            pieces += (text[at:start], f"{indent}{name} #".ljust(end - start, "-"))
            at = end
        if not bodies:
            return None
        pieces.append(text[at:])
        return cls(text, "".join(pieces), bodies, stem)

    def text(self, name: str) -> str:
        """A body as it is written."""
        start, end = self.bodies[name]
        return self.written[start:end]


def parsed(text: str) -> ast.Module | None:
    """The tree of Python's own parser; None where this Python cannot parse the text."""
    return _or_none(nesting.tree_of.__wrapped__, text)


def shared_tree(text: str) -> ast.Module | None:
    """The same for the file that is looked at, of which it is asked several times."""
    return _or_none(nesting.tree_of, text)


def _or_none(parse: Callable[[str], ast.Module], text: str) -> ast.Module | None:
    try:
        return parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _functions(tree: ast.Module) -> Iterator[_Function]:
    """The functions of a module and of its classes, in order; not those within functions."""
    waiting: list[ast.AST] = list(reversed(tree.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        elif isinstance(node, (ast.ClassDef, ast.If, ast.Try, ast.With, ast.For, ast.While)):
            inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler))]
            waiting += reversed(inner)
        elif isinstance(node, ast.ExceptHandler):
            waiting += reversed(node.body)


def _extent(function: _Function, starts: list[int], text: str) -> tuple[int, int]:
    """The rows of a body without the last newline; nothing when it begins on the row of the header."""
    first = function.body[0]
    row = min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))])
    start = starts[row - 1]
    last = function.body[-1].end_lineno or row
    end = starts[last] - 1 if last == len(starts) - 1 else starts[last]
    while end > start and text[end - 1] in "\r\n":
        end -= 1
    return (start, start) if text[start : start + first.col_offset].strip() else (start, end)
