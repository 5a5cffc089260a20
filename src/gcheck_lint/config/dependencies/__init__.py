"""Which versions of the libraries a project asks for: its dependency files, read as far as they name one of ours.

Nothing here raises on a broken file: what can't be read is a warning, once, and the rest counts.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from pathlib import Path, PurePath
from typing import Final

from gcheck_lint.config.dependencies import conda, installed, locks, requirements, setup_files, tables
from gcheck_lint.config.dependencies.installed import activated
from gcheck_lint.config.dependencies.mentions import LIBRARIES, OURS, Mention, Problem, poetry_specifier, requirement, shown
from gcheck_lint.config.dependencies.texts import text_of
from gcheck_lint.errors import SettingsError
from gcheck_lint.records import dataclass

__all__ = [
    "LIBRARIES",
    "NAMES",
    "Found",
    "Mention",
    "activated",
    "is_dependency_file",
    "poetry_specifier",
    "read_folder",
    "requirement",
]

_READERS: Final[dict[str, Callable[[Path, str], Iterator[Mention | Problem]]]] = {
    "pyproject.toml": tables.read_pyproject,
    "pixi.toml": tables.read_pixi,
    "Pipfile": tables.read_pipfile,
    "setup.cfg": setup_files.read_cfg,
    "setup.py": setup_files.read_setup,
}
_PATTERNS: Final[dict[str, Callable[[Path, str], Iterator[Mention | Problem]]]] = {
    "environment*.yml": conda.read,
    "environment*.yaml": conda.read,
    "conda*.yml": conda.read,
    "conda*.yaml": conda.read,
    "*requirements*.txt": requirements.read,
    "*requirements*.in": requirements.read,
    "constraints*.txt": requirements.read,
    "requirements/*.txt": requirements.read,
    "requirements/*.in": requirements.read,
}
NAMES: Final = (*_READERS, *locks.NAMES, *_PATTERNS)
_LEADING: Final = {"pyproject.toml", "setup.cfg"}  # they may name a file that asks for ours, and need not name them


@dataclass(slots=True)
class Found:
    """What the files of one folder say: each file's mentions (those it includes as well), exact pins of locks, and warnings.

    `installed`: what the environment that lies in the folder holds.
    """

    files: list[list[Mention]] = field(default_factory=list)
    locked: list[Mention] = field(default_factory=list)
    installed: list[Mention] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    any_file: bool = False


def read_folder(folder: Path) -> Found:
    """Everything in a folder that names dependencies."""
    found = Found(installed=installed.beside(folder))
    for path, read in _files(folder):
        found.any_file = True
        told, problems = _read(path, read)
        found.warnings += problems
        if path.name in locks.NAMES:
            found.locked += told
        else:
            found.files.append(told)
    return found


def is_dependency_file(path: PurePath) -> bool:
    """Whether a file, by its name, may say which versions a project asks for."""
    return any(path.match(name) for name in NAMES)


def _files(folder: Path) -> Iterable[tuple[Path, Callable[[Path, str], Iterator[Mention | Problem]]]]:
    paths = {folder / name: read for name, read in _READERS.items()}
    paths |= {folder / name: locks.read for name in locks.NAMES}
    for pattern, read in _PATTERNS.items():
        paths |= dict.fromkeys(sorted(folder.glob(pattern)), read)
    return [(path, read) for path, read in paths.items() if path.is_file()]


def _read(path: Path, read: Callable[[Path, str], Iterator[Mention | Problem]]) -> tuple[list[Mention], list[str]]:
    """The mentions of a file, and what is to be warned of."""
    told: list[Mention] = []
    problems: list[str] = []
    try:
        text = text_of(path)
        if OURS.search(text) or path.suffix in (".txt", ".in") or path.name in _LEADING:
            for one in read(path, text):
                if isinstance(one, Problem):
                    problems.append(str(one))
                else:
                    told.append(one)
    except _broken() as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        problems.append(str(Problem(shown(path), reason)))
    return told, problems


def _broken() -> tuple[type[Exception], ...]:
    import sys

    yaml = sys.modules.get("yaml")  # nothing that it raises has been raised where it is not imported
    others = (yaml.YAMLError,) if yaml is not None else ()
    return (OSError, ValueError, configparser.Error, SyntaxError, RecursionError, SettingsError, *others)
