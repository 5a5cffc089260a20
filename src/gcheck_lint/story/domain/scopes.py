"""Names and the running of a body: one frame a module, call, lambda or class body."""

from __future__ import annotations

from collections.abc import Callable

from gcheck_lint.python.syntax import Module
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.objects import Class, Function, Scope
from gcheck_lint.story.domain.values import Value


class Frame:
    """The names of a running body, the path condition under which it was entered, and how it was left so far."""

    def __init__(
        self,
        module: Module,
        parent: Scope | None,
        function: Function | None = None,
        cls: Class | None = None,
        entry: Condition = TRUE,
    ) -> None:
        self.module = module
        self.parent = parent
        self.function = function
        self.cls = cls
        self.entry = entry
        self.names: dict[str, Value] = {}
        self.globals: set[str] = set()
        self.stars: list[str] = []
        self.ran: set[int] = set()  # the parts of an indexed module that were run
        self.returns: list[tuple[Condition, Value]] = []
        self.returned: Condition = FALSE
        self.loops: list[Loop] = []
        self.at_yield: Callable[[Value], None] | None = None

    @property
    def top(self) -> Scope:
        """The module's own frame."""
        frame: Scope = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def home(self, name: str) -> Scope | None:
        """The frame in which a name is bound, as Python looks for it: a class body is not seen from its methods."""
        frame: Scope | None = self
        while frame is not None:
            if name in frame.names and (frame is self or frame.cls is None):
                return frame
            frame = frame.parent
        return None


class Loop:
    """A running loop: under which conditions it was broken off or went on to the next round."""

    def __init__(self) -> None:
        self.broken: Condition = FALSE
        self.continued: Condition = FALSE


class Attempt:
    """A running `try` body: under which conditions it raised, and whether somebody catches it."""

    def __init__(self, *, caught: bool) -> None:
        self.raised: Condition = FALSE
        self.caught = caught
