"""What calls do to models: switches, modes, wrappers."""

from __future__ import annotations

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import (
    CheckpointingSwitched,
    Loaded,
    ModeSet,
    Wrapped,
)
from gcheck_lint.story.domain.model_state import EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Instance, Known, Library, Mapping, Sequence, Thing, Value
from gcheck_lint.story.effects.trainable_parts import adapt, freeze, kwargs_of, reentrancy
from gcheck_lint.story.effects.versioned_names import has_own_class, use_of_arguments, use_of_model
from gcheck_lint.story.interpreter.dispatch import Call, does
from gcheck_lint.story.interpreter.interpreter import Teller

# --- switches ------------------------------------------------------------------------------------------------------------


@does("checkpointing")
def checkpointing(teller: Teller, call: Call) -> Value:
    """Checkpointing switched on or off by a method of the model."""
    on = bool(call.act.details["on"])
    site = teller.site(call.node)
    targets = teller.cores(call.receiver)
    given = kwargs_of(call.passed, call.act.details.get("kwargs", []))
    reentrant = reentrancy(teller, given) if "kwargs" in call.act.details else UNKNOWN
    use_of_model(teller, "model", call.name, call.node, targets)
    use_of_arguments(teller, f"model.{call.name}", call.node, call.passed, own=all(has_own_class(one) for _, one, _ in targets))
    for condition, model, _ in targets:
        teller.change(model, "checkpointing", Known(on, site), condition)
        if on:
            teller.states[model].switches.append((teller.conditions.both(teller.pc, condition), site))
            switched_on(teller, model, reentrant, condition)
    teller.emit(CheckpointingSwitched, call.node, targets, on=Known(on))
    return NONE


def switched_on(teller: Teller, model: Thing, reentrant: Value, condition: Condition) -> None:
    """What goes with switching checkpointing on: how it runs layers again, and the hook that some versions set."""
    teller.change(model, "reentrant", reentrant, condition)
    hooked = teller.conditions.either(
        teller.habit("enabling-lets-gradients-through", model.made_by), teller.states[model].adapter
    )
    teller.mark(model, "input_grads", teller.conditions.both(condition, hooked))


@does("prepare kbit")
def prepare_kbit(teller: Teller, call: Call) -> Value:
    """PEFT's preparation of a quantised model: checkpointing on unless it is asked not to be."""
    model_value = call.passed.get("model", 0) or NONE
    wanted = call.passed.get("use_gradient_checkpointing", None)
    if wanted is None:
        wanted = call.passed.get("use_gradient_checkpointing", 1)
    asked = teller.truth(teller.each(wanted, lambda one: Known(True) if one is ABSENT else one)) if wanted is not None else TRUE
    if wanted is None and call.passed.open:
        asked = FALSE
    given = call.passed.get("gradient_checkpointing_kwargs", 2)
    reentrant = reentrancy(teller, UNKNOWN if given is None and call.passed.open else given)
    site = teller.site(call.node)
    targets = []
    for condition, model, adapter in teller.cores(model_value):
        flag = model.fields.get("@quantised")
        freeze(teller, model, condition)
        if flag is None:
            teller.change(model, "checkpointing", UNKNOWN, teller.conditions.both(condition, asked))
            teller.mark_unknown(model, "input_grads", condition)
            continue
        on = teller.conditions.both(condition, teller.conditions.both(asked, teller.truth(flag)))
        if on == FALSE:
            continue
        teller.change(model, "checkpointing", Known(True, site), on)
        teller.states[model].switches.append((teller.conditions.both(teller.pc, on), site))
        teller.change(model, "reentrant", reentrant, on)
        for case, value in teller.alternatives(reentrant):
            if value != Known(False):
                teller.mark(model, "input_grads", teller.conditions.both(on, case))
        targets.append((on, model, adapter))
    if targets:
        teller.emit(CheckpointingSwitched, call.node, targets, on=Known(True))
    return model_value


