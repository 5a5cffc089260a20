"""`--add-noqa`: a comment for every finding, so that a project can start clean and mend one by one."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gcheck_lint import apply, engine, suppress
from gcheck_lint.engine import FileReport
from gcheck_lint.errors import UsageError


def add(reports: Sequence[FileReport], reason: str) -> int:
    """Writes the comments, each with the reason if there is one. Gives the exit code."""
    reason = reason.strip()
    if set(reason) & set("#\r\n"):
        raise UsageError("--add-noqa: a reason is a single line without `#`")
    total, code = 0, 0
    for report in reports:
        if report.source is None:
            continue
        text, count = suppress.add_noqa(report.source, report.diagnostics, engine.known_rules(), reason)
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
