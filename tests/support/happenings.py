"""Small programs run by Python itself: which of their saves happen."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable


def saved_rows(code: str, length: int, answers: tuple[bool, ...], *errors: type[Exception]) -> set[int]:
    """The rows of the saves that happen, when there are so many `rows` and these are the answers of `check`, over and over.

    A program may end itself, or by a failed assertion; `errors` are others by which it may end.
    """
    found: set[int] = set()
    given = itertools.cycle(answers)

    class Model:
        def save_pretrained(self, _: str) -> None:
            found.add(sys._getframe(1).f_lineno)

    check: Callable[[object], bool] = lambda _: next(given)  # noqa: E731
    names = {"check": check, "rows": range(length), "model": Model(), "__name__": "program"}
    with contextlib.suppress(SystemExit, AssertionError, *errors):
        exec(compile(code, "program", "exec"), names)
    return found
