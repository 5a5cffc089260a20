"""What one file may take: its size, time and memory. Beyond that it is not followed, and said so; the others are checked.

The story counts what it does and gives up parts by itself (`story.domain.limits`); this is for what nobody has thought of. A
timer looks ten times a second, in the main thread of a process and where the system has one: not on Windows.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from gcheck_lint.text.reading import MEGABYTE, megabytes, read_bytes

PARSED: Final = 1_000_000  # letters of one program; what is larger is data or generated, and its tree takes a gigabyte
MEMORY: Final = 2_000 * MEGABYTE  # that one file may add
_LOOK: Final = 0.1  # seconds
_HELD: Final = "/proc/self/statm"


class OverLimitError(BaseException):
    """A file has taken too much. No Exception: what catches those in the midst of a story is not to swallow it."""


@contextmanager
def watched(seconds: float) -> Iterator[None]:
    """Raises OverLimitError within, once it has taken so long (0: as long as it likes), or too much memory."""
    if not _can_watch():
        yield
        return
    begun, before_it = time.monotonic(), held()

    over = False

    def look(number: int, frame: FrameType | None) -> None:
        if over:
            return
        if seconds and time.monotonic() - begun > seconds:
            raise OverLimitError(f"it takes longer than {seconds:g} s (`--timeout`)")
        if held() - before_it > MEMORY:
            raise OverLimitError(f"it needs more than {megabytes(MEMORY)} of memory")

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, _LOOK) if seconds else _LOOK, _LOOK)
    try:
        try:
            yield
        finally:
            over = True  # first, so that nothing is raised in the midst of what follows
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _can_watch() -> bool:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    # somebody else's timer, such as a test runner's, is left alone; so is our own, further out
    return signal.getsignal(signal.SIGALRM) is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0


def held() -> int:
    """The memory that the process holds now; elsewhere than on Linux the most that it ever held."""
    try:
        return int(read_bytes(_HELD).split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    import resource  # which no Windows has; nor has it a timer

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
