"""`--watch`: checks again whenever a script or a settings file has changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from gcheck_lint.discover import SUFFIXES
from gcheck_lint.errors import GclintError, UsageError

_SETTINGS: Final = frozenset({"pyproject.toml", "gclint.toml"})


def watch(paths: Sequence[str], check: Callable[[], int]) -> int:
    """Calls `check` now and after each change below `paths`, until it is interrupted."""
    try:
        # an extra, and 30 ms of import that nobody else needs
        import watchfiles
    except ImportError as error:
        raise UsageError("--watch needs watchfiles: install `gcheck-lint[watch]`") from error
    _round(check)
    places = {Path(path).absolute() for path in paths}
    # the settings of a folder may lie in one above it
    above = {place.parent if place.is_file() else place for place in places}
    for changes in watchfiles.watch(*places, *above, watch_filter=lambda _, path: _counts(path), raise_interrupt=True):
        names = sorted({Path(path).name for _, path in changes})
        click.echo(f"\n{time.strftime('%H:%M:%S')} changed: {', '.join(names)}", err=True)
        _round(check)
    return 0


def _round(check: Callable[[], int]) -> None:
    try:
        check()
    except GclintError as error:  # a settings file that is being typed must not end it
        click.echo(f"error: {error}", err=True)


def _counts(path: str) -> bool:
    name = Path(path).name
    return Path(path).suffix in SUFFIXES or name in _SETTINGS
