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
from gcheck_lint.run import pipeline
from gcheck_lint.run.discover import File
from gcheck_lint.run.pipeline import Failure, FileReport
from gcheck_lint.text import reading

if TYPE_CHECKING:
    from gcheck_lint.run.cache import Cache

WORTH: Final = 120_000  # bytes that are left; less is checked before a second process has begun
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
    opened = None if cache is None else functools.cache(cache)
    reports: list[FileReport | None] = []
    left: list[tuple[int, int]] = []
    for number, file in enumerate(files):
        report, size = _at_once(file, opened)
        reports.append(report)
        if report is None:
            left.append((size, number))
        if number & 31 == 0:
            tick(number + 1 - len(left))
    store = opened() if opened is not None and left else None
    done = len(files) - len(left)
    wanted = min(jobs if jobs is not None else cores(), len(left))
    if wanted < 2 or (jobs is None and sum(size for size, _ in left) < WORTH):
        for _, number in left:  # in this order: neighbours import the same modules, which are parsed once
            tick(done)
            reports[number] = thoroughly(files[number], store)
            done += 1
    else:
        from gcheck_lint.run import workers  # and with it multiprocessing

        if workers.FORKS:
            pipeline.warm()
        left.sort(reverse=True)
        begun = [files[number] for _, number in left]
        for came in workers.work(begun, wanted, functools.partial(thoroughly, cache=store)):
            if came is not None:
                at, told = came
                reports[left[at][1]] = _lost(begun[at], told) if isinstance(told, workers.LostError) else told
                done += 1
            tick(done)
    tick(done)
    assert all(report is not None for report in reports)
    return [report for report in reports if report is not None]


def _at_once(file: File, cache: Open | None) -> tuple[FileReport | None, int]:
    """The report of a file that need not be parsed, and its size."""
    try:
        data = reading.read_linted(file.path)
    except OSError:
        return pipeline.check_file(file.path, file.settings), 0
    if pipeline.is_ruled_out(file.path, data):
        return FileReport(file.path, None, hands_on=triage.hands_on_options(data)), 0
    if cache is None:
        return None, len(data)
    store = cache()
    if store is None:
        return None, len(data)
    return store.load(file.path, store.key(file.path, data, file.settings), data), len(data)


def _lost(file: File, error: Exception) -> FileReport:
    return FileReport(file.path, None, failures=(Failure("process", file.path, f"{error}: out of memory?"),))


def thoroughly(file: File, cache: Cache | None) -> FileReport:
    """The report of a file that has to be parsed."""
    try:
        data = reading.read_linted(file.path)
    except OSError:
        return pipeline.check_file(file.path, file.settings)
    if cache is None:
        return pipeline.look(file.path, data, file.settings)
    with pipeline.program().recording() as met:
        report = pipeline.look(file.path, data, file.settings)
    cache.save(cache.key(file.path, data, file.settings), report, met)
    return report
