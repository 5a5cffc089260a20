"""Loops and `with`.

A loop's body is taken to run. It is told a second time when the first round told something: the second round starts from
where the first one ended (a generate at the top of a loop that trains at its bottom).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.scopes import Attempt, Loop
from gcheck_lint.story.domain.values import NONE, Function, Instance, Known, Thing, Value
from gcheck_lint.story.effects.grad_modes import grads, grads_off_within
from gcheck_lint.story.interpreter.containers import element_of, elements_of
from gcheck_lint.story.interpreter.dispatch import Passed, runs
from gcheck_lint.story.interpreter.functions import call_function, context_manager, evaluate_arguments
from gcheck_lint.story.interpreter.interpreter import Teller
from gcheck_lint.story.interpreter.statements import assign, run_block

_UNROLLED = 6


@runs(cst.For)
def for_loop(teller: Teller, node: cst.For) -> None:
    iterable = teller.evaluate(node.iter)
    elements = elements_of(teller, iterable)
    if elements and len(elements) <= _UNROLLED:
        rounds = [lambda element=element: assign(teller, node.target, element) for element in elements]
        _run_rounds(teller, node.body, rounds, repeat=False)
    else:
        start = [lambda: assign(teller, node.target, element_of(teller, iterable))]
        _run_rounds(teller, node.body, start, repeat=not _is_once(teller, node.iter))
    if node.orelse is not None:
        run_block(teller, node.orelse.body)


def _is_once(teller: Teller, iterable: cst.BaseExpression) -> bool:
    """`range(1)`: a loop that is none."""
    match iterable:
        case cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=stop)]):
            times = teller.evaluate(stop)
            return isinstance(times, Known) and times.value == 1
    return False


@runs(cst.While)
def while_loop(teller: Teller, node: cst.While) -> None:
    _run_rounds(teller, node.body, [lambda: teller.evaluate(node.test)], repeat=True)
    if node.orelse is not None:
        run_block(teller, node.orelse.body)


def _run_rounds(teller: Teller, body: cst.BaseSuite, rounds: Items[Callable[[], object]], *, repeat: bool) -> None:
    loop = Loop()
    teller.frame.loops.append(loop)
    teller.loop_depth += 1
    told = len(teller.events)
    for start in rounds:
        _run_round(teller, body, loop, start)
    if repeat and len(teller.events) > told and teller.repeats == 0 and teller.pc != FALSE:
        teller.repeats += 1
        _run_round(teller, body, loop, rounds[0])
        teller.repeats -= 1
    teller.loop_depth -= 1
    teller.frame.loops.pop()
    teller.pc = teller.conditions.either(teller.pc, loop.broken)


def _run_round(teller: Teller, body: cst.BaseSuite, loop: Loop, start: Callable[[], object]) -> None:
    if teller.pc == FALSE:
        return
    start()
    run_block(teller, body)
    teller.pc = teller.conditions.either(teller.pc, loop.continued)
    loop.continued = FALSE


@runs(cst.With)
def with_statement(teller: Teller, node: cst.With) -> None:
    _enter(teller, node, 0)


def _enter(teller: Teller, node: cst.With, index: int) -> None:
    if index == len(node.items):
        run_block(teller, node.body)
        return
    item = node.items[index]
    target = item.asname.name if item.asname is not None else None

    def proceed(value: Value) -> None:
        if target is not None:
            assign(teller, target, value)
        _enter(teller, node, index + 1)

    manager = context_manager(teller, item.item)
    if manager is not None:
        _through_generator(teller, manager, item.item, proceed)
        return
    before = teller.no_grad
    value = teller.evaluate(item.item)
    off = grads_off_within(teller, value, before)
    if off is not None:
        teller.no_grad = before  # what counted at once is taken back at the end of the body
        with grads(teller, off, teller.site(node)):
            proceed(value)
        return
    if isinstance(value, Instance) and isinstance(value.cls.member("__enter__"), Function):
        _through_methods(teller, value, item.item, proceed)
        return
    if isinstance(value, Thing) and value.made_by == "contextlib.suppress":
        attempt = Attempt(caught=True)
        teller.attempts.append(attempt)
        proceed(value)
        teller.attempts.pop()
        teller.pc = teller.conditions.either(teller.pc, attempt.raised)
        return
    proceed(value)


def _through_generator(teller: Teller, manager: Function, call: cst.CSTNode, proceed: Callable[[Value], None]) -> None:
    """A generator under `contextlib.contextmanager`: the body runs where it yields."""
    outer = teller.frame

    def at_yield(value: Value) -> None:
        with teller.inside(outer):
            proceed(value)

    assert isinstance(call, cst.Call)
    call_function(teller, manager, evaluate_arguments(teller, call), call, at_yield=at_yield)


def _through_methods(teller: Teller, value: Instance, node: cst.CSTNode, proceed: Callable[[Value], None]) -> None:
    enter, leave = value.cls.member("__enter__"), value.cls.member("__exit__")
    assert isinstance(enter, Function)
    entered = call_function(teller, enter.bound_to(value), Passed([], {}, {}), node)
    entry = teller.pc
    proceed(entered)
    after = teller.pc
    if isinstance(leave, Function):
        teller.pc = entry  # __exit__ runs however the body is left
        call_function(teller, leave.bound_to(value), Passed([NONE, NONE, NONE], {}, {}), node)
        teller.pc = teller.conditions.both(teller.pc, after)
