"""Whether a finding stands in test code: what is tested there is broken on purpose, or runs for three tokens."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.text.source import Source

_FILE: Final = re.compile(r"test_.*\.py|.*_tests?\.py|conftest\.py")
_TESTING: Final = re.compile(r"\b(?:def test|pytest|unittest)")  # `test_model.py` may be a script that tries a model out


def doubted(source: Source, path: Path, found: Iterable[Diagnostic], spared: Collection[str]) -> tuple[Diagnostic, ...]:
    """Findings of test code as possible ones. `path` is absolute; `spared`: codes that are no opinion."""
    found = tuple(found)
    told = [one for one in found if one.code not in spared]
    tests = frozenset(told) if told and is_test_file(path, source.text) else _in_test_functions(source, told)
    return tuple(replace(one, certainty=Certainty.POSSIBLE) if one in tests else one for one in found)


def is_test_file(path: Path, text: str) -> bool:
    """Whether a file is a test: by a folder `tests` below where gclint runs and its repository begins, or by name and text."""
    if _FILE.fullmatch(path.name) is not None and _TESTING.search(text) is not None:
        return True
    return "tests" in _below(path).parts[:-1]


def _in_test_functions(source: Source, found: Iterable[Diagnostic]) -> frozenset[Diagnostic]:
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
    """The path from the current folder or the root of its repository on, whichever is nearer; else its name."""
    here = Path.cwd()
    for folder in path.parents:
        if folder == here or os.path.lexists(folder / ".git"):
            return path.relative_to(folder)
    return PurePath(path.name)
