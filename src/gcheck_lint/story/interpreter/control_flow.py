"""Loops and `with`.

A loop's body is taken to run. It is told a second time when the first round told something, or left something behind that
another round would find: the second round starts from where the first one ended (a generate at the top of a loop that trains at
its bottom). What the rounds add up to, such as the length of a list, is known to nobody. A `while` that is surely over after its
first round has no other.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Items
from contextlib import AbstractContextManager, nullcontext

import libcst as cst

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.limits import UNROLLED
from gcheck_lint.story.domain.objects import Function, Instance, Sequence
from gcheck_lint.story.domain.scopes import Loop
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, GuardedUnion, Value, is_top, same
from gcheck_lint.story.interpreter.functions import call_function, context_manager
from gcheck_lint.story.interpreter.interpreter import ENTERING, Derivation, Interpreter, runs
from gcheck_lint.story.interpreter.parameters import evaluate_arguments
from gcheck_lint.story.interpreter.sequences import element_of, is_empty, items_of, without_facts


@runs(cst.For)
def for_loop(interpreter: Interpreter, node: cst.For) -> None:
    iterable = interpreter.evaluate(node.iter)
    items = items_of(iterable)
    if items is None and isinstance(iterable, AbstractObject):
        told_apart = interpreter.derived(iterable, interpreter.unknown("an element"), Derivation("each"))
        items = None if told_apart is None else items_of(told_apart)
    if items is not None and len(items) <= UNROLLED:
        rounds = [(interpreter.present(item), _assigning(interpreter, node, item)) for item in items]
        _run_rounds(interpreter, node, rounds, repeat=False)
        return
    kept = [element_of(interpreter, iterable)]
    if isinstance(iterable, Sequence) and iterable.items is None and not iterable.other and len(iterable.some) <= UNROLLED:
        kept = iterable.some
    runs = interpreter.conditions.negate(is_empty(interpreter, iterable))
    _run_rounds(
        interpreter,
        node,
        [(runs, _assigning(interpreter, node, item)) for item in kept],
        repeat=not _is_once(interpreter, node.iter),
    )


def _assigning(interpreter: Interpreter, node: cst.For, item: Value) -> Callable[[], object]:
    return lambda: interpreter.assign(node.target, interpreter.without_absent(item))


def _is_once(interpreter: Interpreter, iterable: cst.BaseExpression) -> bool:
    """`range(1)`: a loop that is none."""
    match iterable:
        case cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=stop)]):
            times = interpreter.evaluate(stop)
            return isinstance(times, Constant) and times.value == 1
    return False


@runs(cst.While)
def while_loop(interpreter: Interpreter, node: cst.While) -> None:
    runs = without_facts(interpreter, interpreter.truth(interpreter.evaluate(node.test)))
    counts = runs == TRUE and not interpreter.rounds and _is_asked(node.test)

    def is_over() -> bool:
        return interpreter.truth(interpreter.evaluate(node.test)) == FALSE

    rounds = [(runs, lambda: interpreter.evaluate(node.test))]
    _run_rounds(interpreter, node, rounds, repeat=True, is_over=is_over if counts else None)


def _is_asked(test: cst.BaseExpression) -> bool:
    """Whether a test asks what variables are, and calls nothing."""
    match test:
        case cst.Name(value="True"):
            return False
        case cst.Name() | cst.Integer() | cst.SimpleString():
            return True
        case cst.Attribute(value=value) | cst.UnaryOperation(expression=value):
            return _is_asked(value)
        case cst.BooleanOperation(left=left, right=right):
            return _is_asked(left) and _is_asked(right)
        case cst.Comparison(left=left, comparisons=comparisons):
            return _is_asked(left) and all(_is_asked(one.comparator) for one in comparisons)
    return False


Round = tuple[Condition, Callable[[], object]]


def _run_rounds(
    interpreter: Interpreter,
    node: cst.For | cst.While,
    rounds: Items[Round],
    *,
    repeat: bool,
    is_over: Callable[[], bool] | None = None,
) -> None:
    """The rounds of a loop, each with the condition under which it is there.

    `repeat`: there may be more of them, or none. `is_over`: whether there are no more after the first, which surely is there: it
    is run as the one that it is, and what it counts is known.
    """
    conditions, entry = interpreter.conditions, interpreter.path_condition
    loop = Loop()
    told, skipped, carried = len(interpreter.trace.events), interpreter.skipped, interpreter.carried
    before = dict(interpreter.frame.names) if repeat else {}
    with interpreter.looping(loop):
        for there, start in rounds:
            _run_round(interpreter, node.body, loop, there, start, repeat=repeat and is_over is None)
        over = is_over is not None and interpreter.path_condition != FALSE and is_over()
        again = len(interpreter.trace.events) > told or (
            interpreter.skipped > skipped and _has_moved(interpreter, carried, before)
        )
        again = again if is_over is None else not over
        if repeat and again and not interpreter.repeating and interpreter.path_condition != FALSE:
            interpreter.repeating = True  # only the outermost loop is run again
            try:
                _run_round(interpreter, node.body, loop, *rounds[0], repeat=repeat)
            finally:
                interpreter.repeating = False
    if repeat and not over:
        _leave(interpreter, entry, loop, before)
    through = interpreter.path_condition
    if node.orelse is not None and through != FALSE:
        quiet = (interpreter.written, interpreter.left)
        interpreter.run_block(node.orelse.body)
        ended = interpreter.path_condition == FALSE and (interpreter.written, interpreter.left) == quiet
        if ended and not interpreter.is_caught and conditions.either(through, loop.broken) == entry:
            interpreter.path_condition = entry
            interpreter.going_on(conditions.without(through, loop.broken))
            return
    interpreter.path_condition = conditions.either(interpreter.path_condition, loop.broken)


def _run_round(
    interpreter: Interpreter, body: cst.BaseSuite, loop: Loop, there: Condition, start: Callable[[], object], *, repeat: bool
) -> None:
    conditions, entry = interpreter.conditions, interpreter.path_condition
    interpreter.path_condition = conditions.both(entry, there)
    if interpreter.path_condition != FALSE:
        with interpreter.again() if repeat else nullcontext():
            start()
            interpreter.run_block(body)
        interpreter.path_condition = conditions.either(interpreter.path_condition, loop.continued)
        loop.continued = FALSE
    if there != TRUE:
        interpreter.path_condition = conditions.either(interpreter.path_condition, conditions.without(entry, there))


def _has_moved(interpreter: Interpreter, carried: int, before: dict[str, Value]) -> bool:
    """Whether a round has left something behind that another one would find: a longer list, a name that was a constant."""
    names = interpreter.frame.names
    return interpreter.carried > carried or any(
        isinstance(was, Constant) and name in names and not same(names[name], was) for name, was in before.items()
    )


def _leave(interpreter: Interpreter, entry: Condition, loop: Loop, before: dict[str, Value]) -> None:
    """A loop whose body is taken to run may not run at all, and the facts of its last round are not those of the others.

    So a constant that was bound anew may be what it was before, and is told apart by no fact of a round; and what follows a loop
    that every round leaves is reached where there is no round. Sure is what is sure when the body runs.
    """
    conditions, names = interpreter.conditions, interpreter.frame.names
    not_at_all: Condition | None = None
    for name, was in before.items():
        now = names.get(name)
        if now is None or not isinstance(was, Constant) or same(now, was):
            continue
        kept = [one for _, one in now.alternatives] if isinstance(now, GuardedUnion) else [now]
        if not all(isinstance(one, Constant) or is_top(one) for one in kept):
            continue
        if isinstance(now, GuardedUnion):
            names[name] = now = _of_some_round(interpreter, now)
        if not any(same(one, was) for one in kept):
            not_at_all = not_at_all or _not_at_all(interpreter)
            names[name] = interpreter.select(not_at_all, was, now)
    if interpreter.path_condition == FALSE and loop.broken == FALSE:
        interpreter.path_condition = conditions.both(entry, not_at_all or _not_at_all(interpreter))


def _not_at_all(interpreter: Interpreter) -> Condition:
    return interpreter.nondeterministic("a loop has no round", exception=True)[1]


def _of_some_round(interpreter: Interpreter, value: GuardedUnion) -> Value:
    """One of the alternatives, as far as flags and versions tell them apart."""
    *others, (_, result) = value.alternatives
    for condition, one in others:
        told = without_facts(interpreter, condition)
        if told != condition:
            told = interpreter.conditions.both(told, interpreter.nondeterministic("a round of a loop has left it so")[1])
        result = interpreter.select(told, one, result)
    return result


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
