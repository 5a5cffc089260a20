"""Where a run's cache is, and `gclint clean`, which deletes it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gcheck_lint.cli.sections import Decorated, Section, option
from gcheck_lint.cli.terminal import say
from gcheck_lint.config import files
from gcheck_lint.config.settings import Resolver, Settings
from gcheck_lint.errors import UsageError

if TYPE_CHECKING:
    from gcheck_lint.run.cache import Cache

NAME: Final = ".gclint_cache"  # in the project, where it was once; what lies there now is never read


def cache_dir(command: Decorated) -> Decorated:
    """Adds the option."""
    return option(
        Section.RUN,
        "--cache-dir",
        metavar="FOLDER",
        type=click.Path(file_okay=False),
        envvar="GCLINT_CACHE_DIR",
        help="The cache folder (default: in the user's cache folder)",
    )(command)


def of(folder: str | None) -> Cache | None:
    """The cache in a folder that was named, else that of the user; None where no secret can be kept."""
    from gcheck_lint.run import cache

    place, secret = root(folder), cache.secret()
    if place is None or secret is None:
        if folder is not None:
            why = "the user has no private folder for the secret that protects the cache"
            say(f"warning: {files.name(Path(folder))} is not used: {why}", err=True)
        return None
    return cache.Cache(place, secret)


def root(folder: str | None) -> Path | None:
    """Where it lies. Of a settings file only a folder below it comes here (`config.settings`): it may be a stranger's."""
    from gcheck_lint.run import cache

    return Path(folder).absolute() if folder is not None else cache.folder()


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, short_help="Delete the cache")
@cache_dir
def clean(cache_dir: str | None) -> None:
    """Delete the cache, including what earlier versions left in the project."""
    from gcheck_lint.prefilter.words import RULES
    from gcheck_lint.run import cache

    settings = Resolver(RULES).at(Path.cwd())
    place = root(cache_dir or settings.cache_dir)
    if place is not None and cache.clean(place):
        say(f"Deleted {place}.", err=True)
    for old in _in_project(settings):
        with contextlib.suppress(UsageError):  # something else of this name
            if cache.clean(old):
                say(f"Deleted {old}.", err=True)


def _in_project(settings: Settings) -> list[Path]:
    """Where earlier versions had it: beside the settings, else at the root of the repository, else in the working directory."""
    here = Path.cwd()
    folders = [] if settings.file is None else [settings.file.absolute().parent]
    folders += [one for one in (here, *here.parents) if (one / ".git").exists()][:1]
    return [folder / NAME for folder in dict.fromkeys((*folders, here))]
