"""What is noise is counted and not shown, not fixed and no reason to fail; programs are told of it all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gcheck_lint.cli.entry import gclint
from gcheck_lint.findings.diagnostics import Severity
from tests.support import fakes
from tests.support.invocation import Invoke

MINOR = "1 finding of lower severity is not shown (`--min-severity info` shows them).\n"
TAKEN = "No versions are set: assuming transformers >=4.46.3 (`--target-transformers` sets them).\n"


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs `gclint` on a script whose first defect only logs a line; once that is mended, its save is a warning."""
    fakes.install(monkeypatch, GCK101=fakes.changed(fakes.checkpointing, severity=Severity.INFO), GCK201=fakes.saving)
    monkeypatch.chdir(tmp_path)
    fakes.script()
    return lambda *args: _invoke(*args)


def _invoke(*args: str) -> Result:
    return CliRunner().invoke(gclint, list(args), catch_exceptions=False)


def test_noise_is_one_line(noise: Invoke) -> None:
    for form in ("full", "concise", "grouped"):
        found = noise("--output-format", form)
        assert (found.exit_code, found.stdout) == (0, f"All checks passed!\n{MINOR}{TAKEN}")
    assert noise("--statistics").stdout == f"All checks passed!\n{MINOR}{TAKEN}"
    assert noise("-q").stdout == ""


def test_it_is_shown_and_counts_on_request(noise: Invoke) -> None:
    found = noise("--min-severity", "info")
    assert found.exit_code == 1
    assert "GCK101" in found.stdout
    assert "Found 1 finding (1 info)." in found.stdout
    assert noise("--min-severity", "info", "--fail-on", "warning").exit_code == 0
    Path("gclint.toml").write_text("min-severity = 'info'\n")
    assert noise().exit_code == 1


@pytest.mark.parametrize("bar", ["info", "warning", "error"])
def test_a_higher_bar(noise: Invoke, bar: str) -> None:
    Path("train.py").write_text(fakes.FIXED.replace("use_cache = True", "use_cache = Off"))
    found = noise("--min-severity", bar)
    assert found.exit_code == int(bar != "error")
    assert ("GCK201" in found.stdout) is (bar != "error")


def test_programs_are_told_all(noise: Invoke) -> None:
    found = noise("--output-format", "json", "--output-format", "concise=seen.txt")
    assert [(one["code"], one["severity"]) for one in json.loads(found.stdout)] == [("GCK101", "info")]
    assert found.exit_code == 0
    assert Path("seen.txt").read_text() == ""


def test_what_is_not_shown_is_not_changed(noise: Invoke) -> None:
    before = Path("train.py").read_text()
    for word in ("--fix", "--diff", "--add-noqa", "--fix-only"):
        assert noise(word).exit_code == 0
        assert Path("train.py").read_text() == before
    assert noise("--fix", "--min-severity", "info").exit_code == 0
    assert Path("train.py").read_text() == fakes.FIXED
