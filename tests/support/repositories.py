"""Git repositories for tests, made by somebody who has a name."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.clients import missing
from tests.support.invocation import run


def git(folder: Path, *words: str) -> str:
    """Runs git, as somebody who has a name."""
    if shutil.which("git") is None:
        missing("git", "apt-get install git")
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    done = run(["git", *who, *words], folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository(folder: Path, **files: str) -> Path:
    """A git repository with these files in its first commit. `__` in a name is a slash, a name without a dot is a script."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ("" if "." in name else ".py"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def rewrite(path: Path, old: str, new: str) -> None:
    """Changes a file, in words that are really there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
