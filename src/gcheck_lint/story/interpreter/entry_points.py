"""What nobody in the file calls: functions and methods that a command line, a framework or another file calls.

Each is told on its own, from the state that the top level left: what one of them does is not seen by the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import libcst as cst

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.limits import ENTRY_NODES, ENTRY_STEPS
from gcheck_lint.story.domain.model_state import UNKNOWN, ModelState
from gcheck_lint.story.domain.objects import Class, Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, GuardedUnion, Value, newest
from gcheck_lint.story.interpreter.functions import call_function, instantiate
from gcheck_lint.story.interpreter.handed_functions import open_what_it_fills, open_what_methods_fill
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.left_to_callers import leave_to_callers
from gcheck_lint.story.interpreter.shared_containers import open_shared

_SKIPPED = frozenset({"__repr__", "__str__", "__len__", "__getitem__", "__iter__", "__eq__", "__hash__"})


def interpret_entry_points(interpreter: Interpreter) -> None:
    """Tell the functions, classes and methods that were not called so far."""
    guards = _entry_guards(interpreter)
    names = interpreter.frame.names
    texts = (function.module.code(function.node) for function in interpreter.definitions.functions)
    open_shared(interpreter, names, names, texts)  # what functions have filled before this one is called
    for function in interpreter.definitions.functions:
        if function.node not in interpreter.definitions.called:
            open_what_it_fills(interpreter, function)
    for function in list(interpreter.definitions.functions):
        if (
            function.owner is None
            and function.node not in interpreter.definitions.called
            and _is_top_level(interpreter, function)
        ):
            _interpret_entry(interpreter, function, guards)
    for cls in list(interpreter.definitions.classes):
        _interpret_methods(interpreter, cls, guards)


def _entry_guards(interpreter: Interpreter) -> Iterator[Condition]:
    """A condition for each entry, so that no two hold together.

    A symbol for each would make the hundredth one a chain of a hundred. Here the first is one symbol, the next two are told apart
    by one bit behind a second symbol, the next four by two bits, and so on.
    """
    conditions = interpreter.conditions
    none: Condition = TRUE
    for level in itertools.count():
        _, lead = interpreter.nondeterministic("")
        bits = [interpreter.nondeterministic("")[1] for _ in range(level)]
        for signs in itertools.product((True, False), repeat=level):
            code = conditions.both(none, lead)
            for sign, bit in zip(signs, bits, strict=True):
                code = conditions.both(code, bit) if sign else conditions.without(code, bit)
            yield code
        none = conditions.without(none, lead)


def _is_top_level(interpreter: Interpreter, function: Function) -> bool:
    return function.closure.parent is None


def _interpret_entry(interpreter: Interpreter, function: Function, guards: Iterator[Condition]) -> None:
    """Run one entry under its own condition, in which no other entry has run."""
    interpreter.path_condition = next(guards)
    interpreter.trace.entry += 1
    interpreter.trace.entry_guards.append(interpreter.path_condition)
    interpreter.trace.entry_points.append(function.made_by)
    node = function.node
    if isinstance(function.receiver, Instance):
        _open_what_others_set(interpreter, function.receiver)
    before = _forget_trainings(interpreter)
    begun = newest()
    handed = node in interpreter.definitions.handed

    def run() -> Value:
        return call_function(interpreter, function, Arguments([], {}, {}, open=handed), node, entry=not handed)

    def lose(why: str, _: int) -> Value:
        interpreter.lose(interpreter.states, node, f"`{function.made_by}`, which nothing calls,", why)
        return NONE

    interpreter.contained(run, lose, ENTRY_NODES, ENTRY_STEPS)
    for state, trained, mode in before:
        state.trained, state.mode = trained, mode
    interpreter.path_condition = TRUE
    interpreter.trace.over.append((begun, newest()))


def _forget_trainings(interpreter: Interpreter) -> list[tuple[ModelState, Condition, Value]]:
    """When somebody calls it nobody knows: the models of the file may be trained by then or not, and in any mode."""
    before = [(state, state.trained, state.mode) for state in interpreter.states.values()]
    for state, _, _ in before:
        state.trained, state.mode = FALSE, UNKNOWN
    return before


def _interpret_methods(interpreter: Interpreter, cls: Class, guards: Iterator[Condition]) -> None:
    if cls.site is None or cls.dataclass:
        return
    methods = [member for member in cls.members.values() if isinstance(member, Function)]
    waiting = [
        method for method in methods if method.node not in interpreter.definitions.called and method.made_by not in _SKIPPED
    ]
    if not waiting:
        return
    made = next((thing for thing in interpreter.definitions.instances if thing.cls is cls), None)
    if made is None:
        interpreter.path_condition = TRUE
        call = cst.Call(cls.node.name)

        def run() -> Value:
            return instantiate(interpreter, cls, Arguments([], {}, {}, open=True), call, supposed=True)

        def lose(why: str, _: int) -> Value:
            interpreter.lose([], cls.node, f"an object of `{cls.made_by}`", why)
            return NONE

        value = interpreter.contained(run, lose, ENTRY_NODES, ENTRY_STEPS)
        interpreter.path_condition = TRUE
        if not isinstance(value, Instance):
            return
        made = value
    there = interpreter.definitions.instances[made]
    if there != TRUE:  # the function that makes it may be an entry itself: its methods are called besides
        guards = (interpreter.conditions.both(there, one) for one in _entry_guards(interpreter))
    open_what_methods_fill(interpreter, made)
    for method in waiting:
        if method.node not in interpreter.definitions.called and method.made_by != "__init__":
            _interpret_entry(interpreter, method.bound_to(made), guards)


def _open_what_others_set(interpreter: Interpreter, made: Instance) -> None:
    """What only another entry has set is not missing here: somebody has called that one before, or will not call this one."""
    for name, value in list(made.fields.items()):
        if not isinstance(value, GuardedUnion) or interpreter.narrow(value) is not ABSENT:
            continue
        member = made.cls.member(name)
        set_by_others = [one for _, one in value.alternatives if one is not ABSENT]
        default = member if member is not None else set_by_others[0] if len(set_by_others) == 1 else None
        opened = leave_to_callers(interpreter, interpreter.unknown(name), default)
        made.fields[name] = interpreter.select(interpreter.path_condition, opened, value)
