"""Silences findings by comments, and finds the comments that silence nothing (GCK003).

A comment counts anywhere on the rows of the finding's statement, the closing parenthesis included: formatters move it,
and people put it where they see the finding.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from gcheck_lint.findings import misspelt_comments, unused_comments
from gcheck_lint.findings.comments import CODE, Directive, lay_out, read
from gcheck_lint.findings.diagnostics import Diagnostic, Severity
from gcheck_lint.prefilter.triage import may_silence
from gcheck_lint.records import dataclass
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position, Span

# the end of a row behind which no string and no backslash goes on: a text is taken apart only where one may
_ENDS_PLAINLY = re.compile(r"(?!.*(?:\"\"\"|'''|\\))(?:[^\"'#]|\"[^\"]*\"|'[^']*')*(?:#.*)?")


_WIDE = 50  # rows of a comment that is asked each time, and not by its rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left to report, what was silenced, and what the comments themselves are to be told (GCK003)."""

    kept: tuple[Diagnostic, ...]
    silenced: tuple[Diagnostic, ...]
    unused: tuple[Diagnostic, ...]


def silence(
    source: Source,
    diagnostics: Sequence[Diagnostic],
    known: Mapping[str, str],
    checked: Collection[str],
    severity: Severity = Severity.INFO,
) -> Outcome:
    """Applies a file's comments. Only of the rules in `checked` can it be said that nothing was there to silence."""
    looked = may_silence(source.text.encode(errors="replace"))
    directives = _Directives(read(source, known) if looked else [])
    kept: list[Diagnostic] = []
    silenced: list[Diagnostic] = []
    used: dict[int, set[str]] = {}  # by where a comment begins
    for diagnostic in diagnostics:
        hits = directives.hitting(diagnostic)
        for directive in hits:
            used.setdefault(directive.start, set()).add(diagnostic.code)
        (silenced if hits else kept).append(diagnostic)
    told: list[tuple[int, Diagnostic]] = []  # each with the place of the comment that it is about
    for directive in directives.all:
        codes = used.get(directive.start, set())
        judged = unused_comments.judge(source, directive, directives.all, codes, known, checked, severity)
        told.extend((directive.start, diagnostic) for diagnostic in judged)
    if looked:
        idle = {start for start, _ in told}  # that it does nothing is enough
        told.extend(slip for slip in misspelt_comments.find(source, known, severity) if slip[0] not in idle)
    unused: list[Diagnostic] = []
    for start, diagnostic in told:
        # a comment about all rules says nothing of itself
        hits = directives.hitting(diagnostic)
        others = (one for one in hits if one.start != start or (one.named is not None and one.names(CODE)))
        (silenced if any(others) else unused).append(diagnostic)
    return Outcome(tuple(kept), tuple(silenced), tuple(unused))


class _Directives:
    """A file's comments, to be found by row: there may be thousands of them, and as many findings."""

    def __init__(self, directives: Sequence[Directive]) -> None:
        self.all = directives
        self._wide: list[int] = []
        self._of_row: dict[int, list[int]] = {}
        for number, directive in enumerate(directives):
            if directive.rows is None or len(directive.rows) > _WIDE:
                self._wide.append(number)
            else:
                for row in directive.rows:
                    self._of_row.setdefault(row, []).append(number)

    def hitting(self, diagnostic: Diagnostic) -> list[Directive]:
        """Those that silence a finding, in order."""
        rows = diagnostic.statement.rows()
        found = {*self._wide, *(number for row in rows for number in self._of_row.get(row, ()))}
        ordered = (self.all[number] for number in sorted(found))
        return [one for one in ordered if one.covers(rows[0], rows[-1], diagnostic.code)]


def noqa_row(source: Source, statement: Span) -> int:
    """The first row of a statement whose end takes a comment: not within a string, not before a backslash."""
    lines = LineIndex(source.text)
    row = statement.start.row
    rest = lines.line(row)[statement.start.column - 1 :]
    if _ENDS_PLAINLY.fullmatch(rest) and rest.count("{") == rest.count("}"):  # an f-string may go on within its braces
        return row
    closed = lay_out(source.text).closed
    return next((row for row in statement.rows() if row not in closed), statement.end.row)


def add_noqa(source: Source, diagnostics: Sequence[Diagnostic], known: Mapping[str, str], reason: str = "") -> tuple[str, int]:
    """The text with a `# noqa` for each finding, and how many findings that silences. A new comment says the reason.

    The rules about reading (GCK0) are left out: a comment cannot answer them. So is a statement behind which another one
    begins that goes on below, in a string or after a backslash: its row has no end for a comment.
    """
    layout = lay_out(source.text)
    lines = LineIndex(source.text)
    wanted: dict[int, list[str]] = {}
    count = 0
    for diagnostic in diagnostics:
        if diagnostic.code.startswith("GCK0"):
            continue
        row = next((row for row in diagnostic.statement.rows() if row not in layout.closed), None)
        if row is None:
            continue
        codes = wanted.setdefault(row, [])
        if diagnostic.code not in codes:
            codes.append(diagnostic.code)
        count += 1
    present = {directive.row: directive for directive in read(source, known) if not directive.own and directive.named}
    text = source.text
    for row in sorted(wanted, reverse=True):
        codes = sorted(wanted[row])
        directive = present.get(row)
        if directive is not None and directive.named and directive.rows is not None:
            at = directive.named[-1].end
            text = f"{text[:at]}, {', '.join(codes)}{text[at:]}"
        else:
            line = lines.line(row)
            start = lines.offset(Position(row, 1))
            kept = line.rstrip(" \t")
            said = f"# noqa: {', '.join(codes)} {reason}".rstrip()
            text = f"{text[:start]}{kept}  {said}{text[start + len(line) :]}"
    return text, count
