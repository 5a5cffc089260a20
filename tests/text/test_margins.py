r"""Form feeds and lone `\` before a statement: each finding is where it is, no fix goes astray."""

from __future__ import annotations

import ast
import contextlib
import random
import warnings
from pathlib import Path

import libcst as cst
import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.python.layout import Layout
from gcheck_lint.run import pipeline
from gcheck_lint.text.margins import MisreadError, straightened
from gcheck_lint.text.source import Source
from tests.robustness.scripts import SCRIPT
from tests.support.forks import concise, gclint
from tests.support.invocation import codes

PIECES = (
    *("if 1:\n", "x\n", "    y\n", "        z\n", "\f", "\\\n", "    ", "  \\\n", "# c\n", "\n", "def f(): pass\n"),
    *("(a,\n", "b)\n", "\\\r\n", "\t", "try:\n    q\nfinally:\n", "'''\n\f\\\n", "'''\n", "@d\n", "class A:\n"),
)


def python(text: str) -> str | None:
    """What Python reads; None where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        return None


def test_the_meaning_and_every_offset_stay() -> None:
    chance = random.Random(7)
    tried = 0
    while tried < 300:
        text = "".join(chance.choice(PIECES) for _ in range(chance.randrange(2, 9)))
        meant = python(text)
        if meant is None or not {"\f", "\\"} & {*text}:
            continue
        tried += 1
        straight, _ = straightened(text)
        assert len(straight) == len(text)
        assert python(straight) == meant, text
        with contextlib.suppress(cst.ParserSyntaxError):  # a lone `\\` at the end of the file
            assert python(cst.parse_module(straight).code) == meant, text
        solid = [(at, letter) for at, letter in enumerate(text) if letter not in " \t\f\r\n\\"]
        assert [(at, straight[at]) for at, _ in solid] == solid


@pytest.mark.parametrize("text", ["", "x = 1\n", "x = (\n\f1)\n", "x = '''\n\\\n\f'''\n", "x = \\\n1\n", "if 1:\n\\\n", "(\n\f"])
def test_what_needs_nothing_is_left_alone(text: str) -> None:
    assert straightened(text) == (text, False)


BODY, HEADER = SCRIPT[: SCRIPT.index("\n# ///")], SCRIPT[SCRIPT.index("\n# ///") :]
IN_A_BLOCK = "".join(f"\f    {line}\n" if n % 2 else f"    {line}\n" for n, line in enumerate(BODY.split("\n")))
INNER = "if 1:\n    x = 1\n    \\\n\\\ny = 2\n\\\ntrainer.train()"
ODD = {
    "lone backslash": SCRIPT.replace("model.config", "if 1:\n    x = 2\n\\\nmodel.config"),
    "several": SCRIPT.replace("model.config", "if 1:\n    x = 2\n\\\n\\\nmodel.config"),
    "within a block": SCRIPT.replace("trainer.train()", INNER),
    "form feed": SCRIPT.replace("model.config", "\fmodel.config").replace("trainer.train", "\f\f  \ftrainer.train"),
    "form feeds in a block": f"def main():\n\f{IN_A_BLOCK}main()\n{HEADER}",
    "first line": "\f" + SCRIPT,
}


@pytest.mark.parametrize("name", ODD)
def test_a_finding_is_where_it_is(name: str, tmp_path: Path) -> None:
    text = ODD[name]
    assert python(text) is not None
    row = next(number for number, line in enumerate(text.split("\n"), 1) if "save_model" in line)
    column = text.split("\n")[row - 1].index("trainer.save_model") + 1
    (tmp_path / "train.py").write_text(text, encoding="utf-8", newline="")
    told = concise(tmp_path, "train.py")
    assert f"train.py:{row}:{column}: " in told.stdout, told.stdout + told.stderr
    assert codes(told.stdout) == ["GCK201"]
    before = python(text)
    gclint(tmp_path, "--fix", "train.py")
    with (tmp_path / "train.py").open(encoding="utf-8", newline="") as file:
        after = file.read()
    if "\\\n" in text:  # no line can be put between a statement and its indentation
        assert after == text
        return
    assert python(after) not in {None, before}
    line = "trainer.model.config.use_cache = True"
    head, _, tail = after.partition(line)
    assert head + tail.lstrip() == text
    assert codes(concise(tmp_path, "train.py").stdout) == []


def test_a_module_is_read_so_too(tmp_path: Path) -> None:
    helper = "def off(model):\n    if not model:\n        return\n    \\\n\f\\\nmodel.config.use_cache = False\n"
    assert python(helper) is not None
    (tmp_path / "helper.py").write_text(helper, encoding="utf-8", newline="")
    text = "from helper import off\n" + SCRIPT.replace("model.config.use_cache = False", "off(model)")
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    told = gclint(tmp_path, "--output-format", "json", "train.py")
    assert '"GCK201"' in told.stdout
    assert '"row": 6' in told.stdout.replace('"line"', '"row"')


def test_another_text_is_no_text_to_speak_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MisreadError):
        Layout(cst.parse_module("x = 1\n"), "y = 1\n")
    monkeypatch.setattr("gcheck_lint.python.layout._solid", lambda text: [0] if text == SCRIPT else [])
    monkeypatch.setattr("gcheck_lint.python.syntax.Module.plain", SCRIPT, raising=False)
    assert pipeline.check(Source("t.py", SCRIPT), Settings()).skipped == ""
    monkeypatch.setattr(cst.Module, "_codegen_impl", lambda self, state: state.add_token("other"))
    report = pipeline.check(Source("t.py", SCRIPT), Settings())
    assert (report.skipped, report.diagnostics, report.failures) == (
        "LibCST reads it differently, so no position is certain",
        (),
        (),
    )
