"""Asks git. Whoever calls this can do without the answer, or says so to the user."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

# a git hook sets these, which would make git answer for another folder
_PLACES: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"})


def ask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """Runs git in a folder; None when there is no git."""
    environment = {name: value for name, value in os.environ.items() if name not in _PLACES}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
