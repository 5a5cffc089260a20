"""How tests run gclint: as its user does, in a process of its own that knows nothing of the git or CI around the tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from click.testing import Result

Invoke = Callable[..., Result]  # runs gclint within the test's own process; the tests of the command have a fixture of this kind


def environment(**given: str) -> dict[str, str]:
    """The variables of a client: those of the tests, but for what tells of the git or CI around them, and what is given."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GCLINT_", "GITHUB_", "CI_"))}
    plain["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{plain.get('PATH', '')}"
    return {**plain, **given}


def run(words: Sequence[str], folder: Path, stdin: str | None = None, **given: str) -> subprocess.CompletedProcess[str]:
    """Runs a client in a folder. Its exit code is for the test to judge."""
    return subprocess.run(
        list(words),
        cwd=folder,
        env=environment(**given),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def gclint(folder: Path, *words: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs gclint as its user does."""
    return run([sys.executable, "-m", "gcheck_lint", *words], folder, stdin, **environment)


def concise(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs gclint with a line for each finding."""
    return gclint(folder, "--output-format", "concise", *words)


def codes(text: str) -> list[str]:
    """The codes in such lines, in their order."""
    return re.findall(r"^\S.*?:\d+:\d+: \w+\[(GCK\d{3})\]", text, re.MULTILINE)