@does("mode")
def set_mode(teller: Teller, call: Call) -> Value:
    """`train()`, `train(False)`, `eval()`."""
    mode = TRAIN if call.act.details["mode"] == "train" else EVAL
    given = call.passed.get("mode", 0)
    value: Value = mode
    if mode is TRAIN and given is not None:
        value = teller.choose(teller.truth(given), TRAIN, EVAL)
    targets = models_within(teller, call.receiver)
    for condition, model, _ in targets:
        teller.change(model, "mode", value, condition)
    if targets:
        teller.emit(ModeSet, call.node, targets, mode=value)
    return call.receiver


_DEEP = 4


def models_within(
    teller: Teller, value: Value, condition: Condition = TRUE, depth: int = 0
) -> list[tuple[Condition, Thing, bool]]:
    """The models behind a value; of a module of the script's own, those that it holds."""
    found = teller.cores(value, condition)
    for case, one in teller.alternatives(value):
        inner: list[Value] = []
        if isinstance(one, Instance) and one.role == "module" and one not in teller.states:
            inner = [held for name, held in one.fields.items() if name.isidentifier()]
        elif depth and isinstance(one, (Sequence, Mapping)):
            inner = list(one.entries.values()) if isinstance(one, Mapping) else one.items or []
        for held in inner if depth < _DEEP else ():
            found += models_within(teller, held, teller.conditions.both(condition, case), depth + 1)
    return found


@does("same")
def same_object(teller: Teller, call: Call) -> Value:
    """Methods that return the object they are called on."""
    return call.receiver


# --- wrapping ------------------------------------------------------------------------------------------------------------


@does("wrap adapter")
def wrap_adapter(teller: Teller, call: Call) -> Value:
    """`get_peft_model`: the same model, seen through an adapter; saves write the adapter only."""
    model = call.argument("model") or NONE
    note_task(teller, call.argument("config"), model)
    targets = teller.cores(model)
    if not targets:
        return teller.unknown("a PEFT model", [model])
    teller.emit(Wrapped, call.node, targets, into="an adapter")
    lets_through = teller.habit("wrapping-lets-gradients-through", call.name)
    for condition, core, _ in targets:
        for case, value in teller.alternatives(teller.states[core].checkpointing):
            if isinstance(value, Known) and value.value is True:
                hooked = teller.conditions.without(lets_through, _quantised(teller, core))
                teller.mark(core, "input_grads", teller.conditions.both(hooked, teller.conditions.both(condition, case)))
            elif isinstance(value, Known) and value.value == "unknown":
                teller.mark_unknown(core, "input_grads", teller.conditions.both(condition, case))
        adapt(teller, core, call.argument("config"), condition)
        # what a quantised model needs was not run
        teller.mark_unknown(core, "input_grads", teller.conditions.both(condition, _quantised(teller, core)))
    return wrapped(model, "adapter", teller, call)


def _quantised(teller: Teller, model: Thing) -> Condition:
    flag = model.fields.get("@quantised")
    return FALSE if flag is None else teller.truth(flag)


def wrapped(inner: Value, kind: str, teller: Teller, call: Call) -> Thing:
    """A wrapper around a model."""
    wrapper = Thing("wrapper", kind, teller.site(call.node))
    wrapper.fields["inner"] = inner
    return wrapper


def note_task(teller: Teller, config: Value | None, model: Value) -> None:
    """A LoraConfig with a generating task type says that the model behind an AutoModel generates."""
    task = config.fields.get("task_type") if isinstance(config, Thing) else None
    text = task.value if isinstance(task, Known) else task.last if isinstance(task, Library) else None
    if text in ("CAUSAL_LM", "SEQ_2_SEQ_LM"):
        for _, core, _ in teller.cores(model):
            if teller.states[core].cached == "unknown":
                teller.states[core].cached = "yes"


@does("new peft config")
def new_peft_config(teller: Teller, call: Call) -> Value:
    config = call.receiver if isinstance(call.receiver, Thing) else Thing("peft config", call.name)
    config.fields.update(call.passed.keywords)
    if call.passed.open or call.passed.positional:
        config.fields["@open"] = Known(True)
    return config


