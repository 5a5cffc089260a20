"""Every node stands where it is written, whatever LibCST makes of the form feeds before it."""

from __future__ import annotations

import libcst as cst
import pytest

from gcheck_lint.python import syntax
from gcheck_lint.text.source import Source


@pytest.mark.parametrize("first", ["", "\f", "\f\f", "  \f"])
@pytest.mark.parametrize("second", ["", "\f", "\f\f\f"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_calls_are_where_they_are_written(first: str, second: str, end: str) -> None:
    text = f"\fone()\n{second}def main():\n{first}    two()\n    three()\n{second}    four()\n{first}    five(){end}"
    module = syntax.parse(Source("a.py", text, "utf-8", bom=False))
    calls: list[str] = []

    class Calls(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - LibCST's own naming
            calls.append(module.text(node))

    module.tree.visit(Calls())
    assert calls == ["one()", "two()", "three()", "four()", "five()"]
