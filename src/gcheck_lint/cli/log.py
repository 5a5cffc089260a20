"""`gclint log`: what the messages of a run's log mean, which rule each of them leads to, and where in the sources it begins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from gcheck_lint.cli.options import form_option, resolver, target_options
from gcheck_lint.cli.progress import Progress
from gcheck_lint.cli.sections import Command, Section, option
from gcheck_lint.cli.terminal import columns, hand_over, say
from gcheck_lint.errors import UsageError
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.logs import causes, phrases, scan
from gcheck_lint.report import logs
from gcheck_lint.report.paint import Paint, named, wants_color, wants_links
from gcheck_lint.text import reading

_STDIN: Final = "-"


@click.command(
    cls=Command, context_settings={"help_option_names": ["-h", "--help"]}, short_help="Explain messages in training logs"
)
@click.argument("files", metavar="FILES...", nargs=-1, required=True, type=click.Path(readable=False))
@option(
    Section.FILES,
    "--source",
    "sources",
    multiple=True,
    metavar="PATH",
    type=click.Path(readable=False),
    help="Search this path for the statements behind the messages; may be repeated",
)
@form_option()
@option(Section.REPORT, "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to use colours")
@target_options
def log(files: tuple[str, ...], sources: tuple[str, ...], form: str, color: str, **options: Any) -> int:
    """Read training logs and tracebacks (`-` is stdin), and explain the messages that belong to rules.

    The exit code is 0 for any content, and 2 if a log cannot be read.
    """
    names = list(dict.fromkeys(files))
    for path in sources:
        if not Path(path).exists():
            raise UsageError(f"--source: no such file or folder: {path}")
    known = phrases.load()
    read: list[tuple[str, scan.Log]] = []
    problems: dict[str, str] = {}
    sizes = sum(reading.size_of(name) for name in names if name != _STDIN)
    with Progress(max(sizes, 1), hidden=_STDIN in names, label="Reading") as progress:
        done = 0
        for name in names:
            try:
                one = scan.scan(_told(name, done, progress), known)
            except OSError as error:
                problems[name] = error.strerror or str(error)
                continue
            read.append((name, one))
            done += one.size
    found = causes.find(read, known)
    ran = sorted(set().union(*(one.versions for _, one in read)))
    statements = _lint(sources, ran, options) if sources and found else [] if sources else None
    for cause in found if statements else ():
        causes.settle(cause, statements or ())
    told = logs.Told(read, found, statements, sources, problems)
    for name, why in problems.items():
        say(f"error: {named(name)} cannot be read: {why}", err=True)
    paint = Paint(wants_color(color, sys.stdout), wants_links(sys.stdout))
    hand_over(logs.json(told) if form == "json" else logs.text(told, paint, columns(sys.stdout)), sys.stdout, paint.color)
    return 2 if problems else 0


def _told(name: str, before: int, progress: Progress) -> Iterator[bytes]:
    """The pieces of a log; the bar is told of each."""
    if name == _STDIN:
        while piece := sys.stdin.buffer.read(scan.PIECE):
            yield piece
        return
    for piece in reading.pieces(name, scan.PIECE):
        yield piece
        before += len(piece)
        progress.tell(before)


def _lint(sources: tuple[str, ...], ran: list[str], options: dict[str, Any]) -> list[Diagnostic]:
    """All findings in the sources, also what only may happen and what is below the severity that is shown."""
    from gcheck_lint.run import discover, runner  # LibCST takes its time to import

    asked = {**options, "possible": True, "min_severity": "info"}
    if ran and not options.get("target_transformers"):
        asked["target_transformers"] = " || ".join(f"=={version}" for version in ran)
    reports = runner.check(discover.find(sources, resolver(asked)))
    return [one for report in reports for one in report.diagnostics]
