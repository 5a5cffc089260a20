"""Whether what is run now runs inside a trainer's train(): a hook of a callback, an overridden step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.values import AbstractObject
from gcheck_lint.story.interpreter.interpreter import Interpreter


class _Running:
    """How many trainings are running, one within the other."""

    def __init__(self) -> None:
        self.depth = 0


def is_training(interpreter: Interpreter) -> bool:
    """Whether a train() is running."""
    return interpreter.own(_Running).depth > 0


@contextmanager
def training(interpreter: Interpreter) -> Iterator[None]:
    """What runs in here runs inside train()."""
    running = interpreter.own(_Running)
    running.depth += 1
    try:
        yield
    finally:
        running.depth -= 1


def note_training(interpreter: Interpreter, model: AbstractObject, condition: Condition, site: Site) -> None:
    """Remember where a model is trained, and when."""
    interpreter.states[model].trainings.append((interpreter.conditions.both(interpreter.path_condition, condition), site))
