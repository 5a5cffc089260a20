"""`--add-noqa`: a comment for every finding, so that a project can start clean and mend one by one."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gcheck_lint import apply, engine, suppress
from gcheck_lint.engine import FileReport


def add(reports: Sequence[FileReport]) -> int:
    """Writes the comments. Gives the exit code."""
    total, code = 0, 0
    for report in reports:
        if report.source is None:
            continue
        text, count = suppress.add_noqa(report.source, report.diagnostics, engine.known_rules())
        if not count:
            continue
        try:
            apply.replace_file(report.path, report.source, report.source.with_text(text))
            total += count
        except apply.WriteError as error:
            click.echo(f"error: {error}", err=True)
            code = 2
    if total:
        click.echo(f"Added {total} noqa directive{'' if total == 1 else 's'}.", err=True)
    return code
