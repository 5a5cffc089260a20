"""What is installed in the project's environment, by the names of its *.dist-info folders: nothing of it is run or imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from gcheck_lint.config.dependencies.mentions import Mention, library_of, pin, shown
from gcheck_lint.errors import SettingsError

FOLDERS: Final = (".venv", "venv", ".conda", ".pixi/envs/default")
_INFO = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)\.dist-info")


def beside(folder: Path) -> list[Mention]:
    """What the environments that lie in a folder hold; the first that holds any of ours counts."""
    return next((found for name in FOLDERS if (found := _held(folder / name))), [])


def activated(environ: Mapping[str, str]) -> list[Mention]:
    """What the environment holds in which somebody works: a virtual one, or one of conda's that is not its base."""
    places = [environ.get("VIRTUAL_ENV", "")]
    if environ.get("CONDA_DEFAULT_ENV", "base") != "base":
        places.append(environ.get("CONDA_PREFIX", ""))
    return next((found for place in places if place and (found := _held(Path(place)))), [])


def _held(prefix: Path) -> list[Mention]:
    found: dict[str, Mention] = {}
    for packages in _site_packages(prefix):
        for entry in _names(packages):
            match = _INFO.fullmatch(entry)
            library = library_of(match["name"]) if match is not None else None
            if match is None or library is None:
                continue
            try:
                found.setdefault(library, pin(library, match["version"], f"{shown(prefix)} (installed)"))
            except SettingsError:
                continue
    return list(found.values())


def _site_packages(prefix: Path) -> Iterator[Path]:
    yield prefix / "Lib" / "site-packages"
    for name in sorted(_names(prefix / "lib")):
        if name.startswith("python3"):
            yield prefix / "lib" / name / "site-packages"


def _names(folder: Path) -> Iterable[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are all that is wanted, of folders with thousands
    except (OSError, ValueError):
        return ()
