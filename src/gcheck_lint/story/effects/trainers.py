"""Trainers and their arguments: what train(), evaluate() and predict() do to the model that the trainer holds."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import Evaluated, Generated, Loaded, Trained, TrainerBuilt
from gcheck_lint.story.domain.model_state import AS_LOADED, BY_TRAINER, EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Class, Function, Instance, Known, Mapping, Sequence, Thing, Value
from gcheck_lint.story.effects.own_layers import switch_layers
from gcheck_lint.story.effects.switching import note_task, switched_on, wrapped
from gcheck_lint.story.effects.trainable_parts import adapt
from gcheck_lint.story.effects.training_arguments import argument_of, checkpointing_by, mode_at_end, reentrant_by
from gcheck_lint.story.interpreter.attributes import receiver_of, switch_cache
from gcheck_lint.story.interpreter.calls import call_value
from gcheck_lint.story.interpreter.dispatch import Call, Passed, does
from gcheck_lint.story.interpreter.functions import call_function
from gcheck_lint.story.interpreter.interpreter import Teller


@does("new trainer")
def new_trainer(teller: Teller, call: Call) -> Value:
    """A trainer gets its model, arguments and callbacks."""
    made = call.receiver
    assert isinstance(made, Thing)
    made.made_by = made.made_by or call.name
    made.fields["@library"] = Known(call.name)
    roles = teller.knowledge.trainer
    passed = call.passed
    args = passed.get(*roles["arguments"])
    model = _model_for(teller, call, passed.get(*roles["model"]), args)
    peft = passed.keywords.get("peft_config")
    if peft is not None and peft is not ABSENT:
        note_task(teller, peft, model)
        given = teller.truth(teller.each(peft, lambda one: NONE if one is ABSENT else one))
        if given != FALSE and teller.cores(model):
            for condition, core, _ in teller.cores(model):
                adapt(teller, core, peft, teller.conditions.both(condition, given))
                teller.mark(core, "input_grads", teller.conditions.both(condition, given))
            model = teller.choose(given, wrapped(model, "adapter", teller, call), model)
    for condition, core, _ in teller.cores(model):
        teller.mark(
            core, "input_grads", teller.conditions.both(condition, teller.habit("trainer-lets-gradients-through", call.name))
        )
    if call.name.rpartition(".")[2] in roles["generating"]:
        for _, core, _ in teller.cores(model):
            if teller.states[core].cached == "unknown":
                teller.states[core].cached = "yes"  # what a sequence-to-sequence trainer trains generates
    made.fields["model"] = model
    made.fields["args"] = args if args is not None else _default_arguments(teller, call)
    callbacks = passed.get(*roles["callbacks"])
    made.fields["@callbacks"] = callbacks if callbacks is not None else Sequence([])
    if passed.open and passed.get(*roles["model"]) is None:
        made.fields["model"] = teller.unknown("a trainer's model")
    named = passed.node(*roles["model"])
    inner = named.value if isinstance(named, cst.Arg) else None
    if inner is not None and teller.cores(passed.get(*roles["model"]) or NONE):
        made.fields["@named"] = Known(None, teller.site(inner))
    made.fields["@site"] = Known(None, teller.site(call.node))
    _set_cache(teller, made)
    teller.emit(TrainerBuilt, call.node, teller.cores(made.fields["model"]), trainer=made)
    return made


def _model_for(teller: Teller, call: Call, given: Value | None, args: Value | None) -> Value:
    """The model of a trainer: handed over, made by `model_init`, or loaded by TRL from a name."""
    init = call.passed.keywords.get("model_init")
    if (given is None or given == NONE) and init is not None:
        return call_value(teller, init, Passed([], {}, {}), call.node)
    if given is None:
        return teller.unknown("a trainer's model")
    library = teller.knowledge.library_of(call.name)
    if library != "trl":
        return given
    if any(_is_name(one) for _, one in teller.alternatives(given)) and isinstance(call.receiver, Thing):
        call.receiver.fields["@by name"] = Known(True)
    return teller.each(given, lambda one: _loaded_by_name(teller, call, args) if _is_name(one) else one)


def _default_arguments(teller: Teller, call: Call) -> Thing:
    """The arguments of a trainer that is given none: those that go with its class."""
    args = Thing("arguments", call.name)
    args.fields["@library"] = Known(f"{call.name.removesuffix('Trainer')}Config")
    args.fields["@site"] = Known(None, teller.site(call.node))
    return args


def _set_cache(teller: Teller, made: Thing) -> None:
    """A trainer that sets its model's `use_cache` to that of its arguments (False, unless the script gives it)."""
    own = teller.habit("trainer-sets-cache", "transformers.Trainer")
    names = [teller.knowledge.arguments["cache"]]
    args = made.fields["args"]
    # arguments of unknown make are taken to leave it at its default, as those of a command line are
    given = teller.flat(teller.each(args, lambda one: argument_of(teller, one, names) if _is_arguments(one) else ABSENT))

    def after(before: Value) -> Value:
        return teller.flat(teller.each(given, lambda one: _cache_after(teller, one, before, own)))

    entry = teller.pc
    for condition, model, _ in teller.cores(made.fields["model"]):
        for case, config in teller.alternatives(teller.states[model].config or NONE):
            if isinstance(config, Thing) and config.role == "config":
                teller.pc = teller.conditions.both(entry, teller.conditions.both(condition, case))
                before = config.fields.get("use_cache", AS_LOADED)
                teller.write(config, "use_cache", teller.flat(teller.each(before, after)), AS_LOADED)
    teller.pc = entry


