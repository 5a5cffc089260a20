"""One repository, checked as `gclint check` in its folder does it: the same files, settings, recipes and findings."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcheck_lint import __version__
from gcheck_lint.errors import GclintError
from gcheck_lint.run import aims, discover, origins, pipeline, recipes, runner
from gcheck_lint.run.pipeline import SYNTAX_ERROR, FileReport
from gcheck_lint.survey import outcome
from gcheck_lint.survey.outcome import Job, Outcome, failed, failure
from gcheck_lint.text import reading

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.findings.diagnostics import Diagnostic

# of git's own directory, what says which files there are
_OF_GIT: Final = ("HEAD", "info/exclude")


def check(job: Job) -> Outcome:
    """Checks the repository in whose folder it is called. Never raises: what goes wrong is a failure."""
    name = job.repository.name
    try:
        return _check(job)
    except MemoryError:
        return failed(name, outcome.MEMORY, f"it needs more than {job.limits.megabytes:,} MB of memory")
    except GclintError as error:
        return failed(name, outcome.SETTINGS, str(error))
    except RecursionError as error:
        return failed(name, outcome.BUG, str(error))
    except Exception:
        import traceback

        return failed(name, outcome.BUG, traceback.format_exc())


def _check(job: Job) -> Outcome:
    begun = time.monotonic()
    here = Path.cwd()
    settings = job.resolver.at(here)
    key = _key(job, here, settings)
    if key == job.known:
        return Outcome(job.repository.name, key, unchanged=True)
    files = discover.find((".",), job.resolver)
    by_path = {file.path: file.settings for file in files}
    reports = recipes.joined(runner.check(files, jobs=1), by_path)
    merged = origins.merged(reports)
    name = job.repository.name
    findings = list(_findings(name, merged))
    row = _row(job, settings, merged, findings, here)
    row["files"], row["seconds"] = len(files), round(time.monotonic() - begun, 3)
    return Outcome(name, key, row=row, findings=findings, failures=list(_failures(name, reports)))


def _key(job: Job, here: Path, settings: Settings) -> str:
    """What an outcome has to be known by to be that of this content, these settings and this gclint."""
    found = hashlib.blake2b(digest_size=20)
    aimed = sorted((library, aim.wanted) for library, aim in aims.projects().aims(settings, here).items())
    said = (job.own, job.limits.seconds, job.limits.megabytes, aimed)
    found.update(repr(said).encode(errors="surrogateescape"))
    if settings.file is not None:  # it may lie above the repository, or be the user's own
        found.update(_digest(settings.file))
    for path in _contents(Path()):
        found.update(b"\0" + os.fsencode(path) + b"\0")
        found.update(_digest(path))
    return found.hexdigest()


def _contents(folder: Path) -> Iterator[Path]:
    """The files of a repository, in an order that is always the same."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != ".git")
        yield from (Path(place, one) for one in sorted(names))
    yield from (path for one in _OF_GIT if (path := folder / ".git" / one).is_file())


def _digest(path: Path) -> bytes:
    try:
        if path.is_symlink():
            return os.fsencode(path.readlink())
        most = reading.NOTEBOOK if path.suffix in discover.SUFFIXES else reading.SCRIPT
        return hashlib.blake2b(reading.read_bytes(path, most), digest_size=20).digest()
    except reading.TooLargeError:
        told = path.stat()
        return repr((told.st_size, told.st_mtime_ns)).encode()
    except OSError as error:
        return repr(error.errno).encode()


def _row(
    job: Job, settings: Settings, reports: Sequence[FileReport], findings: Sequence[dict[str, Any]], here: Path
) -> dict[str, Any]:
    parsed = [report for report in reports if _is_parsed(report)]
    aimed = aims.projects().aims(settings, here)
    return {
        "repository": job.repository.name,
        "place": job.repository.folder or job.repository.address or "rows",
        "gclint": __version__,
        "files": 0,
        "parsed": len(parsed),
        "followed": sum(not report.given_up for report in parsed),
        "cut": sum(report.given_up for report in parsed),
        "skipped": sum(bool(report.skipped) for report in reports),
        "seconds": 0.0,
        "findings": len(findings),
        "possible": sum(report.possible for report in reports),
        "suppressed": sum(report.suppressed for report in reports),
        "versions": {library: aim.wanted for library, aim in sorted(aimed.items()) if aim.is_said and aim.wanted is not None},
        "by_rule": dict(sorted(Counter(row["code"] for row in findings).items())),
    }


def _is_parsed(report: FileReport) -> bool:
    """Whether a file was worth a parse, and is Python. A notebook is read before that is known."""
    if report.source is None or report.is_template or any(one.code == SYNTAX_ERROR for one in report.diagnostics):
        return False
    return pipeline.concerns(report.source)


def _findings(name: str, reports: Sequence[FileReport]) -> Iterator[dict[str, Any]]:
    from gcheck_lint.findings import fingerprints
    from gcheck_lint.report import places

    found = [one for report in reports for one in report.diagnostics]
    sources = {report.path: report.source for report in reports if report.source is not None}
    marks = fingerprints.of(found, sources, _posix)
    for one, mark in zip(found, marks, strict=True):
        yield _finding(name, places.shown(one, sources), mark)


def _finding(name: str, one: Diagnostic, mark: str) -> dict[str, Any]:
    return {
        "repository": name,
        "path": _posix(one.path),
        "code": one.code,
        "rule": one.name,
        "severity": str(one.severity),
        "certainty": str(one.certainty),
        "row": one.span.start.row,
        "column": one.span.start.column,
        "end_row": one.span.end.row,
        "end_column": one.span.end.column,
        "cell": one.cell,
        "message": one.message,
        "help": one.help,
        "condition": one.condition,
        "versions": one.versions,
        "fix": None if one.fix is None else str(one.fix.safety),
        "related": [{"path": _posix(place.path), "row": place.span.start.row, "message": place.message} for place in one.related],
        "fingerprint": mark,
    }


def _failures(name: str, reports: Sequence[FileReport]) -> Iterator[dict[str, Any]]:
    for report in reports:
        if report.skipped:
            yield failure(name, outcome.FILE, report.skipped, _posix(report.path))
        for one in report.failures:
            yield failure(name, outcome.BUG, f"{one.rule}: {one.text}", _posix(report.path))


def _posix(path: str) -> str:
    return os.path.relpath(path).replace(os.sep, "/")
