"""Calls that the script checkpoints itself, by torch's own functions: what they are given, and what is learned through them."""

from __future__ import annotations

from functools import partial

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.call_events import CallCheckpointed
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.facets import MadeOf
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.objects import Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value, is_true
from gcheck_lint.story.effects.grad_modes import GradModes
from gcheck_lint.story.effects.own_tensors import are_data, in_eval, layers_in, speaks_of
from gcheck_lint.story.interpreter.calls import hand_out
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.left_to_callers import by_itself
from gcheck_lint.story.interpreter.raising import raises

# what `checkpoint()` takes itself; everything else goes to the function
_OPTIONS = frozenset(
    {
        "function",
        "use_reentrant",
        "preserve_rng_state",
        "context_fn",
        "determinism_check",
        "debug",
        "early_stop",
        "respect_saved_tensors_hooks",
    }
)
_FUNCTIONS = ("function", "functions")


class Recomputed(AbstractObject):
    """What a checkpointed call gives. `told`: the event of the call; `given`: what it was given."""

    __slots__ = ("given", "told")

    def __init__(self, site: Site, told: CallCheckpointed, given: tuple[Value, ...]) -> None:
        super().__init__(Kind.OUTPUT, site=site)
        self.told = told
        self.given = given


@does("checkpoint a call")
def checkpoint_a_call(interpreter: Interpreter, call: Call) -> Value:
    """`torch.utils.checkpoint.checkpoint(function, …)`: what comes out is about what goes in."""
    passed = call.passed
    function = next((found for name in _FUNCTIONS if (found := passed.get(name, 0)) is not None), None)
    if function is None and not passed.open:
        return interpreter.unknown("checkpoint()")  # torch 2.14: what wraps a function that it is given later
    sequence = call.name.endswith("_sequential")
    given = passed.keywords.get("use_reentrant", UNKNOWN if passed.open else ABSENT)
    reentrant = interpreter.flat(interpreter.each(given, partial(_said, interpreter)))
    keywords = () if sequence else _refused(interpreter, passed)
    segments = (passed.get("segments", 1) or NONE) if sequence else None
    learns, norms = (False, ()) if function is None else _held(interpreter, function, segments)
    left, needed = by_itself(interpreter, interpreter.path_condition)
    told = interpreter.emit(
        CallCheckpointed,
        call.node,
        [],
        sequence=sequence,
        reentrant=reentrant,
        keywords=keywords,
        guarded=interpreter.is_caught,
        without_grad=interpreter.own(GradModes).off,
        starved=learns and _gets_data(interpreter, passed, sequence=sequence),
        norms=norms,
        in_eval=in_eval(interpreter, function),
        by_itself=left,
        left_open=needed,
    )
    if keywords:
        raises(interpreter, call.node, "ValueError: Unexpected keyword arguments", _reentrantly(interpreter, reentrant))
    values = passed.values()
    computed = _computed(interpreter, call)
    if computed is None:
        hand_out(interpreter, values, call.node)
    about = [*values, *([] if computed is None else [computed])]
    if told is None:
        return interpreter.unknown(f"{call.name.rpartition('.')[2]}()", about)
    made = Recomputed(interpreter.site(call.node), told, tuple(values))
    made.provenance = interpreter.provenance_of(about)
    return made


def _said(interpreter: Interpreter, one: Value) -> Value:
    return one if isinstance(one, Constant) else interpreter.boolean(interpreter.truth(one))


def _reentrantly(interpreter: Interpreter, reentrant: Value) -> Condition:
    """When a call is surely checkpointed reentrantly."""
    cases = interpreter.alternatives(reentrant)
    return interpreter.conditions.any(case for case, one in cases if one in (ABSENT, NONE) or is_true(one))


def _refused(interpreter: Interpreter, passed: Arguments) -> tuple[str, ...]:
    """The names of what is surely passed by keyword, and is for the function."""
    cases = {name: interpreter.alternatives(value) for name, value in passed.keywords.items() if name not in _OPTIONS}
    return tuple(name for name, found in cases.items() if all(one is not ABSENT for _, one in found))


# --- what it runs, and on what -----------------------------------------------------------------------------------------------


def _held(interpreter: Interpreter, function: Value, segments: Value | None) -> tuple[bool, tuple[AbstractObject, ...]]:
    """Whether there are surely weights in what is run again first, and the layers there that keep statistics.

    Of a sequence the last of its `segments` is not run again.
    """
    layers = layers_in(interpreter, function)
    learning, keeping = interpreter.knowledge.layers["learn"], interpreter.knowledge.layers["keep statistics"]
    first = layers
    if segments is not None:
        parts = function.facet(MadeOf) if isinstance(function, AbstractObject) else None
        size = segments.value if isinstance(segments, Constant) else None
        if parts is None or not isinstance(size, int) or size < 2 or len(parts.values) < size or layers[-1:] != [function]:
            return False, ()
        each = len(parts.values) // size
        first = [one for part in parts.values[:each] for one in layers_in(interpreter, part)]
        layers = [one for part in parts.values[: each * (size - 1)] for one in layers_in(interpreter, part)]
    learns = any(one.made_by in learning for one in first)
    return learns, tuple(one for one in layers if one.made_by in keeping and not speaks_of(interpreter, "statistics"))


def _gets_data(interpreter: Interpreter, passed: Arguments, *, sequence: bool) -> bool:
    """Whether nothing that a call is given needs a gradient."""
    if passed.open or passed.more or speaks_of(interpreter, "gradients"):
        return False
    if sequence:
        given = passed.get("input", 2)
        return given is not None and are_data(interpreter, [given])
    rest = [value for name, value in passed.keywords.items() if name not in _OPTIONS]
    return are_data(interpreter, [*passed.positional["function" not in passed.keywords :], *rest])


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
