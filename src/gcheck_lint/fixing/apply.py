"""Applies the fixes of files (`rounds` says which, and when there are no more), and writes what has changed."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import field, replace
from pathlib import Path

from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.fixing.bench import Bench, Check
from gcheck_lint.fixing.rounds import Reverted, settle
from gcheck_lint.records import dataclass
from gcheck_lint.run import discover
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text import writing
from gcheck_lint.text.reading import NOTEBOOK, read_bytes
from gcheck_lint.text.source import Source


class WriteError(GclintError):
    """A fixed file could not be written."""


@dataclass(slots=True)
class Outcome:
    """`reports` are the final ones; `changed` maps a path to its text before and after.

    `applied` are the findings whose fixes were applied, also those that came up on the way; `gone` are those of the texts as they
    were that are no more, also those that another one's fix has mended.
    """

    reports: dict[str, FileReport]
    changed: dict[str, tuple[Source, Source]] = field(default_factory=dict)
    applied: list[Diagnostic] = field(default_factory=list)
    gone: list[Diagnostic] = field(default_factory=list)
    reverted: list[Reverted] = field(default_factory=list)


def fix(reports: Sequence[FileReport], check: Check, unsafe: bool) -> Outcome:
    """Fixes what `reports` hold. `check` checks a text again; `unsafe` lets unsafe fixes in."""
    before = {report.path: report.source for report in reports if report.source is not None}
    reports = [_within(report, before) for report in reports]
    outcome = Outcome({report.path: report for report in reports})
    bench = Bench(outcome.reports, dict(before), lambda source: _within(check(source), before))
    for report in reports:
        if report.source is not None:
            settled = settle(report.path, bench, unsafe)
            outcome.applied += settled.applied
            outcome.gone += settled.gone
            outcome.reverted += settled.reverted
    for path, source in bench.sources.items():
        original = before[path]
        if source.text != original.text:
            outcome.changed[path] = (original, source)
    return outcome


def _within(report: FileReport, paths: Collection[str]) -> FileReport:
    """The report without fixes that would change a file which nobody has named: a module that is only imported."""
    kept = tuple(
        one if one.fix is None or all(edit.path in paths for edit in one.fix.edits) else replace(one, fix=None)
        for one in report.diagnostics
    )
    return replace(report, diagnostics=kept)


def write(outcome: Outcome) -> None:
    """Writes the changed files, each at once or not at all. Raises WriteError."""
    for path, (before, after) in sorted(outcome.changed.items()):
        replace_file(path, before, after)


def replace_file(path: str, before: Source, after: Source) -> str | None:
    """Writes a file by way of a new one beside it, so that nobody ever sees half of it.

    Raises WriteError, and UnicodeEncodeError when the encoding lacks a letter of what is to be written.

    Gives the file that was written if `path` is a link that leads elsewhere.
    """
    real = Path(path).resolve()  # a symbolic link stays, its file is replaced
    try:
        if read_bytes(real, NOTEBOOK) != _as_read(path, before):
            raise WriteError(f"{path} was changed in the meantime and was not written")
        if not os.access(real, os.W_OK):  # a new file in its place would not ask
            raise WriteError(f"cannot write {path}: it is read-only")
        writing.replace(real, after.to_bytes(after.text), real.stat())
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
    return discover.outside(path)


def _as_read(path: str, source: Source) -> bytes:
    try:
        return source.to_bytes(source.text)
    except UnicodeEncodeError as error:
        raise WriteError(f"cannot write {path}: its encoding, {error.encoding}, does not round-trip") from error
