"""Whether a finding stands in test code: what is tested there is broken on purpose, or runs for three tokens."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Final

from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.text.source import Source

_FOLDERS: Final = frozenset({"test", "tests", "testing"})
_FILE: Final = re.compile(r"test_.*\.py|.*_tests?\.py|conftest\.py|tests?\.py")


def is_test_file(path: Path) -> bool:
    """Whether a file (absolute path) is a test by its name or its folders, as far as these lie below where gclint runs."""
    if _FILE.fullmatch(path.name) is not None:
        return True
    return not _FOLDERS.isdisjoint(_below(path).parts[:-1])


def in_test_functions(source: Source, found: Iterable[Diagnostic]) -> frozenset[Diagnostic]:
    """Those of a file's findings that stand in a function of pytest's or unittest's."""
    found = [one for one in found if one.cell is None]
    if not found or not re.search(r"\bdef test", source.text):
        return frozenset()
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    spans = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test")
        if node.name.startswith("test_") or _stands_in_case(tree, node)
    ]
    return frozenset(one for one in found if any(first <= one.span.start.row <= last for first, last in spans))


def _stands_in_case(tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a method of a `unittest.TestCase`."""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and function in node.body)
    return any(ast.unparse(base).endswith("TestCase") for one in classes for base in one.bases)


def _below(path: Path) -> PurePath:
    """The path from the current folder on, else from the root of its repository, else its name."""
    here = Path.cwd()
    if path.is_relative_to(here):
        return path.relative_to(here)
    for folder in path.parents:
        if os.path.lexists(folder / ".git"):
            return path.relative_to(folder)
    return PurePath(path.name)
