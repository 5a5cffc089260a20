"""Trainers and their arguments: what train(), evaluate() and predict() do to the model that the trainer holds."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import Evaluated, Generated, Loaded, Trained, TrainerBuilt
from gcheck_lint.story.domain.facets import BuiltBy, TrainerSetup, is_setting
from gcheck_lint.story.domain.model_state import AS_LOADED, BY_TRAINER, EVAL, TRAIN, UNKNOWN, Unsaid
from gcheck_lint.story.domain.objects import Instance, Mapping, Sequence, Wrapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.adapters import adapt
from gcheck_lint.story.effects.configs import switch_cache
from gcheck_lint.story.effects.fully_sharded import read_strategies, sharding_of
from gcheck_lint.story.effects.inner_models import adopt_inner
from gcheck_lint.story.effects.own_forwards import decides_cache
from gcheck_lint.story.effects.own_layers import switch_layers
from gcheck_lint.story.effects.own_modules import held_by, switch_modules, train_modules
from gcheck_lint.story.effects.own_switches import ask_own_switches
from gcheck_lint.story.effects.patched_models import generating, leave_training, patch
from gcheck_lint.story.effects.receivers import receiver_of
from gcheck_lint.story.effects.recomputed_layers import recompute_by_arguments
from gcheck_lint.story.effects.refusals import refuse_bits, refuse_keywords
from gcheck_lint.story.effects.rollouts import draws_rollouts
from gcheck_lint.story.effects.running_trainings import is_training, note_training
from gcheck_lint.story.effects.spreading import spread_by_arguments
from gcheck_lint.story.effects.switching import note_task, switched_on, wrapped
from gcheck_lint.story.effects.trainer_hooks import (
    draw_by_override,
    evaluate_by_overrides,
    run_hooks,
    run_loop_override,
    run_step_override,
    save_by_overrides,
    use_cache_of_overrides,
)
from gcheck_lint.story.effects.training_arguments import (
    argument_of,
    checkpointing_by,
    evaluates_when,
    mode_at_end,
    reentrant_by,
)
from gcheck_lint.story.interpreter.handed_functions import hand_over
from gcheck_lint.story.interpreter.interpreter import BY_UNKNOWN, Interpreter, does


@does("new trainer")
def new_trainer(interpreter: Interpreter, call: Call) -> Value:
    """A trainer gets its model, arguments and callbacks."""
    made = call.receiver
    assert isinstance(made, AbstractObject)
    refuse_keywords(interpreter, call)
    made.made_by = made.made_by or call.name
    made.attach(BuiltBy(call.name, interpreter.site(call.node)))
    roles = interpreter.knowledge.trainer
    passed = call.passed
    hand_over(interpreter, passed.values())
    args = passed.get(*roles["arguments"])
    adopt_inner(interpreter, passed.get(*roles["model"]))
    model = _model_for(interpreter, call, passed.get(*roles["model"]), args)
    fact = interpreter.knowledge.class_named(call.name)
    if fact is not None and fact.patched:
        patch(interpreter, model)
    peft = passed.keywords.get("peft_config")
    if peft is not None and peft is not ABSENT:
        note_task(interpreter, peft, model)
        given = interpreter.truth(interpreter.each(peft, lambda one: NONE if one is ABSENT else one))
        if given != FALSE and interpreter.underlying_models(model):
            for condition, core, _ in interpreter.underlying_models(model):
                adapt(interpreter, core, peft, interpreter.conditions.both(condition, given))
                interpreter.mark(core, "input_grads", interpreter.conditions.both(condition, given))
            model = interpreter.select(given, wrapped(model, Wrapping.ADAPTER, interpreter, call), model)
    refuse_bits(interpreter, call, model)
    for condition, core, _ in interpreter.underlying_models(model):
        interpreter.mark(
            core,
            "input_grads",
            interpreter.conditions.both(condition, interpreter.habit("trainer-lets-gradients-through", call.name)),
        )
    if _is_for_generating(interpreter, made, call, args):
        for _, core, _ in interpreter.underlying_models(model):
            if interpreter.states[core].cached is Cached.UNKNOWN:
                interpreter.states[core].cached = Cached.YES  # what a sequence-to-sequence trainer trains generates
    made.fields["model"] = model
    made.fields["args"] = args if args is not None else _default_arguments(interpreter, call)
    if passed.open and passed.get(*roles["model"]) is None:
        made.fields["model"] = interpreter.unknown("a trainer's model")
    made.attach(_setup(interpreter, call, made.facet(TrainerSetup)))
    read_strategies(interpreter, made, call)
    _set_cache(interpreter, made)
    interpreter.emit(TrainerBuilt, call.node, interpreter.underlying_models(made.fields["model"]), trainer=made)
    return made


_ANY = "any.Trainer"  # of a class that nobody knows


def built_by_unknown_class(interpreter: Interpreter, one: AbstractObject, passed: Arguments, node: cst.CSTNode) -> Value | None:
    """`trainer_class(model=…, args=…)`: what gets a model and training arguments is a trainer, whatever its class is."""
    roles = interpreter.knowledge.trainer
    model, args = passed.keywords.get(roles["model"][0], NONE), passed.keywords.get(roles["arguments"][0], NONE)
    if not isinstance(node, cst.Call) or not all(_is_arguments(case) for _, case in interpreter.alternatives(args)):
        return None
    if not interpreter.underlying_models(model):
        return None
    made = AbstractObject(Kind.TRAINER, _ANY, interpreter.site(node))
    return interpreter.do(Call(node, _ANY, TransferRule("new trainer", {}), passed, made))


BY_UNKNOWN.append(built_by_unknown_class)


def _is_for_generating(interpreter: Interpreter, made: AbstractObject, call: Call, args: Value | None) -> bool:
    """Whether a trainer is one for models that generate: by its class, also a copy of the script's own, or by its arguments."""
    names = [call.name.rpartition(".")[2], *(cls.made_by for cls in (made.cls.lineage() if isinstance(made, Instance) else []))]
    if any(name.endswith(tuple(interpreter.knowledge.trainer["generating"])) for name in names):
        return True
    wanted = NONE if args is None else argument_of(interpreter, args, ["predict_with_generate"])
    return isinstance(wanted, Constant) and wanted.value is True


