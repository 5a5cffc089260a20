"""Chooses fixes and applies them until nothing changes, and takes back what does harm.

A round takes the fixes in order of place, leaves out those that touch what another has taken or share a group with it,
and checks the new text. A text that no longer parses, a finding that is still there, or a new error puts the round in
doubt: then its fixes are tried one by one, and the guilty one is taken back for good. What a fix uncovers (turning the
cache off calls for a restore before the save) is the next round's work.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Severity
from gcheck_lint.fixing.selection import edited, is_applicable
from gcheck_lint.run.pipeline import SYNTAX_ERROR, UNREADABLE, FileReport
from gcheck_lint.text.notebook import RefusedError, source_of
from gcheck_lint.text.source import Source, UnreadableError
from gcheck_lint.text.spans import Edit, LineIndex

MAX_ROUNDS: Final = 100
Check = Callable[[Source], FileReport]


class WriteError(GclintError):
    """A fixed file could not be written."""


def _source(path: str) -> Source:
    try:
        found = source_of(path, Path(path).read_bytes())
    except OSError as error:
        raise UnreadableError(path, error.strerror or str(error)) from error
    if found is None:
        raise UnreadableError(path, "a notebook of another language")
    return found


@dataclass(frozen=True, slots=True)
class Reverted:
    """A fix that was taken back, and why."""

    diagnostic: Diagnostic
    reason: str


@dataclass(slots=True)
class Outcome:
    """`reports` are the final ones; `changed` maps a path to its text before and after."""

    reports: dict[str, FileReport]
    changed: dict[str, tuple[Source, Source]] = field(default_factory=dict)
    applied: list[Diagnostic] = field(default_factory=list)
    reverted: list[Reverted] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)


def fix(reports: Sequence[FileReport], check: Check, unsafe: bool) -> Outcome:
    """Fixes what `reports` hold. `check` checks a text again; `unsafe` lets unsafe fixes in."""
    outcome = Outcome({report.path: report for report in reports})
    before = {report.path: report.source for report in reports if report.source is not None}
    bench = _Bench(outcome.reports, dict(before), check)
    for report in reports:
        if report.source is not None:
            _settle(report.path, bench, unsafe, outcome)
    for path, source in bench.sources.items():
        original = before.get(path) or bench.read[path]
        if source.text != original.text:
            outcome.changed[path] = (original, source)
    return outcome


def write(outcome: Outcome) -> None:
    """Writes the changed files, each at once or not at all. Raises WriteError."""
    for path, (before, after) in sorted(outcome.changed.items()):
        replace_file(path, before, after)


def replace_file(path: str, before: Source, after: Source) -> None:
    """Writes a file by way of a new one beside it, so that nobody ever sees half of it. Raises WriteError."""
    real = Path(path).resolve()  # a symbolic link stays, its file is replaced
    try:
        if real.read_bytes() != before.to_bytes(before.text):
            raise WriteError(f"{path} was changed by somebody else meanwhile; nothing is written to it")
        if not os.access(real, os.W_OK):  # a new file in its place would not ask
            raise WriteError(f"cannot write {path}: it is read-only")
        status = real.stat()
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=".gclint-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(after.to_bytes(after.text))
                file.flush()
                os.fsync(file.fileno())
            for owner in (-1, status.st_uid):  # the group may be ours to keep where the owner is not
                with contextlib.suppress(OSError, AttributeError):  # or there is no such call on this system
                    os.chown(name, owner, status.st_gid)
            Path(name).chmod(status.st_mode & 0o7777)
            Path(name).replace(real)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


class _Bench:
    """The texts as they stand now, and their reports."""

    def __init__(self, reports: dict[str, FileReport], sources: dict[str, Source], check: Check) -> None:
        self.reports = reports
        self.sources = sources
        self.read: dict[str, Source] = {}  # files that only a fix brought in
        self._check = check

    def source(self, path: str) -> Source:
        if path not in self.sources:
            self.sources[path] = self.read[path] = _source(path)
        return self.sources[path]

    def attempt(self, fixes: Sequence[Fix]) -> dict[str, FileReport]:
        """The reports of the texts that `fixes` would make. Raises UnicodeEncodeError and UnreadableError."""
        edits: dict[str, list[Edit]] = {}
        for chosen in fixes:
            for edit in chosen.edits:
                edits.setdefault(edit.path, []).append(edit)
        trial: dict[str, FileReport] = {}
        for path, its_edits in edits.items():
            source = self.source(path)
            text = edited(source.text, its_edits)
            source.to_bytes(text)
            trial[path] = self._check(source.with_text(text))
        return trial

    def accept(self, trial: Mapping[str, FileReport]) -> None:
        for path, report in trial.items():
            if report.source is not None:
                self.sources[path] = report.source
            self.reports[path] = report


def _settle(path: str, bench: _Bench, unsafe: bool, outcome: Outcome) -> None:
    """Rounds on one file, until no fix is left."""
    refused: set[tuple[str, str, str]] = set()
    texts = {bench.sources[path].text}
    for _ in range(MAX_ROUNDS):
        candidates = [
            diagnostic
            for diagnostic in bench.reports[path].diagnostics
            if is_applicable(diagnostic, unsafe) and _mark(diagnostic, bench) not in refused
        ]
        chosen = list(_choose(candidates))
        if not chosen:
            return
        reason, trial = _try(chosen, bench, texts, path)
        if reason:
            for diagnostic in chosen:
                reason, trial = _try([diagnostic], bench, texts, path)
                if not reason:
                    chosen = [diagnostic]
                    break
                refused.add(_mark(diagnostic, bench))
                outcome.reverted.append(Reverted(diagnostic, reason))
            else:
                continue
        bench.accept(trial)
        texts.add(bench.sources[path].text)
        outcome.applied.extend(chosen)
    outcome.unsettled.append(path)


def _choose(candidates: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that can be applied together: no overlap, no two of a group, each edit once."""
    taken: list[Edit] = []
    groups: set[str] = set()
    # a line that is put right may make a new one needless
    for diagnostic in sorted(candidates, key=_adds_statements):
        chosen = diagnostic.fix
        if chosen is None or not chosen.edits or (chosen.group and chosen.group in groups):
            continue
        if any(_touches(edit, other) for edit in chosen.edits for other in taken):
            continue
        taken.extend(chosen.edits)
        groups.add(chosen.group)
        yield diagnostic


