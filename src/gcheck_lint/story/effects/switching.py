"""What calls do to models: switches, modes, wrappers."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import (
    CheckpointingSwitched,
    Loaded,
    ModeSet,
    Wrapped,
)
from gcheck_lint.story.domain.facets import BuiltBy, Open
from gcheck_lint.story.domain.limits import HELD_DEEP
from gcheck_lint.story.domain.model_state import EVAL, TRAIN, UNKNOWN, Unsaid
from gcheck_lint.story.domain.objects import Instance, Mapping, Sequence, Wrapper, Wrapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.effects.adapters import adapt, starve_towers
from gcheck_lint.story.effects.cache_at_load import keep_at_load, take_keyword
from gcheck_lint.story.effects.deepspeed_sections import ask_by_section
from gcheck_lint.story.effects.inner_models import adopt_inner
from gcheck_lint.story.effects.own_tensors import note_mode
from gcheck_lint.story.effects.spreading import note_parallel, shard_by_config
from gcheck_lint.story.effects.trainable_parts import freeze, kwargs_of, reentrancy
from gcheck_lint.story.effects.versioned_names import use_of_arguments, use_of_model
from gcheck_lint.story.effects.wrapper_switches import hidden_unknown, refuse_on_wrapper
from gcheck_lint.story.interpreter.containers import keep_element
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.losing import loses

# --- switches ------------------------------------------------------------------------------------------------------------


@does("checkpointing")
def checkpointing(interpreter: Interpreter, call: Call) -> Value:
    """Checkpointing switched on or off by a method of the model."""
    on = bool(call.transfer.details["on"])
    refuse_on_wrapper(interpreter, call)
    site = interpreter.site(call.node)
    targets = interpreter.underlying_models(call.receiver)
    given = kwargs_of(call.passed, call.transfer.details.get("kwargs", []))
    reentrant = reentrancy(interpreter, given) if "kwargs" in call.transfer.details else UNKNOWN
    use_of_model(interpreter, "model", call.name, call.node, targets)
    own = all(interpreter.states[one].own_class for _, one, _ in targets)
    use_of_arguments(interpreter, f"model.{call.name}", call.node, call.passed, own=own)
    for condition, model, _ in targets:
        interpreter.change(model, "checkpointing", Constant(on, site), condition)
        if on:
            interpreter.states[model].switches.append((interpreter.conditions.both(interpreter.path_condition, condition), site))
            switched_on(interpreter, model, reentrant, condition)
    interpreter.emit(CheckpointingSwitched, call.node, targets, on=Constant(on))
    return NONE


def switched_on(interpreter: Interpreter, model: AbstractObject, reentrant: Value, condition: Condition) -> None:
    """What goes with switching checkpointing on: how it runs layers again, and the hook that some versions set."""
    interpreter.change(model, "reentrant", reentrant, condition)
    hooked = interpreter.conditions.either(
        interpreter.habit("enabling-lets-gradients-through", model.made_by), interpreter.states[model].adapter
    )
    interpreter.mark(model, "input_grads", interpreter.conditions.both(condition, hooked))


@does("prepare kbit")
def prepare_kbit(interpreter: Interpreter, call: Call) -> Value:
    """PEFT's preparation of a quantised model: checkpointing on unless it is asked not to be."""
    model_value = call.passed.get("model", 0) or NONE
    adopt_inner(interpreter, model_value)
    wanted = call.passed.get("use_gradient_checkpointing", None)
    if wanted is None:
        wanted = call.passed.get("use_gradient_checkpointing", 1)
    asked = (
        interpreter.truth(interpreter.each(wanted, lambda one: Constant(True) if one is ABSENT else one))
        if wanted is not None
        else TRUE
    )
    if wanted is None and call.passed.open:
        asked = FALSE
    given = call.passed.get("gradient_checkpointing_kwargs", 2)
    reentrant = reentrancy(interpreter, UNKNOWN if given is None and call.passed.open else given)
    site = interpreter.site(call.node)
    targets = []
    for condition, model, adapter in interpreter.underlying_models(model_value):
        flag = interpreter.states[model].quantised
        freeze(interpreter, model, condition)
        if flag is None:
            interpreter.change(model, "checkpointing", UNKNOWN, interpreter.conditions.both(condition, asked))
            interpreter.mark_unknown(model, "input_grads", condition)
            continue
        on = interpreter.conditions.both(condition, interpreter.conditions.both(asked, interpreter.truth(flag)))
        if on == FALSE:
            continue
        interpreter.change(model, "checkpointing", Constant(True, site), on)
        interpreter.states[model].switches.append((interpreter.conditions.both(interpreter.path_condition, on), site))
        interpreter.change(model, "reentrant", reentrant, on)
        for case, value in interpreter.alternatives(reentrant):
            if value != Constant(False):
                interpreter.mark(model, "input_grads", interpreter.conditions.both(on, case))
        targets.append((on, model, adapter))
    if targets:
        interpreter.emit(CheckpointingSwitched, call.node, targets, on=Constant(True))
    return model_value


