"""A baseline: the findings that a project knows of and lives with, so that only new ones are reported.

An entry is a fingerprint (rule, path, text of the statement, number), so it is found again when its lines have moved. One whose
statement was changed is found again by its place, the part of the statement that the finding marks, and one whose file is gone
in a file of another name. An entry stands for one finding, so a second one that is just like it is new.

Paths are relative to the baseline's own folder. The file has an entry a line, sorted, and nothing that changes by itself, so that
it reads well in a review.
"""

from __future__ import annotations

import functools
import json
import os
import reprlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gcheck_lint.errors import UsageError
from gcheck_lint.findings import fingerprints
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.records import dataclass
from gcheck_lint.run.pipeline import SYNTAX_ERROR, UNREADABLE, FileReport
from gcheck_lint.text import writing
from gcheck_lint.text.reading import RECORD, read_text

VERSION: Final = 1
_SHOWN: Final = 120  # letters of a statement; they are for people, and do not count


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A known finding. `statement` is what a person knows it by, `place` marks the part of it that the finding is about."""

    path: str
    rule: str
    statement: str
    fingerprint: str
    place: str = ""


class Baseline:
    """What a file knows, and what a run has seen of it."""

    def __init__(self, file: Path, entries: Sequence[Entry] = ()) -> None:
        self.file = file
        self.entries = tuple(entries)
        self._known = {entry.fingerprint for entry in entries}
        self._met: dict[str, set[str]] = {}
        self._moved: dict[str, str] = {}  # entries of files that are gone, and the file in which each was found again
        self.hidden = 0

    def sift(self, report: FileReport) -> FileReport:
        """The report without the findings that are known."""
        name = self._name(report.path)
        found = list(zip(report.diagnostics, self._entries(report, name), strict=True))
        met = {entry.fingerprint for _, entry in found} & self._known
        left = [entry for entry in self.entries if entry.path == name and entry.fingerprint not in met]
        new = []
        for diagnostic, entry in found:
            if entry.fingerprint in met:
                continue
            changed = next((one for one in left if one.place and (one.rule, one.place) == (entry.rule, entry.place)), None)
            if changed is None:
                new.append(diagnostic)
            else:
                left.remove(changed)
                met.add(changed.fingerprint)
        new = self._without_renamed(report, new, name)
        if name not in self._met:  # with --fix a file is sifted again and again; what counts is what it came with
            self._met[name] = met
            self.hidden += len(report.diagnostics) - len(new)
        return replace(report, diagnostics=tuple(new))

    def _without_renamed(self, report: FileReport, new: list[Diagnostic], name: str) -> list[Diagnostic]:
        """Without what is known of a file that is gone, and of which this may be the new name."""
        for gone in self._gone if new else ():
            marks = dict(zip(map(id, report.diagnostics), self._entries(report, gone), strict=True))
            renamed = {id(one) for one in new if marks[id(one)].fingerprint in self._known}
            renamed = {one for one in renamed if self._moved.setdefault(marks[one].fingerprint, name) == name}
            new = [one for one in new if id(one) not in renamed]
        return new

    @functools.cached_property
    def _gone(self) -> tuple[str, ...]:
        """The files of entries that are no longer there."""
        names = dict.fromkeys(entry.path for entry in self.entries)
        return tuple(name for name in names if not self._is_there(name))

    def fixed(self) -> list[Entry]:
        """The entries that are no longer there: in files that were checked, and in those that are gone."""
        return [entry for entry in self.entries if self._is_fixed(entry)]

    def _is_fixed(self, entry: Entry) -> bool:
        met = self._met.get(entry.path)
        if met is None:
            return entry.fingerprint not in self._moved and not self._is_there(entry.path)
        return entry.fingerprint not in met

    def _is_there(self, name: str) -> bool:
        return os.path.exists(self.file.parent / name)  # noqa: PTH110 - a Path's raises for a name of 5,000 letters

    def write(self, reports: Sequence[FileReport]) -> int:
        """Writes the findings of a run, and keeps the entries of files that it left out. Gives their number."""
        checked = {self._name(report.path) for report in reports}
        kept = [entry for entry in self.entries if entry.path not in checked and not self._is_fixed(entry)]
        found = [
            entry
            for report in reports
            for diagnostic, entry in zip(report.diagnostics, self._entries(report, self._name(report.path)), strict=True)
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

    def _entries(self, report: FileReport, name: str) -> list[Entry]:
        """The entries of a report, as of a file of this name."""
        sources = {report.path: report.source} if report.source is not None else {}
        marks = fingerprints.of(report.diagnostics, sources, lambda _: name)
        return [
            Entry(
                name,
                one.code,
                fingerprints.statement(one, report.source)[:_SHOWN],
                mark,
                fingerprints.place(one, report.source),
            )
            for one, mark in zip(report.diagnostics, marks, strict=True)
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
        raise UsageError(f"{name} is not a baseline that this gclint reads (version {reprlib.repr(version)}, not {VERSION})")
    findings = data.get("findings")
    if not isinstance(findings, list) or not all(isinstance(item, dict) for item in findings):
        raise UsageError(f"{name} is not a baseline: it has no list of findings")
    try:
        return Baseline(file, [_entry(item) for item in findings])
    except KeyError as error:
        raise UsageError(f"{name} is not a baseline: an entry lacks {error}") from error


def _entry(item: Any) -> Entry:
    item = {"place": "", **item}  # an older file has none
    return Entry(*(str(item[key]) for key in ("path", "rule", "statement", "fingerprint", "place")))


def _json(entry: Entry) -> dict[str, str]:
    told = {"path": entry.path, "rule": entry.rule, "statement": entry.statement, "fingerprint": entry.fingerprint}
    return {**told, "place": entry.place}
