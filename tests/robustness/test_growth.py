"""A file of ten thousand lines takes ten times what one of a thousand takes, and not a hundred times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.report import text
from gcheck_lint.report.paint import Paint
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from tests.robustness.scripts import SCRIPT

SMALL = 300
FACTOR = 6
LINES: dict[str, Callable[[int], str]] = {
    "calls": lambda _: "f(x, y=1)\n",
    "functions": lambda number: f"def f{number}(a, b=1):\n    return g(a) + b\n",
    "comments that suppress nothing": lambda number: f"a{number} = 1  # noqa: GCK201\n",
    "comments that name no rule": lambda number: f"a{number} = 1  # gclint: ignore[x{number}]\n",
}


def of(name: str, count: int) -> str:
    return SCRIPT + "".join(map(LINES[name], range(count)))


def seconds(run: Callable[[], object]) -> float:
    """The process's own: others work on the same machine."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def texts(name: str) -> Iterator[tuple[int, str]]:
    for count in (SMALL, SMALL * FACTOR):
        yield count, of(name, count)


@pytest.mark.parametrize("name", LINES)
def test_time_grows_with_the_size(name: str) -> None:
    """Squared growth would be 36 times; twice the linear one is left for whatever else the machine does."""
    pipeline.warm()
    taken = []
    for _, script in texts(name):
        source = from_bytes("train.py", script.encode())
        taken.append(seconds(lambda source=source: pipeline.check(source, Settings())))
    assert taken[1] < 2 * FACTOR * taken[0] + 0.2, taken


def test_time_of_a_report_grows_with_its_findings() -> None:
    taken = []
    for count, script in texts("comments that suppress nothing"):
        source = from_bytes("train.py", script.encode())
        found = pipeline.check(source, Settings()).diagnostics
        assert len(found) > count
        taken.append(
            seconds(lambda source=source, found=found: text.full(found, text.View({source.path: source}, False, Paint(False))))
        )
    assert taken[1] < 2 * FACTOR * taken[0] + 0.2, taken