@does("mode")
def set_mode(interpreter: Interpreter, call: Call) -> Value:
    """`train()`, `train(False)`, `eval()`."""
    mode = TRAIN if call.transfer.details["mode"] == "train" else EVAL
    given = call.passed.get("mode", 0)
    value: Value = mode
    if mode is TRAIN and given is not None:
        value = interpreter.select(interpreter.truth(given), TRAIN, EVAL)
    targets = models_within(interpreter, call.receiver)
    note_mode(
        interpreter, call.receiver, interpreter.conditions.any(c for c, one in interpreter.alternatives(value) if one == EVAL)
    )
    for condition, model, _ in targets:
        interpreter.change(model, "mode", value, condition)
    if targets:
        interpreter.emit(ModeSet, call.node, targets, mode=value)
    return call.receiver


def models_within(
    interpreter: Interpreter, value: Value, condition: Condition = TRUE, depth: int = 0
) -> list[tuple[Condition, AbstractObject, bool]]:
    """The models behind a value; of a module of the script's own, those that it holds."""
    found = interpreter.underlying_models(value, condition)
    for case, one in interpreter.alternatives(value):
        inner: list[Value] = []
        if isinstance(one, Instance) and one.kind is Kind.MODULE and one not in interpreter.states:
            inner = [held for name, held in one.fields.items() if name.isidentifier()]
        elif depth and isinstance(one, (Sequence, Mapping)):
            inner = one.contents
        for held in inner if depth < HELD_DEEP else ():
            found += models_within(interpreter, held, interpreter.conditions.both(condition, case), depth + 1)
    return found


@does("same")
def same_object(interpreter: Interpreter, call: Call) -> Value:
    """Methods that return the object they are called on."""
    return call.receiver


# --- wrapping ------------------------------------------------------------------------------------------------------------


@does("wrap adapter")
def wrap_adapter(interpreter: Interpreter, call: Call) -> Value:
    """`get_peft_model`: the same model, seen through an adapter; saves write the adapter only."""
    model = call.argument("model") or NONE
    adopt_inner(interpreter, model)
    note_task(interpreter, call.argument("config"), model)
    targets = interpreter.underlying_models(model)
    if not targets:
        return interpreter.unknown("a PEFT model", [model])
    interpreter.emit(Wrapped, call.node, targets, into="an adapter")
    lets_through = interpreter.habit("wrapping-lets-gradients-through", call.name)
    for condition, core, _ in targets:
        for case, value in interpreter.alternatives(interpreter.states[core].checkpointing):
            if isinstance(value, Constant) and value.value is True:
                hooked = interpreter.conditions.without(lets_through, _quantised(interpreter, core))
                interpreter.mark(
                    core, "input_grads", interpreter.conditions.both(hooked, interpreter.conditions.both(condition, case))
                )
            elif isinstance(value, Constant) and value.value is Unsaid.UNKNOWN:
                interpreter.mark_unknown(core, "input_grads", interpreter.conditions.both(condition, case))
        adapt(interpreter, core, call.argument("config"), condition)
        starve_towers(interpreter, core, call.argument("config"), condition, _quantised(interpreter, core))
        # what a quantised model needs was not run
        interpreter.mark_unknown(core, "input_grads", interpreter.conditions.both(condition, _quantised(interpreter, core)))
    return wrapped(model, Wrapping.ADAPTER, interpreter, call)


