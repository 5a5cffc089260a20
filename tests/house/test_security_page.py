"""docs/security.md names the tests of its guarantees: they are there, under these names."""

from __future__ import annotations

import ast
import re

from gcheck_lint.run import limits
from gcheck_lint.text import nesting, reading
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_named_tests_exist() -> None:
    assert len(NAMED) > 20
    for path, name in NAMED:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert not name or name in tests, f"{path}::{name}"


def test_each_guarantee_names_a_test() -> None:
    table = PAGE.split("## Guarantees")[1].split("## Limits")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 12
    assert [row for row in rows if "`tests/" not in row] == []


def test_limits_are_those_of_the_code() -> None:
    for size, words in (
        (reading.SCRIPT, "16 MB"),
        (reading.NOTEBOOK, "100 MB"),
        (reading.SETTINGS, "2 MB"),
        (reading.DEPENDENCIES, "16 MB"),
        (reading.RECORD, "64 MB"),
        (limits.MEMORY, "2000 MB"),
    ):
        assert reading.megabytes(size) == words
        assert words in PAGE or words == "2000 MB"
    assert f"{limits.PARSED:,} characters" in PAGE
    assert f"{nesting.DEEPEST} levels" in PAGE
