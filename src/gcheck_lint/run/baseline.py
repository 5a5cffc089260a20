"""A baseline: the findings that a project knows of and lives with, so that only new ones are reported.

An entry is a fingerprint (rule, path, text of the statement, number), so it is found again when its lines have moved
and not when its statement was changed. Paths are relative to the baseline's own folder. The file has an entry a line,
sorted, and nothing that changes by itself, so that it reads well in a review.
"""

from __future__ import annotations

import json
import os
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from gcheck_lint.errors import UsageError
from gcheck_lint.findings import fingerprints
from gcheck_lint.run.pipeline import SYNTAX_ERROR, UNREADABLE, FileReport
from gcheck_lint.text import writing
from gcheck_lint.text.reading import RECORD, can_exist, read_text

VERSION: Final = 1
_SHOWN: Final = 120  # letters of a statement; they are for people, and do not count


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A known finding. `statement` is what a person knows it by."""

    path: str
    rule: str
    statement: str
    fingerprint: str


class Baseline:
    """What a file knows, and what a run has seen of it."""

    def __init__(self, file: Path, entries: Sequence[Entry] = ()) -> None:
        self.file = file
        self.entries = tuple(entries)
        self._known = {entry.fingerprint for entry in entries}
        self._met: dict[str, set[str]] = {}
        self.hidden = 0

    def sift(self, report: FileReport) -> FileReport:
        """The report without the findings that are known."""
        new = []
        met: set[str] = set()
        for diagnostic, entry in zip(report.diagnostics, self._entries(report), strict=True):
            if entry.fingerprint in self._known:
                met.add(entry.fingerprint)
            else:
                new.append(diagnostic)
        name = self._name(report.path)
        if name not in self._met:  # with --fix a file is sifted again and again; what counts is what it came with
            self._met[name] = met
            self.hidden += len(report.diagnostics) - len(new)
        return replace(report, diagnostics=tuple(new))

    def fixed(self) -> list[Entry]:
        """The entries that are no longer there: in files that were checked, and in those that are gone."""
        return [entry for entry in self.entries if self._is_fixed(entry)]

    def _is_fixed(self, entry: Entry) -> bool:
        met = self._met.get(entry.path)
        if met is None:
            return not (can_exist(entry.path) and os.path.exists(self.file.parent / entry.path))  # noqa: PTH110 - never raises
        return entry.fingerprint not in met

    def write(self, reports: Sequence[FileReport]) -> int:
        """Writes the findings of a run, and keeps the entries of files that it left out. Gives their number."""
        checked = {self._name(report.path) for report in reports}
        kept = [entry for entry in self.entries if entry.path not in checked and not self._is_fixed(entry)]
        found = [
            entry
            for report in reports
            for diagnostic, entry in zip(report.diagnostics, self._entries(report), strict=True)
            if diagnostic.code not in {UNREADABLE, SYNTAX_ERROR}  # nothing in such a file was checked
        ]
        lines = [json.dumps(_json(entry), ensure_ascii=False) for entry in sorted({*kept, *found})]
        body = "".join(f"\n    {line}{',' if number < len(lines) else ''}" for number, line in enumerate(lines, start=1))
        text = f'{{\n  "version": {VERSION},\n  "findings": [{body}{chr(10) + "  " if lines else ""}]\n}}\n'
        try:
            writing.output(str(self.file), text.encode(errors="backslashreplace"))
        except OSError as error:
            raise UsageError(f"cannot write {self.file}: {error.strerror or error}") from error
        return len(lines)

    def _entries(self, report: FileReport) -> list[Entry]:
        name = self._name(report.path)
        sources = {report.path: report.source} if report.source is not None else {}
        marks = fingerprints.of(report.diagnostics, sources, lambda _: name)
        return [
            Entry(name, diagnostic.code, fingerprints.statement(diagnostic, report.source)[:_SHOWN], mark)
            for diagnostic, mark in zip(report.diagnostics, marks, strict=True)
        ]

    def _name(self, path: str) -> str:
        return Path(os.path.relpath(Path(path).resolve(), self.file.parent.resolve())).as_posix()


def load(name: str, missing_is_empty: bool = False) -> Baseline:
    """Reads a baseline. Raises UsageError."""
    file = Path(name)
    if missing_is_empty and not file.exists():
        return Baseline(file)
    try:
        data = json.loads(read_text(file, RECORD))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the baseline {name}: {error}") from error
    version = data.get("version") if isinstance(data, dict) else None
    if version != VERSION:
        raise UsageError(f"{name} is no baseline that this gclint reads (version {reprlib.repr(version)}, not {VERSION})")
    findings = data.get("findings")
    if not isinstance(findings, list) or not all(isinstance(item, dict) for item in findings):
        raise UsageError(f"{name} is no baseline: it has no list of findings")
    try:
        return Baseline(file, [_entry(item) for item in findings])
    except KeyError as error:
        raise UsageError(f"{name} is no baseline: an entry lacks {error}") from error


def _entry(item: Any) -> Entry:
    return Entry(*(str(item[key]) for key in ("path", "rule", "statement", "fingerprint")))


def _json(entry: Entry) -> dict[str, str]:
    return {"path": entry.path, "rule": entry.rule, "statement": entry.statement, "fingerprint": entry.fingerprint}
