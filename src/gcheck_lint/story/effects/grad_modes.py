"""Gradients switched off and on again: `torch.no_grad()` and its kin, in a `with`, as decorators, or for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import AbstractObject, ExternalSymbol, Function, Value
from gcheck_lint.story.interpreter.dispatch import Call, does
from gcheck_lint.story.interpreter.interpreter import Interpreter


@does("grad mode")
def grad_mode(interpreter: Interpreter, call: Call) -> Value:
    """`torch.no_grad()` and its kin, for a `with` to enter; `set_grad_enabled(…)` counts from here on even without one."""
    made = AbstractObject("grad mode", call.name, interpreter.site(call.node))
    given = call.argument("mode")
    wanted = interpreter.truth(given) if given is not None else TRUE
    off = wanted if call.transfer.details["off"] else interpreter.conditions.negate(wanted)
    made.fields["@off"] = interpreter.boolean(off)
    if call.transfer.details.get("at_once"):
        conditions = interpreter.conditions
        kept = conditions.without(interpreter.no_grad, interpreter.path_condition)
        interpreter.no_grad = conditions.either(kept, conditions.both(interpreter.path_condition, off))
    return made


def grads_off_within(interpreter: Interpreter, value: Value, before: Condition) -> Condition | None:
    """When gradients are off in the body of a `with` over this value; None where it does not speak of gradients."""
    found, spoken = FALSE, False
    for condition, one in interpreter.alternatives(value):
        off = one.fields.get("@off") if isinstance(one, AbstractObject) and one.role == "grad mode" else None
        spoken = spoken or off is not None
        found = interpreter.conditions.either(
            found, interpreter.conditions.both(condition, before if off is None else interpreter.truth(off))
        )
    return found if spoken else None


@contextmanager
def grads(interpreter: Interpreter, off: Condition, scope: Site) -> Iterator[None]:
    """Gradients are off under this condition for a while."""
    before = interpreter.no_grad
    interpreter.no_grad = off
    interpreter.grad_scopes.append(scope)
    try:
        yield
    finally:
        interpreter.grad_scopes.pop()
        interpreter.no_grad = before


def grads_off_by_decorator(interpreter: Interpreter, function: Function) -> tuple[Condition, cst.CSTNode] | None:
    """When a decorator switches gradients off for a function's body, and which one; None where none speaks of them."""
    if isinstance(function.node, cst.Lambda):
        return None
    for item, value in zip(function.node.decorators, function.decorators, strict=True):
        transfer = interpreter.knowledge.function_named(value.name) if isinstance(value, ExternalSymbol) else None
        if transfer is not None and transfer.effect == "grad mode":
            args = item.decorator.args if isinstance(item.decorator, cst.Call) else ()
            given = TRUE
            if args:
                given = interpreter.truth(interpreter.evaluate(args[0].value))
            return (given if transfer.details["off"] else interpreter.conditions.negate(given)), item
    return None
