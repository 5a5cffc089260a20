"""What tests have an engine do; a module of its own, since the engine's process imports it."""

from __future__ import annotations

import os
import time

from gcheck_lint.lsp import engine
from gcheck_lint.lsp.analysis import Analysis


def sleeps(analysis: Analysis, seconds: float) -> None:
    time.sleep(seconds)


def ends(analysis: Analysis) -> None:
    os._exit(9)


def fails(analysis: Analysis) -> None:
    raise KeyError("x")


def process(analysis: Analysis) -> int:
    return os.getpid()


def wears(analysis: Analysis) -> None:
    engine.WORN = 0  # type: ignore[misc]
