"""One task of the cluster: the repository is brought into a folder, and the engine of this worker checks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gcheck_lint.errors import GclintError
from gcheck_lint.survey import outcome
from gcheck_lint.survey.outcome import Job, Outcome, failed
from gcheck_lint.survey.supervisor import Supervisor
from gcheck_lint.text import git

_of_thread = threading.local()


class SourceError(GclintError):
    """A repository that cannot be had."""


def run(job: Job) -> Outcome:
    """The outcome of one repository. Never raises for what the repository does."""
    name = job.repository.name
    try:
        with _laid_out(job) as (folder, failures):
            if not Path(folder).is_dir():
                raise SourceError("no such folder")
            here = replace(job, repository=replace(job.repository, folder=str(Path(folder).absolute())))
            told = _supervisor().ask(here)
            told.failures += failures
    except (OSError, GclintError) as error:
        return failed(name, outcome.SOURCE, str(error))
    if told.row and not job.repository.folder:
        told.row["place"] = job.repository.address or "rows"
    return told


def _supervisor() -> Supervisor:
    if not hasattr(_of_thread, "supervisor"):
        _of_thread.supervisor = Supervisor()
    found: Supervisor = _of_thread.supervisor
    return found


@contextmanager
def _laid_out(job: Job) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The folder of a repository, and what is missing there; one that is made for it is removed afterwards."""
    repository = job.repository
    if repository.folder:
        yield repository.folder, []
        return
    with git.scratch() as folder:
        place = Path(folder, "repository")
        if repository.rows:
            from gcheck_lint.survey import parquet

            yield str(place), parquet.lay_out(repository, job.columns, place)
            return
        if (why := git.clone(repository.address, place, job.limits.seconds)) is not None:
            raise SourceError(f"git cannot clone it: {why}")
        yield str(place), []
