"""gclint within the real flake8."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint.flake8_plugin import Checker
from gcheck_lint.run import pipeline
from tests.support.clients import needs
from tests.support.invocation import gclint, run
from tests.support.repositories import repository
from tests.support.samples import CLEAN, CODES, DEFECT


def flake8(folder: Path, *words: str, stdin: str | None = None) -> Any:
    needs("flake8")
    return run([sys.executable, "-m", "flake8", "--isolated", "--select", "GCK", *words], folder, stdin)


def places(text: str) -> list[tuple[int, int, str]]:
    found = re.findall(r"^.*?:(\d+):(\d+): (?:\w+\[)?(GCK\d{3})[] ]", text, re.MULTILINE)
    return [(int(row), int(column), code) for row, column, code in found]


def test_it_is_registered(tmp_path: Path) -> None:
    assert "gclint: " in flake8(tmp_path, "--version").stdout.replace("gcheck-lint: ", "gclint: ")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_places_are_those_of_gclint(tmp_path: Path, jobs: str) -> None:
    for name in ("a.py", "b c.py", "d.py"):
        (tmp_path / name).write_text(f"if True:\n{''.join(f'    {line}' for line in DEFECT.splitlines(True))}", "utf-8")
    (tmp_path / "requirements.txt").write_text("transformers>=4.36", encoding="utf-8")  # the header of a script is not indented
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    done = flake8(tmp_path, "--jobs", jobs, ".")
    assert done.returncode == 1
    assert done.stderr == ""
    own = gclint(tmp_path, "--output-format", "concise", "-q").stdout
    assert len(places(done.stdout)) == 3 * len(CODES)
    assert sorted(places(done.stdout)) == sorted(places(own))


def test_stdin(tmp_path: Path) -> None:
    done = flake8(tmp_path, "-", stdin=DEFECT)
    assert [code for _, _, code in places(done.stdout)] == CODES
    assert done.stdout.startswith("stdin:8:8: ")
    named = flake8(tmp_path, "--stdin-display-name", "x/train.py", "-", stdin=DEFECT)
    assert named.stdout.startswith("x/train.py:8:8: ")


@pytest.mark.parametrize(
    ("line", "comment", "left"),
    [
        ('trainer.save_model("out")', "# noqa: GCK201", ["GCK203"]),
        ('trainer.save_model("out")', "# noqa: GCK2", ["GCK203"]),
        ('trainer.save_model("out")', "# noqa", ["GCK203"]),  # a bare one is flake8's own to obey
        ('trainer.save_model("out")', "# noqa: E501", ["GCK203", "GCK201"]),
        ("text = model.generate(", "# noqa: GCK203", ["GCK201"]),
        (")", "# noqa: GCK203", ["GCK201"]),  # the closing line, as gclint has it
        ('trainer.save_model("out")', "# gclint: ignore[GCK201] why not", ["GCK203"]),
    ],
)
def test_noqa(tmp_path: Path, line: str, comment: str, left: list[str]) -> None:
    text = DEFECT.replace(f"\n{line}\n", f"\n{line}  {comment}\n")
    assert text != DEFECT
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    assert [code for _, _, code in places(flake8(tmp_path, "train.py").stdout)] == left


def test_disable_noqa(tmp_path: Path) -> None:
    text = DEFECT.replace('"out")\n', '"out")  # noqa: GCK201\n')
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    assert [code for _, _, code in places(flake8(tmp_path, "--disable-noqa", "train.py").stdout)] == CODES


def test_settings_are_those_of_gclint(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.gclint]\nignore = ["GCK203"]\n', encoding="utf-8")
    assert [code for _, _, code in places(flake8(tmp_path, "train.py").stdout)] == ["GCK201"]
    (tmp_path / "pyproject.toml").write_text("[tool.gclint]\nno-such-key = 1\n", encoding="utf-8")
    done = flake8(tmp_path, "train.py")
    assert [code for _, _, code in places(done.stdout)] == CODES
    assert "gclint uses its default settings: pyproject.toml:2:1: unknown key" in done.stderr


def test_other_modules_of_the_repository_are_seen(tmp_path: Path) -> None:
    loading, rest = DEFECT.split("args = ", 1)
    switch = "def prepare(model):\n    model.config.use_cache = False\n    return model\n"
    body = loading.replace("model.config.use_cache = False\n", "prepare(model)\n") + "args = " + rest
    repository(tmp_path, switches=switch, train=f"from switches import prepare\n{body}")
    assert "GCK201" in flake8(tmp_path, "train.py").stdout


def test_broken_text_and_notebooks_end_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("model.use_cache = (\n", encoding="utf-8")
    (tmp_path / "good.py").write_text(DEFECT, encoding="utf-8")
    done = flake8(tmp_path, "bad.py", "good.py")
    assert [code for _, _, code in places(done.stdout)] == CODES


def test_without_our_words_nothing_is_imported(tmp_path: Path) -> None:
    code = (
        "import ast, sys\n"
        "from gcheck_lint.flake8_plugin import Checker\n"
        f"assert list(Checker(ast.parse(''), 'x.py', {CLEAN.splitlines(True)!r}).run()) == []\n"
        "assert 'libcst' not in sys.modules\n"
        "assert 'flake8' not in sys.modules\n"
    )
    done = run([sys.executable, "-c", code], tmp_path)
    assert done.returncode == 0, done.stderr


def test_comments_in_a_file_without_our_words_are_judged(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1  # noqa: GCK201, E501\ny = 1  # noqa: E501\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("gck = 1  # noqa: E501\n", encoding="utf-8")
    assert places(flake8(tmp_path, "--disable-noqa", ".").stdout) == []
    own = gclint(tmp_path, "--output-format", "concise", "-q").stdout
    assert places(own) == places(flake8(tmp_path, ".").stdout) == [(1, 8, "GCK003")]


def test_it_never_raises(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("deep")

    monkeypatch.setattr(pipeline, "check", fail)
    assert list(Checker(ast.parse(""), "x.py", DEFECT.splitlines(True)).run()) == []
    assert capsys.readouterr().err == "gclint failed on x.py: RecursionError: deep\n"
