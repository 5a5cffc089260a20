"""For which versions a file is judged: what the settings say, else what the nearest project asks for, else the default.

The nearest folder, from the file up to the root of its repository, that gives a library a version decides for this library. In
one folder all files count together; files that contradict each other (one for each of two machines) are alternatives. What a lock
pins, and without one what is installed in the project's environment, is what really runs, unless the nearer files rule it out.
Where none of them speaks of a library, the commands in the documents of the nearest folder do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from gcheck_lint.config import documents
from gcheck_lint.config.bounds import nearest
from gcheck_lint.config.dependencies import LIBRARIES, Found, Mention, activated, read_folder
from gcheck_lint.config.settings import Settings
from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier

_DEFAULT: Final = "default"
DEFAULTS: Final = {"transformers": ">=4.25"}
_FARTHEST = 12  # folders above a file; a repository is not that deep


@dataclass(frozen=True, slots=True)
class Aim:
    """The versions of one library (None: any), and where that was said. `warning`: they are not those that were asked for."""

    wanted: str | None
    where: str
    warning: str | None = None

    @property
    def is_said(self) -> bool:
        """Whether somebody has said it."""
        return self.where != _DEFAULT


@dataclass(frozen=True, slots=True)
class Project:
    """What the dependency files around a folder say."""

    aims: dict[str, Aim]
    warnings: tuple[str, ...] = ()


class Projects:
    """The dependency files of a run: each folder is read once."""

    def __init__(self) -> None:
        self._found: dict[Path, Found] = {}
        self._documents: dict[Path, list[Mention]] = {}
        self._projects: dict[Path, Project] = {}
        self._activated: list[Mention] | None = None

    def aims(self, settings: Settings, folder: Path, own: Mapping[str, Aim] | None = None) -> dict[str, Aim]:
        """The target of the files in a folder (absolute), by library. `own`: what the file says itself."""
        project: Project | None = None
        aims = {}
        for library in LIBRARIES:
            given = getattr(settings, f"target_{library}")
            if given is not None:
                aims[library] = _known(library, Aim(given, settings.origins.get(f"target-{library}", "settings")))
                continue
            if own is not None and library in own:
                aims[library] = _known(library, own[library])
                continue
            project = project or self.around(folder)
            aims[library] = _known(library, project.aims.get(library) or Aim(DEFAULTS.get(library), _DEFAULT))
        return aims

    def around(self, folder: Path) -> Project:
        """What the nearest project says."""
        if folder not in self._projects:
            self._projects[folder] = self._read(folder)
        return self._projects[folder]

    def _read(self, folder: Path) -> Project:
        folders = list(self._folders(folder))
        aims: dict[str, Aim] = {}
        for library in LIBRARIES:
            aim = _aim([self._found[one] for one in folders], self._environment(), library) or self._documented(folders, library)
            if aim is not None:
                aims[library] = aim
        return Project(aims, tuple(warning for one in folders for warning in self._found[one].warnings))

    def _folders(self, folder: Path) -> Iterable[Path]:
        """The folder and those above it, up to the root of the repository; without one, to the nearest with a dependency file.

        Where there is none of these either it is the folder alone.
        """
        above: list[Path] = []
        for ancestor in (folder, *folder.parents)[:_FARTHEST]:
            above.append(ancestor)
            if (ancestor / ".git").exists():
                break
        else:
            above = above[: next((at + 1 for at, one in enumerate(above) if self._look(one).any_file), 1)]
        for one in above:
            self._look(one)
        return above

    def _documented(self, folders: Iterable[Path], library: str) -> Aim | None:
        """What the documents of the nearest folder say that speaks of a library."""
        for folder in folders:
            if folder not in self._documents:
                self._documents[folder] = documents.read(folder)
            told = _pins(self._documents[folder], library)
            if told is not None:
                return Aim(str(told[0]), told[1])
        return None

    def _environment(self) -> list[Mention]:
        """What the environment holds in which this run was started."""
        if self._activated is None:
            self._activated = activated(os.environ)
        return self._activated

    def _look(self, folder: Path) -> Found:
        if folder not in self._found:
            try:
                self._found[folder] = read_folder(folder)
            except OSError:
                self._found[folder] = Found()
        return self._found[folder]


def _known(library: str, aim: Aim) -> Aim:
    """The same within the releases that are known."""
    if not aim.is_said or aim.wanted is None:
        return aim
    wanted, warning = nearest(library, aim.wanted, aim.where)
    if warning is None:
        return aim
    return Aim(DEFAULTS.get(library), _DEFAULT, warning) if wanted is None else Aim(wanted, aim.where, warning)


def _aim(folders: Iterable[Found], environment: Iterable[Mention], library: str) -> Aim | None:
    """What folders, the nearest first, say about a library, and the environment that somebody works in."""
    asked: tuple[Specifier, str] | None = None
    locked: tuple[Specifier, str] | None = None
    installed = _pins(environment, library)
    for found in folders:
        asked = asked or _together(found, library)
        locked = locked or _pins(found.locked, library)
        installed = installed or _pins(found.installed, library)
    for held in (locked, installed):
        if held is not None and (asked is None or asked[0].both(held[0]) is not None):
            return Aim(str(held[0]), held[1])
    return None if asked is None else Aim(str(asked[0]), asked[1])


def _pins(mentions: Iterable[Mention], library: str) -> tuple[Specifier, str] | None:
    pins = [one for one in mentions if one.library == library]
    return (Specifier.union(one.wanted for one in pins), pins[0].where) if pins else None


def _together(found: Found, library: str) -> tuple[Specifier, str] | None:
    """What the files of one folder say together; None when they give it no version."""
    told = [said for file in found.files if (said := _of_file(file, library)) is not None and str(said[0])]
    if not told:
        return None
    wanted, wheres = told[0][0], [told[0][1]]
    for other, where in told[1:]:
        both = wanted.both(other)
        if both is None:
            wanted = Specifier.union([wanted, other])
            wheres.append(where)
        elif both != wanted:
            wheres = [where] if both == other else [*wheres, where]
            wanted = both
    return wanted, ", ".join(dict.fromkeys(wheres))


def _of_file(mentions: Iterable[Mention], library: str) -> tuple[Specifier, str] | None:
    """What one file says: all that always holds, else any of what holds sometimes."""
    about = [one for one in mentions if one.library == library]
    always = [one for one in about if one.always and str(one.wanted)]
    if not always:
        sometimes = [one for one in about if not one.always]
        if not sometimes or any(one.always for one in about):
            return None
        return Specifier.union(one.wanted for one in sometimes), sometimes[0].where
    wanted = always[0].wanted
    for one in always[1:]:
        wanted = wanted.both(one.wanted) or Specifier.union([wanted, one.wanted])
    return wanted, always[0].where
