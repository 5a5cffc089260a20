"""A clone or an archive brings a repository that says what git is to run. gclint runs none of it, whatever it is asked to do."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gcheck_lint.run import diff_base
from gcheck_lint.text import git as asking
from gcheck_lint.text.source import Source
from tests.support.clients import missing
from tests.support.forks import gclint
from tests.support.repositories import git, repository
from tests.support.samples import DEFECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what is run is a shell script")

COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check", "."),
    "subfolder": ("check", "sub"),
    "fix": ("--fix", "--unsafe-fixes", "sub", "."),
    "diff": ("--diff", "."),
    "diff-base": ("--diff-base", "HEAD", "."),
    "diff-base-before": ("--diff-base", "HEAD~1", "sub", "."),
    "write-baseline": ("--write-baseline", "known.json", "."),
    "add-noqa": ("--add-noqa", "."),
    "show-files": ("--show-files", "."),
    "sarif": ("--output-format", "sarif", "."),
    "story": ("story", "train.py"),
    "log": ("log", "train.py", "--source", "."),
    "config": ("config", "sub"),
    "doctor": ("config", "--doctor", "."),
    "clean": ("clean",),
    "rule": ("rule", "GCK201"),
}


class Trap:
    """A command that leaves a mark, and where the mark would be."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.mark = folder / "mark"
        script = folder / "trap"
        script.write_text(f'#!/bin/sh\necho "$0 $*" >> {self.mark}\nexit 0\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.command = str(script)
        self.hooks = folder / "hooks"
        self.hooks.mkdir()
        for name in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman", "query-watchman"):
            shutil.copy(script, self.hooks / name)

    def config(self) -> str:
        """All that a config can have run, as far as it is known."""
        run = self.command
        return f"""
[core]
    fsmonitor = {run}
    hooksPath = {self.hooks}
    pager = {run}
    editor = {run}
    sshCommand = {run}
    gitProxy = {run}
    askPass = {run}
    alternateRefsCommand = {run}
[alias]
    ls-files = !{run}
    check-ignore = !{run}
    rev-parse = !{run}
    diff-index = !{run}
[filter "trap"]
    clean = {run}
    smudge = {run}
    process = {run}
    required = true
[diff]
    external = {run}
[diff "trap"]
    command = {run}
    textconv = {run}
[merge "trap"]
    driver = {run}
[interactive]
    diffFilter = {run}
[pager]
    ls-files = {run}
    rev-parse = {run}
[credential]
    helper = !{run}
[uploadpack]
    packObjectsHook = {run}
[gpg]
    program = {run}
[protocol]
    allow = always
[protocol "ext"]
    allow = always
[remote "origin"]
    url = ext::{run}
    promisor = true
    partialCloneFilter = blob:none
    fetch = +refs/heads/*:refs/remotes/origin/*
    uploadpack = {run}
[extensions]
    partialClone = origin
"""


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    if shutil.which("git") is None:
        missing("git", "apt-get install git")
    return Trap(tmp_path / "trap")


def clone(folder: Path) -> Path:
    """A repository of two commits, with a subfolder and an attribute for every file."""
    made = repository(
        folder, train=DEFECT, sub__other=DEFECT.replace('"out"', '"before"'), **{".gitattributes": "* filter=trap diff=trap\n"}
    )
    (made / "sub" / "other.py").write_text(DEFECT)
    git(made, "commit", "--quiet", "--all", "--message", "second")
    (made / "train.py").write_text(DEFECT.replace('"out"', '"changed"'))
    (made / "sub" / "other.py").touch()  # its time alone: git would look at its content, through the filter
    return made


def archive(folder: Path, trap: Trap) -> Path:
    """An archive with a `.git` of its own."""
    made = clone(folder)
    with (made / ".git" / "config").open("a") as config:
        config.write(trap.config())
    shutil.copytree(trap.hooks, made / ".git" / "hooks", dirs_exist_ok=True)
    return made


def including(folder: Path, trap: Trap) -> Path:
    """A config that leads on to a file of the work tree, and one of a work tree of its own."""
    made = clone(folder)
    (made / "more").write_text(trap.config())
    (made / ".git" / "config.worktree").write_text(trap.config())
    with (made / ".git" / "config").open("a") as config:
        config.write("[extensions]\n    worktreeConfig = true\n[include]\n    path = ../more\n")
        config.write(f'[includeIf "gitdir:{made}/"]\n    path = ../more\n')
    return made


def bare_inside(folder: Path, trap: Trap) -> Path:
    """A bare repository in a subfolder, as it can be committed."""
    made = clone(folder)
    bare = made / "sub"
    for name in ("objects", "refs"):
        (bare / name).mkdir()
        (bare / name / "keep").touch()
    (bare / "HEAD").write_text("ref: refs/heads/main\n")
    (bare / "config").write_text(
        f"[core]\n    repositoryformatversion = 0\n    bare = false\n    worktree = {bare}\n{trap.config()}"
    )
    shutil.copy(made / ".git" / "index", bare / "index")
    return made


def gitdir_elsewhere(folder: Path, trap: Trap) -> Path:
    """`.git` is a file that leads to a folder of the work tree."""
    made = archive(folder, trap)
    (made / ".git").rename(made / "inner")
    (made / ".git").write_text("gitdir: ./inner\n")
    (made / "sub" / ".git").write_text("gitdir: ../inner\n")
    return made


def commondir_elsewhere(folder: Path, trap: Trap) -> Path:
    """What several work trees share lies in a folder of the work tree."""
    made = archive(folder, trap)
    (made / ".git").rename(made / "inner")
    (made / ".git").mkdir()
    shutil.copy(made / "inner" / "HEAD", made / ".git" / "HEAD")
    shutil.copy(made / "inner" / "index", made / ".git" / "index")
    (made / ".git" / "commondir").write_text("../inner\n")
    (made / ".git" / "config").write_text(trap.config())
    return made


def submodule(folder: Path, trap: Trap) -> Path:
    """The trap is in the repository of a submodule."""
    made = clone(folder)
    inner = archive(made / "inner", trap)
    git(made, "-c", "core.fsmonitor=false", "update-index", "--add", "--cacheinfo", "160000", _head(inner), "inner")
    git(made, "commit", "--quiet", "--message", "third")
    return made


def _head(folder: Path) -> str:
    return (folder / ".git" / "refs" / "heads" / "main").read_text().strip()


def superproject(folder: Path, trap: Trap) -> Path:
    """The trap is in the repository around."""
    outer = archive(folder, trap)
    return clone(outer / "inner")


def worktree(folder: Path, trap: Trap) -> Path:
    """One of several work trees of a repository with a trap."""
    made = clone(folder / "main")
    git(made, "worktree", "add", "--quiet", "--detach", "../beside")
    with (made / ".git" / "config").open("a") as config:
        config.write(trap.config())
    return folder / "beside"


def without_contents(folder: Path, trap: Trap) -> Path:
    """Objects are missing, and the config says by what command they are fetched."""
    made = archive(folder, trap)
    blob = git(made, "-c", "core.fsmonitor=false", "rev-parse", "HEAD:train.py").strip()
    trap.mark.unlink(missing_ok=True)
    (made / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    return made


BUILDERS = [
    archive,
    including,
    bare_inside,
    gitdir_elsewhere,
    commondir_elsewhere,
    submodule,
    superproject,
    worktree,
    without_contents,
]


# what asks git at all; the other commands are tried on the simplest of these repositories
ASKING = ("subfolder", "fix", "diff-base-before")
CASES = [(archive, name) for name in COMMANDS] + [(build, name) for build in BUILDERS[1:] for name in ASKING]


@pytest.mark.parametrize(("build", "name"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_nothing_of_a_repository_is_run(build: Callable[[Path, Trap], Path], name: str, trap: Trap, tmp_path: Path) -> None:
    folder = build(tmp_path / "repo", trap)
    trap.mark.unlink(missing_ok=True)
    told = gclint(folder, *COMMANDS[name])
    assert not trap.mark.exists(), trap.mark.read_text()
    assert "Traceback" not in told.stderr
    assert told.returncode in (0, 1) or build is without_contents, told.stderr


@pytest.mark.asyncio
@pytest.mark.parametrize("build", [archive, bare_inside], ids=lambda build: build.__name__)
async def test_language_server_runs_nothing_of_it(build: Callable[[Path, Trap], Path], trap: Trap, tmp_path: Path) -> None:
    from tests.lsp.conftest import start, stop

    folder = build(tmp_path / "repo", trap)
    trap.mark.unlink(missing_ok=True)
    editor = await start("vscode-pull", folder)
    for name in ("train.py", "sub/other.py"):
        uri = editor.open(name, DEFECT)
        assert await editor.diagnostics(uri, bool)
        editor.save(uri)
    await stop(editor)
    assert not trap.mark.exists(), trap.mark.read_text()


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_git_itself_would_run_it(build: Callable[[Path, Trap], Path], trap: Trap, tmp_path: Path) -> None:
    """The traps are traps: git alone falls into each of them."""
    folder = build(tmp_path / "repo", trap)
    trap.mark.unlink(missing_ok=True)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for place in (folder, folder / "sub", folder / "inner", folder.parent):
        for words in ("status", "ls-files --others", "diff HEAD", "diff --name-status -M HEAD~1", "cat-file blob HEAD:train.py"):
            if place.is_dir():
                subprocess.run(["git", *words.split()], cwd=place, env=plain, capture_output=True, check=False, timeout=60)
    assert trap.mark.exists()


def test_answers_are_those_of_git(trap: Trap, tmp_path: Path) -> None:
    """What is ignored, tracked and changed is found although the config does not count."""
    folder = archive(tmp_path / "repo", trap)
    (folder / ".gitignore").write_text("build/\n")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "exclude").write_text("mine.py\n")
    for name in ("build/out.py", "mine.py", "new.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(DEFECT)
    assert gclint(folder, "--show-files").stdout.split() == ["new.py", "sub/other.py", "train.py"]
    told = gclint(folder, "--diff-base", "HEAD", "--output-format", "json", ".").stdout
    assert {Path(one["filename"]).name for one in json.loads(told)} == {"new.py", "train.py"}
    assert not trap.mark.exists()


def test_upstream_is_understood(tmp_path: Path) -> None:
    repository(tmp_path / "origin", train=DEFECT)
    git(tmp_path, "clone", "--quiet", "origin", "clone")
    folder = tmp_path / "clone"
    (folder / "other.py").write_text(DEFECT)
    told = gclint(folder, "--diff-base", "@{upstream}", "--output-format", "concise", ".")
    assert "other.py" in told.stdout
    assert "train.py" not in told.stdout


def test_missing_content_is_said_and_not_fetched(trap: Trap, tmp_path: Path) -> None:
    folder = without_contents(tmp_path / "repo", trap)
    told = gclint(folder, "--diff-base", "HEAD", "train.py")
    assert (told.returncode, trap.mark.exists()) == (2, False)
    assert (
        told.stderr == "error: --diff-base: the old content of train.py is missing from this clone, and gclint does not fetch\n"
    )


def test_sha256_repository(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    folder = tmp_path / "repo"
    git(folder, "init", "--quiet", "--object-format=sha256")
    (folder / "train.py").write_text(DEFECT)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    (folder / ".gitignore").write_text("other.py\n")
    (folder / "other.py").write_text(DEFECT)
    assert gclint(folder, "--show-files").stdout == "train.py\n"
    assert gclint(folder, "--diff-base", "HEAD", ".").stdout == "All checks passed!\n"


@pytest.mark.parametrize("path", ["", ".", "bin", os.pathsep])
def test_git_of_the_work_tree_is_no_git(path: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in (Path("git"), Path("bin/git")):
        place.parent.mkdir(exist_ok=True)
        shutil.copy(trap.command, place)
    monkeypatch.setenv("PATH", path)
    assert asking.installed() is None


def test_a_killed_run_leaves_nothing_that_the_next_does_not_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "repo", train=DEFECT)
    (tmp_path / "temporary").mkdir()
    code = "import os; from gcheck_lint.text import git; git.of('.').ask('ls-files'); os.kill(os.getpid(), 9)"
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=False)
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    assert gclint(folder, "--show-files", TMPDIR=str(tmp_path / "temporary")).stdout == "train.py\n"
    assert list((tmp_path / "temporary").iterdir()) == []


def test_ignore_file_that_is_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "repo", train=DEFECT)
    os.mkfifo(folder / ".gitignore")
    monkeypatch.setattr(asking, "_PATIENCE", 1.0)
    found = asking.of(folder)
    assert found is not None
    began = time.monotonic()
    assert found.ask("ls-files", "--others", "--exclude-standard") is None
    assert time.monotonic() - began < 30  # its patience is the one that was set


def test_an_answer_of_git_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a repository without a common ancestor, whichever way a git says so: the commit itself counts."""
    folder = repository(tmp_path / "repo", train=DEFECT)
    (folder / "train.py").write_text(DEFECT + "x = 1\n")
    real = asking.Repository.ask

    def ask(self: asking.Repository, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[bytes] | None:
        told = real(self, *words, folder=folder)
        if told is not None and words[0] == "merge-base":
            told.stdout = b" \n"
        return told

    monkeypatch.setattr(asking.Repository, "ask", ask)
    changes = diff_base.Changes("HEAD", folder)
    assert changes._compare(Source(str(folder / "train.py"), DEFECT + "x = 1\n")) == {DEFECT.count("\n") + 1}