def _cache_after(teller: Teller, given: Value, before: Value, own: Condition) -> Value:
    """The switch after a trainer was built. An argument `use_cache` says that the script is not for versions without one."""
    if given is ABSENT or given == NONE:
        return before if _is_off(before) else teller.choose(own, BY_TRAINER, before)
    if isinstance(given, Thing) and given.role == "unknown" and given.chosen:
        on, off = (_cache_after(teller, Known(value, given.site), before, own) for value in (True, False))
        return teller.choose(teller.truth(given), on, off)
    if isinstance(given, Known) and given.value is False:
        return before if _is_off(before) else BY_TRAINER
    if isinstance(given, Known) and given.value is True:
        return teller.choose(own, given, UNKNOWN)
    return teller.choose(own, UNKNOWN, before)


def _is_arguments(value: Value) -> bool:
    return isinstance(value, Thing) and value.role == "arguments"


def _is_off(value: Value) -> bool:
    return isinstance(value, Known) and value.value is False


def _is_name(value: Value) -> bool:
    text = isinstance(value, Known) and isinstance(value.value, str)
    return text or (
        isinstance(value, Thing)
        and (
            value.role == "text" or (value.role == "unknown" and value.text.endswith(("name_or_path", "model_name", "model_id")))
        )
    )


def _loaded_by_name(teller: Teller, call: Call, args: Value | None) -> Value:
    """TRL loads a causal LM from its name, with `model_init_kwargs` of its arguments."""
    config = Thing("config", call.name, teller.site(call.node))
    scores = call.name.rpartition(".")[2].startswith(("Reward", "PRM"))
    name, cached = ("AutoModelForSequenceClassification", "unknown") if scores else ("AutoModelForCausalLM", "yes")
    model = teller.new_model(name, teller.site(call.node), cached, EVAL, config)
    init = call.passed.keywords.get("model_init_kwargs")
    if init is None and isinstance(args, Thing):
        init = args.fields.get("model_init_kwargs")
    for condition, one in teller.alternatives(init) if init is not None else ():
        value = one.entries.get("use_cache") if isinstance(one, Mapping) else None if one == NONE else UNKNOWN
        if value is not None and value is not ABSENT:
            entry = teller.pc
            teller.pc = teller.conditions.both(entry, condition)
            switch_cache(teller, config, value, call.node, "load")
            teller.pc = entry
    teller.emit(Loaded, call.node, [(TRUE, model, False)], source="a name given to the trainer")
    return model


@does("remove callback")
def remove_callback(teller: Teller, call: Call) -> Value:
    """Which callbacks are left is not followed: none is sure to run."""
    for _, made in teller.alternatives(call.receiver):
        if isinstance(made, Thing):
            made.fields["@callbacks"] = Sequence([])
    return teller.unknown(call.name)


@does("add callback")
def add_callback(teller: Teller, call: Call) -> Value:
    for condition, made in teller.alternatives(call.receiver):
        callbacks = made.fields.get("@callbacks") if isinstance(made, Thing) else None
        if isinstance(callbacks, Sequence) and callbacks.items is not None:
            guard = teller.conditions.both(teller.pc, condition)
            callbacks.items += [teller.choose(guard, callback, NONE) for callback in call.passed.positional]
    return NONE


