"""Gradients switched off and on again: `torch.no_grad()` and its kin, in a `with`, as decorators, or for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, does, enters, surrounds
from gcheck_lint.story.interpreter.losing import loses


class GradModes:
    """When gradients are off now, and the places that have switched them off, the innermost last."""

    def __init__(self) -> None:
        self.off: Condition = FALSE
        self.scopes: list[Site] = []


class GradMode(AbstractObject):
    """`torch.no_grad()` and its kin. `off`: when it switches gradients off. `before`: when they were off before it was made."""

    __slots__ = ("before", "off")

    def __init__(self, made_by: str, site: Site, off: Condition, before: Condition) -> None:
        super().__init__(Kind.GRAD_MODE, made_by, site)
        self.off = off
        self.before = before


@does("grad mode")
def grad_mode(interpreter: Interpreter, call: Call) -> Value:
    """`torch.no_grad()` and its kin, for a `with` to enter; `set_grad_enabled(…)` counts from here on even without one."""
    modes, conditions = interpreter.own(GradModes), interpreter.conditions
    given = call.argument("mode")
    wanted = interpreter.truth(given) if given is not None else TRUE
    off = wanted if call.transfer.details["off"] else conditions.negate(wanted)
    made = GradMode(call.name, interpreter.site(call.node), off, modes.off)
    if call.transfer.details.get("at_once"):
        kept = conditions.without(modes.off, interpreter.path_condition)
        modes.off = conditions.either(kept, conditions.both(interpreter.path_condition, off))
    return made


@enters(Kind.GRAD_MODE)
@contextmanager
def grads_within(interpreter: Interpreter, value: Value, scope: Site) -> Iterator[None]:
    """The body of a `with` over this value. What counted at once is taken back at its end."""
    modes, conditions = interpreter.own(GradModes), interpreter.conditions
    cases = interpreter.alternatives(value)
    before = next((one.before for _, one in cases if isinstance(one, GradMode)), modes.off)
    off: Condition = FALSE
    for condition, one in cases:
        off = conditions.either(off, conditions.both(condition, one.off if isinstance(one, GradMode) else before))
    modes.off = before
    with _grads(interpreter, off, scope):
        yield


@surrounds("grad mode")
@contextmanager
def grads_around(interpreter: Interpreter, transfer: TransferRule, decorator: cst.Decorator) -> Iterator[None]:
    """The body of a function under `@torch.no_grad()` and its kin."""
    node = decorator.decorator
    given = interpreter.truth(interpreter.evaluate(node.args[0].value)) if isinstance(node, cst.Call) and node.args else TRUE
    off = given if transfer.details["off"] else interpreter.conditions.negate(given)
    with _grads(interpreter, off, interpreter.site(decorator)):
        yield


@contextmanager
def _grads(interpreter: Interpreter, off: Condition, scope: Site) -> Iterator[None]:
    modes = interpreter.own(GradModes)
    before = modes.off
    modes.off = off
    modes.scopes.append(scope)
    try:
        yield
    finally:
        modes.scopes.pop()
        modes.off = before


@loses
def lose_grads(interpreter: Interpreter, one: AbstractObject | None, names: frozenset[str]) -> None:
    """What was given up may have switched gradients on or off for good."""
    if one is None and "set_grad_enabled" in names:
        modes = interpreter.own(GradModes)
        _, off = interpreter.nondeterministic("gradients are off")
        modes.off = interpreter.conditions.either(modes.off, interpreter.conditions.both(interpreter.path_condition, off))
