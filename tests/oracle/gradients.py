"""How far the gradients of a backward pass are from right, where layers are wrapped to be run again.

What is right: the same forward pass once more, without a cache, and its backward pass. Runs inside an environment of the proof.
"""

from __future__ import annotations

import contextlib
import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any

_WRAPPER = "CheckpointWrapper"


class Comparison:
    """The last pass of a model with wrapped layers, and how far `off` its gradients were, in percent (None: not compared)."""

    def __init__(self) -> None:
        self.off: float | None = None
        self._depth = 0
        self._last: tuple[weakref.ref[Any], tuple[Any, ...], dict[str, Any]] | None = None

    def note(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A forward pass begins."""
        wrapped = any(type(one).__name__ == _WRAPPER for one in model.modules())
        if wrapped and "use_cache" in inspect.signature(model.forward).parameters:
            self._last = weakref.ref(model), args, kwargs

    @contextlib.contextmanager
    def within(self) -> Iterator[None]:
        """A backward pass runs: one that is reentrant has others within it."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def compare(self, backward: Callable[..., Any]) -> None:
        """A backward pass of the first step has ended: compare what it has left with what is right."""
        model = None if self._last is None or self.off is not None else self._last[0]()
        if model is None or self._last is None or self._depth:
            return
        _, args, kwargs = self._last
        learned = [one for one in model.parameters() if one.grad is not None]
        made = [one.grad for one in learned]
        for one in learned:
            one.grad = None
        with self.within():
            backward(model(*args, **{**kwargs, "use_cache": False}).loss)
        right = [one.grad for one in learned]
        for one, before in zip(learned, made, strict=True):
            one.grad = before
        apart = sum(float(((one - other) ** 2).sum()) for one, other in zip(made, right, strict=True))
        whole = sum(float((one**2).sum()) for one in right)
        self.off = round(100 * (apart / whole) ** 0.5, 1)