# --- train, evaluate ---------------------------------------------------------------------------------------------------------


@does("train")
def train(teller: Teller, call: Call) -> Value:
    """`trainer.train()`: checkpointing as the arguments say, train mode, and both are left so."""
    entry = teller.pc
    for condition, made in teller.alternatives(call.receiver):
        if isinstance(made, Thing) and made.role == "trainer":
            teller.pc = teller.conditions.both(entry, condition)
            if teller.pc != FALSE:
                _train_one(teller, call, made)
    teller.pc = entry
    return teller.unknown("a training's result")


def _train_one(teller: Teller, call: Call, made: Thing) -> None:
    args = made.fields.get("args", NONE)
    switch, reentrant = checkpointing_by(teller, args, made), reentrant_by(teller, args)
    targets = teller.cores(made.fields.get("model", NONE))
    site = teller.site(call.node)
    roles = teller.knowledge.trainer
    for condition, model, _ in targets:
        for case, value in teller.alternatives(switch):
            guard = teller.conditions.both(condition, case)
            if isinstance(value, Known) and value.value is True:
                teller.change(model, "checkpointing", value, guard)
                teller.states[model].switches.append((teller.conditions.both(teller.pc, guard), value.site or site))
                switched_on(teller, model, reentrant, guard)
            elif isinstance(value, Known) and value.value == "unknown":
                before = teller.states[model].checkpointing
                unless_on = teller.conditions.without(guard, _when_on(teller, before))
                teller.change(model, "checkpointing", UNKNOWN, unless_on)
                teller.change(model, "reentrant", UNKNOWN, guard)
        teller.change(model, "mode", TRAIN, condition)
        teller.states[model].trainings.append((teller.conditions.both(teller.pc, condition), site))
    switch_layers(teller, made.fields.get("model", NONE), switch, reentrant, site)
    library = made.fields.get("@library")
    named = str(library.value) if isinstance(library, Known) else made.made_by
    _run_hooks(teller, made, call, roles["hooks_before"], TRAIN)
    passed = _forward_of(teller, made, call)
    teller.emit(
        Trained,
        call.node,
        targets,
        trainer=made,
        forward_cache=passed if passed is not None else ABSENT,
        passes_cache_off=_passes_cache_off(teller, named, made),
    )
    for condition, model, _ in targets:
        teller.mark(model, "trained", condition)
    ends = mode_at_end(teller, args)
    _run_hooks(teller, made, call, roles["hooks_during"], TRAIN)
    _run_hooks(teller, made, call, roles["hooks_saving"], TRAIN if ends is TRAIN else UNKNOWN)
    _run_hooks(teller, made, call, roles["hooks_evaluating"], EVAL)
    for condition, model, _ in targets:
        teller.change(model, "mode", ends, condition)
    _run_hooks(teller, made, call, roles["hooks_after"], None)


def _forward_of(teller: Teller, made: Thing, call: Call) -> Value | None:
    """What the trainer's own compute_loss or training_step passes as `use_cache`; None when it has no say."""
    own = made.cls if isinstance(made, Instance) else None
    if own is not None and any(isinstance(own.member(name), Function) for name in ("_prepare_inputs", "_prepare_input")):
        return UNKNOWN  # it may put anything into what the model is called with
    passed: Value | None = None
    for name in teller.knowledge.trainer["overrides_during"]:
        before = len(teller.forwards)
        teller.training_depth += 1
        _run_override(teller, made, name, call)
        teller.training_depth -= 1
        for core, value in teller.forwards[before:]:
            if value is not ABSENT and any(core is model for _, model, _ in teller.cores(made.fields.get("model", NONE))):
                passed = value
    return passed


def _passes_cache_off(teller: Teller, trainer: str, made: Thing) -> Condition:
    """When a library's trainer passes `use_cache=False` to each forward, whatever the script does."""
    passes = teller.habit("passes-cache-off", trainer)
    habit = teller.knowledge.habit("passes-cache-off", trainer)
    if habit is not None and habit.library == "trl" and teller.finder is not None and teller.finder.is_inside("trl"):
        # the scripts of its own repository run with its newest version
        passes = TRUE if habit.versions.contains(teller.knowledge.releases("trl")[-1]) else FALSE
    if "@by name" in made.fields:
        passes = teller.conditions.either(passes, teller.habit("loads-without-cache", trainer))
    return passes


