"""Calls that the script checkpoints itself, by torch's own functions."""

from __future__ import annotations

from functools import partial

from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.events import CallCheckpointed
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.objects import Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, Constant, Value
from gcheck_lint.story.interpreter.calls import hand_out
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.raising import raises

# what `checkpoint()` takes itself; everything else goes to the function
_OPTIONS = frozenset(
    {"function", "use_reentrant", "preserve_rng_state", "context_fn", "determinism_check", "debug", "early_stop"}
)


@does("checkpoint a call")
def checkpoint_a_call(interpreter: Interpreter, call: Call) -> Value:
    """`torch.utils.checkpoint.checkpoint(function, …)`: what comes out is about what goes in."""
    sequence = call.name.endswith("_sequential")
    given = call.passed.keywords.get("use_reentrant", UNKNOWN if call.passed.open else ABSENT)
    reentrant = interpreter.flat(interpreter.each(given, partial(_said, interpreter)))
    keywords = () if sequence else _refused(interpreter, call.passed)
    interpreter.emit(
        CallCheckpointed,
        call.node,
        [],
        sequence=sequence,
        reentrant=reentrant,
        keywords=keywords,
        guarded=interpreter.is_caught,
    )
    if keywords:
        raises(interpreter, call.node, "ValueError: Unexpected keyword arguments", _reentrantly(interpreter, reentrant))
    values = call.passed.values()
    computed = _computed(interpreter, call)
    if computed is None:
        hand_out(interpreter, values, call.node)
    return interpreter.unknown(f"{call.name.rpartition('.')[2]}()", [*values, *([] if computed is None else [computed])])


def _refused(interpreter: Interpreter, passed: Arguments) -> tuple[str, ...]:
    """The names of what is surely passed by keyword, and is for the function."""
    cases = {name: interpreter.alternatives(value) for name, value in passed.keywords.items() if name not in _OPTIONS}
    return tuple(name for name, found in cases.items() if all(one is not ABSENT for _, one in found))


def _said(interpreter: Interpreter, one: Value) -> Value:
    return one if isinstance(one, Constant) else interpreter.boolean(interpreter.truth(one))


def _reentrantly(interpreter: Interpreter, reentrant: Value) -> Condition:
    """When a call is surely checkpointed reentrantly."""
    cases = interpreter.alternatives(reentrant)
    return interpreter.conditions.any(case for case, one in cases if one in (ABSENT, NONE) or _is_true(one))


def _is_true(one: Value) -> bool:
    return isinstance(one, Constant) and one.value is True


def _computed(interpreter: Interpreter, call: Call) -> Value | None:
    """What the function gives that is run under a checkpoint; None where it is not known."""
    function = call.passed.get("function", 0)
    if function is None or not call.name.endswith(".checkpoint") or not _is_followed(interpreter, function):
        return None
    given = call.passed.positional[1:] if call.passed.positional else []
    keywords = {name: value for name, value in call.passed.keywords.items() if name not in _OPTIONS}
    return interpreter.call(function, Arguments(given, keywords, {}, call.passed.open, call.passed.may_switch), call.node)


def _is_followed(interpreter: Interpreter, function: Value) -> bool:
    return all(
        isinstance(one, (Function, Instance)) or bool(interpreter.underlying_models(one))
        for _, one in interpreter.alternatives(function)
    )
