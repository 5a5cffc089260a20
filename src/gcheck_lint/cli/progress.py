"""A bar on the terminal while a run takes long. Never in a pipe or in CI, and nothing of it is left behind."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_AFTER: Final = 1.0  # seconds; most runs are over by then
_ERASE: Final = "\r\x1b[K\x1b[?25h"  # the line, and the cursor back


class Progress:
    """How much of a run is done: of its files, or of what `label` says."""

    def __init__(self, total: int, *, hidden: bool, label: str = "Checking") -> None:
        self._total = total
        self._label = label
        self._hidden = hidden or not sys.stderr.isatty() or bool(os.environ.get("CI")) or os.environ.get("TERM") == "dumb"
        self._start = time.monotonic()
        self._bar: ProgressBar[Any] | None = None

    def __enter__(self) -> Progress:
        return self

    def tell(self, done: int) -> None:
        """Says how many are done."""
        if self._hidden or time.monotonic() - self._start < _AFTER:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=self._total, label=self._label, file=sys.stderr, show_pos=True)
        self._bar.update(done - self._bar.pos)
        self._bar.render_progress()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
