"""How much of something that is counted may be used: budgets within each other, and a limit for the whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """What a part of the work may use. `limit`: how far the count may go in it. It is told from others by identity."""

    __slots__ = ("limit",)

    def __init__(self, limit: int) -> None:
        self.limit = limit


class Budgets:
    """The open budgets of one count, the innermost last.

    `limit` is how far the count may go now, and `tightest` the budget that says so; None is the whole limit. Of equal ones it is
    the outer one: leaving the inner one would give no room.
    """

    __slots__ = ("_open", "_whole", "limit", "tightest")

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._open: list[Budget] = []
        self.limit = whole
        self.tightest: Budget | None = None

    @contextmanager
    def opened(self, limit: int) -> Iterator[Budget]:
        """A budget that ends where the count reaches the limit; what was allowed before is allowed again afterwards."""
        made = Budget(limit)
        self._open.append(made)
        if limit < self.limit:
            self.limit, self.tightest = limit, made
        try:
            yield made
        finally:
            self._open.pop()
            self._settle()

    def spare(self, amount: int) -> None:
        """So much was used by something that counts for itself alone, and for the whole."""
        for budget in self._open:
            budget.limit += amount
        self._settle()

    def allow(self, limit: int) -> None:
        """Move the whole limit."""
        self._whole = limit
        self._settle()

    def _settle(self) -> None:
        self.limit, self.tightest = self._whole, None
        for budget in self._open:
            if budget.limit < self.limit:
                self.limit, self.tightest = budget.limit, budget
