"""Which files lie below a folder: what git does not ignore, by asking git, or else what is there; and what lies below what.

A tree may hold many thousands of files, so paths are texts here: a Path costs more than a look at the disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing for one that may not be entered."""
    try:
        return list(os.scandir(folder))
    except OSError:
        return []


def around(folder: str) -> str:
    """The work tree of a real folder, or the folder itself."""
    place = folder
    while not os.path.exists(os.path.join(place, ".git")):
        above = os.path.dirname(place)
        if above == place:
            return folder
        place = above
    return place


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def ask_git(folder: str) -> Iterable[str] | None:
    """Names below a folder that git does not ignore; None when git cannot say."""
    real = os.path.realpath(folder)
    if not os.path.exists(os.path.join(around(real), ".git")):
        return None  # for certain, and a process takes longer than these looks
    from gcheck_lint.text import git

    repository = git.of(real)
    if repository is None or ".git" in Path(real).relative_to(repository.top).parts:
        return None
    place = Path(real)
    if place != repository.top:
        ignored = repository.ask("check-ignore", "-q", ".", folder=place)
        if ignored is None or ignored.returncode != 1:  # 0: ignored itself, but named by the user
            return None
    listed = repository.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=place)
    if listed is None or listed.returncode != 0:
        return None
    names = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    return None if "./" in names else names  # the folder of a submodule that was not fetched: git names it and nothing in it
