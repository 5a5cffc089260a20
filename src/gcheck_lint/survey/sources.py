"""Which repositories a SOURCE means: the folders in a folder, the lines of a text file, or a Parquet data set."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gcheck_lint.errors import UsageError, one_line
from gcheck_lint.survey import parquet
from gcheck_lint.survey.outcome import Columns, Repository
from gcheck_lint.text import reading

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TAKEN: Final = ("https://", "file://")


def find(source: str, columns: Columns) -> list[Repository]:
    """The repositories of a SOURCE, each name once. Raises UsageError."""
    path = Path(os.path.abspath(source))  # noqa: PTH100 - Path.absolute keeps `..`
    if not path.exists():
        raise UsageError(f"no such file or directory: {source}")
    data = parquet.files(path)
    found = parquet.repositories(data, columns) if data else _below(path) if path.is_dir() else _listed(path)
    if not found:
        raise UsageError(f"{source} contains no repository")
    if data:
        return found
    by_name: dict[str, Repository] = {}
    for one in found:
        if by_name.setdefault(one.name, one) != one:
            raise UsageError(f"{source} contains two repositories named {one.name}")
    return sorted(by_name.values(), key=lambda one: one.name)


def _below(folder: Path) -> list[Repository]:
    if (folder / ".git").exists():
        raise UsageError(f"{folder} is a single repository: pass its parent folder, or use `gclint check`")
    entries = sorted((one for one in os.scandir(folder) if one.is_dir() and one.name[0] != "."), key=lambda one: one.name)
    return [Repository(shown(entry.name), folder=entry.path) for entry in entries]


def _listed(file: Path) -> list[Repository]:
    try:
        lines = os.fsdecode(reading.read_bytes(file, reading.RECORD)).splitlines()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
    words = [(row, line.strip()) for row, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    return [_named(word, f"{file}:{row}", file.parent) for row, word in words]


def _named(word: str, where: str, folder: Path) -> Repository:
    if "\0" in word or not word.isprintable():
        raise UsageError(f"{where}: neither a path nor an address: {one_line(word)}")
    if not _ADDRESS.match(word):
        return Repository(shown(word), folder=str(folder / home(word)))
    if not word.lower().startswith(_TAKEN):
        raise UsageError(f"{where}: an address begins with {' or '.join(_TAKEN)}: {one_line(word)}")
    told = urlsplit(word)
    if told.username is not None or told.password is not None:
        raise UsageError(f"{where}: the address contains a user name or a password: use git's credential helper")
    return Repository(shown(f"{told.netloc}{told.path}".removesuffix("/").removesuffix(".git")), address=word)


def home(word: str) -> Path:
    """A path with `~` in it."""
    try:
        return Path(word).expanduser()
    except RuntimeError as error:  # the home of a user that there is not
        raise UsageError(f"{word}: {error}") from error


def shown(name: str) -> str:
    """A name that can be written as UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
