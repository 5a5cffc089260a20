"""The texts on which fixes are tried, as they stand now, and their reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gcheck_lint.findings.diagnostics import Fix
from gcheck_lint.fixing.selection import edited
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit

Check = Callable[[Source], FileReport]


class Bench:
    """The texts as they stand now, and their reports."""

    def __init__(self, reports: dict[str, FileReport], sources: dict[str, Source], check: Check) -> None:
        self.reports = reports
        self.sources = sources
        self._check = check

    def attempt(self, fixes: Sequence[Fix]) -> dict[str, FileReport]:
        """The reports of the texts that `fixes` would make. Raises UnicodeEncodeError and UnreadableError."""
        edits: dict[str, list[Edit]] = {}
        for chosen in fixes:
            for edit in chosen.edits:
                edits.setdefault(edit.path, []).append(edit)
        trial: dict[str, FileReport] = {}
        for path, its_edits in edits.items():
            source = self.sources[path]
            text = edited(source.text, its_edits)
            source.to_bytes(text)
            trial[path] = self._check(source.with_text(text))
        return trial

    def keep(self) -> tuple[dict[str, Source], dict[str, FileReport]]:
        """The texts and reports as they are now, for `restore`."""
        return dict(self.sources), dict(self.reports)

    def restore(self, kept: tuple[Mapping[str, Source], Mapping[str, FileReport]]) -> None:
        """Takes everything back to where it was. Whoever holds the reports sees it."""
        sources, reports = kept
        self.sources.clear()
        self.sources.update(sources)
        self.reports.clear()
        self.reports.update(reports)

    def accept(self, trial: Mapping[str, FileReport]) -> None:
        for path, report in trial.items():
            if report.source is not None:
                self.sources[path] = report.source
            self.reports[path] = report
