"""A running cluster of two workers: one is killed in the middle, and its repositories are checked by the other."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import distributed
import pytest

from gcheck_lint.config.settings import Resolver
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.survey import outcome, sources, surveying
from tests.support.samples import DEFECT
from tests.survey.results import rows


def survey(folder: Path, out: Path, scheduler: str) -> surveying.Survey:
    """A survey of a folder."""
    columns = outcome.Columns()
    return surveying.Survey(
        sources.find(str(folder), columns), out, Resolver(RULES), "", outcome.Limits(120), columns, 2, scheduler
    )


@pytest.fixture
def repositories(tmp_path: Path) -> Path:
    """Ten of them, with a finding each."""
    for number in range(10):
        (tmp_path / "ten" / str(number)).mkdir(parents=True)
        (tmp_path / "ten" / str(number) / "train.py").write_text(DEFECT, encoding="utf-8")
    return tmp_path / "ten"


def test_a_killed_worker_costs_nothing(repositories: Path, tmp_path: Path) -> None:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        killed: list[int] = []

        def kill_one(progress: surveying.Progress) -> None:
            if progress.done == 2:
                killed.append(min(client.run(os.getpid).values()))
                os.kill(killed[0], signal.SIGKILL)

        done = survey(repositories, tmp_path / "out", cluster.scheduler_address).conduct(kill_one)
        assert killed
    assert (done.done, done.failed) == (10, 0)
    assert sorted(one["repository"] for one in rows(tmp_path / "out", "repositories")) == [str(number) for number in range(10)]
    assert rows(tmp_path / "out", "failures") == []


def test_what_was_cut_off_goes_on(repositories: Path, tmp_path: Path) -> None:
    def cut_off(progress: surveying.Progress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster:
        whole = survey(repositories, tmp_path / "out", cluster.scheduler_address)
        with pytest.raises(KeyboardInterrupt):
            whole.conduct(cut_off)
        assert len(rows(tmp_path / "out", "repositories")) == 4
        assert "checked 4 of 10 repositories" in (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
        told: list[int] = []
        done = whole.conduct(lambda progress: told.append(progress.unchanged))
    assert (done.done, done.unchanged, done.failed) == (10, 4, 0)
    page = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert "| GCK203 | generate-while-checkpointing | 10 | 100.0% | 10 | 0 | 0 |" in page
    assert "<title>Repositories with findings, of 10</title>" in (tmp_path / "out" / "findings.svg").read_text(encoding="utf-8")