def _setup(interpreter: Interpreter, call: Call, before: TrainerSetup | None) -> TrainerSetup:
    """What a trainer is given besides model and arguments; `before` by another call of the constructor."""
    roles, passed = interpreter.knowledge.trainer, call.passed
    given, node = passed.get(*roles["model"]) or NONE, passed.node(*roles["model"])
    callbacks = passed.get(*roles["callbacks"]) or Sequence([])
    setup = TrainerSetup(callbacks) if before is None else replace(before, callbacks=callbacks)
    by_name = _is_of_trl(interpreter, call) and any(_is_name(one) for _, one in interpreter.alternatives(given))
    if isinstance(node, cst.Arg) and interpreter.underlying_models(given):
        setup = replace(setup, named=interpreter.site(node.value))
    return replace(setup, by_name=setup.by_name or by_name)


def _is_of_trl(interpreter: Interpreter, call: Call) -> bool:
    """Whether a trainer is TRL's: those load a model from its name."""
    return interpreter.knowledge.library_of(call.name) == "trl"


def _model_for(interpreter: Interpreter, call: Call, given: Value | None, args: Value | None) -> Value:
    """The model of a trainer: handed over, made by `model_init`, or loaded by TRL from a name."""
    init = call.passed.keywords.get("model_init")
    if (given is None or given == NONE) and init is not None:
        return interpreter.call(init, Arguments([], {}, {}), call.node)
    if given is None:
        return interpreter.unknown("a trainer's model")
    if not _is_of_trl(interpreter, call):
        return given
    return interpreter.each(given, lambda one: _loaded_by_name(interpreter, call, args) if _is_name(one) else one)


