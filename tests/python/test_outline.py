"""An outlined file is the same file: its bodies come back, and every place in it is where it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import libcst as cst
import pytest

from gcheck_lint import story
from gcheck_lint.python import syntax
from gcheck_lint.python.fragments import Fragment
from gcheck_lint.python.names import bound_in, names_in
from gcheck_lint.python.nodes import parts
from gcheck_lint.python.outline import Outline
from gcheck_lint.story.domain.events import Loaded
from gcheck_lint.text.source import Source
from tests.support.paths import FIXTURES, ROOT

FILES = sorted([*(ROOT / "src").rglob("*.py"), *FIXTURES.rglob("*.py")])
BODY = "    total = 0\n    for number in range(10):\n        total += number * number  # é\n" + "    print(total)\n" * 10
DEEPER = BODY.replace("    ", "        ")


def source(text: str) -> Source:
    return Source("a.py", text, "utf-8", bom=False)


def parsed_whole(text: Source) -> syntax.Module:
    module = syntax.parse(text)
    module.take_whole()
    return module


def found(module: syntax.Module, tree: cst.CSTNode) -> Counter[tuple[str, object, object]]:
    """The kinds and places of all that says something, bodies that were left out included."""
    places: Counter[tuple[str, object, object]] = Counter()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (cst.BaseExpression, cst.BaseSmallStatement, cst.SimpleStatementLine, cst.FunctionDef, cst.ClassDef)):
            site = syntax.Site(module, node)
            places[type(node).__name__, site.span, site.statement] += 1
        waiting += parts(node)
        if isinstance(node, cst.FunctionDef) and module.body(node) is not node.body:
            waiting.remove(node.body)
            waiting.append(module.body(node))
    return places


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_place_is_where_it_was(path: Path) -> None:
    text = source(path.read_text(encoding="utf-8"))
    outline = Outline.of(text.text)
    if outline is None:
        return
    assert len(outline.outlined) == len(text.text)
    whole, outlined = parsed_whole(text), syntax.parse(text)
    assert found(outlined, outlined.tree) == found(whole, whole.tree)


@pytest.mark.parametrize(
    "text",
    [
        f"def f():\n{BODY}",
        f"def f():\r\n{BODY}\r\nx = 1".replace("\n", "\r\n"),
        f"class A:\n  if True:\n    @property\n    async def f(self): # why\n        # first\n\n{DEEPER}x = f()",
        f"try:\n    a\nexcept OSError:\n    def f():\n        b = 1\n        @a\n        def g():\n            pass\n{DEEPER}",
        f"def f():\n    \"\"\"{'words ' * 40}\"\"\"\n    x = '''\n{BODY}'''; y = 2  # end",
        f"\fdef f():\n{BODY}\n\f\ndef g(): return 1; {'x = 1; ' * 40}\n",
    ],
)
def test_bodies_of_all_shapes(text: str) -> None:
    outline = Outline.of(text)
    assert outline is not None
    assert len(outline.bodies) == 1
    whole, outlined = parsed_whole(source(text)), syntax.parse(source(text))
    assert found(outlined, outlined.tree) == found(whole, whole.tree)
    function = next(node for node in parts(outlined.tree) if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Try)))
    if isinstance(function, cst.FunctionDef):
        assert "total" in outlined.code(function)


def test_a_decorator_belongs_to_the_body() -> None:
    module = syntax.parse(source(f"def f():\n    @a\n    def g():\n        pass\n{BODY}"))
    (function,) = (node for node in parts(module.tree) if isinstance(node, cst.FunctionDef))
    inner = module.body(function).body[0]
    assert isinstance(inner, cst.FunctionDef)
    assert len(inner.decorators) == 1


@pytest.mark.parametrize("text", ["x = 1\n", "def f():\n    return 1\n", "print 'two'\n", "", f"def f(:\n{BODY}"])
def test_nothing_to_leave_out(text: str) -> None:
    assert Outline.of(text) is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_names_that_a_body_binds(path: Path) -> None:
    module = syntax.parse(source(path.read_text(encoding="utf-8")))
    waiting: list[cst.CSTNode] = [module.tree]
    while waiting:
        node = waiting.pop()
        waiting += parts(node)
        text = module.body_text(node) if isinstance(node, cst.FunctionDef) else None
        if text is not None and isinstance(node, cst.FunctionDef):
            assert bound_in(text) == names_in(module.body(node)).bound


def test_a_body_that_cannot_be_parsed_by_itself_has_the_file_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"from transformers import AutoModel\n\ndef main():\n{BODY}    model = AutoModel.from_pretrained('a')\n\n\nmain()\n"
    expected = [type(event) for event in story.interpret(parsed_whole(source(script))).events]
    monkeypatch.setattr(Fragment, "of_rows", lambda *_: None)
    module = syntax.parse(source(script))
    assert [type(event) for event in story.interpret(module).events] == expected == [Loaded]
    assert module.body_text(next(node for node in module.tree.body if isinstance(node, cst.FunctionDef))) is None


def test_what_stands_in_no_smaller_statement_belongs_to_the_function() -> None:
    module = syntax.parse(source(f"def f():\n{BODY}"))
    (function,) = module.tree.body
    assert isinstance(function, cst.FunctionDef)
    line = module.body(function).body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    assert module.statement(line) is function
    assert module.statement(line.body[0]) is line.body[0]
