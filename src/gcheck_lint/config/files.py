"""The files that settings are read from: which one holds for a folder, and what of it is ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gcheck_lint.config import spots
from gcheck_lint.errors import SettingsError, one_line
from gcheck_lint.records import dataclass
from gcheck_lint.text.reading import read_text

SHARED: Final = "pyproject.toml"
OWN: Final = (".gclint.toml", "gclint.toml")  # the first one that is there, before the shared one
NAMES: Final = (*OWN, SHARED)
_TABLES: Final = ("tool", "gclint", "lint", "format")  # what belongs into other files, or to other tools


@dataclass(frozen=True, slots=True)
class Table:
    """What a settings file says, its text, and the path of tables in it that leads to our keys."""

    file: Path
    values: Mapping[str, Any]
    text: str

    @property
    def path(self) -> tuple[str, ...]:
        """The tables around the keys."""
        return ("tool", "gclint") if self.file.name == SHARED else ()

    @property
    def place(self) -> str:
        """What the keys are told to stand in."""
        return f"{name(self.file)} [tool.gclint]" if self.path else name(self.file)

    def located(self, error: SettingsError, key: str) -> SettingsError:
        """An error about a key of it, with its place."""
        return error.at(spots.of_key(name(self.file), self.text, (*self.path, key), error.word))


def of_folder(folder: Path) -> Path | None:
    """The settings file that lies in a folder."""
    for own in OWN:
        # not Path.is_file: it raises in a folder that may not be entered
        if os.path.isfile(folder / own):  # noqa: PTH113
            return folder / own
    shared = folder / SHARED
    if os.path.isfile(shared) and _read(shared) is not None:  # noqa: PTH113
        return shared
    return None


def of_user() -> Path | None:
    """The user's own file, for folders in and above which there is none."""
    if sys.platform == "linux":  # most have no such folder, and to import what knows its place costs as much as a small run
        home = os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")  # noqa: PTH111
        if not os.path.isdir(f"{home}/gclint"):  # noqa: PTH112
            return None
    import platformdirs  # only where no file was found on the way up

    place = platformdirs.user_config_path("gclint", appauthor=False)
    file = place / "gclint.toml"
    return file if place.is_absolute() and os.path.isfile(file) else None  # noqa: PTH113


def read(file: Path) -> Table:
    """The part of a settings file that is ours. Raises SettingsError, also where a pyproject.toml has none."""
    found = _read(file)
    if found is None:
        raise SettingsError(f"{name(file)} has no [tool.gclint] table")
    return found


def parse(text: str, origin: str, in_file: bool = False) -> dict[str, Any]:
    """Parses TOML. Raises SettingsError."""
    import tomli  # only where there is something to parse

    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as error:  # besides broken TOML: numbers of 5,000 digits, 400 lists in each other
        spot = spots.of_error(origin, text, error) if in_file else None
        raise SettingsError(f"{origin} is not valid TOML: {error}", spot=spot) from error


def misplaced(key: str, value: object, table: Table | None) -> str:
    """A hint for a table that belongs elsewhere; empty for what is no table, or no such one."""
    if table is None or not isinstance(value, Mapping) or key not in _TABLES:
        return ""
    if table.path:
        return f": gclint has no table [tool.gclint.{key}], its keys belong directly in [tool.gclint]"
    header = "tool.gclint" if key == "tool" and "gclint" in value else key
    return f": in {table.file.name} the keys belong at the top level, without a table [{header}]"


def at_home(text: str) -> str:
    """A path with the user's home in place of `~`; one of a user whom nobody knows stays as it is."""
    return os.path.expanduser(text)  # noqa: PTH111 - a Path's raises


def name(file: Path) -> str:
    """A file as it is shown."""
    try:
        shown = file.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        shown = str(file)
    return shown if shown.isprintable() else one_line(shown)


def _read(file: Path) -> Table | None:
    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {name(file)}: {getattr(error, 'strerror', None) or error}") from error
    if file.name != SHARED:
        return Table(file, parse(text, name(file), in_file=True), text)
    if "gclint" not in text:  # most have no such table, and need no parse
        return None
    tool = parse(text, name(file), in_file=True).get("tool", {})
    table = tool.get("gclint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        spot = spots.of_key(name(file), text, ("tool", "gclint"))
        raise SettingsError(f"`tool.gclint` in {name(file)} must be a table", spot=spot)
    return None if table is None else Table(file, table, text)