def _default_arguments(interpreter: Interpreter, call: Call) -> AbstractObject:
    """The arguments of a trainer that is given none: those that go with its class."""
    args = AbstractObject(Kind.ARGUMENTS, call.name)
    args.attach(BuiltBy(f"{call.name.removesuffix('Trainer')}Config", interpreter.site(call.node)))
    return args


def _set_cache(interpreter: Interpreter, made: AbstractObject) -> None:
    """A trainer that sets its model's `use_cache` to that of its arguments (False, unless the script gives it)."""
    own = interpreter.habit("trainer-sets-cache", "transformers.Trainer")
    names = [interpreter.knowledge.arguments["cache"]]
    args = made.fields["args"]
    # arguments of unknown make are taken to leave it at its default, as those of a command line are
    given = interpreter.flat(
        interpreter.each(args, lambda one: argument_of(interpreter, one, names) if _is_arguments(one) else ABSENT)
    )

    def after(before: Value) -> Value:
        return interpreter.flat(interpreter.each(given, lambda one: _cache_after(interpreter, one, before, own)))

    for condition, model, _ in interpreter.underlying_models(made.fields["model"]):
        with interpreter.under(condition):
            for _, config in interpreter.cases(interpreter.states[model].config or NONE):
                if isinstance(config, AbstractObject) and config.kind is Kind.CONFIG:
                    before = config.fields.get("use_cache", AS_LOADED)
                    interpreter.write(config, "use_cache", interpreter.flat(interpreter.each(before, after)), AS_LOADED)


def _cache_after(interpreter: Interpreter, given: Value, before: Value, own: Condition) -> Value:
    """The switch after a trainer was built. An argument `use_cache` says that the script is not for versions without one."""
    if given is ABSENT or given == NONE:
        return before if _is_off(before) else interpreter.select(own, BY_TRAINER, before)
    if isinstance(given, AbstractObject) and given.kind is Kind.UNKNOWN and given.chosen:
        on, off = (_cache_after(interpreter, Constant(value, given.site), before, own) for value in (True, False))
        return interpreter.select(interpreter.truth(given), on, off)
    if isinstance(given, Constant) and given.value is False:
        return before if _is_off(before) else BY_TRAINER
    if isinstance(given, Constant) and given.value is True:
        return interpreter.select(own, given, UNKNOWN)
    return interpreter.select(own, UNKNOWN, before)


def _is_arguments(value: Value) -> bool:
    return isinstance(value, AbstractObject) and value.kind is Kind.ARGUMENTS


