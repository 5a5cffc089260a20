"""From reports to what is written and how the run exits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gcheck_lint.cli import options as settings_options
from gcheck_lint.cli.terminal import columns, hand_over, hand_over_bytes, say
from gcheck_lint.config.settings import Settings
from gcheck_lint.errors import UsageError
from gcheck_lint.records import dataclass
from gcheck_lint.report import formats, summary
from gcheck_lint.report.paint import Paint, named, wants_color, wants_links
from gcheck_lint.run import aims, origins, pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text import writing

if TYPE_CHECKING:  # a run that finds nothing and changes nothing needs none of these
    from gcheck_lint.findings.diagnostics import Diagnostic
    from gcheck_lint.fixing import apply
    from gcheck_lint.report.findings import Findings
    from gcheck_lint.story import Story
    from gcheck_lint.text.source import Source


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
    outputs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Choices:
        """Picks them out of a command's options."""
        chosen = {choice.name: options[choice.name] for choice in fields(cls) if choice.name in options}
        chosen["fix"] = bool(chosen["fix"])  # None: nothing is said on the command line
        return cls(**chosen, outputs=settings_options.outputs(options["output_format"]))


@dataclass(slots=True)
class Run:
    """One run. `settings` are those of the whole run, `by_path` those of each file; `stdin` is what was read there.

    `sift` takes out of a report what this run is not about: what a baseline knows, what has not changed. `join` adds what recipes
    bring to light; texts stand for what these hold on the disk.
    """

    choices: Choices
    settings: Settings
    by_path: Mapping[str, Settings]
    stdin: bytes | None = None
    sift: Callable[[FileReport], FileReport] = lambda report: report
    join: Callable[..., list[FileReport]] = lambda reports, texts: list(reports)
    _scripts: list[FileReport] = field(default_factory=list)
    _failed: bool = False

    def finish(self, reports: Sequence[FileReport]) -> int:
        """Fixes, writes and reports. Gives the exit code."""
        choices = self.choices
        self._spare_scripts(reports)
        self._scripts = [report for report in reports if report.path in self.by_path]
        reports = [self.sift(report) for report in reports]
        if not (choices.fix or choices.fix_only or choices.diff):
            reports = origins.merged(reports)
            return self._exit(reports, [], self._report(reports, summary.Mended()))
        if choices.diff and (choices.output_file or choices.outputs):
            raise UsageError("--diff writes to stdout and cannot be combined with an output file")
        from gcheck_lint.fixing import apply

        outcome = apply.fix([self._shown_fixes(report) for report in reports], self._check_again, self.settings.unsafe_fixes)
        self._tell(outcome)
        if choices.diff:
            return self._show_diff(outcome, reports)
        self._write(outcome, {report.path: report for report in reports})
        remaining = origins.merged(self._rejoined(outcome))
        mended = self._mended(reports, outcome)
        if choices.fix_only:
            if not choices.quiet:
                line = summary.would_fix(mended, _diagnostics(remaining), self.settings.unsafe_fixes, "Fixed")
                say(line, nl=False, err=self.stdin is not None)
            return self._exit([replace(report, diagnostics=()) for report in remaining], outcome.applied)
        return self._exit(remaining, outcome.applied, self._report(remaining, mended))

    def _mended(self, reports: Sequence[FileReport], outcome: apply.Outcome) -> summary.Mended:
        """What of all that a plain run shows is gone: the findings that it calls fixable, and those that went with them."""
        from gcheck_lint.fixing.selection import is_applicable

        def known_by(one: Diagnostic) -> tuple[object, ...]:
            return one.path, one.code, one.span, one.message

        gone = {known_by(one) for one in outcome.gone}
        shown = [one for one in _diagnostics(origins.merged(reports)) if self.settings.shows(one.severity)]
        lost = [one for one in shown if known_by(one) in gone]
        fixed = [one for one in lost if is_applicable(one, self.settings.unsafe_fixes)]
        return summary.Mended(fixed, [one for one in lost if one not in fixed], outcome.applied)

    def _spare_scripts(self, reports: Sequence[FileReport]) -> None:
        """Refuses to write a report over a file that it is about: `gclint -o train.py` is soon typed. Raises UsageError."""
        names = [name for name in (self.choices.output_file, *self.choices.outputs) if name is not None]
        if not names:
            return
        checked = {Path(report.path).resolve() for report in reports if self.stdin is None}
        for name in names:
            if Path(name).resolve() in checked:
                raise UsageError(f"{name} is one of the checked files: the report would overwrite it")

    def _check_again(self, source: Source) -> FileReport:
        if source.path in self.by_path or self.stdin is not None:
            return self._shown_fixes(self.sift(pipeline.check(source, self.by_path.get(source.path, self.settings))))
        found = self.join(self._scripts, texts={str(Path(source.path).absolute()): source.text})
        again = next((report for report in found if report.path == source.path), FileReport(source.path, source))
        return self._shown_fixes(self.sift(again))

    def _rejoined(self, outcome: apply.Outcome) -> list[FileReport]:
        """The reports after fixes, with what the recipes of the fixed scripts bring to light."""
        scripts = [report for path, report in outcome.reports.items() if path in self.by_path]
        if self.stdin is not None or not any(report.asks for report in scripts):
            return list(outcome.reports.values())
        texts = {str(Path(path).absolute()): new.text for path, (_, new) in outcome.changed.items() if path not in self.by_path}
        return [self._shown_fixes(self.sift(report)) for report in self.join(scripts, texts=texts)]

    def shown(self, report: FileReport) -> FileReport:
        """What a person is told of a file."""
        left = self.sift(report)
        return replace(left, diagnostics=tuple(one for one in left.diagnostics if self.settings.shows(one.severity)))

    def _shown_fixes(self, report: FileReport) -> FileReport:
        """The report without the fixes of what is not shown: nobody would know why his code has changed."""
        shown = self.settings.shows
        kept = tuple(one if shown(one.severity) else replace(one, fix=None) for one in report.diagnostics)
        return replace(report, diagnostics=kept)

    def _tell(self, outcome: apply.Outcome) -> None:
        for reverted in outcome.reverted:
            place = f"{reverted.diagnostic.path}:{reverted.diagnostic.span.start.row}"
            say(f"warning: {place}: the fix of {reverted.diagnostic.code} was reverted: {reverted.reason}", err=True)

    def _show_diff(self, outcome: apply.Outcome, reports: Sequence[FileReport]) -> int:
        from gcheck_lint.report import patch

        paint = Paint(wants_color(self.choices.color, sys.stdout))
        for _, (before, after) in sorted(outcome.changed.items()):
            shown = patch.unified(before, after, paint)
            hand_over_bytes(shown.encode("utf-8", "surrogateescape"))
        if not self.choices.quiet:
            left = _diagnostics(origins.merged(self._rejoined(outcome)))
            line = summary.would_fix(self._mended(reports, outcome), left, self.settings.unsafe_fixes)
            say(line, nl=False, err=True)
        self._say_failures(reports)
        if self._failed:
            return 2
        return int(bool(outcome.changed) and not self.choices.exit_zero)

    def _write(self, outcome: apply.Outcome, before: Mapping[str, FileReport]) -> None:
        from gcheck_lint.fixing import apply

        if self.stdin is not None:
            hand_over_bytes(next((new.to_bytes(new.text) for _, new in outcome.changed.values()), self.stdin))
            return
        for folder in sorted({Path(path).resolve().parent for path in outcome.reports}):
            writing.clear(folder)
        for path, (old, new) in sorted(outcome.changed.items()):
            try:
                say_where(path, apply.replace_file(path, old, new))
            except apply.WriteError as error:
                say(f"error: {error}", err=True)
                self._failed = True
                # what was not written is not fixed
                outcome.applied = [diagnostic for diagnostic in outcome.applied if diagnostic.path != path]
                outcome.gone = [diagnostic for diagnostic in outcome.gone if diagnostic.path != path]
                if path in before:
                    outcome.reports[path] = before[path]

    def _report(self, reports: Sequence[FileReport], mended: summary.Mended) -> list[Diagnostic]:
        choices, settings = self.choices, self.settings
        diagnostics = _diagnostics(reports)
        shown = [diagnostic for diagnostic in diagnostics if settings.shows(diagnostic.severity)]
        # with --fix, stdin's fixed text has stdout for itself
        stream = sys.stderr if self.stdin is not None and choices.fix else sys.stdout
        paint = Paint(choices.output_file is None and wants_color(choices.color, stream), wants_links(stream))
        width = None if choices.output_file is not None else columns(stream)
        written = ""
        people = settings.output_format in formats.FOR_PEOPLE
        if diagnostics or choices.outputs or not people:
            findings = replace(self._findings(diagnostics, reports, paint), width=width)
            for name, form in choices.outputs.items():
                told = shown if form in formats.OF_SHOWN else diagnostics
                plain = replace(findings, diagnostics=told, paint=Paint(color=False), width=None)
                _write_file(name, formats.write(form, plain))
            is_of_shown = settings.output_format in formats.OF_SHOWN
            written = self._body(replace(findings, diagnostics=shown) if is_of_shown else findings)
        if not choices.quiet and people:
            if choices.show_fixes and mended.applied:
                written += summary.fixed_by_file(mended) + "\n"
            possible = sum(report.possible for report in reports)
            unchecked = sum(bool(report.failures or report.skipped) for report in reports)
            unseen = [one for one in diagnostics if one.code == pipeline.NOT_FOLLOWED and one not in shown]
            minor = len(diagnostics) - len(shown) - len(unseen)
            unfollowed = list(dict.fromkeys(one.path for one in unseen))
            written += summary.found(
                shown,
                mended,
                possible,
                settings.unsafe_fixes,
                paint,
                unchecked,
                minor,
                unfollowed,
                self._taken(reports),
                sum(report.is_template for report in reports),
                width,
                choices.verbose,
                explains=settings.output_format == "full",
            )
        if choices.output_file is not None:
            _write_file(choices.output_file, written)
        else:
            if settings.output_format not in formats.FOR_PEOPLE and hasattr(stream, "reconfigure"):
                # what a program reads is in UTF-8 whatever the terminal's letters are
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
            hand_over(written, stream, paint.color)
        return diagnostics

    def _taken(self, reports: Sequence[FileReport]) -> str:
        """The releases that counted where something was found and nobody has said on which versions it runs; else empty."""
        for report in reports:
            if report.source is not None and (report.diagnostics or report.possible):
                settings = self.by_path.get(report.path, self.settings)
                if not aims.of_file(report.path, settings, report.source)["transformers"].is_said:
                    from gcheck_lint import knowledge

                    return str(knowledge.load().current("transformers"))
        return ""

    def _findings(self, diagnostics: Sequence[Diagnostic], reports: Sequence[FileReport], paint: Paint) -> Findings:
        from gcheck_lint.report.findings import Findings, root

        sources = {report.path: report.source for report in reports if report.source is not None}
        return Findings(
            diagnostics,
            sources,
            root(Path.cwd()),
            self.settings.unsafe_fixes,
            paint,
            [f"{failure.rule} failed on {failure.path}" for report in reports for failure in report.failures],
            {report.path: report.skipped for report in reports if report.skipped},
            {report.path: unseen for report in reports if (unseen := _unseen(report))},
            story=lambda path: self._story(path, sources),
        )

    def _story(self, path: str, sources: Mapping[str, Source]) -> Story | None:
        """What a script does, for a picture of it; None for a recipe."""
        if path not in self.by_path:
            return None
        from gcheck_lint.run import telling

        return telling.tell(path, self.by_path[path], sources.get(path))

    def _body(self, findings: Findings) -> str:
        form = self.settings.output_format
        if not self.choices.statistics:
            return formats.write(form, findings)
        if form in formats.FOR_PEOPLE:
            return summary.statistics(findings.diagnostics, findings.unsafe, findings.paint)
        return summary.statistics_json(findings.diagnostics, findings.unsafe)

    def _say_failures(self, reports: Sequence[FileReport]) -> None:
        self._failed = say_failures(reports, self.choices.verbose) or self._failed

    def _exit(self, reports: Sequence[FileReport], applied: Sequence[Diagnostic], diagnostics: Sequence[Diagnostic] = ()) -> int:
        self._say_failures(reports)
        if self._failed:
            return 2
        if applied and self.choices.exit_non_zero_on_fix:
            return 1
        if not diagnostics or self.choices.exit_zero:
            return 0
        return int(any(self.settings.fails(diagnostic.severity) for diagnostic in diagnostics))


