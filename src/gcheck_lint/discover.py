"""Paths to files: what is named on the command line, and what lies below it.

What git ignores is found by asking git, not by reading `.gitignore` a second way. Without git, or outside of a work
tree, folders are walked.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gcheck_lint import git
from gcheck_lint.errors import UsageError
from gcheck_lint.settings import Resolver, Settings

SUFFIXES: Final = frozenset({".py", ".pyi", ".ipynb"})


@dataclass(frozen=True, slots=True)
class File:
    """A file to lint: as it is shown (relative to the working directory where it lies below), and what holds in it."""

    path: str
    settings: Settings

    @property
    def absolute(self) -> Path:
        """The path from the root on, symbolic links left as they are."""
        return Path(os.path.abspath(self.path))  # noqa: PTH100 - Path.absolute keeps `..`


def find(paths: Sequence[str], resolver: Resolver) -> list[File]:
    """The files below `paths`, sorted, each once. Raises UsageError for a path that does not exist."""
    found: dict[Path, Path] = {}
    for text in paths:
        path = Path(os.path.abspath(text))  # noqa: PTH100 - Path.absolute keeps `..`
        # not Path.exists: it raises for what lies in a folder that may not be entered. An empty word, mostly an unset
        # variable of a shell script, would mean the working directory
        if not text or not os.path.exists(path):  # noqa: PTH110
            raise UsageError(f"no such file or directory: {text or repr(text)}")
        settings = resolver.at(path if path.is_dir() else path.parent)
        if settings.force_exclude and _is_excluded(path, resolver):
            continue
        for file in _below(path, resolver, settings) if path.is_dir() else [path]:
            real = file.resolve()
            # one file under two names is linted, and fixed, once: under its own name if that is among them
            if real not in found or file == real:
                found[real] = file
    return sorted((File(show(file), resolver.at(file.parent)) for file in found.values()), key=lambda file: file.path)


def show(path: Path) -> str:
    """A path as it is shown: relative to the working directory where it lies below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def is_left_out(path: Path, resolver: Resolver) -> bool:
    """Whether a text from stdin that goes by this name is not to be linted."""
    return resolver.at(path.parent).force_exclude and _is_excluded(path, resolver)


def _is_excluded(path: Path, resolver: Resolver) -> bool:
    """Whether a path, or a folder that it lies in, is left out by settings."""
    around = [folder for folder in path.parents if folder.parent != folder]
    return any(resolver.at(place.parent).excludes(place) for place in (path, *around))


def _below(folder: Path, resolver: Resolver, settings: Settings) -> Iterator[Path]:
    names = _ask_git(folder) if settings.respect_gitignore else None
    if names is None:
        yield from _walk(folder, resolver)
        return
    kept: dict[Path, bool] = {folder: True}
    for name in names:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            # a submodule, or a repository within this one: git names the folder and leaves it at that
            if _is_kept(path, kept, resolver):
                yield from _below(path, resolver, resolver.at(path))
        elif path.suffix in SUFFIXES and path.is_file() and _is_kept(path, kept, resolver):
            yield path


def _is_kept(path: Path, kept: dict[Path, bool], resolver: Resolver) -> bool:
    """Whether neither `path` nor a folder between it and the named one is excluded."""
    if path not in kept:
        kept[path] = _is_kept(path.parent, kept, resolver) and not resolver.at(path.parent).excludes(path)
    return kept[path]


def _walk(folder: Path, resolver: Resolver) -> Iterator[Path]:
    # links to folders are not followed, so there are no loops
    def fail(error: OSError) -> None:
        if error.filename == str(folder):
            raise UsageError(f"cannot read {show(folder)}: {error.strerror}") from error

    for place, folders, files in os.walk(folder, onerror=fail):
        here = Path(place)
        settings = resolver.at(here)
        folders[:] = [name for name in sorted(folders) if not settings.excludes(here / name)]
        for name in files:
            path = here / name
            if path.suffix in SUFFIXES and os.path.isfile(path) and not settings.excludes(path):  # noqa: PTH113 - never raises
                yield path


def _ask_git(folder: Path) -> Iterable[str] | None:
    """Names below a folder that git does not ignore; None when git cannot say."""
    ignored = git.ask(folder, "check-ignore", "-q", ".")
    if ignored is None or ignored.returncode != 1:  # 0: ignored itself, but named by the user; 128: no work tree
        return None
    listed = git.ask(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None or listed.returncode != 0:
        return None
    names = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    return None if "./" in names else names  # the folder of a submodule that was not fetched: git names it and nothing in it
