"""Lock files: the exact version of each package. By patterns, since a lock of a large project takes a second to parse."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gcheck_lint.config.dependencies.mentions import Mention, Problem, library_of, pin, placed, row_of, said, shown

_PACKAGE = re.compile(r'^\[\[packages?\]\]\s*^name = "(?P<name>[^"]+)"\s*^version = "(?P<version>[^"]+)"', re.MULTILINE)
# pixi.lock, version 6: the name of each package is that of its file; older ones say it beside it
_CONDA_FILE = re.compile(
    r"^\s*-\s+conda:\s+\S*/(?P<name>[A-Za-z0-9_.-]+?)-(?P<version>\d[^-/\s]*)-[^-/\s]+\.(?:conda|tar\.bz2)", re.M
)
_NAMED = re.compile(r"^\s*-?\s*name:\s*(?P<name>[\w.-]+)\s*\n\s*version:\s*[\"']?(?P<version>\d[\w.+!-]*)", re.MULTILINE)


def read(path: Path, text: str) -> Iterator[Mention | Problem]:
    """The pins of our libraries. Raises ValueError for a Pipfile.lock that is no JSON."""
    yield from _READERS[path.name](text, shown(path))


def _of_packages(text: str, where: str) -> Iterator[Mention | Problem]:
    yield from _matches(_PACKAGE, text, where)


def _of_pixi(text: str, where: str) -> Iterator[Mention | Problem]:
    yield from _matches(_CONDA_FILE, text, where)
    yield from _matches(_NAMED, text, where)


def _matches(pattern: re.Pattern[str], text: str, where: str) -> Iterator[Mention | Problem]:
    for match in pattern.finditer(text):
        library = library_of(match["name"])
        if library is not None:
            yield from _pinned(library, match["version"], placed(where, text.count("\n", 0, match.start("version")) + 1))


def _of_pipfile(text: str, where: str) -> Iterator[Mention | Problem]:
    data = json.loads(text)
    for section in ("default", "develop"):
        packages: Mapping[str, Any] = data.get(section, {}) if isinstance(data, dict) else {}
        for name, entry in packages.items() if isinstance(packages, dict) else ():
            library = library_of(name)
            version = entry.get("version") if isinstance(entry, dict) else None
            if library is not None and isinstance(version, str):
                yield from _pinned(
                    library, version.removeprefix("=="), placed(f"{where} {section}", row_of(text, f'"{name}": {{'))
                )


def _pinned(library: str, version: str, place: str) -> Iterator[Mention | Problem]:
    return said(place, functools.partial(pin, library, version, place))


_READERS: Final[Mapping[str, Callable[[str, str], Iterator[Mention | Problem]]]] = {
    "uv.lock": _of_packages,
    "poetry.lock": _of_packages,
    "pdm.lock": _of_packages,
    "pylock.toml": _of_packages,
    "Pipfile.lock": _of_pipfile,
    "pixi.lock": _of_pixi,
}
NAMES: Final = tuple(_READERS)