def _unseen(report: FileReport) -> str:
    """What was not looked at in a file, for programs; a person is told by the summary."""
    if report.is_template:
        return "it is a template, so it is not checked before it is rendered"
    if report.given_up:
        parts = "1 part was" if report.given_up == 1 else f"{report.given_up} parts were"
        return f"{parts} too complex to follow, so nothing is known about them (`gclint story` shows where)"
    return ""


def say_where(path: str, written: str | None) -> None:
    """Says that a named link led elsewhere, and what was written there."""
    if written is not None:
        say(f"note: {path} is a link: {written} was written", err=True)


def say_failures(reports: Sequence[FileReport], verbose: bool) -> bool:
    """Says what could not be read or checked, and why. Gives whether that is a bug of ours."""
    for warning in dict.fromkeys(warning for report in reports for warning in report.warnings):
        say(f"warning: {warning}", err=True)
    for report in reports:
        if report.skipped:
            say(f"warning: {report.path} is not checked: {report.skipped}", err=True)
        if verbose and report.given_up:
            parts = "1 part was" if report.given_up == 1 else f"{report.given_up} parts were"
            say(f"{named(report.path)}: {parts} too complex to follow (`gclint story` shows which)", err=True)
        if verbose and report.unjudged:
            rules = "1 rule" if report.unjudged == 1 else f"{report.unjudged} rules"
            say(f"{named(report.path)}: {rules} could not be judged", err=True)
        for failure in report.failures:
            say(f"error: {failure.rule} failed on {failure.path}; this is a bug in gclint", err=True)
            last = failure.text.rstrip().rpartition("\n")[2]
            say(failure.text if verbose else f"  {last} (-v shows the traceback)", err=True)
    return any(report.failures for report in reports)


def _diagnostics(reports: Sequence[FileReport]) -> list[Diagnostic]:
    return [diagnostic for report in reports for diagnostic in report.diagnostics]


def _write_file(name: str, text: str) -> None:
    try:
        writing.output(name, text.encode(errors="backslashreplace"))
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror or error}") from error
