"""Many files: in one process or in several the reports are the same, in the order of the files, whatever happens to a worker."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline, runner, workers
from gcheck_lint.run.discover import File
from tests.support.forks import gclint
from tests.support.samples import CODES, DEFECT


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files(*texts: str) -> list[File]:
    for number, text in enumerate(texts):
        Path(f"{number}.py").write_text(text)
    return [File(f"{number}.py", Settings()) for number in range(len(texts))]


def test_order_and_reports_are_the_same_in_one_process_and_in_several() -> None:
    given = files("print()\n", DEFECT, DEFECT + "\n" * 99, "print(\n", DEFECT + "# noqa: GCK201\n", "model.train()\n", DEFECT)
    given.append(File("missing.py", Settings()))
    one = runner.check(given, jobs=1)
    assert [report.path for report in one] == [file.path for file in given]
    assert [one.code for one in one[1].diagnostics] == CODES
    assert runner.check(given, jobs=3) == one
    assert runner.check(given, jobs=99) == one


def test_largest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []

    def work(things: Sequence[File], count: int, do: object) -> Sequence[tuple[int, tuple[pipeline.FileReport, None]]]:
        begun.append([file.path for file in things])
        return [(at, (pipeline.FileReport(file.path, None), None)) for at, file in enumerate(things)]

    monkeypatch.setattr(workers, "work", work)
    runner.check(files(DEFECT, DEFECT + "\n" * 9, "print()\n", DEFECT + "\n" * 99), jobs=2)
    assert begun == [["3.py", "1.py", "0.py"]]


def test_little_work_is_not_worth_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "work", lambda *_: pytest.fail("a process for next to nothing"))
    monkeypatch.setattr(runner, "cores", lambda: 8)
    given = files(DEFECT, DEFECT, "x = 1\n" * runner.WORTH)
    assert len(runner.check(given)) == 3
    assert len(runner.check(given[:1], jobs=8)) == 1


def test_much_work_is() -> None:
    given = files(*[DEFECT + "x = 1\n" * (runner.WORTH // 12)] * 3)
    assert [len(report.diagnostics) for report in runner.check(given)] == [2, 2, 2]


def _double(number: int) -> int:
    if number == 3:
        os._exit(9)
    return 2 * number


def test_worker_that_dies_costs_one_result() -> None:
    came = dict(one for one in workers.work([1, 2, 3, 4, 5], 2, _double) if one is not None)
    assert isinstance(came.pop(2), workers.LostError)
    assert came == {0: 2, 1: 4, 3: 8, 4: 10}


def _slow(number: int) -> int:
    time.sleep(1)
    return number


def test_says_when_nothing_has_come_for_a_moment() -> None:
    assert None in list(workers.work([1], 1, _slow))


def test_killed_worker_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "thoroughly", _die)
    (report, _) = runner.check(files(DEFECT, DEFECT), jobs=2)
    assert report.failures[0].rule == "process"
    assert "out of memory" in report.failures[0].text


def _die(file: File, keys: object) -> pipeline.FileReport:
    os._exit(9)


def test_jobs_option(tmp_path: Path) -> None:
    files(*[DEFECT] * 4)
    one, two = (gclint(tmp_path, "--no-cache", "--output-format", "concise", "-j", jobs) for jobs in "12")
    assert one.returncode == two.returncode == 1
    assert one.stdout == two.stdout
    assert gclint(tmp_path, "--jobs", "0").returncode == 2
