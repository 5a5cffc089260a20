"""Paths to files: what is named on the command line, and what lies below it.

What git ignores is found by asking git, not by reading `.gitignore` a second way. Without git, or outside of a work
tree, folders are walked. A link that leads out of the folder and its work tree is not followed: what lies there was not
asked for, and `--fix` would write to it. Who names such a link means it.

A tree may hold many thousands of files, so paths are texts here: a Path costs more than a look at the disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gcheck_lint.config.globs import Glob
from gcheck_lint.config.settings import Resolver, Settings
from gcheck_lint.errors import UsageError
from gcheck_lint.records import dataclass
from gcheck_lint.text import listing

SUFFIXES: Final = frozenset({".py", ".pyi", ".ipynb"})
_SUFFIXES: Final = tuple(SUFFIXES)
_ALL: Final = frozenset(f"*{suffix}" for suffix in SUFFIXES)


@dataclass(frozen=True, slots=True)
class File:
    """A file to lint: as it is shown (relative to the working directory where it lies below), and what holds in it."""

    path: str
    settings: Settings

    @property
    def absolute(self) -> Path:
        """The path from the root on, symbolic links left as they are."""
        return Path(os.path.abspath(self.path))


def find(paths: Sequence[str], resolver: Resolver) -> list[File]:
    """The files below `paths`, sorted, each once. Raises UsageError for a path that does not exist."""
    found: dict[str, str] = {}
    walker = _Walker(resolver)
    for text in paths:
        path = os.path.abspath(text)
        # not Path.exists: it raises for what lies in a folder that may not be entered. An empty word, mostly an unset
        # variable of a shell script, would mean the working directory
        if not text or not os.path.exists(path):
            raise UsageError(f"no such file or directory: {text or repr(text)}")
        is_folder = os.path.isdir(path)
        settings = walker.settings(path if is_folder else os.path.dirname(path))
        if settings.force_exclude and _is_excluded(Path(path), resolver):
            continue
        for file, real in walker.below(path, settings) if is_folder else [(path, os.path.realpath(path))]:
            # one file under two names is linted, and fixed, once: under its own name if that is among them
            if real not in found or file == real:
                found[real] = file
    here = os.path.join(os.getcwd(), "")
    files = (File(file.removeprefix(here), walker.settings(os.path.dirname(file))) for file in found.values())
    return sorted(files, key=lambda file: file.path)


def show(path: Path) -> str:
    """A path as it is shown: relative to the working directory where it lies below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def outside(path: str) -> str | None:
    """Where a named link leads to, if that is out of its own folder, of the working directory and of their work trees."""
    real = os.path.realpath(path)
    named = os.path.abspath(path)
    here = os.getcwd()
    if not os.path.islink(named) and not listing.is_below(named, here):
        return None  # named by a way of its own; what links there are on it, the user has chosen
    folders = (
        (os.path.realpath(os.path.dirname(named)), os.path.realpath(here)) if os.path.islink(named) else (os.path.realpath(here),)
    )
    return None if any(listing.is_below(real, listing.around(folder)) for folder in folders) else real


def is_left_out(path: Path, resolver: Resolver) -> bool:
    """Whether a text from stdin that goes by this name is not to be linted."""
    return resolver.at(path.parent).force_exclude and _is_excluded(path, resolver)


def _is_excluded(path: Path, resolver: Resolver) -> bool:
    """Whether a path, or a folder that it lies in, is left out by settings."""
    around = [folder for folder in path.parents if folder.parent != folder]
    return any(resolver.at(place.parent).excludes(place) for place in (path, *around))


