"""Where a run's cache is, and `gclint clean`, which deletes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from gcheck_lint.cli.terminal import say
from gcheck_lint.config.settings import Resolver, Settings

if TYPE_CHECKING:
    from gcheck_lint.run.cache import Cache

_Command = TypeVar("_Command", bound=Callable[..., Any])

NAME: Final = ".gclint_cache"


def cache_dir(command: _Command) -> _Command:
    """Adds the option."""
    return click.option(
        "--cache-dir",
        metavar="FOLDER",
        type=click.Path(file_okay=False),
        envvar="GCLINT_CACHE_DIR",
        help=f"Where the cache is (by default `{NAME}` in the project)",
    )(command)


def of(folder: str | None, settings: Settings) -> Cache:
    """The cache in a folder that was named, else that of the working directory."""
    from gcheck_lint.run.cache import Cache

    return Cache(root(folder, settings))


def root(folder: str | None, settings: Settings) -> Path:
    """Where it lies: beside the settings, else at the root of the repository, else in the working directory."""
    if folder is not None:
        return Path(folder).absolute()
    if settings.file is not None:
        return settings.file.absolute().parent / NAME
    here = Path.cwd()
    return next((one for one in (here, *here.parents) if (one / ".git").exists()), here) / NAME


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@cache_dir
def clean(cache_dir: str | None) -> None:
    """Delete the cache."""
    from gcheck_lint.prefilter.words import RULES
    from gcheck_lint.run import cache

    place = root(cache_dir, Resolver(RULES).at(Path.cwd()))
    if cache.clean(place):
        say(f"Deleted {place}.", err=True)
