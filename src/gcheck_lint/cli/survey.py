"""`gclint survey`: many repositories, on one machine or a cluster."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gcheck_lint.cli.options import resolver, settings_options
from gcheck_lint.cli.progress import Progress
from gcheck_lint.cli.sections import Command, Section, option
from gcheck_lint.cli.terminal import say
from gcheck_lint.errors import UsageError
from gcheck_lint.run import runner

if TYPE_CHECKING:
    from gcheck_lint.survey import surveying

_EXTRA: Final = {"dask", "distributed", "pyarrow", "cryptography"}
_OWN: Final = {
    "quiet",
    "repository_timeout",
    "repository_memory",
    "repository_column",
    "path_column",
    "content_column",
}  # no settings
_PAUSE: Final = 10.0  # seconds between two lines of a log


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]}, short_help="Check many repositories")
@click.argument("source", type=click.Path(readable=False))
@option(
    Section.REPORT, "--out", required=True, metavar="FOLDER", type=click.Path(file_okay=False), help="The folder for the results"
)
@option(Section.RUN, "--scheduler", metavar="ADDRESS", help="Use a running Dask cluster")
@option(Section.RUN, "--workers", metavar="N", type=click.IntRange(1), help="Number of worker processes (default: one per core)")
@option(
    Section.RUN,
    "--repository-timeout",
    metavar="SECONDS",
    type=click.FloatRange(0, 1e6, min_open=True),
    default=900.0,
    show_default=True,
    help="Time limit per repository",
)
@option(
    Section.RUN,
    "--repository-memory",
    metavar="MB",
    type=click.IntRange(500),
    default=4_000,
    show_default=True,
    help="Memory limit per repository (Linux only)",
)
@option(
    Section.FILES,
    "--repository-column",
    metavar="NAME",
    default="repository",
    help="The column of a Parquet SOURCE that names the repository",
)
@option(Section.FILES, "--path-column", metavar="NAME", default="path", help="The column that holds the file's path")
@option(Section.FILES, "--content-column", metavar="NAME", default="content", help="The column that holds the file's content")
@option(Section.REPORT, "-q", "--quiet", is_flag=True, help="Do not show progress")
@settings_options
def survey(source: str, out: str, scheduler: str | None, workers: int | None, **options: Any) -> int:
    """Check the repositories of SOURCE: a folder of them, a text file of paths and addresses, or a Parquet data set.

    Each is checked as by `gclint check` in its folder. FOLDER receives Parquet data sets. The same command resumes an
    interrupted survey.
    """
    try:
        # Dask belongs to an extra, and takes a second to import
        from gcheck_lint.survey import outcome, sources, surveying
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise UsageError('a survey needs Dask and PyArrow: pip install "gcheck-lint[survey]"') from error
    columns = outcome.Columns(*(options[f"{name}_column"] for name in ("repository", "path", "content")))
    found = surveying.Survey(
        sources.find(source, columns),
        Path(out).absolute(),
        resolver(options),
        repr(sorted((name, value) for name, value in options.items() if name not in _OWN)),
        outcome.Limits(options["repository_timeout"], options["repository_memory"]),
        columns,
        workers or runner.cores(),
        scheduler,
    )
    with _Told(len(found.repositories), options["quiet"]) as told:
        progress = found.conduct(told.tick)
    if not options["quiet"]:
        say(f"{_words(progress)}; the results are in {out}", err=True)
    return 0


class _Told:
    """A bar on a terminal, lines in a log."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._bar = Progress(total, hidden=quiet, label="Surveying")
        self._in_lines = not quiet and not sys.stderr.isatty()
        self._last = time.monotonic()

    def __enter__(self) -> _Told:
        self._bar.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._bar.__exit__(*error)

    def tick(self, progress: surveying.Progress) -> None:
        """Says how far it is."""
        self._bar.tell(progress.done)
        if self._in_lines and time.monotonic() - self._last > _PAUSE:
            say(_words(progress), err=True)
            self._last = time.monotonic()


def _words(progress: surveying.Progress) -> str:
    return (
        f"{progress.done:,} of {progress.total:,} repositories, {progress.unchanged:,} of them unchanged, "
        f"{progress.failed:,} failed; {progress.findings:,} findings"
    )
