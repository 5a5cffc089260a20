"""`gclint check`, the sub-command that may be left out: what is to be checked, and what is to be done with it."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gcheck_lint.cli import caches, run
from gcheck_lint.cli.filters import Sieve, write_baseline
from gcheck_lint.cli.options import resolver, settings_options
from gcheck_lint.cli.progress import Progress
from gcheck_lint.cli.sections import Command, Section, option
from gcheck_lint.cli.terminal import say
from gcheck_lint.config.settings import Resolver, Settings
from gcheck_lint.errors import UsageError
from gcheck_lint.report.paint import named
from gcheck_lint.run import discover, pipeline, runner
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text import reading

if TYPE_CHECKING:
    from gcheck_lint.run.cache import Cache

_WORD = re.compile(r"[A-Za-z][\w-]*")  # what may have been meant for a sub-command
_NOT_WATCHED = ("fix", "fix_only", "diff", "add_noqa", "write_baseline")


def _first_word(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    from gcheck_lint.cli.completion import first_word  # only a shell asks

    return list(first_word(ctx, param, incomplete))


class Check(Command):
    """A command with `--add-noqa[=REASON]`. click alone would take the path behind a bare `--add-noqa` for the reason."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        args = ["--add-noqa=" if word == "--add-noqa" and number < end else word for number, word in enumerate(args)]
        return super().parse_args(ctx, args)


@click.command(cls=Check, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, type=click.Path(readable=False), shell_complete=_first_word)
@option(Section.FIXES, "--fix/--no-fix", default=None, help="Apply safe fixes; --no-fix overrides the settings")
@option(Section.FIXES, "--fix-only", is_flag=True, help="Apply safe fixes without reporting what remains")
@option(Section.FIXES, "--diff", is_flag=True, help="Show what --fix would change, without changing anything")
@option(Section.FIXES, "--show-fixes", is_flag=True, help="List the applied fixes")
@option(Section.KNOWN, "--add-noqa", metavar="[=REASON]", help="Suppress every finding with a `# noqa` comment")
@option(
    Section.KNOWN,
    "--baseline",
    "baseline_file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Report only findings that are not in this file",
)
@option(
    Section.KNOWN,
    "--write-baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the current findings to this file",
)
@option(Section.KNOWN, "--diff-base", metavar="REF", help="Report only findings on lines changed since this commit")
@option(
    Section.RUN,
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(1),
    help="Number of processes (default: chosen by workload, at most one per core)",
)
@option(Section.RUN, "--no-cache", is_flag=True, envvar="GCLINT_NO_CACHE", help="Do not read or write the cache")
@caches.cache_dir
@option(Section.RUN, "-w", "--watch", is_flag=True, help="Check again whenever a file changes")
@option(Section.EXIT, "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings")
@option(
    Section.EXIT, "--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed, even if no finding remains"
)
@option(Section.REPORT, "-o", "--output-file", type=click.Path(dir_okay=False), help="Write the report to a file")
@option(Section.REPORT, "--statistics", is_flag=True, help="Show counts per rule instead of findings")
@option(Section.FILES, "--show-files", is_flag=True, help="List the files to check")
@option(Section.SETTINGS, "--show-settings", is_flag=True, help="Show the settings for the first file")
@option(Section.FILES, "--stdin-filename", metavar="PATH", help="The file name for the text from stdin (`-`)")
@option(
    Section.REPORT,
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="When to use colours; NO_COLOR and FORCE_COLOR also work",
)
@option(Section.REPORT, "-q", "--quiet", is_flag=True, help="Print only findings")
@option(Section.REPORT, "-v", "--verbose", is_flag=True, help="Print details about the run")
@settings_options
def check(paths: tuple[str, ...], **options: Any) -> int:
    """Check the PATHS (the current folder by default; `-` is stdin)."""
    _refuse_words(paths)
    if options["add_noqa"] is not None and (options["fix"] or options["fix_only"] or options["diff"] or "-" in paths):
        raise UsageError(
            "--add-noqa writes comments into files: it cannot be combined with --fix, --fix-only, --diff or `-` (stdin)"
        )
    if paths == ("-",):
        if options["watch"] or options["diff_base"] or options["write_baseline"]:
            raise UsageError("`-` (stdin) is not a file: --watch, --diff-base and --write-baseline need one")
        return _check_stdin(options)
    if "-" in paths:
        raise UsageError("`-` (stdin) cannot be mixed with other paths")
    if not options["watch"]:
        return _check_files(paths or (".",), options)
    if any(options[name] not in (None, False) for name in _NOT_WATCHED):
        raise UsageError("--watch only reports: it cannot be combined with options that write files")
    from gcheck_lint.cli.watch import watch

    return watch(paths or (".",), lambda: _check_files(paths or (".",), options))


