"""Test code is told apart by its folder, its name and its functions, and what is found there is only possible."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.findings.test_code import is_test_file
from gcheck_lint.run import pipeline
from gcheck_lint.text import source
from tests.support.samples import CODES, DEFECT


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("tests/train.py", "", True),
        ("pkg/tests/gpu/train.py", "", True),
        ("test_train.py", "import pytest\n", True),
        ("pkg/train_test.py", "def test_train(): ...\n", True),
        ("test_model.py", "model.generate()\n", False),  # a script that tries a model out
        ("test/model.py", "model.generate()\n", False),
        ("test.py", "import unittest\n", False),
        ("train.py", "import pytest\n", False),
        ("latest/train.py", "", False),
        ("contest/attest.py", "", False),
    ],
)
def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, expected: bool) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_test_file(tmp_path / name, text) is expected


def test_folders_above_the_repository_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "tests" / "work"
    (inner / "tests").mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert not is_test_file(inner / "train.py", "")
    assert is_test_file(inner / "tests" / "train.py", "")
    (inner / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "tests" / "..")
    monkeypatch.chdir("/")
    assert not is_test_file(inner / "train.py", "")


FUNCTION = "def {name}():\n" + "".join(f"    {line}" for line in DEFECT.splitlines(True))
CASE = "import unittest\nclass Case(unittest.TestCase):\n" + "".join(
    f"    {line}" for line in FUNCTION.replace("{name}", "testTraining").replace("()", "(self)").splitlines(True)
)


@pytest.mark.parametrize(
    ("text", "tested"),
    [
        (DEFECT, False),
        (FUNCTION.replace("{name}", "main"), False),
        (FUNCTION.replace("{name}", "testing"), False),
        (FUNCTION.replace("{name}", "test_training"), True),
        (CASE, True),
    ],
)
def test_what_is_found_in_a_test_is_possible(text: str, tested: bool) -> None:
    def told(**fields: bool) -> list[tuple[str, Certainty]]:
        report = pipeline.check(source.from_bytes("script.py", text.encode()), Settings(possible=True, **fields))
        return [(one.code, one.certainty) for one in report.diagnostics]

    assert told() == [(code, Certainty.POSSIBLE if tested else Certainty.SURE) for code in CODES]
    assert told(test_code=True) == [(code, Certainty.SURE) for code in CODES]