def _quantised(interpreter: Interpreter, model: AbstractObject) -> Condition:
    flag = interpreter.states[model].quantised
    return FALSE if flag is None else interpreter.truth(flag)


def wrapped(inner: Value, wrapping: Wrapping, interpreter: Interpreter, call: Call) -> Wrapper:
    """A wrapper around a model."""
    return Wrapper(inner, wrapping, interpreter.site(call.node))


def note_task(interpreter: Interpreter, config: Value | None, model: Value) -> None:
    """A LoraConfig with a generating task type says that the model behind an AutoModel generates."""
    task = config.fields.get("task_type") if isinstance(config, AbstractObject) else None
    text = task.value if isinstance(task, Constant) else task.last if isinstance(task, ExternalSymbol) else None
    if text in ("CAUSAL_LM", "SEQ_2_SEQ_LM"):
        for _, core, _ in interpreter.underlying_models(model):
            if interpreter.states[core].cached is Cached.UNKNOWN:
                interpreter.states[core].cached = Cached.YES


@does("new peft config")
def new_peft_config(interpreter: Interpreter, call: Call) -> Value:
    config = call.receiver if isinstance(call.receiver, AbstractObject) else AbstractObject(Kind.PEFT_CONFIG, call.name)
    config.fields.update(call.passed.keywords)
    if call.passed.open or call.passed.positional:
        config.attach(Open())
    return config


@does("load adapter model")
def load_adapter_model(interpreter: Interpreter, call: Call) -> Value:
    """`PeftModel.from_pretrained(model, …)` wraps; `AutoPeftModelForCausalLM.from_pretrained(…)` loads and wraps."""
    model = call.passed.get("model", 0) or NONE
    if interpreter.underlying_models(model):
        interpreter.emit(Wrapped, call.node, interpreter.underlying_models(model), into="an adapter")
        for condition, core, _ in interpreter.underlying_models(model):
            interpreter.change(core, "mode", EVAL, condition)
            adapt(interpreter, core, None, condition)
        return wrapped(model, Wrapping.ADAPTER, interpreter, call)
    owner = call.receiver.last if isinstance(call.receiver, ExternalSymbol) else ""
    if not owner.startswith("AutoPeft"):
        return interpreter.unknown("a PEFT model")
    cached = Cached.YES if owner.endswith(("ForCausalLM", "ForSeq2SeqLM")) else Cached.UNKNOWN
    core = interpreter.new_model(owner, interpreter.site(call.node), cached, EVAL)
    take_keyword(interpreter, call, core, interpreter.states[core].config or NONE)
    keep_at_load(interpreter, call, core)
    adapt(interpreter, core, None, TRUE)
    interpreter.emit(Loaded, call.node, [(TRUE, core, False)], source=owner)
    return wrapped(core, Wrapping.ADAPTER, interpreter, call)


@does("add adapter")
def add_adapter(interpreter: Interpreter, call: Call) -> Value:
    """transformers' own adapters: saves write the adapter only."""
    for condition, model, _ in interpreter.underlying_models(call.receiver):
        interpreter.mark(model, "adapter", condition)
        adapt(interpreter, model, call.passed.get("adapter_config", 0), condition)
    return NONE


@does("inner")
def inner_model(interpreter: Interpreter, call: Call) -> Value:
    def unwrap(one: Value) -> Value:
        return one.inner if isinstance(one, Wrapper) else one

    return interpreter.flat(interpreter.each(call.receiver, unwrap))


