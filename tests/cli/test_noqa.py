"""`--add-noqa`: comments with a reason, on the rows that can take one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import fakes
from tests.support.forks import concise, gclint
from tests.support.invocation import Invoke, codes
from tests.support.samples import DEFECT, notebook


def test_noqa_with_a_reason(repo: Path) -> None:
    done = gclint(repo, "--add-noqa=known since 2024", "train.py")
    assert (done.returncode, done.stderr) == (0, "Added 2 noqa directives.\n")
    text = (repo / "train.py").read_text(encoding="utf-8")
    assert 'trainer.save_model("out")  # noqa: GCK201 known since 2024\n' in text
    assert concise(repo, "train.py").stdout == "All checks passed!\n"


def test_a_bare_add_noqa_takes_no_path_for_its_reason(repo: Path) -> None:
    assert gclint(repo, "--add-noqa", "train.py").stderr == "Added 2 noqa directives.\n"
    assert (repo / "train.py").read_text(encoding="utf-8").count('trainer.save_model("out")  # noqa: GCK201\n') == 1
    assert (repo / "deep" / "other.py").read_text(encoding="utf-8") == DEFECT


def test_ignore_noqa_shows_what_comments_silence(repo: Path) -> None:
    silenced = DEFECT.replace('save_model("out")', 'save_model("out")  # noqa: GCK201')
    (repo / "train.py").write_text(f"# gclint: disable\n{silenced}  # gclint: ignre[GCK201]\n", encoding="utf-8")
    assert concise(repo, "train.py").stdout == "All checks passed!\n"
    assert codes(concise(repo, "--ignore-noqa", "train.py").stdout) == codes(concise(repo, "deep").stdout) != []
    done = gclint(repo, "--ignore-noqa", "--add-noqa", "train.py")
    assert done.returncode == 2
    assert "--ignore-noqa" in done.stderr


def test_a_reason_is_one_line_without_a_comment(repo: Path) -> None:
    done = gclint(repo, "--add-noqa=see #12", "train.py")
    assert done.returncode == 2
    assert (repo / "train.py").read_text(encoding="utf-8") == DEFECT


@pytest.mark.parametrize("behind", ["text = '''a\nb'''", "number = \\\n    1"])
def test_a_row_without_room_for_a_comment_is_left_alone(repo: Path, behind: str) -> None:
    script = DEFECT.replace('save_model("out")', f'save_model("out"); {behind}')
    (repo / "train.py").write_text(script, encoding="utf-8")
    done = gclint(repo, "--add-noqa", "train.py")
    assert done.returncode == 1
    assert done.stderr == "warning: train.py: 1 finding gets no comment on the line of the code\nAdded 1 noqa directive.\n"
    text = (repo / "train.py").read_text(encoding="utf-8")
    assert text == script.replace("text = model.generate(\n", "text = model.generate(  # noqa: GCK203\n")


def test_a_notebook_takes_the_comments_that_it_can(repo: Path) -> None:
    before, _, after = DEFECT.partition('trainer.save_model("out")')
    cells = [before + after, 'trainer.save_model("out"); here = %pwd']
    (repo / "nb.ipynb").write_text(notebook(*cells), encoding="utf-8")
    done = gclint(repo, "--add-noqa=as it was", "nb.ipynb", "train.py")
    assert done.returncode == 1
    assert done.stderr == "warning: nb.ipynb: 1 finding gets no comment on the line of the code\nAdded 3 noqa directives.\n"
    first, second = json.loads((repo / "nb.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "model.generate(  # noqa: GCK203 as it was\n" in "".join(first["source"])
    assert second["source"] == cells[1]
    assert codes(concise(repo, "nb.ipynb").stdout) == ["GCK201"]


def test_a_reason_that_the_encoding_lacks(repo: Path) -> None:
    script = f"# coding: latin-1\n{DEFECT}"
    (repo / "train.py").write_text(script, encoding="utf-8")
    done = gclint(repo, "--add-noqa=\u65e5", "train.py", "deep/other.py")
    assert done.returncode == 2
    assert "train.py: its encoding, iso-8859-1, has no code for a character" in done.stderr
    assert (repo / "train.py").read_text(encoding="utf-8") == script
    assert "# noqa: GCK201 \u65e5" in (repo / "deep" / "other.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", ["GCK203 as well", "E501 is old", "cache-off-generate, too"])
def test_a_reason_silences_nothing_by_itself(repo: Path, reason: str) -> None:
    done = gclint(repo, f"--add-noqa={reason}", "train.py")
    assert done.returncode == 2
    assert f"as a code: {reason.split()[0]}" in done.stderr
    assert (repo / "train.py").read_text(encoding="utf-8") == DEFECT


def test_add_noqa(invoke: Invoke) -> None:
    path = fakes.script()
    result = invoke("--add-noqa")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Added 1 noqa directive.\n")
    assert "model.gradient_checkpointing_enable()  # noqa: GCK101\n" in path.read_text()
    assert invoke().stdout == "All checks passed!\n"


@pytest.mark.parametrize("args", [["--fix"], ["--fix-only"], ["--diff"], ["-"]])
def test_add_noqa_goes_alone(invoke: Invoke, args: list[str]) -> None:
    fakes.script()
    result = invoke("--add-noqa", *args, stdin=fakes.SCRIPT)
    assert result.exit_code == 2
    assert "--add-noqa writes comments into files" in result.stderr
    assert Path("train.py").read_text() == fakes.SCRIPT