@does("load adapter model")
def load_adapter_model(teller: Teller, call: Call) -> Value:
    """`PeftModel.from_pretrained(model, …)` wraps; `AutoPeftModelForCausalLM.from_pretrained(…)` loads and wraps."""
    model = call.passed.get("model", 0) or NONE
    if teller.cores(model):
        teller.emit(Wrapped, call.node, teller.cores(model), into="an adapter")
        for condition, core, _ in teller.cores(model):
            teller.change(core, "mode", EVAL, condition)
            adapt(teller, core, None, condition)
        return wrapped(model, "adapter", teller, call)
    owner = call.receiver.last if isinstance(call.receiver, Library) else ""
    if not owner.startswith("AutoPeft"):
        return teller.unknown("a PEFT model")
    cached = "yes" if owner.endswith(("ForCausalLM", "ForSeq2SeqLM")) else "unknown"
    core = teller.new_model(owner, teller.site(call.node), cached, EVAL)
    adapt(teller, core, None, TRUE)
    teller.emit(Loaded, call.node, [(TRUE, core, False)], source=owner)
    return wrapped(core, "adapter", teller, call)


@does("add adapter")
def add_adapter(teller: Teller, call: Call) -> Value:
    """transformers' own adapters: saves write the adapter only."""
    for condition, model, _ in teller.cores(call.receiver):
        teller.mark(model, "adapter", condition)
        adapt(teller, model, call.passed.get("adapter_config", 0), condition)
    return NONE


@does("inner")
def inner_model(teller: Teller, call: Call) -> Value:
    def unwrap(one: Value) -> Value:
        return one.fields["inner"] if isinstance(one, Thing) and one.role == "wrapper" else one

    return teller.flat(teller.each(call.receiver, unwrap))


@does("merge")
def merge(teller: Teller, call: Call) -> Value:
    """`merge_and_unload`: the plain model again."""
    teller.emit(Wrapped, call.node, teller.cores(call.receiver), into="the plain model")
    for condition, core, _ in teller.cores(call.receiver):
        adapt(teller, core, None, condition)
    return inner_model(teller, call)


@does("wrap parallel")
def wrap_parallel(teller: Teller, call: Call) -> Value:
    model = call.passed.get("module", 0) or call.passed.get("model") or NONE
    if not teller.cores(model):
        return model
    return wrapped(model, "parallel", teller, call)


@does("unwrap")
def unwrap(teller: Teller, call: Call) -> Value:
    value = call.passed.get("model", 0) or NONE

    def strip(one: Value) -> Value:
        while isinstance(one, Thing) and one.role == "wrapper" and one.made_by != "adapter":
            one = one.fields["inner"]
        return one

    return teller.flat(teller.each(value, strip))


@does("pass through")
def pass_through(teller: Teller, call: Call) -> Value:
    """Gives back what it is given: one thing, or a tuple of them."""
    values = call.passed.values()
    if call.passed.open:
        return teller.unknown(call.name, values)
    return values[0] if len(values) == 1 else Sequence(list(values))


@does("pass through first two")
def pass_through_first_two(teller: Teller, call: Call) -> Value:
    model, tokenizer = call.passed.get("model", 0), call.passed.get("tokenizer", 1)
    return Sequence([model or teller.unknown(), tokenizer or teller.unknown()])


@does("unwrap for generation")
def unwrap_for_generation(teller: Teller, call: Call) -> Value:
    """TRL's own context manager: from 0.22 it switches checkpointing off for the body."""
    return teller.unknown("a model made ready to generate")


@does("initialize engine")
def initialize_engine(teller: Teller, call: Call) -> Value:
    model = call.argument("model") or NONE
    engine = wrapped(model, "engine", teller, call) if teller.cores(model) else teller.unknown("an engine", [model])
    return Sequence([engine, teller.unknown("an optimizer"), teller.unknown("a loader"), teller.unknown("a scheduler")])


@does("new foreign loader")
def foreign_loader(teller: Teller, call: Call) -> Value:
    return teller.unknown(call.name, call.passed.values())


@does("apply")
def apply_function(teller: Teller, call: Call) -> Value:
    """`model.apply(fn)`: what the function does to each part is not followed."""
    teller.havoc([call.receiver, *call.passed.values()])
    return call.receiver


@does("havoc receiver")
def havoc_receiver(teller: Teller, call: Call) -> Value:
    teller.havoc([call.receiver])
    return teller.unknown(call.name)
