"""requirements.txt and what it includes, line by line as pip reads it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from gcheck_lint.config.dependencies.mentions import Mention, Problem, requirement, said, shown
from gcheck_lint.config.dependencies.texts import text_of

_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?=[^\s-]))(?P<file>.+)$")


def read(path: Path, text: str, seen: set[Path] | None = None) -> Iterator[Mention | Problem]:
    """All that a file asks for. `seen`: the files that are read already, so that two which include each other come to an end."""
    seen = {path} if seen is None else seen
    for row, line in _lines(text):
        include = _INCLUDE.match(line)
        if include is not None:
            other = _beside(path, include["file"].strip().strip("\"'"))
            if other is not None and other not in seen and other.is_file():
                seen.add(other)
                yield from read(other, text_of(other), seen)
            continue
        line = re.sub(r"^(?:-e|--editable)[\s=]+", "", line)
        line = re.sub(r"\s+--[a-z-]+(?:[\s=].*)?$", "", line)
        if not line.startswith("-"):
            place = f"{shown(path)}:{row}"
            yield from said(place, functools.partial(requirement, line, place))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without comments, each with its number; one that goes on behind a backslash counts where it begins."""
    whole, begun = "", 0
    for row, line in enumerate(text.splitlines(), 1):
        begun = begun or row
        whole += line
        if whole.endswith("\\"):
            whole = f"{whole[:-1]} "
            continue
        yield begun, re.sub(r"(^|\s)#(?!egg=).*$", "", whole).strip()
        whole, begun = "", 0
    if whole:
        yield begun, whole.strip()


def _beside(path: Path, name: str) -> Path | None:
    if "://" in name or "\0" in name:
        return None
    return (path.parent / name).resolve()
