"""The cluster: Dask's own scheduler hands tasks to workers, and gives those of a worker that dies to others.

Few tasks are handed over at a time, so neither the scheduler nor this process holds all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cryptography  # noqa: F401 - the local cluster makes a key with it
import dask.config
import distributed

from gcheck_lint.errors import UsageError
from gcheck_lint.run import workers as processes
from gcheck_lint.survey import outcome, tasks
from gcheck_lint.survey.outcome import Job, Outcome, failed
from gcheck_lint.text import git

_AHEAD: Final = 2  # tasks under way for each thread of the cluster: one that runs, one that waits
_LOGS: Final = "distributed.admin.low-level-log-length"  # Dask keeps the last thousand messages, with all that is in them
_PATIENCE: Final = 30.0  # seconds for a scheduler to answer


def outcomes(jobs: Iterator[Job], scheduler: str | None, count: int) -> Iterator[Outcome]:
    """What comes of each job, in the order in which they are done.

    `scheduler`: the address of a running cluster; without one, `count` worker processes are started here. Raises UsageError.
    """
    with _remote(scheduler) if scheduler is not None else _local(count) as client:
        running: Any = distributed.as_completed(loop=client.loop)
        under_way: dict[Any, str] = {}

        def feed() -> None:
            wanted = _AHEAD * max(sum(client.nthreads().values()), 1)
            while len(under_way) < wanted and (job := next(jobs, None)) is not None:
                future = client.submit(tasks.run, job, pure=False, key=f"survey-{os.urandom(8).hex()}")
                under_way[future] = job.repository.name
                running.add(future)

        feed()
        for future in running:
            yield _told(future, under_way.pop(future))
            future.release()
            feed()


def _told(future: Any, name: str) -> Outcome:
    if future.status == "cancelled":
        raise UsageError("the scheduler is gone; run the same command again to resume")
    try:
        told: Outcome = future.result()
    except Exception as error:  # a worker that was killed time and again, or that cannot import us
        return failed(name, outcome.WORKER, f"{type(error).__name__}: {error}")
    return told


@contextlib.contextmanager
def _remote(address: str) -> Iterator[Any]:
    try:
        asyncio.run(_call(address))
    except (OSError, ValueError, asyncio.TimeoutError) as error:
        raise UsageError(f"no scheduler answers at {address}: {error}") from error
    with distributed.Client(address, set_as_default=False) as client:
        yield client


async def _call(address: str) -> None:
    """Asks whether somebody is there: a client that gets no answer takes a minute to go."""
    how = distributed.Security().get_connection_args("client")
    comm = await distributed.comm.connect(address, timeout=_PATIENCE, **how)
    await comm.close()


@contextlib.contextmanager
def _local(count: int) -> Iterator[Any]:
    """Workers that are ended with this process. They talk over TLS with a key that is made for them, and only to this machine."""
    here = str(Path.cwd())
    # a worker that died is started anew at any time, from the folder that is the current one then
    with git.scratch() as scratch, processes.among_pythons_own(here), contextlib.ExitStack() as stack:
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        # nobody looks at pages of it, and what it puts on Python's path is a folder of ours
        own = {"distributed.scheduler.http.routes": [], "temporary-directory": scratch, _LOGS: 20}
        stack.enter_context(dask.config.set(own))
        with _deaf():
            cluster = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=count,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    protocol="tls://",
                    security=distributed.Security.temporary(),
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    memory_limit=0,  # each repository has a limit of its own
                    local_directory=scratch,
                    silence_logs=logging.CRITICAL,
                )
            )
        yield stack.enter_context(distributed.Client(cluster, set_as_default=False))


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Starts processes that Ctrl-C does not end: this one hears it, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
