"""The process that checks repositories, one after the other: it has no threads, so it can fork a child for each.

A child is ended when its time is over, and what it took goes with it. The engine itself holds what all of them need, read once.
"""

from __future__ import annotations

import base64
import gc
import os
import pickle
import sys
import time
from typing import Final

from gcheck_lint.run import garbage, pipeline, workers
from gcheck_lint.survey import checking, outcome
from gcheck_lint.survey.outcome import Job, Outcome, failed
from gcheck_lint.text import git
from gcheck_lint.text.reading import MEGABYTE

_answers: Final[list[int]] = []  # where they are written; a child that held it open would hide that its engine has ended


def serve() -> None:
    """Answers each job on stdin with its outcome on stdout, until there are none."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whoever prints does not print among the answers
    garbage.hold_back()
    if workers.FORKS:
        pipeline.warm()
        gc.freeze()
    parent = os.getppid()
    _answers.append(answers)
    for line in sys.stdin.buffer:
        send(answers, bounded(pickle.loads(base64.b64decode(line)), parent))


def send(stream: int, told: Outcome) -> None:
    """Writes one outcome as a line."""
    data = memoryview(packed(told))
    while data:
        data = data[os.write(stream, data) :]


def packed(told: object) -> bytes:
    """A job or an outcome as one line."""
    return base64.b64encode(pickle.dumps(told)) + b"\n"


def bounded(job: Job, parent: int) -> Outcome:
    """The outcome of a job, by a child that is ended when it takes too long, or nobody waits for it any more."""
    name, end = job.repository.name, time.monotonic() + job.limits.seconds
    running = workers.work([job], 1, in_child)
    try:
        for came in running:
            if came is not None:
                told = came[1]
                lost = f"{told}: out of memory?"
                return failed(name, outcome.PROCESS, lost) if isinstance(told, workers.LostError) else told
            if time.monotonic() > end:
                return failed(name, outcome.TIME, f"it takes longer than {job.limits.seconds:g} s")
            if os.getppid() != parent:
                sys.exit(0)
    finally:
        running.close()  # type: ignore[attr-defined]
    raise AssertionError("a worker that stopped responding was ended")


def in_child(job: Job) -> Outcome:
    """Checks a repository within its limits."""
    _limit_memory(job.limits.megabytes)
    sys.stdin.close()
    for stream in _answers:
        os.close(stream)
    os.chdir(job.repository.folder)
    pipeline.forget()
    try:
        return checking.check(job)
    finally:
        git.tidy()


def _limit_memory(megabytes: int) -> None:
    """Lets the kernel refuse more. Elsewhere than on Linux it is not counted."""
    if sys.platform == "linux":
        import resource

        most = megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
