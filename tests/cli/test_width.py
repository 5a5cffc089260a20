"""What is written fits into the rows of a terminal; what goes into a file or a pipe is the same for everybody."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.support.forks import gclint
from tests.support.samples import DEFECT

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

from tests.support.terminals import on_terminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    long = f"weights = [{', '.join(map(str, range(900)))}]\n"
    (tmp_path / "train.py").write_text(DEFECT.replace("trainer.train()", f"trainer.train(); {long}"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("form", ["full", "concise", "grouped"])
def test_it_fits(folder: Path, form: str) -> None:
    words = ("--output-format", form, "--color", "never", "--no-cache")
    code, shown = on_terminal(folder, *words, columns=70)
    assert code == 1
    assert max(map(len, shown.splitlines())) <= 70
    assert "error[GCK203] [*]: " in shown
    piped = gclint(folder, *words, COLUMNS="70").stdout
    assert re.sub(r"\s+", "", re.sub(r"^.*\|.*$", "", piped, flags=re.M)) == re.sub(
        r"\s+", "", re.sub(r"^.*\|.*$", "", shown, flags=re.M)
    )
    if form == "concise":
        assert all(line.startswith("train.py:") for line in piped.splitlines()[:2])


def test_the_environment_may_say_how_wide_it_is(folder: Path) -> None:
    words = ("--output-format", "concise", "--color", "never", "--no-cache", "-q")
    _, shown = on_terminal(folder, *words, columns=70, COLUMNS="300")
    assert shown == gclint(folder, *words).stdout


def test_colours_take_no_cells(folder: Path) -> None:
    _, shown = on_terminal(folder, "--no-cache", columns=70)
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown)
    assert plain == on_terminal(folder, "--no-cache", "--color", "never", columns=70)[1]
