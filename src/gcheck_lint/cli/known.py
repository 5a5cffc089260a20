"""What is said about a baseline: that it was written, and which of its entries are fixed."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gcheck_lint import baseline
from gcheck_lint.baseline import Baseline
from gcheck_lint.cli.run import Choices, say_failures
from gcheck_lint.engine import FileReport

_LISTED = 10


def write(name: str, reports: Sequence[FileReport], choices: Choices) -> int:
    """Writes a baseline. Gives the exit code."""
    count = baseline.load(name, missing_is_empty=True).write(reports)
    if not choices.quiet:
        click.echo(f"Wrote {_count(count, 'finding')} to {name}.", err=True)
    return 2 if say_failures(reports, choices.verbose) else 0


def tell(known: Baseline) -> None:
    """How many findings were not shown, and what can be taken out of the file."""
    if known.hidden:
        click.echo(
            f"{_count(known.hidden, 'finding')} of {known.file} {'is' if known.hidden == 1 else 'are'} not shown.", err=True
        )
    fixed = known.fixed()
    if not fixed:
        return
    verb = "is" if len(fixed) == 1 else "are"
    click.echo(f"{_count(len(fixed), 'finding')} of {known.file} {verb} fixed (`--write-baseline` takes them out):", err=True)
    for entry in fixed[:_LISTED]:
        click.echo(f"  {entry.path}: {entry.rule} {entry.statement}", err=True)
    if len(fixed) > _LISTED:
        click.echo(f"  ... and {len(fixed) - _LISTED} more", err=True)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