@does("merge")
def merge(interpreter: Interpreter, call: Call) -> Value:
    """`merge_and_unload`: the plain model again."""
    interpreter.emit(Wrapped, call.node, interpreter.underlying_models(call.receiver), into="the plain model")
    for condition, core, _ in interpreter.underlying_models(call.receiver):
        adapt(interpreter, core, None, condition)
    return inner_model(interpreter, call)


@does("wrap parallel")
def wrap_parallel(interpreter: Interpreter, call: Call) -> Value:
    model = call.passed.get("module", 0) or call.passed.get("model") or NONE
    if not interpreter.underlying_models(model):
        return hidden_unknown(interpreter, call, model)
    note_parallel(interpreter, call, model)
    made = wrapped(model, Wrapping.PARALLEL, interpreter, call)
    if call.transfer.details.get("hides"):
        made.attach(BuiltBy(call.name, made.site))
    return made


@does("unwrap")
def unwrap(interpreter: Interpreter, call: Call) -> Value:
    value = call.passed.get("model", 0) or NONE

    def strip(one: Value) -> Value:
        while isinstance(one, Wrapper) and not one.is_adapter:
            one = one.inner
        return one

    return interpreter.flat(interpreter.each(value, strip))


@does("pass through")
def pass_through(interpreter: Interpreter, call: Call) -> Value:
    """Gives back what it is given: one thing, or a tuple of them."""
    values = call.passed.values()
    if call.passed.open:
        many = interpreter.unknown(call.name, values)
        for place, value in enumerate(call.passed.positional):
            keep_element(many, place, value)
        return many if call.passed.positional or not call.passed.more else Sequence(None, call.passed.more, other=True)
    return values[0] if len(values) == 1 else Sequence(list(values))


@does("pass through first two")
def pass_through_first_two(interpreter: Interpreter, call: Call) -> Value:
    model, tokenizer = call.passed.get("model", 0), call.passed.get("tokenizer", 1)
    return Sequence([model or interpreter.unknown(), tokenizer or interpreter.unknown()])


@does("unwrap for generation")
def unwrap_for_generation(interpreter: Interpreter, call: Call) -> Value:
    """TRL's own context manager: from 0.22 it switches checkpointing off for the body."""
    return interpreter.unknown("a model made ready to generate")


@does("initialize engine")
def initialize_engine(interpreter: Interpreter, call: Call) -> Value:
    model = call.argument("model") or NONE
    adopt_inner(interpreter, model)
    shard_by_config(interpreter, call, model)
    config = call.passed.keywords.get("config", call.passed.keywords.get("config_params", NONE))
    ask_by_section(interpreter, config, interpreter.underlying_models(model), call.passed.nodes.get("config", call.node))
    engine = (
        wrapped(model, Wrapping.ENGINE, interpreter, call)
        if interpreter.underlying_models(model)
        else interpreter.unknown("an engine", [model])
    )
    return Sequence(
        [engine, interpreter.unknown("an optimizer"), interpreter.unknown("a loader"), interpreter.unknown("a scheduler")]
    )


@does("apply")
def apply_function(interpreter: Interpreter, call: Call) -> Value:
    """`model.apply(fn)`: what the function does to each part is not followed."""
    interpreter.havoc([call.receiver, *call.passed.values()])
    return call.receiver


@does("havoc receiver")
def havoc_receiver(interpreter: Interpreter, call: Call) -> Value:
    interpreter.havoc([call.receiver])
    return interpreter.unknown(call.name)


_ADAPTING = {"add_adapter", "get_peft_model", "PeftModel", "inject_adapter_in_model"}


@loses
def lose_adapter(interpreter: Interpreter, one: AbstractObject | None, names: frozenset[str]) -> None:
    """What was given up may have put an adapter into a model."""
    if (
        one is not None
        and one in interpreter.states
        and names & {"add_adapter", "get_peft_model", "PeftModel", "inject_adapter_in_model"}
    ):
        interpreter.mark_unknown(one, "adapter")
