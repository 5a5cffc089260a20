"""What nobody in the file calls: functions and methods that a command line, a framework or another file calls.

Each is told on its own, from the state that the top level left: what one of them does is not seen by the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.model_state import UNKNOWN, ModelState
from gcheck_lint.story.domain.values import Class, Function, Instance, Value
from gcheck_lint.story.interpreter.dispatch import Passed
from gcheck_lint.story.interpreter.functions import call_function, instantiate
from gcheck_lint.story.interpreter.interpreter import Teller

_SKIPPED = frozenset({"__repr__", "__str__", "__len__", "__getitem__", "__iter__", "__eq__", "__hash__"})


def tell_uncalled(teller: Teller) -> None:
    """Tell the functions, classes and methods that were not called so far."""
    codes = _codes(teller)
    for function in list(teller.functions):
        if function.owner is None and function.node not in teller.called and _is_top_level(teller, function):
            _tell_alone(teller, function, codes)
    for cls in list(teller.classes):
        _tell_methods(teller, cls, codes)


def _codes(teller: Teller) -> Iterator[Condition]:
    """A condition for each entry, so that no two hold together.

    A symbol for each would make the hundredth one a chain of a hundred. Here the first is one symbol, the next two are told apart
    by one bit behind a second symbol, the next four by two bits, and so on.
    """
    conditions = teller.conditions
    none: Condition = TRUE
    for level in itertools.count():
        _, lead = teller.opaque("")
        bits = [teller.opaque("")[1] for _ in range(level)]
        for signs in itertools.product((True, False), repeat=level):
            code = conditions.both(none, lead)
            for sign, bit in zip(signs, bits, strict=True):
                code = conditions.both(code, bit) if sign else conditions.without(code, bit)
            yield code
        none = conditions.without(none, lead)


def _is_top_level(teller: Teller, function: Function) -> bool:
    return function.closure.parent is None


def _tell_alone(teller: Teller, function: Function, codes: Iterator[Condition]) -> None:
    """Run one entry under its own condition, in which no other entry has run."""
    teller.pc = next(codes)
    teller.entry += 1
    teller.entered.append(teller.pc)
    teller.entries.append(function.made_by)
    node = function.node
    before = _forget_trainings(teller)
    handed = node in teller.handed
    call_function(teller, function, Passed([], {}, {}, open=handed), node, entry=not handed)
    for state, trained, mode in before:
        state.trained, state.mode = trained, mode
    teller.pc = TRUE


def _forget_trainings(teller: Teller) -> list[tuple[ModelState, Condition, Value]]:
    """When somebody calls it nobody knows: the models of the file may be trained by then or not, and in any mode."""
    before = [(state, state.trained, state.mode) for state in teller.states.values()]
    for state, _, _ in before:
        state.trained, state.mode = FALSE, UNKNOWN
    return before


def _tell_methods(teller: Teller, cls: Class, codes: Iterator[Condition]) -> None:
    if cls.site is None or cls.dataclass:
        return
    methods = [member for member in cls.members.values() if isinstance(member, Function)]
    waiting = [method for method in methods if method.node not in teller.called and method.made_by not in _SKIPPED]
    if not waiting:
        return
    made = next((thing for thing in teller.instances if isinstance(thing, Instance) and thing.cls is cls), None)
    if made is None:
        teller.pc = TRUE
        call = cst.Call(cst.Name(cls.made_by))
        value = instantiate(teller, cls, Passed([], {}, {}, open=True), call)
        teller.pc = TRUE
        if not isinstance(value, Instance):
            return
        made = value
    for method in waiting:
        if method.node not in teller.called and method.made_by != "__init__":
            _tell_alone(teller, method.bound_to(made), codes)
