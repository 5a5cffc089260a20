"""Summaries of calls that do nothing: a helper that was seen to do nothing is not run again for arguments of the same kinds.

Most calls of a large program probe a version, format a message or read a field. They tell no event, write nothing that outlives
them, come back wherever they were entered, and what they return is nothing to a model: unknown, a constant, or one of several
constants by facts that nobody knows. Only such calls have a summary, which is what they return. Everything else is run anew at
each place where it is called, with the arguments that it gets there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.values import (
    AbstractObject,
    Class,
    Constant,
    ExternalSymbol,
    Function,
    GuardedUnion,
    Instance,
    Mapping,
    Sequence,
    Value,
    is_top,
)
from gcheck_lint.story.interpreter.heap import NEVER
from gcheck_lint.story.interpreter.interpreter import Interpreter


class Summaries:
    """What calls return that do nothing else, by function and kinds of arguments; None stands for something unknown."""

    def __init__(self) -> None:
        self.returned: dict[Hashable, Constant | None] = {}


def key_of(interpreter: Interpreter, function: Function, passed: Arguments) -> Hashable | None:
    """By what a call is known; None for one that can't have a summary, since it may do something to a model.

    A model that is new may be reached by what did nothing before, so their number is a part of it.
    """
    values = [*passed.values(), *([] if function.receiver is None else [function.receiver])]
    kinds = []
    for value in values:
        kind = _kind(interpreter, value)
        if kind is None:
            return None
        kinds.append(kind)
    return (function.node, len(interpreter.states), len(passed.positional), tuple(passed.keywords), passed.open, tuple(kinds))


class Watched:
    """A call that is watched: what it was entered with, and whether it has left a trace."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._entry = interpreter.path_condition
        self._events = len(interpreter.trace.events)
        self._born = AbstractObject(Kind.UNKNOWN).born
        self.left_nothing = False

    def end(self, oldest_written: int) -> None:
        """The call is over."""
        now = self._interpreter
        quiet = (now.path_condition, len(now.trace.events)) == (self._entry, self._events)
        self.left_nothing = quiet and oldest_written > self._born

    def summary(self, returned: Value) -> tuple[Constant | None] | None:
        """The summary of the call, if it has one."""
        if not self.left_nothing:
            return None
        if isinstance(returned, Constant):
            return (Constant(returned.value),)
        if is_top(returned):
            return (None,)
        if isinstance(returned, GuardedUnion) and all(
            isinstance(one, Constant) or is_top(one) for _, one in returned.alternatives
        ):
            by_facts = all(self._interpreter.conditions.is_nondeterministic(case) for case, _ in returned.alternatives)
            return (None,) if by_facts else None
        return None


@contextmanager
def watching(interpreter: Interpreter) -> Iterator[Watched]:
    """Watch a call. What it writes to objects that are older than itself is left behind, for those around it as well."""
    watched = Watched(interpreter)
    before, interpreter.oldest_written = interpreter.oldest_written, NEVER
    try:
        yield watched
    finally:
        watched.end(interpreter.oldest_written)
        interpreter.oldest_written = min(before, interpreter.oldest_written)


def _kind(interpreter: Interpreter, value: Value, depth: int = 0) -> Hashable | None:
    if isinstance(value, Constant):
        return ("constant", type(value.value), value.value if isinstance(value.value, Hashable) else None)
    if isinstance(value, ExternalSymbol):
        return ("symbol", value.name)
    if isinstance(value, GuardedUnion):
        kinds = tuple(_kind(interpreter, one, depth) for _, one in value.alternatives)
        return None if None in kinds or depth else ("one of", kinds)
    if is_top(value):
        return "top"
    if value in interpreter.states or value.provenance or value.kind in (Kind.WRAPPER, Kind.TRAINER, Kind.OUTPUT):
        return None
    if isinstance(value, (Function, Class)):
        return ("definition", value.node) if not isinstance(value, Function) or value.receiver is None else None
    if isinstance(value, (Sequence, Mapping)):
        items = value.items if isinstance(value, Sequence) else None if value.open else list(value.entries.values())
        if items is None or depth:
            return (value.kind, depth)
        kinds = tuple(_kind(interpreter, one, depth + 1) for one in items[:8])
        return None if None in kinds else (value.kind, len(items), kinds)
    if isinstance(value, Instance):
        return None if interpreter.reachable_models([value]) else ("object", value.born, len(value.held()))
    return ("object", value.born)