def _is_off(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is False


def _is_name(value: Value) -> bool:
    text = isinstance(value, Constant) and isinstance(value.value, str)
    return text or (
        isinstance(value, AbstractObject)
        and (
            value.kind is Kind.TEXT
            or (value.kind is Kind.UNKNOWN and value.text.endswith(("name_or_path", "model_name", "model_id")))
        )
    )


def _loaded_by_name(interpreter: Interpreter, call: Call, args: Value | None) -> Value:
    """TRL loads a causal LM from its name, with `model_init_kwargs` of its arguments."""
    config = AbstractObject(Kind.CONFIG, call.name, interpreter.site(call.node))
    scores = call.name.rpartition(".")[2].startswith(("Reward", "PRM"))
    name, cached = ("AutoModelForSequenceClassification", Cached.UNKNOWN) if scores else ("AutoModelForCausalLM", Cached.YES)
    model = interpreter.new_model(name, interpreter.site(call.node), cached, EVAL, config)
    init = call.passed.keywords.get("model_init_kwargs")
    if init is None and isinstance(args, AbstractObject):
        init = args.fields.get("model_init_kwargs")
    for _, one in interpreter.cases(init) if init is not None else ():
        value = one.entries.get("use_cache") if isinstance(one, Mapping) else None if one == NONE else UNKNOWN
        if value is not None and value is not ABSENT:
            switch_cache(interpreter, config, value, call.node, "load")
    interpreter.emit(Loaded, call.node, [(TRUE, model, False)], source="a name given to the trainer")
    return model


# --- train, evaluate ---------------------------------------------------------------------------------------------------------


@does("train")
def train(interpreter: Interpreter, call: Call) -> Value:
    """`trainer.train()`: checkpointing as the arguments say, train mode, and both are left so."""
    for _, made in interpreter.cases(call.receiver):
        if isinstance(made, AbstractObject) and made.kind is Kind.TRAINER:
            _train_one(interpreter, call, made)
    return interpreter.unknown("a training's result")


def _train_one(interpreter: Interpreter, call: Call, made: AbstractObject) -> None:
    args = made.fields.get("args", NONE)
    switch, reentrant = checkpointing_by(interpreter, args, made), reentrant_by(interpreter, args)
    held = held_by(interpreter, made.fields.get("model", NONE))
    targets = [*interpreter.underlying_models(made.fields.get("model", NONE))]
    site = interpreter.site(call.node)
    roles = interpreter.knowledge.trainer
    for condition, model, _ in targets:
        for case, value in interpreter.alternatives(switch):
            guard = interpreter.conditions.both(condition, case)
            if isinstance(value, Constant) and value.value is True:
                interpreter.change(model, "checkpointing", value, guard)
                interpreter.states[model].switches.append(
                    (interpreter.conditions.both(interpreter.path_condition, guard), value.site or site)
                )
                switched_on(interpreter, model, reentrant, guard)
            elif isinstance(value, Constant) and value.value is Unsaid.UNKNOWN:
                before = interpreter.states[model].checkpointing
                unless_on = interpreter.conditions.without(guard, _when_on(interpreter, before))
                interpreter.change(model, "checkpointing", UNKNOWN, unless_on)
                interpreter.change(model, "reentrant", UNKNOWN, guard)
        interpreter.change(model, "mode", TRAIN, condition)
        note_training(interpreter, model, condition, site)
    for condition, model, _ in held:
        interpreter.change(model, "mode", TRAIN, condition)
    spread_by_arguments(interpreter, made, args, targets, held)
    ask_own_switches(interpreter, made, switch, call)
    given = argument_of(interpreter, args, list(interpreter.knowledge.arguments["checkpointing_kwargs"]))
    switch_modules(interpreter, made.fields.get("model", NONE), switch, reentrant, given, call, site)
    switch_layers(interpreter, made.fields.get("model", NONE), switch, reentrant, site)
    recompute_by_arguments(interpreter, [*targets, *held], sharding_of(interpreter, args))
    built = made.facet(BuiltBy)
    library = made.made_by if built is None else built.library
    run_hooks(interpreter, made, call, roles["hooks_before"], TRAIN)
    draw_by_override(interpreter, made, call, library)
    passed = use_cache_of_overrides(interpreter, made, call) if targets or not held else None
    if passed is None and any(decides_cache(interpreter, model) for _, model, _ in targets):
        passed = UNKNOWN
    passes_off = _passes_cache_off(interpreter, library, made)
    interpreter.emit(
        Trained,
        call.node,
        targets,
        trainer=made,
        forward_cache=passed if passed is not None else ABSENT,
        passes_cache_off=passes_off,
        rollouts=draws_rollouts(interpreter, library, made),
    )
    if held:
        targets += train_modules(interpreter, made, held, call, passes_off)
    for condition, model, _ in targets:
        interpreter.mark(model, "trained", condition)
    ends = mode_at_end(interpreter, args)
    run_hooks(interpreter, made, call, roles["hooks_during"], TRAIN)
    evaluates = evaluates_when(interpreter, args)
    evaluate_by_overrides(interpreter, made, call, evaluates)
    save_by_overrides(interpreter, made, call)
    run_hooks(interpreter, made, call, roles["hooks_saving"], TRAIN if ends is TRAIN else UNKNOWN)
    with interpreter.under(evaluates):
        run_hooks(interpreter, made, call, roles["hooks_evaluating"], EVAL)
    for condition, model, _ in [*targets, *held]:
        interpreter.change(model, "mode", ends, condition)
    leave_training(interpreter, targets)
    run_hooks(interpreter, made, call, roles["hooks_after"], None)


def _passes_cache_off(interpreter: Interpreter, trainer: str, made: AbstractObject) -> Condition:
    """When a library's trainer passes `use_cache=False` to each forward, whatever the script does."""
    passes = interpreter.habit("passes-cache-off", trainer)
    habit = interpreter.knowledge.habit("passes-cache-off", trainer)
    if (
        habit is not None
        and habit.library == "trl"
        and interpreter.modules.resolver is not None
        and interpreter.modules.resolver.is_inside("trl")
    ):
        # the scripts of its own repository run with its newest version
        passes = TRUE if habit.versions.contains(interpreter.knowledge.releases("trl")[-1]) else FALSE
    if trainer == _ANY:
        return interpreter.nondeterministic("the trainer passes `use_cache=False`")[1]
    setup = made.facet(TrainerSetup)
    if setup is not None and setup.by_name:
        passes = interpreter.conditions.either(passes, interpreter.habit("loads-without-cache", trainer))
    return passes


def _when_on(interpreter: Interpreter, value: Value) -> Condition:
    return interpreter.conditions.any(
        c for c, one in interpreter.alternatives(value) if isinstance(one, Constant) and one.value is True
    )


@does("evaluate")
def evaluate(interpreter: Interpreter, call: Call) -> Value:
    """evaluate() and predict() leave eval mode; a sequence-to-sequence trainer may generate in them."""
    for _, made in interpreter.cases(call.receiver):
        if not isinstance(made, AbstractObject):
            continue
        if call.name.rpartition(".")[2] != "evaluation_loop" and run_loop_override(interpreter, made, call):
            continue
        targets = interpreter.underlying_models(made.fields.get("model", NONE))
        for case, model, _ in [*targets, *held_by(interpreter, made.fields.get("model", NONE))]:
            interpreter.change(model, "mode", EVAL, case)
        run_step_override(interpreter, made, call)
        if is_training(interpreter):
            continue
        hook = f"on_{call.name.rpartition('.')[2]}"
        run_hooks(interpreter, made, call, [name for name in interpreter.knowledge.trainer["hooks_asked"] if name == hook], None)
        generates = _generates(interpreter, made)
        interpreter.emit(Evaluated, call.node, targets, generates=generates)
        if generates != FALSE:
            with interpreter.under(generates), generating(interpreter, targets):
                interpreter.emit(
                    Generated,
                    call.node,
                    targets,
                    how=call.name.rpartition(".")[2],
                    use_cache=_evaluation_switch(interpreter, made, call),
                    receiver=receiver_of(interpreter, call.node, ".model", targets),
                    in_training=False,
                )
    return interpreter.unknown("metrics")


def _generates(interpreter: Interpreter, made: AbstractObject) -> Condition:
    built = made.facet(BuiltBy)
    if built is None or not built.library.endswith(tuple(interpreter.knowledge.trainer["generating"])):
        return FALSE
    wanted = argument_of(interpreter, made.fields.get("args", NONE), ["predict_with_generate"])

    def sure(one: Value) -> Value:
        if isinstance(one, Constant) and one.value is True:
            return one
        return one if isinstance(one, AbstractObject) and one.chosen else Constant(False)

    return interpreter.truth(interpreter.each(wanted, sure))


def _evaluation_switch(interpreter: Interpreter, made: AbstractObject, call: Call) -> Value:
    given = call.passed.keywords.get("use_cache")
    if given is not None:
        return given
    config = argument_of(interpreter, made.fields.get("args", NONE), ["generation_config"])

    def switch(one: Value) -> Value:
        if one is ABSENT or one == NONE:
            return ABSENT
        if isinstance(one, AbstractObject) and one.kind is Kind.GENERATION_CONFIG:
            return one.fields.get("use_cache", Constant(True))
        only_outside = isinstance(one, AbstractObject) and not one.chosen and (one.text.startswith("--") or is_setting(one))
        return ABSENT if only_outside else UNKNOWN

    return interpreter.flat(interpreter.each(config, switch))