def _adds_statements(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and any(set(edit.content) & set(";\r\n") for edit in diagnostic.fix.edits)


def _touches(one: Edit, other: Edit) -> bool:
    if one.path != other.path:
        return False
    # two insertions at one place would stand in no certain order
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def _try(chosen: Sequence[Diagnostic], bench: _Bench, texts: set[str], path: str) -> tuple[str, dict[str, FileReport]]:
    """Applies fixes on trial. Gives the reason for doubt (empty: none), and the new reports."""
    fixes = [diagnostic.fix for diagnostic in chosen if diagnostic.fix is not None]
    try:
        trial = bench.attempt(fixes)
    except RefusedError as error:
        return str(error), {}
    except UnicodeEncodeError as error:
        return f"the file's encoding ({error.encoding}) has no {error.object[error.start]!r}", {}
    except UnreadableError as error:
        return str(error), {}
    for other, report in trial.items():
        reason = _doubt(bench.reports.get(other), report)
        if reason:
            return reason, trial
    after = trial.get(path)
    if after is not None and after.source is not None and after.source.text in texts:
        return "it leads back to a text that was there before", trial
    if after is not None and _is_still_there(chosen, fixes, bench, path, after):
        return "the finding is still there after it", trial
    return "", trial


def _doubt(before: FileReport | None, after: FileReport) -> str:
    for diagnostic in after.diagnostics:
        if diagnostic.code in {SYNTAX_ERROR, UNREADABLE}:
            return f"the text would not parse: {diagnostic.message}"
    if len(after.failures) > (len(before.failures) if before else 0):
        return f"{after.failures[-1].rule} fails on the text"
    if before is not None and _errors(after) > _errors(before):
        return "it makes a new error"
    return ""


def _errors(report: FileReport) -> int:
    return sum(d.severity is Severity.ERROR and d.certainty is Certainty.SURE for d in report.diagnostics)


def _is_still_there(chosen: Sequence[Diagnostic], fixes: Sequence[Fix], bench: _Bench, path: str, after: FileReport) -> bool:
    """Whether a statement has as many findings of a code as before, though some were fixed."""
    lines = LineIndex(bench.sources[path].text)
    edits = sorted(edit for one in fixes for edit in one.edits if edit.path == path)

    def place(diagnostic: Diagnostic) -> tuple[str, int]:
        return diagnostic.code, _moved(lines.offset(diagnostic.statement.start), edits)

    now_lines = LineIndex(after.source.text if after.source else "")
    now = Counter((d.code, now_lines.offset(d.statement.start)) for d in after.diagnostics)
    was = Counter(place(diagnostic) for diagnostic in bench.reports[path].diagnostics)
    fixed = Counter(place(diagnostic) for diagnostic in chosen)
    return any(now[key] > was[key] - count for key, count in fixed.items())


def _moved(offset: int, edits: Sequence[Edit]) -> int:
    """Where an offset of the old text is in the new one."""
    shift = 0
    for edit in edits:
        if edit.end > offset:
            # within the edit: what was inserted stands before, what was replaced begins at its start
            return min(offset, edit.start) + shift
        shift += len(edit.content) - (edit.end - edit.start)
    return offset + shift


def _mark(diagnostic: Diagnostic, bench: _Bench) -> tuple[str, str, str]:
    """What a refused fix is known by in later rounds, when its place has moved."""
    lines = LineIndex(bench.sources[diagnostic.path].text)
    start, end = lines.offset(diagnostic.statement.start), lines.offset(diagnostic.statement.end)
    title = diagnostic.fix.title if diagnostic.fix else ""
    return diagnostic.code, title, lines.text[start:end]
