"""Gradients switched off and on again: `torch.no_grad()` and its kin, in a `with`, as decorators, or for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import Function, Library, Thing, Value
from gcheck_lint.story.interpreter.dispatch import Call, does
from gcheck_lint.story.interpreter.interpreter import Teller


@does("grad mode")
def grad_mode(teller: Teller, call: Call) -> Value:
    """`torch.no_grad()` and its kin, for a `with` to enter; `set_grad_enabled(…)` counts from here on even without one."""
    made = Thing("grad mode", call.name, teller.site(call.node))
    given = call.argument("mode")
    wanted = teller.truth(given) if given is not None else TRUE
    off = wanted if call.act.details["off"] else teller.conditions.negate(wanted)
    made.fields["@off"] = teller.boolean(off)
    if call.act.details.get("at_once"):
        conditions = teller.conditions
        kept = conditions.without(teller.no_grad, teller.pc)
        teller.no_grad = conditions.either(kept, conditions.both(teller.pc, off))
    return made


def grads_off_within(teller: Teller, value: Value, before: Condition) -> Condition | None:
    """When gradients are off in the body of a `with` over this value; None where it does not speak of gradients."""
    found, spoken = FALSE, False
    for condition, one in teller.alternatives(value):
        off = one.fields.get("@off") if isinstance(one, Thing) and one.role == "grad mode" else None
        spoken = spoken or off is not None
        found = teller.conditions.either(found, teller.conditions.both(condition, before if off is None else teller.truth(off)))
    return found if spoken else None


@contextmanager
def grads(teller: Teller, off: Condition, scope: Site) -> Iterator[None]:
    """Gradients are off under this condition for a while."""
    before = teller.no_grad
    teller.no_grad = off
    teller.grad_scopes.append(scope)
    try:
        yield
    finally:
        teller.grad_scopes.pop()
        teller.no_grad = before


def grads_off_by_decorator(teller: Teller, function: Function) -> tuple[Condition, cst.CSTNode] | None:
    """When a decorator switches gradients off for a function's body, and which one; None where none speaks of them."""
    if isinstance(function.node, cst.Lambda):
        return None
    for item, value in zip(function.node.decorators, function.decorators, strict=True):
        act = teller.knowledge.function_named(value.name) if isinstance(value, Library) else None
        if act is not None and act.effect == "grad mode":
            args = item.decorator.args if isinstance(item.decorator, cst.Call) else ()
            given = TRUE
            if args:
                given = teller.truth(teller.evaluate(args[0].value))
            return (given if act.details["off"] else teller.conditions.negate(given)), item
    return None
