"""`python -m tests.robustness.campaign.coverage KIND -max_total_time=60`: a parser's inputs, led by coverage with Atheris.

Atheris is no dependency of the project: `pip install atheris` (it has wheels for CPython 3.11 to 3.13 on Linux). Its bytes stand
for the choices that a kind of input makes, so what is found there is the same fault that the campaign would find.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from typing import Any


class Choices(Random):
    """A source of choices that gives what the fuzzer has chosen, and zeros when that is used up."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._data = data
        self._at = 0

    def getrandbits(self, k: int, /) -> int:
        size = (k + 7) // 8
        piece = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(piece, "little") & ((1 << k) - 1)

    def random(self) -> float:
        return self.getrandbits(53) / (1 << 53)


def main() -> None:
    """Runs until Atheris is told to stop, or finds a fault."""
    import atheris

    with atheris.instrument_imports(include=["gcheck_lint"]):
        from tests.robustness.campaign import parsers

    run: Callable[[Random], Any] = parsers.KINDS[sys.argv[1]][0]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: run(Choices(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
