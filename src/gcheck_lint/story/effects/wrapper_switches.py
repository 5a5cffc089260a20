"""Methods of a model that are called on a wrapper which has none of them."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.events import SwitchedOnWrapper
from gcheck_lint.story.domain.facets import BuiltBy
from gcheck_lint.story.domain.objects import Wrapper, Wrapping
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.raising import raises


def hidden_by_wrapper(interpreter: Interpreter, value: Value) -> Condition:
    """When a model is within a wrapper that has its methods for itself."""
    cases = interpreter.alternatives(value)
    return interpreter.conditions.any(case for case, one in cases if isinstance(one, Wrapper) and one.facet(BuiltBy) is not None)


def hidden_unknown(interpreter: Interpreter, call: Call, model: Value) -> Value:
    """What nobody knows, within a wrapper that has its methods for itself; in one that hands them on it stays what it is."""

    def is_hidden(one: Value) -> bool:
        return isinstance(one, AbstractObject) and one.kind in (Kind.UNKNOWN, Kind.OBJECT)

    if not call.transfer.details.get("hides") or not all(is_hidden(one) for _, one in interpreter.alternatives(model)):
        return model
    made = Wrapper(model, Wrapping.PARALLEL, interpreter.site(call.node))
    made.attach(BuiltBy(call.name, made.site))
    return made


@does("refuse on wrapper")
def switch_on_wrapper(interpreter: Interpreter, call: Call) -> Value:
    """A switch of models that are followed no further: what it does to them is open, on a wrapper it raises."""
    refuse_on_wrapper(interpreter, call)
    return NONE


def refuse_on_wrapper(interpreter: Interpreter, call: Call) -> None:
    """A switch of checkpointing on DistributedDataParallel or DataParallel raises: they hand on no methods of what they hold."""
    conditions = interpreter.conditions
    for condition, one in interpreter.alternatives(call.receiver):
        built = one.facet(BuiltBy) if isinstance(one, Wrapper) else None
        if built is None or condition == FALSE:
            continue
        name, method = built.library.rpartition(".")[2], call.name.rpartition(".")[2]
        always = conditions.both(interpreter.path_condition, condition) == interpreter.path_condition
        with interpreter.under(condition):
            interpreter.emit(
                SwitchedOnWrapper,
                call.node,
                interpreter.underlying_models(one),
                wrapper=name,
                method=method,
                built=built.site,
                always=always,
                guarded=interpreter.is_caught,
            )
        raises(interpreter, call.node, f"AttributeError: `{name}` has no `{method}`", condition)
