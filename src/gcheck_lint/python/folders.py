"""Modules in folders: below one that is named, and anywhere in a repository when no path that is known leads there."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Final

_FOLDERS: Final = 4_000  # of a repository that are looked through; one with more is no program but a collection
_DEEP: Final = 8
_LEFT_OUT: Final = frozenset({"node_modules", "site-packages", "dist-packages", "venv", "env", "build", "dist", "__pycache__"})


def forget() -> None:
    """Forgets what lies where."""
    _holders.cache_clear()


def in_folder(folder: Path, name: str, *, loose: bool) -> Path | None:
    """A dotted name below a folder. `loose`: a folder without `__init__.py` is a package, too."""
    *packages, last = name.split(".")
    for one in packages:
        folder = folder / one
        if not folder.is_dir():
            return None
    file = folder / f"{last}.py"
    if file.is_file():
        return file
    return package(folder / last, loose=loose)


def package(folder: Path, *, loose: bool) -> Path | None:
    init = folder / "__init__.py"
    if init.is_file():
        return init
    return folder if loose and folder.is_dir() and any(folder.glob("*.py")) else None


def only_one(root: Path, name: str, *, short: bool) -> Path | None:
    """The one place in a repository where a dotted name can be, whatever folder is put on the path: PYTHONPATH, a workspace.

    A name of one part says little. It is looked for where the script puts folders on the path itself (`short`).
    """
    first = name.split(".", 1)[0]
    if first == name and not short:
        return None
    places = _holders(str(root)).get(first, ())
    found = {one for place in places if (one := in_folder(Path(place), name, loose=False)) is not None}
    return found.pop() if len(found) == 1 else None


@functools.lru_cache(maxsize=8)
def _holders(root: str) -> dict[str, tuple[str, ...]]:
    """The folders of a repository by the modules and folders that they hold; none where there are too many."""
    found: dict[str, list[str]] = {}
    count = 0
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        count += 1
        if count > _FOLDERS:
            return {}
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        found.setdefault(entry.name[:-3], []).append(folder)
                    elif _is_looked_through(entry):
                        found.setdefault(entry.name, []).append(folder)
                        if depth < _DEEP:
                            waiting.append((entry.path, depth + 1))
        except OSError:
            continue
    return {name: tuple(paths) for name, paths in found.items()}


def _is_looked_through(entry: os.DirEntry[str]) -> bool:
    left_out = entry.name.startswith(".") or entry.name in _LEFT_OUT
    return not left_out and "." not in entry.name and entry.is_dir(follow_symlinks=False)