class _Filter:
    """What settings leave out, and what they look for. Most patterns are plain names, and a name is looked up, not matched."""

    __slots__ = ("_globs", "_included", "_names")

    def __init__(self, settings: Settings) -> None:
        patterns = (*settings.exclude, *settings.extend_exclude)
        self._names = frozenset(pattern.text for pattern in patterns if _is_name(pattern))
        self._globs = tuple(pattern for pattern in patterns if not _is_name(pattern))
        # of all that can be linted anything is looked for, unless the settings say which
        self._included = None if {pattern.text for pattern in settings.include} >= _ALL else settings.include

    def takes(self, folder: str, name: str) -> bool:
        """Whether a file is one that is looked for, and not left out."""
        return name.endswith(_SUFFIXES) and self.includes(folder, name) and not self.excludes(folder, name)

    def includes(self, folder: str, name: str) -> bool:
        """Whether a file that can be linted is looked for."""
        return self._included is None or any(pattern.matches(Path(folder, name)) for pattern in self._included)

    def excludes(self, folder: str, name: str) -> bool:
        """Whether what has this name in this folder is left out."""
        if name in self._names:
            return True
        if not self._globs:
            return False
        path = Path(folder, name)
        return any(pattern.matches(path) for pattern in self._globs)


def _is_name(pattern: Glob) -> bool:
    return not any(letter in pattern.text for letter in "*?[/\\")


class _Walker:
    """Looks below folders. Gives each file with its real path."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._by_folder: dict[str, Settings] = {}
        self._filters: dict[int, _Filter] = {}  # by the identity of settings: the resolver keeps them

    def settings(self, folder: str) -> Settings:
        """What holds in a folder."""
        found = self._by_folder.get(folder)
        if found is None:
            found = self._by_folder[folder] = self._resolver.at(Path(folder))
        return found

    def below(self, folder: str, settings: Settings, inside: str | None = None) -> Iterator[tuple[str, str]]:
        """The files below a folder. `inside`: the real folder that no link leads out of."""
        names = listing.ask_git(folder) if settings.respect_gitignore else None
        real = os.path.realpath(folder)
        inside = inside or listing.around(real)
        if names is None:
            yield from self._walk(folder, real, inside)
            return
        kept = {folder: True}
        for name in names:
            path = os.path.join(folder, name.rstrip("/"))
            is_link = os.path.islink(path)
            if name.endswith(_SUFFIXES) and os.path.isfile(path):
                aim = os.path.realpath(path) if is_link else os.path.join(real, name)
                if (not is_link or listing.is_below(aim, inside)) and self._is_kept(path, kept) and self._is_included(path):
                    yield path, aim
            elif not is_link and os.path.isdir(path) and self._is_kept(path, kept):
                # a submodule, or a repository within this one: git names the folder and leaves it at that
                yield from self.below(path, self.settings(path), inside)

    def _is_included(self, path: str) -> bool:
        folder, name = os.path.split(path)
        return self._filter(folder).includes(folder, name)

    def _is_kept(self, path: str, kept: dict[str, bool]) -> bool:
        """Whether neither `path` nor a folder between it and the named one is excluded, and none of these is a link.

        An index may name what lies behind a link: git looks at names, and the disk may have changed since.
        """
        folder, name = os.path.split(path)
        if folder not in kept:
            kept[folder] = not os.path.islink(folder) and self._is_kept(folder, kept)
        return kept[folder] and not self._filter(folder).excludes(folder, name)

    def _walk(self, folder: str, real: str, inside: str) -> Iterator[tuple[str, str]]:
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            raise UsageError(f"cannot read {show(Path(folder))}: {error.strerror}") from error
        waiting = [(folder, real, entries)]
        while waiting:
            folder, real, entries = waiting.pop()
            left_out = self._filter(folder)
            for entry in entries:
                name = entry.name
                if entry.is_symlink():  # links to folders are not followed, so there are no loops
                    if left_out.takes(folder, name) and os.path.isfile(entry.path):
                        aim = os.path.realpath(entry.path)
                        if listing.is_below(aim, inside):
                            yield entry.path, aim
                elif entry.is_dir(follow_symlinks=False):
                    if not left_out.excludes(folder, name):
                        waiting.append((entry.path, os.path.join(real, name), listing.entries(entry.path)))
                elif left_out.takes(folder, name) and entry.is_file():
                    yield entry.path, os.path.join(real, name)

    def _filter(self, folder: str) -> _Filter:
        settings = self.settings(folder)
        found = self._filters.get(id(settings))
        if found is None:
            found = self._filters[id(settings)] = _Filter(settings)
        return found
