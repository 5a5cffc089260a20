"""What a trainer calls of the script's own: the hooks of callbacks, and methods that a subclass overrides."""

from __future__ import annotations

from contextlib import nullcontext

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import TrainerSetup
from gcheck_lint.story.domain.model_state import TRAIN, UNKNOWN
from gcheck_lint.story.domain.objects import Class, Function, Instance, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Value
from gcheck_lint.story.effects.forward_backward import Passes
from gcheck_lint.story.effects.running_trainings import training
from gcheck_lint.story.interpreter.functions import call_function
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import raises


def use_cache_of_overrides(interpreter: Interpreter, made: AbstractObject, call: Call) -> Value | None:
    """What the trainer's own compute_loss or training_step passes as `use_cache`; None when it has no say."""
    own = made.cls if isinstance(made, Instance) else None
    if own is not None and any(isinstance(own.member(name), Function) for name in ("_prepare_inputs", "_prepare_input")):
        return UNKNOWN  # it may put anything into what the model is called with
    passed: Value | None = None
    for name in interpreter.knowledge.trainer["overrides_during"]:
        passes = interpreter.own(Passes).cache
        before = len(passes)
        with training(interpreter):
            _run_override(interpreter, made, name, call)
        for core, value in passes[before:]:
            if value is not ABSENT and any(
                core is model for _, model, _ in interpreter.underlying_models(made.fields.get("model", NONE))
            ):
                passed = value
    return passed


def run_hooks(interpreter: Interpreter, made: AbstractObject, call: Call, names: list[str], mode: Value | None) -> None:
    """Methods of the callbacks given to a trainer, which run inside train(); `mode`: the mode that they find the model in."""
    model = made.fields.get("model", NONE)
    setup = made.facet(TrainerSetup)
    hooks = None if setup is None else setup.callbacks
    callbacks = hooks.items if isinstance(hooks, Sequence) and hooks.items is not None else []
    with nullcontext() if mode is None else training(interpreter):
        for name in names:
            for callback in callbacks:
                for _, one in interpreter.cases(callback):
                    instance = _instance_of(interpreter, one, call)
                    member = instance.cls.member(name) if instance is not None else None
                    if instance is None or not isinstance(member, Function):
                        continue
                    if mode is not None:
                        _in_mode(interpreter, model, mode)
                    given = [made.fields.get("args", NONE), interpreter.unknown("state"), interpreter.unknown("control")]
                    call_function(interpreter, member.bound_to(instance), Arguments(given, {"model": model}, {}), call.node)


def draw_by_override(interpreter: Interpreter, made: AbstractObject, call: Call, trainer: str) -> None:
    """The script's own way to draw the batches of a step, in the versions that ask for it; the model is in train mode."""
    member = own_method(made, "get_batch_samples")
    if member is None or interpreter.knowledge.library_of(trainer) != "transformers":
        return
    given: list[Value] = [interpreter.unknown("an iterator"), interpreter.unknown("a number"), interpreter.unknown("a device")]
    named = [parameter.name.value for parameter in member.node.params.params[1:]]
    if named[:1] == ["model"]:  # TRL's method of this name, which is given a model: here it is an iterator over batches
        why = "a training calls `get_batch_samples()` with an iterator, a number and a device"
        raises(interpreter, call.node, why, interpreter.habit("draws-batches", trainer))
        return
    expects = len(named)
    with training(interpreter), interpreter.under(interpreter.habit("draws-batches", trainer)):
        call_function(interpreter, member.bound_to(made), Arguments(given[:expects], {}, {}), call.node)


def own_method(made: AbstractObject, name: str) -> Function | None:
    """What the script overrides of a trainer's methods."""
    member = made.cls.member(name) if isinstance(made, Instance) else None
    return member if isinstance(member, Function) else None


def evaluate_by_overrides(interpreter: Interpreter, made: AbstractObject, call: Call, when: Condition) -> None:
    """The evaluations within train(), where the script overrides what they are made of: they find the model in train mode.

    `when`: that there are any. Which mode they leave it in at the end of the training, the arguments tell.
    """
    whole = own_method(made, "evaluate")
    if when == FALSE or not any(own_method(made, name) for name in interpreter.knowledge.trainer["overrides_evaluating"]):
        return
    transfer = interpreter.knowledge.method(Kind.TRAINER, "evaluate")
    with training(interpreter), interpreter.under(when):
        _in_mode(interpreter, made.fields.get("model", NONE), TRAIN)
        if whole is not None:
            call_function(interpreter, whole.bound_to(made), Arguments([], {}, {}), call.node)
        elif transfer is not None:
            interpreter.do(Call(call.node, "evaluate", transfer, Arguments([], {}, {}), made))


def run_loop_override(interpreter: Interpreter, made: AbstractObject, call: Call) -> bool:
    """Whether a trainer has an evaluation loop of the script's own, which was run then: it finds the model as it is."""
    loop = own_method(made, "evaluation_loop")
    if loop is None or loop.node in [running.node for running in interpreter.stack]:
        return False
    given: list[Value] = [interpreter.unknown("a loader"), interpreter.unknown("a description")]
    call_function(interpreter, loop.bound_to(made), Arguments(given, {}, {}, open=True), call.node)
    return True


def run_step_override(interpreter: Interpreter, made: AbstractObject, call: Call) -> None:
    """The script's own step of an evaluation, in eval mode."""
    step = own_method(made, "prediction_step")
    if step is not None and step.node not in [running.node for running in interpreter.stack]:
        given = [made.fields.get("model", NONE), interpreter.unknown("inputs"), interpreter.unknown("prediction_loss_only")]
        call_function(interpreter, step.bound_to(made), Arguments(given, {}, {}, open=True), call.node)


def save_by_overrides(interpreter: Interpreter, made: AbstractObject, call: Call) -> None:
    """The checkpoints within train(), where the script overrides how they are written; whether there are any, nobody knows."""
    name = next((name for name in interpreter.knowledge.trainer["overrides_saving"] if own_method(made, name) is not None), "")
    member = own_method(made, name)
    if member is None:
        return
    model = made.fields.get("model", NONE)
    given: list[Value] = [model, NONE] if name == "_save_checkpoint" else [interpreter.unknown("a folder")]
    _, happens = interpreter.nondeterministic("a checkpoint is saved")
    with training(interpreter), interpreter.under(happens):
        call_function(interpreter, member.bound_to(made), Arguments(given, {}, {}, open=True), call.node)


def _instance_of(interpreter: Interpreter, one: Value, call: Call) -> Instance | None:
    if isinstance(one, Class):
        made = interpreter.call(one, Arguments([], {}, {}), call.node)
        return made if isinstance(made, Instance) else None
    return one if isinstance(one, Instance) else None


def _in_mode(interpreter: Interpreter, model: Value, mode: Value) -> None:
    for condition, core, _ in interpreter.underlying_models(model):
        interpreter.change(core, "mode", mode, condition)


def _run_override(interpreter: Interpreter, made: AbstractObject, name: str, call: Call) -> None:
    member = made.cls.member(name) if isinstance(made, Instance) else None
    if not isinstance(member, Function):
        return
    given = (
        Arguments([], {}, {})
        if name == "create_optimizer"
        else Arguments([made.fields.get("model", NONE), interpreter.unknown("inputs")], {}, {})
    )
    with interpreter.under(TRUE):
        call_function(interpreter, member.bound_to(made), given, call.node)
