"""How tests run gclint as its user does, and git: processes of their own, that know nothing of the git or CI around the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.clients import missing


def run(words: Sequence[str], folder: Path, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a client in a folder. Its exit code is for the test to judge."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GCLINT_", "GITHUB_", "CI_"))}
    plain["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{plain.get('PATH', '')}"
    return subprocess.run(
        list(words),
        cwd=folder,
        env={**plain, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def gclint(folder: Path, *words: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs gclint as its user does."""
    return run([sys.executable, "-m", "gcheck_lint", *words], folder, stdin, **environment)


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
