"""The lines under a run: which versions counted, and what could not be followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gcheck_lint.cli.entry import gclint
from gcheck_lint.run import pipeline
from tests.support.samples import DEFECT

UNSEEN = """from company import run_training
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.gradient_checkpointing_enable()
run_training(model)
"""


def invoke(*args: str) -> Result:
    pipeline.forget()
    return CliRunner().invoke(gclint, args)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def test_versions_that_are_set_need_no_line() -> None:
    Path("a.py").write_text(DEFECT.partition("# /// script")[0])
    assert "\nNo versions are set: assuming transformers >=" in invoke().stdout
    assert "No versions" not in invoke("--target-transformers", ">=4.46").stdout
    Path("requirements.txt").write_text("transformers>=4.46\n")
    assert "No versions" not in invoke().stdout


def test_a_run_without_findings_says_nothing_of_versions() -> None:
    Path("a.py").write_text("print()\n")
    assert invoke().stdout == "All checks passed!\n"


def test_what_could_not_be_followed_is_counted_and_named() -> None:
    Path("a.py").write_text(UNSEEN)
    result = invoke()
    line = "1 file trains a model that gclint could not follow: a.py (`--min-severity info` shows why).\n"
    assert (result.exit_code, line in result.stdout, "lower severity" in result.stdout) == (0, True, False)
    for name in "bcd":
        Path(f"{name}.py").write_text(UNSEEN)
    assert "4 files train models that gclint could not follow: a.py, b.py, c.py and 1 more (" in invoke().stdout
    assert "4 files train models that gclint could not follow: a.py, b.py, c.py, d.py (" in invoke("--verbose").stdout
    shown = " ".join(invoke("--min-severity", "info").stdout.split())
    assert "info[GCK004]: `company.run_training` could not be followed" in shown
    assert "which code it runs is not known" in shown  # it may well lie in the repository
    assert [one["code"] for one in json.loads(invoke("--output-format", "json").stdout)] == ["GCK004"] * 4
