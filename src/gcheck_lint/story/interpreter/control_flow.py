"""Loops and `with`.

A loop's body is taken to run. It is told a second time when the first round told something: the second round starts from
where the first one ended (a generate at the top of a loop that trains at its bottom).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items
from contextlib import AbstractContextManager

import libcst as cst

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.limits import UNROLLED
from gcheck_lint.story.domain.objects import Function, Instance
from gcheck_lint.story.domain.scopes import Loop
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.containers import element_of, elements_of
from gcheck_lint.story.interpreter.functions import call_function, context_manager, evaluate_arguments
from gcheck_lint.story.interpreter.interpreter import ENTERING, Derivation, Interpreter, runs


@runs(cst.For)
def for_loop(interpreter: Interpreter, node: cst.For) -> None:
    iterable = interpreter.evaluate(node.iter)
    elements = elements_of(interpreter, iterable)
    if elements is None and isinstance(iterable, AbstractObject):
        told_apart = interpreter.derived(iterable, interpreter.unknown("an element"), Derivation("each"))
        elements = None if told_apart is None else elements_of(interpreter, told_apart)
    if elements and len(elements) <= UNROLLED:
        rounds = [lambda element=element: interpreter.assign(node.target, element) for element in elements]
        _run_rounds(interpreter, node.body, rounds, repeat=False)
    else:
        start = [lambda: interpreter.assign(node.target, element_of(interpreter, iterable))]
        _run_rounds(interpreter, node.body, start, repeat=not _is_once(interpreter, node.iter))
    if node.orelse is not None:
        interpreter.run_block(node.orelse.body)


def _is_once(interpreter: Interpreter, iterable: cst.BaseExpression) -> bool:
    """`range(1)`: a loop that is none."""
    match iterable:
        case cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=stop)]):
            times = interpreter.evaluate(stop)
            return isinstance(times, Constant) and times.value == 1
    return False


@runs(cst.While)
def while_loop(interpreter: Interpreter, node: cst.While) -> None:
    _run_rounds(interpreter, node.body, [lambda: interpreter.evaluate(node.test)], repeat=True)
    if node.orelse is not None:
        interpreter.run_block(node.orelse.body)


def _run_rounds(interpreter: Interpreter, body: cst.BaseSuite, rounds: Items[Callable[[], object]], *, repeat: bool) -> None:
    loop = Loop()
    told = len(interpreter.trace.events)
    with interpreter.looping(loop):
        for start in rounds:
            _run_round(interpreter, body, loop, start)
        if repeat and len(interpreter.trace.events) > told and not interpreter.repeating and interpreter.path_condition != FALSE:
            interpreter.repeating = True  # only the outermost loop is run again
            try:
                _run_round(interpreter, body, loop, rounds[0])
            finally:
                interpreter.repeating = False
    interpreter.path_condition = interpreter.conditions.either(interpreter.path_condition, loop.broken)


def _run_round(interpreter: Interpreter, body: cst.BaseSuite, loop: Loop, start: Callable[[], object]) -> None:
    if interpreter.path_condition == FALSE:
        return
    start()
    interpreter.run_block(body)
    interpreter.path_condition = interpreter.conditions.either(interpreter.path_condition, loop.continued)
    loop.continued = FALSE


@runs(cst.With)
def with_statement(interpreter: Interpreter, node: cst.With) -> None:
    _enter(interpreter, node, 0)


def _enter(interpreter: Interpreter, node: cst.With, index: int) -> None:
    if index == len(node.items):
        interpreter.run_block(node.body)
        return
    item = node.items[index]
    target = item.asname.name if item.asname is not None else None

    def proceed(value: Value) -> None:
        if target is not None:
            interpreter.assign(target, value)
        _enter(interpreter, node, index + 1)

    manager = context_manager(interpreter, item.item)
    if manager is not None:
        _through_generator(interpreter, manager, item.item, proceed)
        return
    value = interpreter.evaluate(item.item)
    around = _around(interpreter, value, node)
    if around is not None:
        with around:
            proceed(value)
        return
    if isinstance(value, Instance) and isinstance(value.cls.member("__enter__"), Function):
        _through_methods(interpreter, value, item.item, proceed)
        return
    if isinstance(value, AbstractObject) and value.made_by == "contextlib.suppress":
        with interpreter.trying(caught=True) as attempt:
            proceed(value)
        interpreter.path_condition = interpreter.conditions.either(interpreter.path_condition, attempt.raised)
        return
    proceed(value)


def _around(interpreter: Interpreter, value: Value, node: cst.With) -> AbstractContextManager[None] | None:
    """What surrounds the body, where somebody tells it for the object that is entered."""
    for _, one in interpreter.alternatives(value):
        enter = ENTERING.get(one.kind) if isinstance(one, AbstractObject) else None
        if enter is not None:
            return enter(interpreter, value, interpreter.site(node))
    return None


def _through_generator(interpreter: Interpreter, manager: Function, call: cst.CSTNode, proceed: Callable[[Value], None]) -> None:
    """A generator under `contextlib.contextmanager`: the body runs where it yields."""
    outer = interpreter.frame

    def at_yield(value: Value) -> None:
        with interpreter.inside(outer):
            proceed(value)

    assert isinstance(call, cst.Call)
    call_function(interpreter, manager, evaluate_arguments(interpreter, call), call, at_yield=at_yield)


def _through_methods(interpreter: Interpreter, value: Instance, node: cst.CSTNode, proceed: Callable[[Value], None]) -> None:
    enter, leave = value.cls.member("__enter__"), value.cls.member("__exit__")
    assert isinstance(enter, Function)
    entered = call_function(interpreter, enter.bound_to(value), Arguments([], {}, {}), node)
    entry = interpreter.path_condition
    proceed(entered)
    after = interpreter.path_condition
    if isinstance(leave, Function):
        interpreter.path_condition = entry  # __exit__ runs however the body is left
        call_function(interpreter, leave.bound_to(value), Arguments([NONE, NONE, NONE], {}, {}), node)
        interpreter.path_condition = interpreter.conditions.both(interpreter.path_condition, after)
