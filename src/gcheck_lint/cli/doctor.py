"""`gclint config --doctor`: what the other linters of a project would do to the comments that name us.

Ruff takes a code that it does not know for a stale one: RUF100 takes it out of a comment that also holds a stale code
of Ruff's own, and RUF102 complains about it. `external` tells Ruff better.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli

from gcheck_lint.cli.terminal import say
from gcheck_lint.config import files
from gcheck_lint.config.settings import Resolver
from gcheck_lint.errors import SettingsError
from gcheck_lint.findings import comments
from gcheck_lint.records import dataclass
from gcheck_lint.run import discover, pipeline
from gcheck_lint.text import reading
from gcheck_lint.text.notebook import Program, source_of
from gcheck_lint.text.source import UnreadableError
from gcheck_lint.text.spans import Position


@dataclass(frozen=True, slots=True)
class _Named:
    """A comment that other linters read too, and that names a code of ours."""

    path: Path
    where: str
    code: str


def examine(path: str, resolver: Resolver) -> int:
    """Looks at the files below a path and at Ruff's settings for them. Gives the exit code."""
    named = [one for file in discover.find((path,), resolver) for one in _named(file.path)]
    if not named:
        say("ok: no `# noqa` comment names a gclint rule, so Ruff needs no setting")
        return 0
    lacking: dict[Path, list[_Named]] = {}
    settled: set[Path] = set()
    for one in named:
        file = _ruff_file(one.path.parent)
        if file is None:
            continue
        settled.add(file)
        if not any(one.code.startswith(entry) for entry in _external(file)):
            lacking.setdefault(file, []).append(one)
    if not settled:
        say(f"ok: {_comments(len(named))} a gclint rule, and Ruff is not configured here")
        say(_remedy("pyproject.toml", "to use Ruff anyway"))
        return 0
    for file in sorted(settled - lacking.keys()):
        say(f"ok: {discover.show(file)} lists gclint's codes as external")
    for file, its in sorted(lacking.items()):
        say(f"problem: {discover.show(file)} does not list gclint's codes as external, and {_comments(len(its))} them:")
        for one in its[:5]:
            say(f"  {discover.show(one.path)}:{one.where}: {one.code}")
        if len(its) > 5:
            say(f"  ... and {len(its) - 5} more")
        say("  Ruff may remove these codes from the comments (RUF100) or report them (RUF102).")
        say(_remedy(file.name, f"add this to {discover.show(file)}"))
    return int(bool(lacking))


def _comments(number: int) -> str:
    return "1 `# noqa` comment names" if number == 1 else f"{number} `# noqa` comments name"


def _remedy(name: str, when: str) -> str:
    table = "[tool.ruff.lint]" if name == "pyproject.toml" else "[lint]"
    return f'  help: {when}:\n\n    {table}\n    external = ["GCK"]\n'


def _named(path: str) -> Iterator[_Named]:
    try:
        text = source_of(path, reading.read_linted(path))
    except (OSError, UnreadableError):
        return
    if text is None:
        return
    for directive in comments.read(text, pipeline.known_rules()):
        if directive.own:
            continue
        where = str(directive.row)
        if isinstance(text, Program):
            place = text.notebook.place(Position(directive.row, 1))
            where = f"cell {place.cell}:{place.position.row}"
        for word in directive.named or ():
            if word.ours and word.text.upper().startswith("GCK"):
                yield _Named(Path(path).absolute(), where, word.text.upper())


def _ruff_file(folder: Path) -> Path | None:
    """The settings that Ruff uses in a folder: the closest ones, in the order in which it looks for them."""
    for place in (folder, *folder.parents):
        for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
            file = place / name
            if file.is_file() and _table(file) is not None:
                return file
    return None


def _table(file: Path) -> dict[str, Any] | None:
    try:
        data = files.parse(reading.read_text(file), discover.show(file))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {discover.show(file)}: {error}") from error
    if file.name != "pyproject.toml":
        return data
    tool = data.get("tool")
    found = tool.get("ruff") if isinstance(tool, dict) else None
    return found if isinstance(found, dict) else None


def _external(file: Path, seen: frozenset[Path] = frozenset()) -> list[str]:
    """Ruff's `lint.external`, its old place at the top included, and what the file extends where it says nothing."""
    table = _table(file) or {}
    lint = table.get("lint")
    for place in (lint if isinstance(lint, dict) else {}, table):
        if isinstance(place.get("external"), list):
            return [str(entry) for entry in place["external"]]
    base = table.get("extend")
    if not isinstance(base, str):
        return []
    other = (file.parent / Path(base).expanduser()).resolve()
    return _external(other, seen | {file}) if other.is_file() and other not in seen else []
