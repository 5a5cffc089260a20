"""Which files are looked at: by name and bytes, without what git ignores, without what is not the repository's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gcheck_lint.recipes import limits
from gcheck_lint.recipes.finding import candidates
from tests.support.repositories import git

WORDS = {b"use_cache", b"gradient_checkpointing"}
HIT = "use_cache: true\n"


def laid(root: Path, *names: str, text: str = HIT) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def found(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in candidates(root, WORDS)]


@pytest.fixture(params=["folder", "repository"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "repository":
        git(tmp_path, "init", "-q")
    return tmp_path


def test_by_name_and_bytes(root: Path) -> None:
    named = [
        "Makefile",
        "a.yaml",
        "b/c.yml",
        "b/d.json",
        "e.sh",
        "f.bash",
        "g.zsh",
        "h.slurm",
        "i.sbatch",
        "j.mk",
        ".vscode/launch.json",
        "b/GNUmakefile",
    ]
    laid(root, *named)
    laid(root, "a.py", "a.txt", "b.yaml.bak", "fakefile", ".vscode/settings.json", "README.md")
    laid(root, "other.yaml", text="learning_rate: 1\n")
    assert found(root) == sorted(named)
    assert list(candidates(root, ())) == []


def test_what_is_not_the_repositorys_own(root: Path) -> None:
    laid(
        root,
        "own.yaml",
        "node_modules/a.json",
        "venv/b.yaml",
        "x/lib/site-packages/c.yaml",
        "env/pyvenv.cfg",
        "env/d.yaml",
        "inner/e.yaml",
    )
    git(root / "inner", "init", "-q")
    laid(root, "large.yaml", text=HIT * (limits.LARGEST // len(HIT) + 1))
    assert found(root) == ["own.yaml"]


def test_links(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    laid(outside, "secret.yaml")
    laid(root, "sub/own.yaml")
    (root / "out.yaml").symlink_to(outside / "secret.yaml")
    (root / "folder").symlink_to(outside)
    (root / "in.yaml").symlink_to(root / "sub" / "own.yaml")
    (root / "nowhere.yaml").symlink_to(root / "nothing")
    assert found(root) == ["in.yaml", "sub/own.yaml"]


def test_what_git_ignores(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    laid(tmp_path, "a.yaml", "out/b.yaml", "sub/c.yaml")
    (tmp_path / ".gitignore").write_text("out/\nsub/*.yaml\n")
    assert found(tmp_path) == ["a.yaml"]
    laid(tmp_path, "sub/deep/d.yaml")
    assert found(tmp_path / "sub") == ["deep/d.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    laid(tmp_path, "a.yaml")
    (tmp_path / "folder.yaml").mkdir()
    laid(tmp_path, "folder.yaml/inner.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert found(tmp_path) == ["a.yaml", "folder.yaml/inner.yaml"]
    assert list(candidates(tmp_path / "nothing", WORDS)) == []
