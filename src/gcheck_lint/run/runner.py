"""All files of a run: most are ruled out by their bytes, some are known from the cache, and what is left is checked.

The first two are done here and now. The rest goes to several processes where that is worth their start, the largest file first,
since the last one to end decides how long it takes. Reports come in the order of the files all the same.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from gcheck_lint.prefilter import triage
from gcheck_lint.run import pipeline, ruling
from gcheck_lint.run.discover import File
from gcheck_lint.run.pipeline import Failure, FileReport
from gcheck_lint.run.ruling import Ruling
from gcheck_lint.text import reading

if TYPE_CHECKING:
    from gcheck_lint.run.cache import Cache, Entry, Keys

WORTH: Final = 120_000  # bytes that are left; less is checked before a second process has begun
MANY: Final = 100  # files; to open the cache takes longer than to look through fewer
Tick = Callable[[int], None]
Open = Callable[[], "Cache | None"]  # most runs need none: all their files are ruled out


def cores() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):  # what a container may use; the machine may have more
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check(
    files: Sequence[File], cache: Open | None = None, jobs: int | None = None, tick: Tick = lambda done: None
) -> list[FileReport]:
    """Checks files.

    `cache` opens the cache. `jobs` None: as many processes as there are cores, if that pays. `tick` is told how many files are
    done, several times a second where there is more than one process, and after each file anyway.
    """
    opened = _Opened(cache)
    try:
        return _check(files, opened, jobs, tick)
    finally:
        opened.close()


class _Opened:
    """The cache, opened when it is first asked for."""

    def __init__(self, cache: Open | None) -> None:
        self._open = cache
        self._cache: Cache | None = None

    def __call__(self) -> Cache | None:
        if self._open is not None:
            self._cache, self._open = self._open(), None
        return self._cache

    def close(self) -> None:
        """Writes what is new."""
        if self._cache is not None:
            self._cache.close()


def _check(files: Sequence[File], opened: _Opened, jobs: int | None, tick: Tick) -> list[FileReport]:
    reports: list[FileReport | None] = []
    left: list[tuple[int, int]] = []
    known = opened() if len(files) >= MANY else None
    for number, file in enumerate(files):
        report, size = _at_once(file, opened, known)
        reports.append(report)
        if report is None:
            left.append((size, number))
        if number & 31 == 0:
            tick(number + 1 - len(left))
    store = opened() if left else None
    keys = None if store is None else store.keys
    done = len(files) - len(left)
    wanted = min(jobs if jobs is not None else cores(), len(left))
    if wanted < 2 or (jobs is None and sum(size for size, _ in left) < WORTH):
        for _, number in left:  # in this order: neighbours import the same modules, which are parsed once
            tick(done)
            reports[number] = _kept(thoroughly(files[number], keys), store)
            done += 1
    else:
        from gcheck_lint.run import workers  # and with it multiprocessing

        if workers.FORKS:
            pipeline.warm()
        left.sort(reverse=True)
        begun = [files[number] for _, number in left]
        for came in workers.work(begun, wanted, functools.partial(thoroughly, keys=keys)):
            if came is not None:
                at, told = came
                reports[left[at][1]] = _lost(begun[at], told) if isinstance(told, workers.LostError) else _kept(told, store)
                done += 1
            tick(done)
    tick(done)
    assert all(report is not None for report in reports)
    return [report for report in reports if report is not None]


def _at_once(file: File, cache: _Opened, known: Cache | None) -> tuple[FileReport | None, int]:
    """The report of a file that need not be parsed, and its size. `known`: a cache that is asked first."""
    try:
        data = reading.read_linted(file.path)
    except OSError:
        return pipeline.check_file(file.path, file.settings), 0
    hands_on = triage.hands_on_options(data)
    digest = None if known is None else known.digest(data, ruling.is_in_library(file.path))
    if known is not None and digest is not None and known.rules_out(digest):
        return FileReport(file.path, None, hands_on=hands_on), 0
    ruled = ruling.of(file.path, data, pipeline.program())
    if ruled is not Ruling.IN:
        if known is not None and digest is not None and ruled is Ruling.OUT_ALONE:
            known.rule_out(digest)
        return FileReport(file.path, None, hands_on=hands_on), 0
    store = cache()
    return (None if store is None else store.load(file.path, data, file.settings)), len(data)


def _kept(told: tuple[FileReport, Entry | None], store: Cache | None) -> FileReport:
    report, entry = told
    if store is not None:
        store.save(report.path, entry)
    return report


def _lost(file: File, error: Exception) -> FileReport:
    return FileReport(file.path, None, failures=(Failure("process", file.path, f"{error}: out of memory?"),))


def thoroughly(file: File, keys: Keys | None) -> tuple[FileReport, Entry | None]:
    """The report of a file that has to be parsed, and what the cache is to keep of it."""
    try:
        data = reading.read_linted(file.path)
    except OSError:
        return pipeline.check_file(file.path, file.settings), None
    if keys is None:
        return pipeline.look(file.path, data, file.settings), None
    from gcheck_lint.run import cache

    with pipeline.program().recording() as met:
        report = pipeline.look(file.path, data, file.settings)
    return report, cache.entry(keys, data, file.settings, report, met)
