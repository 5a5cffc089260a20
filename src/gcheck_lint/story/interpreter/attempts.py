"""`try`: its body, its handlers, and what runs on each way out."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.python.names import names_in
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.interpreter.interpreter import Interpreter, runs


@runs(cst.Try, cst.TryStar)
def attempt(interpreter: Interpreter, node: cst.Try | cst.TryStar) -> None:
    """The body happens; a handler happens in addition, under an opaque condition, after it. `finally` runs on each way out."""
    if node.finalbody is None:
        _run_handled(interpreter, node)
        return
    conditions, frame, entry = interpreter.conditions, interpreter.frame, interpreter.path_condition
    before = _ways_out(frame)
    # where it speaks of models, what has gone wrong by then decides what it finds
    with interpreter.trying(caught=_is_about_models(interpreter, node.finalbody)) as tried:
        _run_handled(interpreter, node)
    left = interpreter.path_condition
    ways = [conditions.without(now, then) for now, then in zip(_ways_out(frame), before, strict=True)]
    leaving = conditions.both(entry, conditions.any(ways))
    interpreter.path_condition = conditions.any([left, leaving, tried.raised])
    interpreter.run_block(node.finalbody.body)
    interpreter.path_condition = conditions.both(interpreter.path_condition, left)
    _raise_further(interpreter, tried.raised)


def _raise_further(interpreter: Interpreter, raised: Condition) -> None:
    """What nothing here has caught is raised in the `try` around it, if there is one."""
    if interpreter.attempts:
        outer = interpreter.attempts[-1]
        outer.raised = interpreter.conditions.either(outer.raised, raised)


def _is_about_models(interpreter: Interpreter, final: cst.Finally) -> bool:
    """Whether a `finally` speaks of what may be done to a model, or names one."""
    if interpreter.speaks_of_models(final):
        return True
    homes = ((name, interpreter.frame.home(name)) for name in names_in(final).read)
    return any(home is not None and interpreter.underlying_models(home.names[name]) for name, home in homes)


def _ways_out(frame: Frame) -> list[Condition]:
    """The conditions under which the running body was left by a return, and its loop by a break or for the next round."""
    loop = frame.loops[-1:]
    return [frame.returned, *(one.broken for one in loop), *(one.continued for one in loop)]


def _run_handled(interpreter: Interpreter, node: cst.Try | cst.TryStar) -> None:
    """A `try` without its `finally`."""
    conditions = interpreter.conditions
    entry = interpreter.path_condition
    with interpreter.trying(caught=bool(node.handlers)) as tried:
        interpreter.run_block(node.body)
    through = interpreter.path_condition
    left = through
    if node.handlers:
        _, failed = interpreter.nondeterministic("an exception is raised", exception=True)
        caught = conditions.either(tried.raised, conditions.both(failed, entry))
        ends, before = FALSE, (interpreter.written, interpreter.left)
        for handler in node.handlers:
            _, this_one = interpreter.nondeterministic("this handler fits") if len(node.handlers) > 1 else (None, TRUE)
            interpreter.path_condition = conditions.both(caught, this_one)
            caught = conditions.without(caught, this_one)
            if handler.name is not None and isinstance(handler.name.name, cst.Name):
                interpreter.bind(handler.name.name.value, interpreter.unknown("an exception"))
            if interpreter.path_condition != FALSE:
                interpreter.run_block(handler.body)
            ends = conditions.either(ends, interpreter.path_condition)
        # handlers that end the program, and do nothing else, leave the rest to the runs in which nothing was raised
        lone = ends == FALSE and (interpreter.written, interpreter.left) == before
        left = through if lone else conditions.either(conditions.without(through, failed), ends)
    else:
        _raise_further(interpreter, tried.raised)
    if node.orelse is not None:
        interpreter.path_condition = conditions.both(left, through)
        after_handlers = conditions.without(left, through)
        interpreter.run_block(node.orelse.body)
        left = conditions.either(after_handlers, interpreter.path_condition)
    interpreter.path_condition = left
