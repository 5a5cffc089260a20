"""Silences findings by comments, and finds the comments that silence nothing (GCK003).

A comment counts anywhere on the rows of the finding's statement, the closing parenthesis included: formatters move it,
and people put it where they see the finding.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gcheck_lint.config.selectors import suggest
from gcheck_lint.findings.comments import Directive, Named, lay_out, read
from gcheck_lint.findings.diagnostics import Diagnostic, Fix, Safety, Severity
from gcheck_lint.prefilter.triage import may_silence
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Position, Span

CODE = "GCK003"


# the end of a row behind which no string and no backslash goes on: a text is taken apart only where one may
_ENDS_PLAINLY = re.compile(r"(?!.*(?:\"\"\"|'''|\\))(?:[^\"'#]|\"[^\"]*\"|'[^']*')*(?:#.*)?")


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
    directives = _Directives(read(source, known) if may_silence(source.text.encode(errors="replace")) else [])
    kept: list[Diagnostic] = []
    silenced: list[Diagnostic] = []
    used: dict[int, set[str]] = {}
    for diagnostic in diagnostics:
        hits = [number for number, _ in directives.hitting(diagnostic)]
        for number in hits:
            used.setdefault(number, set()).add(diagnostic.code)
        (silenced if hits else kept).append(diagnostic)
    unused: list[Diagnostic] = []
    for number, directive in enumerate(directives.all):
        for diagnostic in _judge(source, directive, used.get(number, set()), known, checked, severity):
            by_another = any(at != number or _names(other, CODE) for at, other in directives.hitting(diagnostic))
            (silenced if by_another else unused).append(diagnostic)
    return Outcome(tuple(kept), tuple(silenced), tuple(unused))


class _Directives:
    """A file's comments, to be found by row: there may be thousands of them, and as many findings."""

    def __init__(self, directives: Sequence[Directive]) -> None:
        self.all = directives
        self._of_file: list[int] = []
        self._of_row: dict[int, list[int]] = {}
        for number, directive in enumerate(directives):
            if directive.rows is None:
                self._of_file.append(number)
            else:
                for row in directive.rows:
                    self._of_row.setdefault(row, []).append(number)

    def hitting(self, diagnostic: Diagnostic) -> list[tuple[int, Directive]]:
        """Those that silence a finding, with their numbers, in order."""
        rows = diagnostic.statement.rows()
        found = {*self._of_file, *(number for row in rows for number in self._of_row.get(row, ()))}
        return [(number, self.all[number]) for number in sorted(found) if _hits(self.all[number], diagnostic)]


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
            start = _row_start(lines, row)
            kept = line.rstrip(" \t")
            said = f"# noqa: {', '.join(codes)} {reason}".rstrip()
            text = f"{text[:start]}{kept}  {said}{text[start + len(line) :]}"
    return text, count


def _row_start(lines: LineIndex, row: int) -> int:
    return lines.offset(Position(row, 1))


def _hits(directive: Directive, diagnostic: Diagnostic) -> bool:
    rows = diagnostic.statement.rows()
    if not directive.covers(rows[0], rows[-1]):
        return False
    return directive.named is None or _names(directive, diagnostic.code)


def _names(directive: Directive, code: str) -> bool:
    return any(code in named.codes for named in directive.named or ())


def _judge(
    source: Source,
    directive: Directive,
    used: Collection[str],
    known: Mapping[str, str],
    checked: Collection[str],
    severity: Severity,
) -> list[Diagnostic]:
    """What a directive is to be told: that it, or a part of it, silences nothing, or names no rule."""
    span = LineIndex(source.text).span(directive.start, directive.end)

    def tell(message: str, help_: str, fix: Fix | None) -> Diagnostic:
        slug = known.get(CODE, "unused-suppression")
        return Diagnostic(CODE, slug, message, severity, source.path, span, span, help=help_, fix=fix)

    if directive.named is None:
        if used or not checked or not set(known) - {CODE} <= {*checked, CODE}:
            return []
        fix = Fix("Remove the comment", (_removal(source, directive),), Safety.SAFE)
        return [tell("the comment silences nothing", "", fix)]
    found: list[Diagnostic] = []
    idle = [
        named
        for named in directive.named
        if named.ours and named.codes and CODE not in named.codes and named.codes <= set(checked) and not named.codes & set(used)
    ]
    if idle:
        words = " and ".join(f"`{named.text}`" for named in idle)
        title = "Remove the comment" if len(idle) == len(directive.named) else f"Remove {words} from the comment"
        fix = Fix(title, (_without(source, directive, idle),), Safety.SAFE)
        found.append(tell(f"{words} in the comment silences nothing", "", fix))
    for named in directive.named:
        if named.ours and not named.codes:
            near = suggest(named.text, [*known, *known.values()])
            found.append(tell(f"the comment names no rule: `{named.text}`", near.removeprefix("; "), None))
    return found


def _without(source: Source, directive: Directive, idle: Sequence[Named]) -> Edit:
    words = directive.named or ()
    staying = [named for named in words if named not in idle]
    if not staying:
        return _removal(source, directive)
    between = source.text[words[0].end : words[1].start]
    return Edit(source.path, words[0].start, words[-1].end, between.join(named.text for named in staying))


def _removal(source: Source, directive: Directive) -> Edit:
    """Takes a whole directive out: with its line when nothing else is on it, else with the blanks before or after."""
    text = source.text
    lines = LineIndex(text)
    start = _row_start(lines, directive.row)
    end = start + len(lines.line(directive.row))
    before, after = text[start : directive.start], text[directive.end : end]
    if after.strip():
        return Edit(source.path, directive.start, directive.end + len(after) - len(after.lstrip()), "")
    if before.strip():
        return Edit(source.path, start + len(before.rstrip()), end, "")
    return Edit(source.path, start, _row_start(lines, directive.row + 1), "")
