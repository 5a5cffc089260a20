"""Links that lead out of what was named: a folder never follows them, and nothing is written there. Who names a link means it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.forks import gclint
from tests.support.repositories import git
from tests.support.samples import DEFECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links take a privilege there")


@pytest.fixture(params=["plain", "git"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a link to a script elsewhere, one to a folder elsewhere, and one that stays."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "train.py").write_text(DEFECT)
    made = tmp_path / "work"
    (made / "sub").mkdir(parents=True)
    if request.param == "git":
        git(made, "init", "--quiet")
    (made / "own.py").write_text(DEFECT)
    (made / "sub" / "linked.py").symlink_to("../../elsewhere/train.py")
    (made / "absolute.py").symlink_to(tmp_path / "elsewhere" / "train.py")
    (made / "folder").symlink_to("../elsewhere")
    (made / "sub" / "stays.py").symlink_to("../own.py")
    return made


@pytest.mark.parametrize("words", [("--fix", "--unsafe-fixes"), ("--fix-only",), ("--add-noqa",)], ids=" ".join)
def test_a_folder_follows_no_link_to_outside(folder: Path, words: tuple[str, ...]) -> None:
    outer = folder.parent / "elsewhere" / "train.py"
    assert gclint(folder, *words, ".").returncode in (0, 1)
    assert outer.read_text() == DEFECT
    assert (folder / "own.py").read_text() != DEFECT
    assert gclint(folder, "--show-files").stdout == "own.py\n"


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    shutil.move(folder / "own.py", folder / "sub" / "moved.py")
    (folder / "sub" / "stays.py").unlink()
    (folder / "stays.py").symlink_to("sub/moved.py")
    assert gclint(folder, "--show-files", "stays.py").stdout == "stays.py\n"
    assert gclint(folder, "--show-files").stdout == "sub/moved.py\n"
    told = gclint(folder, "--fix", "stays.py")
    assert "is a link" not in told.stderr
    assert (folder / "stays.py").is_symlink()
    assert (folder / "sub" / "moved.py").read_text() != DEFECT


@pytest.mark.parametrize("name", ["sub/linked.py", "absolute.py", "folder/train.py", "folder"])
def test_a_named_link_is_followed_and_said(folder: Path, name: str) -> None:
    outer = folder.parent / "elsewhere" / "train.py"
    told = gclint(folder, "--fix", name)
    shown = "folder/train.py" if name == "folder" else name
    assert f"note: {shown} is a link: {outer} was written\n" in told.stderr
    assert outer.read_text() != DEFECT


def test_a_link_between_two_folders_of_a_repository_is_followed(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "train.py").write_text(DEFECT)
    (tmp_path / "b" / "train.py").symlink_to("../a/train.py")
    assert gclint(tmp_path / "b", "--show-files", ".").stdout == "train.py\n"


def test_an_index_that_names_what_lies_behind_a_link(tmp_path: Path) -> None:
    """The folder that was committed has become a link: the names in the index lead outside."""
    made = tmp_path / "work"
    (made / "inner").mkdir(parents=True)
    git(made, "init", "--quiet")
    (made / "inner" / "train.py").write_text("")
    git(made, "add", "--all")
    shutil.rmtree(made / "inner")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "train.py").write_text(DEFECT)
    (made / "inner").symlink_to("../elsewhere")
    assert gclint(made, "--fix", ".").returncode == 0
    assert (tmp_path / "elsewhere" / "train.py").read_text() == DEFECT
    assert gclint(made, "--show-files").stdout == ""


def test_an_imported_module_is_not_written(tmp_path: Path) -> None:
    """What is wrong stands in a module that only the script imports: its own fix is for a run that is given that module."""
    head = DEFECT.partition("trainer.train()\n")[0]
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "steps.py").write_text('def finish(trainer):\n    trainer.train()\n    trainer.save_model("out")\n')
    (tmp_path / "lib" / "train.py").write_text(f"from steps import finish\n{head}finish(trainer)\n")
    before = (tmp_path / "lib" / "steps.py").read_text()
    gclint(tmp_path, "--fix", "--unsafe-fixes", "lib/train.py")
    assert (tmp_path / "lib" / "steps.py").read_text() == before
