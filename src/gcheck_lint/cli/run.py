"""From reports to what is written and how the run exits."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TextIO

import click

from gcheck_lint import apply, engine
from gcheck_lint.diagnostics import Diagnostic, Severity
from gcheck_lint.engine import FileReport
from gcheck_lint.errors import UsageError
from gcheck_lint.report import machine, patch, summary, text
from gcheck_lint.report.paint import Paint, wants_color
from gcheck_lint.settings import Settings
from gcheck_lint.source import Source


@dataclass(frozen=True, slots=True)
class Choices:
    """The options that are no settings."""

    fix: bool = False
    fix_only: bool = False
    diff: bool = False
    show_fixes: bool = False
    exit_zero: bool = False
    exit_non_zero_on_fix: bool = False
    output_file: str | None = None
    statistics: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Choices:
        """Picks them out of a command's options."""
        return cls(**{choice.name: options[choice.name] for choice in fields(cls)})


@dataclass(slots=True)
class Run:
    """One run. `settings` are those of the whole run, `by_path` those of each file; `stdin` is what was read there."""

    choices: Choices
    settings: Settings
    by_path: Mapping[str, Settings]
    stdin: bytes | None = None
    _failed: bool = False

    def finish(self, reports: Sequence[FileReport]) -> int:
        """Fixes, writes and reports. Gives the exit code."""
        choices = self.choices
        if not (choices.fix or choices.fix_only or choices.diff):
            return self._exit(reports, [], self._report(reports, []))
        if choices.diff and choices.output_file:
            raise UsageError("--diff writes to stdout, --output-file has no place with it")
        outcome = apply.fix(reports, self._check_again, self.settings.unsafe_fixes)
        self._tell(outcome)
        if choices.diff:
            return self._show_diff(outcome, reports)
        self._write(outcome, {report.path: report for report in reports})
        remaining = list(outcome.reports.values())
        if choices.fix_only:
            if not choices.quiet:
                left = _diagnostics(remaining)
                line = summary.would_fix(len(outcome.applied), left, self.settings.unsafe_fixes, "Fixed")
                click.echo(line, nl=False, err=self.stdin is not None)
            return self._exit([replace(report, diagnostics=()) for report in remaining], outcome.applied)
        return self._exit(remaining, outcome.applied, self._report(remaining, outcome.applied))

    def _check_again(self, source: Source) -> FileReport:
        return engine.check(source, self.by_path.get(source.path, self.settings))

    def _tell(self, outcome: apply.Outcome) -> None:
        for reverted in outcome.reverted:
            place = f"{reverted.diagnostic.path}:{reverted.diagnostic.span.start.row}"
            click.echo(f"warning: {place}: the fix of {reverted.diagnostic.code} was taken back: {reverted.reason}", err=True)
        for path in outcome.unsettled:
            click.echo(f"warning: {path}: still changing after {apply.MAX_ROUNDS} rounds of fixes", err=True)

    def _show_diff(self, outcome: apply.Outcome, reports: Sequence[FileReport]) -> int:
        paint = Paint(wants_color(self.choices.color, sys.stdout))
        for _, (before, after) in sorted(outcome.changed.items()):
            shown = patch.unified(before, after, paint)
            _write_bytes(shown.encode("utf-8", "surrogateescape"))
        if not self.choices.quiet:
            left = _diagnostics(list(outcome.reports.values()))
            click.echo(summary.would_fix(len(outcome.applied), left, self.settings.unsafe_fixes), nl=False, err=True)
        self._say_failures(reports)
        if self._failed:
            return 2
        return int(bool(outcome.changed) and not self.choices.exit_zero)

    def _write(self, outcome: apply.Outcome, before: Mapping[str, FileReport]) -> None:
        if self.stdin is not None:
            _write_bytes(next((new.to_bytes(new.text) for _, new in outcome.changed.values()), self.stdin))
            return
        for path, (old, new) in sorted(outcome.changed.items()):
            try:
                apply.replace_file(path, old, new)
            except apply.WriteError as error:
                click.echo(f"error: {error}", err=True)
                self._failed = True
                # what was not written is not fixed
                outcome.applied = [diagnostic for diagnostic in outcome.applied if diagnostic.path != path]
                if path in before:
                    outcome.reports[path] = before[path]

    def _report(self, reports: Sequence[FileReport], applied: Sequence[Diagnostic]) -> list[Diagnostic]:
        choices, settings = self.choices, self.settings
        diagnostics = _diagnostics(reports)
        # with --fix, stdin's fixed text has stdout for itself
        stream = sys.stderr if self.stdin is not None and choices.fix else sys.stdout
        file = _open(choices.output_file)
        paint = Paint(file is None and wants_color(choices.color, stream))
        written = self._body(diagnostics, reports, paint)
        if not choices.quiet and settings.output_format not in {"json", "json-lines"}:
            if choices.show_fixes and applied:
                written += summary.fixed_by_file(applied) + "\n"
            possible = sum(report.possible for report in reports)
            unchecked = sum(bool(report.failures or report.gave_up) for report in reports)
            written += summary.found(diagnostics, len(applied), possible, settings.unsafe_fixes, paint, unchecked)
        if file is not None:
            try:
                with file:
                    file.write(written)
            except OSError as error:
                raise UsageError(f"cannot write {choices.output_file}: {error.strerror or error}") from error
        else:
            click.echo(written, file=stream, nl=False, color=paint.color)
        return diagnostics

    def _body(self, diagnostics: Sequence[Diagnostic], reports: Sequence[FileReport], paint: Paint) -> str:
        sources = {report.path: report.source for report in reports if report.source is not None}
        view = text.View(sources, self.settings.unsafe_fixes, paint)
        match self.settings.output_format, self.choices.statistics:
            case "json" | "json-lines", True:
                return summary.statistics_json(diagnostics, view.unsafe)
            case _, True:
                return summary.statistics(diagnostics, view.unsafe, paint)
            case "json", _:
                return machine.array(diagnostics, sources)
            case "json-lines", _:
                return machine.lines(diagnostics, sources)
            case "concise", _:
                return text.concise(diagnostics, view)
            case "grouped", _:
                return text.grouped(diagnostics, view)
            case _:
                return text.full(diagnostics, view)

    def _say_failures(self, reports: Sequence[FileReport]) -> None:
        for warning in dict.fromkeys(warning for report in reports for warning in report.warnings):
            click.echo(f"warning: {warning}", err=True)
        for report in reports:
            if report.gave_up:
                click.echo(f"warning: {report.path} was not checked: {report.gave_up}", err=True)
            for failure in report.failures:
                self._failed = True
                click.echo(f"error: {failure.rule} failed on {failure.path}; this is a bug in gclint", err=True)
                last = failure.text.rstrip().rpartition("\n")[2]
                click.echo(failure.text if self.choices.verbose else f"  {last} (-v shows the traceback)", err=True)

    def _exit(self, reports: Sequence[FileReport], applied: Sequence[Diagnostic], diagnostics: Sequence[Diagnostic] = ()) -> int:
        self._say_failures(reports)
        if self._failed:
            return 2
        if applied and self.choices.exit_non_zero_on_fix:
            return 1
        bar = Severity[self.settings.fail_on.upper()]
        return int(any(d.severity >= bar for d in diagnostics) and not self.choices.exit_zero)


def _diagnostics(reports: Sequence[FileReport]) -> list[Diagnostic]:
    return [diagnostic for report in reports for diagnostic in report.diagnostics]


def _open(name: str | None) -> TextIO | None:
    if name is None:
        return None
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror or error}") from error


def _write_bytes(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