def _when_on(teller: Teller, value: Value) -> Condition:
    return teller.conditions.any(c for c, one in teller.alternatives(value) if isinstance(one, Known) and one.value is True)


def _run_hooks(teller: Teller, made: Thing, call: Call, names: list[str], mode: Value | None) -> None:
    """Methods of the callbacks given to a trainer, which run inside train(); `mode`: the mode that they find the model in."""
    model = made.fields.get("model", NONE)
    hooks = made.fields.get("@callbacks")
    callbacks = hooks.items if isinstance(hooks, Sequence) and hooks.items is not None else []
    teller.training_depth += mode is not None
    for name in names:
        for callback in callbacks:
            for condition, one in teller.alternatives(callback):
                instance = _instance_of(teller, one, call)
                member = instance.cls.member(name) if instance is not None else None
                if instance is None or not isinstance(member, Function):
                    continue
                entry = teller.pc
                teller.pc = teller.conditions.both(entry, condition)
                if mode is not None:
                    _in_mode(teller, model, mode)
                given = [made.fields.get("args", NONE), teller.unknown("state"), teller.unknown("control")]
                call_function(teller, member.bound_to(instance), Passed(given, {"model": model}, {}), call.node)
                teller.pc = entry
    teller.training_depth -= mode is not None


def _instance_of(teller: Teller, one: Value, call: Call) -> Instance | None:
    if isinstance(one, Class):
        made = call_value(teller, one, Passed([], {}, {}), call.node)
        return made if isinstance(made, Instance) else None
    return one if isinstance(one, Instance) else None


def _in_mode(teller: Teller, model: Value, mode: Value) -> None:
    for condition, core, _ in teller.cores(model):
        teller.change(core, "mode", mode, condition)


def _run_override(teller: Teller, made: Thing, name: str, call: Call) -> None:
    member = made.cls.member(name) if isinstance(made, Instance) else None
    if not isinstance(member, Function):
        return
    entry = teller.pc
    given = (
        Passed([], {}, {})
        if name == "create_optimizer"
        else Passed([made.fields.get("model", NONE), teller.unknown("inputs")], {}, {})
    )
    call_function(teller, member.bound_to(made), given, call.node)
    teller.pc = entry


@does("evaluate")
def evaluate(teller: Teller, call: Call) -> Value:
    """evaluate() and predict() leave eval mode; a sequence-to-sequence trainer may generate in them."""
    entry = teller.pc
    for condition, made in teller.alternatives(call.receiver):
        if not isinstance(made, Thing):
            continue
        teller.pc = teller.conditions.both(entry, condition)
        targets = teller.cores(made.fields.get("model", NONE))
        for case, model, _ in targets:
            teller.change(model, "mode", EVAL, case)
        generates = _generates(teller, made)
        teller.emit(Evaluated, call.node, targets, generates=generates)
        if generates != FALSE:
            inner = teller.pc
            teller.pc = teller.conditions.both(inner, generates)
            teller.emit(
                Generated,
                call.node,
                targets,
                how=call.name.rpartition(".")[2],
                use_cache=_evaluation_switch(teller, made, call),
                receiver=receiver_of(teller, call.node, ".model", targets),
                in_training=False,
            )
    teller.pc = entry
    return teller.unknown("metrics")


def _generates(teller: Teller, made: Thing) -> Condition:
    library = made.fields.get("@library")
    name = str(library.value) if isinstance(library, Known) else ""
    if name.rpartition(".")[2] not in teller.knowledge.trainer["generating"]:
        return FALSE
    wanted = argument_of(teller, made.fields.get("args", NONE), ["predict_with_generate"])

    def sure(one: Value) -> Value:
        if isinstance(one, Known) and one.value is True:
            return one
        return one if isinstance(one, Thing) and one.chosen else Known(False)

    return teller.truth(teller.each(wanted, sure))


def _evaluation_switch(teller: Teller, made: Thing, call: Call) -> Value:
    given = call.passed.keywords.get("use_cache")
    if given is not None:
        return given
    config = argument_of(teller, made.fields.get("args", NONE), ["generation_config"])

    def switch(one: Value) -> Value:
        if one is ABSENT or one == NONE:
            return ABSENT
        if isinstance(one, Thing) and one.role == "generation config":
            return one.fields.get("use_cache", Known(True))
        only_by_command_line = isinstance(one, Thing) and not one.chosen and one.text.startswith("--")
        return ABSENT if only_by_command_line else UNKNOWN

    return teller.flat(teller.each(config, switch))
