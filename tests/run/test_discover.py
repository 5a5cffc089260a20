"""Paths to files, with git and without."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Resolver, read_layer
from gcheck_lint.errors import UsageError
from gcheck_lint.run.discover import find

KNOWN = {"GCK101": "checkpointing-with-cache"}


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


def touch(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def files(*paths: str, **raw: object) -> list[str]:
    given = {key.replace("_", "-"): value for key, value in raw.items()}
    layer = read_layer(given, KNOWN, lambda key: f"--{key}", Path.cwd())
    return [file.path for file in find(paths or (".",), Resolver(KNOWN, [layer]))]


def git(*args: str) -> None:
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *args], check=True, capture_output=True)


def test_suffixes_order_and_default_excludes() -> None:
    touch("b.py", "a/z.pyi", "a/b.py", "notes.txt", "c.ipynb", "venv/x.py", "src/node_modules/y.py", ".hidden/h.py")
    assert files() == [".hidden/h.py", "a/b.py", "a/z.pyi", "b.py", "c.ipynb"]


def test_each_file_once() -> None:
    touch("a/b.py")
    assert files("a", "a/b.py", ".", "./a/../a/b.py") == ["a/b.py"]


def test_named_files_are_always_taken() -> None:
    touch("script", "venv/x.py")
    assert files("script", "venv/x.py") == ["script", "venv/x.py"]
    assert files("venv") == ["venv/x.py"]
    assert files("script", "venv/x.py", "venv", force_exclude=True) == ["script"]


def test_exclude() -> None:
    touch("a/gen/x.py", "a/y.py", "gen/z.py", "venv/v.py")
    assert files(extend_exclude=["a/gen"]) == ["a/y.py", "gen/z.py"]
    assert files(extend_exclude=["gen"]) == ["a/y.py"]
    assert files(exclude=["*.py"]) == []
    assert files(exclude=["a/**"]) == ["gen/z.py", "venv/v.py"]


def test_missing_path() -> None:
    touch("a.py")
    with pytest.raises(UsageError, match=r"no such file or directory: no\.py"):
        files("a.py", "no.py")


def test_git_ignores() -> None:
    git("init", "-q")
    touch("keep.py", "build/out.py", "deep/secret.py", "deep/open.py", "tracked.py", "gone.py")
    Path(".gitignore").write_text("build/\ntracked.py\n")
    Path("deep/.gitignore").write_text("secret.py\n")
    git("add", "-f", "tracked.py", "gone.py")
    Path("gone.py").unlink()
    assert files() == ["deep/open.py", "keep.py", "tracked.py"]
    assert files("deep") == ["deep/open.py"]
    assert files("build") == ["build/out.py"]  # the user named it
    assert files("build/out.py") == ["build/out.py"]
    assert files(respect_gitignore=False) == ["build/out.py", "deep/open.py", "deep/secret.py", "keep.py", "tracked.py"]


def test_git_asked_from_a_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q")
    touch("keep.py", "sub/out.py", "sub/in.py")
    Path(".gitignore").write_text("out.py\n")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    monkeypatch.chdir("sub")
    assert files() == ["in.py"]


def test_repository_within_a_repository() -> None:
    git("init", "-q")
    touch("a.py", "inner/b.py", "inner/c.py")
    git("init", "-q", "inner")
    Path("inner/.gitignore").write_text("c.py\n")
    assert files() == ["a.py", "inner/b.py"]
    assert files(extend_exclude=["inner"]) == ["a.py"]


def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q")
    touch("a.py", "b.py")
    Path(".gitignore").write_text("b.py\n")
    monkeypatch.setenv("PATH", "")
    assert files() == ["a.py", "b.py"]


@pytest.mark.parametrize("with_git", [False, True])
def test_strange_names(with_git: bool) -> None:
    if with_git:
        git("init", "-q")
    touch("a b.py", "new\nline.py", "é.py", "-x.py", "[a].py", os.fsdecode(b"\xff.py"))
    assert files() == sorted(["a b.py", "new\nline.py", "é.py", "-x.py", "[a].py", os.fsdecode(b"\xff.py")])


@pytest.mark.parametrize("with_git", [False, True])
def test_links(with_git: bool) -> None:
    if with_git:
        git("init", "-q")
    touch("a/real.py")
    Path("a/loop").symlink_to(".", target_is_directory=True)
    Path("a/link.py").symlink_to("real.py")
    Path("a/broken.py").symlink_to("nowhere.py")
    assert files() == ["a/real.py"]
    assert files("a/link.py") == ["a/link.py"]
    Path("self.py").symlink_to("self.py")
    assert files() == ["a/real.py"]


def test_outside_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch("a/x.py", "b/y.py")
    monkeypatch.chdir("a")
    assert files("../b", ".") == [str(tmp_path / "b/y.py"), "x.py"]


def test_settings_are_those_of_each_folder() -> None:
    touch("a/x.py", "b/y.py", "b/gen/z.py")
    Path("b/gclint.toml").write_text("fail-on = 'error'\nexclude = ['gen']\n")
    found = find(["."], Resolver(KNOWN))
    assert [(file.path, file.settings.fail_on) for file in found] == [("a/x.py", "info"), ("b/y.py", "error")]
