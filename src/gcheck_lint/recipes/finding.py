"""Which files of a repository may be recipes that matter: by name, by what git ignores, by their bytes.

There may be ten thousand of them that concern nobody, so each is read once and searched by one expression. Paths are texts on
the way: a Path costs more than a look at the disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from gcheck_lint.recipes import limits
from gcheck_lint.recipes.kinds import NAMES, SUFFIXES
from gcheck_lint.text import listing, reading

_SUFFIXES: Final = (*SUFFIXES, "akefile")  # as a first look
_LEFT_OUT: Final = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "site-packages",
        "venv",
        ".venv",
        ".tox",
        ".nox",
        "__pycache__",
        ".eggs",
        ".mypy_cache",
    }
)
_ENVIRONMENT: Final = "pyvenv.cfg"


def candidates(root: Path, words: Collection[bytes]) -> Iterator[Path]:
    """Files below `root` that may be recipes and hold one of `words`, sorted. Links out of `root` are not followed."""
    if not words:
        return
    wanted = re.compile(b"|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    top = os.path.realpath(root)
    for path in sorted(_files(str(root), top)):
        try:
            data = reading.read_bytes(path, limits.LARGEST)
        except OSError:  # too large for a recipe, not there any more, not to be read
            continue
        if wanted.search(data):
            yield Path(path)


def _files(root: str, top: str) -> Iterator[str]:
    names = listing.ask_git(root)
    return _walk(root, top) if names is None else _listed(root, top, names)


def _listed(root: str, top: str, names: Iterable[str]) -> Iterator[str]:
    """Of what git names, the recipes: git names a repository within this one by its folder alone."""
    kept: dict[str, bool] = {}
    for name in names:
        if name.endswith(_SUFFIXES):
            folder, _, last = name.rpartition("/")
            if _is_recipe(folder, last) and _is_kept(root, folder, kept):
                path = os.path.join(root, name)
                if not os.path.islink(path) or listing.is_below(os.path.realpath(path), top):
                    yield path


def _is_kept(root: str, folder: str, kept: dict[str, bool]) -> bool:
    """Whether no part of a folder is one that is left out, and none is a link: an index may name what lies behind one."""
    if not folder:
        return True
    if folder not in kept:
        above, _, name = folder.rpartition("/")
        path = os.path.join(root, folder)
        is_own = name not in _LEFT_OUT and not os.path.islink(path) and not os.path.exists(os.path.join(path, _ENVIRONMENT))
        kept[folder] = is_own and _is_kept(root, above, kept)
    return kept[folder]


def _walk(root: str, top: str) -> Iterator[str]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        entries = listing.entries(folder)
        if folder != root and any(entry.name in (".git", _ENVIRONMENT) for entry in entries):
            continue
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if name not in _LEFT_OUT:
                    waiting.append(entry.path)
            elif (
                name.endswith(_SUFFIXES)
                and _is_recipe(folder, name)
                and (not entry.is_symlink() or listing.is_below(os.path.realpath(entry.path), top))
            ):
                yield entry.path


def _is_recipe(folder: str, name: str) -> bool:
    if os.path.splitext(name)[1] in SUFFIXES:
        # of an editor's folder, what it launches alone
        return os.path.basename(folder) != ".vscode" or name == "launch.json"
    return name in NAMES
