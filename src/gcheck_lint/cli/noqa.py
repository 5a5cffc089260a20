"""`--add-noqa`: a comment for every finding, so that a project can start clean and mend one by one."""

from __future__ import annotations

from collections.abc import Sequence

from gcheck_lint.cli.run import say_failures, say_where
from gcheck_lint.cli.terminal import say
from gcheck_lint.errors import UsageError
from gcheck_lint.findings import comments, suppressions
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.fixing import apply
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.notebook import RefusedError
from gcheck_lint.text.source import Source


def add(reports: Sequence[FileReport], reason: str, verbose: bool = False) -> int:
    """Writes the comments, each with the reason if there is one. Gives the exit code: 1 where a finding takes none."""
    reason = reason.strip()
    if set(reason) & set("#\r\n"):
        raise UsageError("--add-noqa: a reason is a single line without `#`")
    if reason and _reads_as_code(reason):
        raise UsageError(f"--add-noqa: other tools would read the start of the reason as a code: {reason.split()[0]}")
    total, left, failed = 0, 0, say_failures(reports, verbose)
    for report in reports:
        found = [one for one in report.diagnostics if not one.code.startswith("GCK0")]
        if report.source is None or not found:
            continue
        after, count = _commented(report.source, found, reason)
        if count < len(found):
            left += len(found) - count
            rest = "1 finding gets" if len(found) - count == 1 else f"{len(found) - count} findings get"
            say(f"warning: {report.path}: {rest} no comment on the line of the code", err=True)
        if not count:
            continue
        try:
            say_where(report.path, apply.replace_file(report.path, report.source, after))
            total += count
        except apply.WriteError as error:
            say(f"error: {error}", err=True)
            failed = True
        except UnicodeEncodeError:
            say(f"error: {report.path}: its encoding, {after.encoding}, has no code for a character of the reason", err=True)
            failed = True
    if total:
        say(f"Added {total} noqa directive{'' if total == 1 else 's'}.", err=True)
    return 2 if failed else int(left > 0)


def _reads_as_code(reason: str) -> bool:
    """Whether a reason would silence something by itself, as in `# noqa: GCK201 E501 is old`."""
    probe = Source("-", f"x  # noqa: GCK201 {reason}\n")
    return [len(one.named or ()) for one in comments.read(probe, pipeline.known_rules())] != [1]


def _commented(source: Source, found: Sequence[Diagnostic], reason: str) -> tuple[Source, int]:
    """The text with its comments, and how many findings they silence. A notebook that can't take them all takes what it can."""
    known = pipeline.known_rules()
    try:
        text, count = suppressions.add_noqa(source, found, known, reason)
        return source.with_text(text), count
    except RefusedError:
        if len(found) == 1:
            return source, 0
    total = 0
    for one in found:  # a comment moves no row, so the places of the others stay true
        source, count = _commented(source, [one], reason)
        total += count
    return source, total
