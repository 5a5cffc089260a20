"""A module of the script's own that a trainer is given: what it holds is switched by its methods, trained by its forward pass."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.events import Trained
from gcheck_lint.story.domain.facets import OwnClass
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.objects import Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value, same
from gcheck_lint.story.effects.forward_backward import Passes
from gcheck_lint.story.effects.own_forwards import decides_cache
from gcheck_lint.story.effects.running_trainings import note_training, training
from gcheck_lint.story.effects.switching import models_within, switched_on
from gcheck_lint.story.effects.trainer_hooks import own_method
from gcheck_lint.story.interpreter.attributes import read_attribute
from gcheck_lint.story.interpreter.functions import call_function
from gcheck_lint.story.interpreter.interpreter import Interpreter

_ENABLE = "gradient_checkpointing_enable"
Targets = list[tuple[Condition, AbstractObject, bool]]


def modules_of(interpreter: Interpreter, value: Value) -> list[tuple[Condition, Instance]]:
    """The modules of the script's own that a value is."""
    return [
        (condition, one)
        for condition, one in interpreter.alternatives(value)
        if isinstance(one, Instance) and one.kind is Kind.MODULE and one not in interpreter.states
    ]


def held_by(interpreter: Interpreter, value: Value) -> Targets:
    """The models within the modules of the script's own that a value is, each once."""
    found: dict[AbstractObject, tuple[Condition, AbstractObject, bool]] = {}
    for condition, one in modules_of(interpreter, value):
        for target in models_within(interpreter, one, condition):
            found.setdefault(target[1], target)
    return list(found.values())


def switch_modules(
    interpreter: Interpreter, value: Value, switch: Value, reentrant: Value, given: Value, call: Call, site: Site
) -> None:
    """A trainer switches checkpointing on: `switch` is what its arguments say, `given` their keyword arguments for it.

    It calls the module's own method. One that has it from a library has all that it holds checkpoint; a plain module has none.
    """
    for condition, one in modules_of(interpreter, value):
        method, from_library = _enabling(interpreter, one, call), _is_of_library(interpreter, one)
        for case, on in interpreter.cases(switch):
            if not isinstance(on, Constant) or on.value is False or condition == FALSE:
                continue
            place = on.site or site
            held = models_within(interpreter, one, interpreter.conditions.both(condition, case))
            if on.value is not True:
                for guard, model, _ in held if from_library or method is not None else []:
                    interpreter.change(model, "checkpointing", UNKNOWN, guard)
            elif method is not None:
                passed = Arguments([], {"gradient_checkpointing_kwargs": NONE if given is ABSENT else given}, {})
                before = {model: len(interpreter.states[model].switches) for _, model, _ in held}
                interpreter.call(method, passed, call.node)
                for model, known in before.items():
                    switches = interpreter.states[model].switches
                    switches += [(guard, place) for guard, _ in switches[known:]]
            elif from_library:
                for guard, model, _ in held:
                    interpreter.change(model, "checkpointing", Constant(True, place), guard)
                    when = interpreter.conditions.both(interpreter.path_condition, guard)
                    interpreter.states[model].switches.append((when, place))
                    switched_on(interpreter, model, reentrant, guard)


def _enabling(interpreter: Interpreter, one: Instance, call: Call) -> Value | None:
    """The method of a module that switches checkpointing on: its own, or what it hands on of a model that it holds."""
    method = one.cls.member(_ENABLE)
    if isinstance(method, Function):
        return method.bound_to(one)
    if one.cls.member("__getattr__") is None:
        return None
    found = read_attribute(interpreter, one, _ENABLE, call.node)
    return found if isinstance(found, AbstractObject) and found.method is not None else None


def _is_of_library(interpreter: Interpreter, one: Instance) -> bool:
    """Whether the class of a module inherits from a library's models, which have the method."""
    facts = [interpreter.knowledge.class_named(base.name) for base in one.cls.library_bases()]
    return any(fact is not None and fact.kind is Kind.MODEL for fact in facts)


def train_modules(
    interpreter: Interpreter, made: AbstractObject, held: Targets, call: Call, passes_cache_off: Condition
) -> Targets:
    """One step of a training: the models that its loss is about are trained, with the cache as their passes say."""
    model = made.fields.get("model", NONE)
    passes = interpreter.own(Passes).cache
    before = len(passes)
    loss = own_method(made, "compute_loss") or own_method(made, "training_step")
    inputs = interpreter.unknown("inputs")
    with training(interpreter):
        if loss is not None:
            result = call_function(interpreter, loss.bound_to(made), Arguments([model, inputs], {}, {}), call.node)
        else:
            result = interpreter.call(model, Arguments([], {}, {}, open=True), call.node)
    about = {core for thing in interpreter.provenance_of([result]) for _, core, _ in interpreter.underlying_models(thing)}
    trained = [target for target in held if target[1] in about]
    for condition, core, adapter in trained:
        site = interpreter.site(call.node)
        note_training(interpreter, core, condition, site)
        passed = _passed(interpreter, core, [value for one, value in passes[before:] if one is core])
        interpreter.emit(
            Trained,
            call.node,
            [(condition, core, adapter)],
            trainer=made,
            forward_cache=passed,
            passes_cache_off=passes_cache_off,
        )
    return trained


def _passed(interpreter: Interpreter, core: AbstractObject, values: list[Value]) -> Value:
    """What the passes of a model get as `use_cache`: the same in all of them, or nobody can tell."""
    if core.facet(OwnClass) is not None and decides_cache(interpreter, core):
        return UNKNOWN
    first = values[0] if values else ABSENT
    return first if all(same(first, value) for value in values) else UNKNOWN
