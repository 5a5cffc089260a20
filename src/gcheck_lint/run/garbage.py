"""Python's garbage collector, held back: trees and stories come and go as a whole, and at its own pace it would go over all of
them again and again. Each process that checks files says so at its start, and lets the garbage go when nobody waits for it.
"""

from __future__ import annotations

import gc
from typing import Final

_MUCH: Final = 250_000  # objects; a story leaves some 25,000


def hold_back() -> None:
    """From now on the collector runs by itself only where something has gone wrong."""
    gc.set_threshold(1_000_000, 20, 50)


def let_go() -> None:
    """What has come since the last time is looked through; what is left of a story that is over is all among it."""
    gc.collect(0)


def let_go_of_much() -> None:
    """The same where it is worth while: between two files."""
    if gc.get_count()[0] > _MUCH:
        let_go()