def _refuse_words(paths: tuple[str, ...]) -> None:
    """Says of a word that is no path what it may have been meant for. Raises UsageError."""
    ctx = click.get_current_context().parent
    if ctx is None or not isinstance(ctx.command, click.Group):
        return
    commands = ctx.command.list_commands(ctx)
    for number, path in enumerate(paths):
        if not _WORD.fullmatch(path) or Path(path).exists():
            continue
        if path in commands:
            raise UsageError(f"no such file or directory: {path} (a sub-command comes first: `gclint {path}`)")
        hint = getattr(ctx.command, "hint", None)
        meant = "" if number or hint is None else hint(ctx, path)
        if meant:
            raise UsageError(f"no such file or directory: {path}; did you mean `gclint {meant}`?")


def _check_files(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    choices = run.Choices.of(options)
    found = resolver(options)
    files = discover.find(paths, found)
    if options["show_files"]:
        say("".join(f"{named(file.path)}\n" for file in files), nl=False)
        return 0
    settings = found.at(Path.cwd())
    if options["show_settings"]:
        from gcheck_lint.cli.config import listing

        folder = Path(files[0].path).absolute().parent if files else Path.cwd()
        say(listing(files[0].settings if files else settings, folder), nl=False)
        return 0
    if not files:
        say("warning: no Python files found under the given paths", err=True)
    if settings.fix and not any(options[name] not in (None, False) for name in (*_NOT_WATCHED, "watch")):
        choices = replace(choices, fix=True)
    if options["verbose"]:
        say(f"settings: {settings.file or 'defaults'}; {len(files)} files", err=True)
    sieve = Sieve.of(options, files[0].absolute.parent if files else Path.cwd())
    cache = None if options["no_cache"] else functools.partial(caches.of, settings.cache_dir)
    jobs = options["jobs"]
    if jobs is None and settings.jobs is not None:
        jobs = min(settings.jobs, runner.cores())  # a stranger's settings start no hundred processes
    by_path = {file.path: file.settings for file in files}
    join = functools.partial(_joined, settings=by_path, cache=None if cache is None else functools.cache(cache))
    with Progress(len(files), hidden=choices.quiet) as progress:
        reports = join(runner.check(files, cache, jobs, progress.tell))
    if options["write_baseline"]:
        return write_baseline(options["write_baseline"], reports, choices)
    whole = run.Run(choices, settings, by_path, sift=sieve.sift, join=join)
    if options["add_noqa"] is not None:
        if any(file.settings.ignore_noqa for file in files):
            raise UsageError("--add-noqa and --ignore-noqa cannot be combined: findings would get a second comment")
        from gcheck_lint.cli import noqa

        return noqa.add([whole.shown(report) for report in reports], options["add_noqa"], choices.verbose)
    code = whole.finish(reports)
    sieve.tell(choices.quiet)
    return code


def _joined(
    reports: Sequence[FileReport],
    settings: Mapping[str, Settings],
    cache: Callable[[], Cache | None] | None,
    texts: Mapping[str, str] | None = None,
) -> list[FileReport]:
    """The reports with what recipes bring to light. Where no script takes or hands on options, none is looked for."""
    if not any(report.asks is not None or report.hands_on for report in reports):
        return list(reports)
    from gcheck_lint.run import recipes

    return recipes.joined(reports, settings, cache, texts)


def _check_stdin(options: dict[str, Any]) -> int:
    choices = run.Choices.of(options)
    found: Resolver = resolver(options)
    name: str | None = options["stdin_filename"]
    path = name or "-"
    place = Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps `..`
    settings = found.at(place.parent)
    if options["show_files"] or options["show_settings"]:
        from gcheck_lint.cli.config import listing

        say(f"{named(path)}\n" if options["show_files"] else listing(settings, place.parent), nl=False)
        return 0
    try:
        data = reading.read_input(sys.stdin.buffer, reading.most_of(path))
    except reading.TooLargeError as error:
        raise UsageError(f"stdin: {error.strerror}") from error
    sieve = Sieve.of(options, place.parent)
    whole = run.Run(choices, settings, {path: settings}, stdin=data, sift=sieve.sift)
    if name is not None and discover.is_left_out(place, found):
        return whole.finish([pipeline.FileReport(path, None)])
    report = pipeline.check_bytes(path, data, settings)
    return whole.finish([report])
