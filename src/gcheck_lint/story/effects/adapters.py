"""Adapters: what learns in a model that has got one, by what its config says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gcheck_lint.knowledge.kinds import Kind, Part
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import Open
from gcheck_lint.story.domain.objects import Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.effects.trainable_parts import freeze, open_parts, set_part
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.texts import may_be_slow


def adapt(interpreter: Interpreter, model: AbstractObject, config: Value | None, condition: Condition) -> None:
    """An adapter around a model: what learns is what its config says."""
    for case, one in interpreter.alternatives(config) if config is not None else [(TRUE, NONE)]:
        guard = interpreter.conditions.both(condition, case)
        kind = one.made_by.rpartition(".")[2] if isinstance(one, AbstractObject) else ""
        if kind in interpreter.knowledge.adapters["prefix"] and isinstance(one, AbstractObject):
            if one.fields.get("num_virtual_tokens") != Constant(0):  # PEFT 0.18.1 makes an embedding of that many rows
                interpreter.mark(model, "prefix", guard)
            freeze(interpreter, model, guard)
        elif kind in interpreter.knowledge.adapters["layers"] and isinstance(one, AbstractObject):
            freeze(interpreter, model, guard)
            state = interpreter.states[model]
            even = Part.LAYERS not in state.uneven
            for named, these in _cases_of(interpreter, one, ("modules_to_save", "target_modules")):
                case = interpreter.conditions.both(guard, named)
                learn = _learned(interpreter, one, these)
                if learn is None or not interpreter.knowledge.is_in_layers(model.made_by, _modules_of(these)):
                    open_parts(interpreter, model, case)
                    continue
                for part in learn:
                    set_part(interpreter, model, part, TRUE, case, some=True)
                if kind in interpreter.knowledge.adapters["lora"]:
                    if even:
                        state.uneven.discard(Part.LAYERS)
                    interpreter.mark(model, "lora", case)
            state.targets = _modules_of((NONE, one.fields.get("target_modules", NONE)))
        else:
            open_parts(interpreter, model, guard)


def _parts_matching(interpreter: Interpreter, text: str) -> set[Part] | None:
    """The parts besides the layers into which LoRA goes by a regular expression; None for none."""
    pattern = _compiled(text)
    return None if pattern is None else interpreter.knowledge.parts_matching(pattern)


def _compiled(text: str) -> re.Pattern[str] | None:
    """A regular expression of the script's; None where it is none, or may take too long."""
    try:
        return None if may_be_slow(text) else re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return None


def _modules_of(named: tuple[Value, ...]) -> tuple[str, ...] | None:
    """The modules into which an adapter goes, by their last names, where it names them one by one and saves no others."""
    saved, targets = named
    texts = _texts_in(targets) if saved == NONE or saved is ABSENT else None
    return tuple(text.rpartition(".")[2] for text in texts) if texts else None


def _cases_of(
    interpreter: Interpreter, config: AbstractObject, names: tuple[str, ...]
) -> Iterator[tuple[Condition, tuple[Value, ...]]]:
    """What some fields of an object are together, each with its condition."""
    both = interpreter.conditions.both
    cases: list[tuple[Condition, tuple[Value, ...]]] = [(TRUE, ())]
    for name in names:
        more = interpreter.alternatives(config.fields.get(name, NONE))
        cases = [(both(case, other), (*values, value)) for case, values in cases for other, value in more]
    return (found for found in cases if found[0] != FALSE)


def _learned(interpreter: Interpreter, config: AbstractObject, named_modules: tuple[Value, ...]) -> list[Part] | None:
    """The parts in which an adapter's config has something learn that names these modules; None when that can't be told."""
    fields = config.fields
    if config.facet(Open) is not None or any(name in fields for name in ("trainable_token_indices", "target_parameters")):
        return None
    if fields.get("inference_mode", Constant(False)) != Constant(False):
        return None
    if not leaves_biases_alone(fields.get("bias")):
        return None
    beside = config.made_by.rpartition(".")[2] in interpreter.knowledge.adapters["beside_layers"]
    learn = {Part.LAYERS, Part.NORM} if beside else {Part.LAYERS}  # as if what comes behind the layers learned: no pass raises
    task = fields.get("task_type", NONE)
    text = task.value if isinstance(task, Constant) else task.last if isinstance(task, ExternalSymbol) else "?"
    if text in interpreter.knowledge.adapters["heads"]:
        learn.add(Part.HEAD)
    elif text not in (None, "CAUSAL_LM", "SEQ_2_SEQ_LM", "FEATURE_EXTRACTION"):
        return None
    for named in named_modules:
        if named == NONE or named is ABSENT or (named is named_modules[-1] and named == Constant("all-linear")):
            continue
        if named is named_modules[-1] and isinstance(named, Constant) and isinstance(named.value, str):
            matching = _parts_matching(interpreter, named.value)  # where nothing matches at all, PEFT raises
            if matching is None:
                return None
            learn |= matching
            continue
        texts = _texts_in(named)
        if texts is None:
            return None
        for module in texts:
            part = interpreter.knowledge.part_named(module.rpartition(".")[2])
            learn.update(() if part is None else (part,))
    return [part for part in Part if part in learn]


def leaves_biases_alone(bias: Value | None) -> bool:
    """Whether nothing but LoRA's own parameters and biases learns; "all" lets the biases of all parts learn."""
    return bias is None or bias is ABSENT or (isinstance(bias, Constant) and bias.value in ("none", "lora_only"))


def _texts_in(value: Value | None) -> list[str] | None:
    """The texts of a list that holds nothing else; None where it may hold something else, or is none."""
    items = value.items if isinstance(value, Sequence) else None
    found = [item.value for item in items or () if isinstance(item, Constant) and isinstance(item.value, str)]
    return None if items is None or len(found) < len(items) else found


# --- towers ------------------------------------------------------------------------------------------------------------------

# arguments of LoRA's config that say nothing of where it goes
_ANYWHERE = frozenset(
    {"r", "lora_alpha", "lora_dropout", "bias", "task_type", "target_modules", "use_rslora", "use_dora", "init_lora_weights"}
)


def starve_towers(
    interpreter: Interpreter, model: AbstractObject, config: Value | None, condition: Condition, quantised: Condition
) -> None:
    """An adapter that goes into the towers of a model as well, whose inputs the hook on the words' embeddings does not reach."""
    starved = interpreter.habit("tower-is-starved", model.made_by)
    plain = interpreter.habit("tower-is-not-checkpointed", model.made_by)
    if starved == plain == FALSE:
        return
    both, state = interpreter.conditions.both, interpreter.states[model]
    plain = interpreter.conditions.without(plain, quantised)
    for case, one in interpreter.alternatives(config) if config is not None else ():
        reached = _goes_into_towers(interpreter, model, one) if isinstance(one, AbstractObject) else FALSE
        if reached != FALSE:
            guard = both(both(condition, case), reached)
            interpreter.mark(model, "input_grads", both(guard, plain))  # what such a tower hands on needs a gradient
            if state.own_class and not state.hooked:
                interpreter.mark(model, "towers", both(guard, starved))


def _goes_into_towers(interpreter: Interpreter, model: AbstractObject, config: AbstractObject) -> Condition:
    """When LoRA surely goes into the layers of a model's towers, and nowhere before them."""
    if config.kind is not Kind.PEFT_CONFIG or config.facet(Open) is not None or not _ANYWHERE.issuperset(config.fields):
        return FALSE
    if config.made_by.rpartition(".")[2] != "LoraConfig":
        return FALSE
    conditions = interpreter.conditions
    cases = interpreter.alternatives(config.fields.get("target_modules", NONE))
    return conditions.any(conditions.both(case, _into_towers(interpreter, model.made_by, targets)) for case, targets in cases)


def _into_towers(interpreter: Interpreter, made_by: str, targets: Value) -> Condition:
    """The versions in which these modules lie in the layers of a class's towers, and none before them."""
    knowledge, towers = interpreter.knowledge, interpreter.knowledge.towers_of(made_by)
    names = _texts_in(targets)
    if names is not None and knowledge.is_in_layers(made_by, tuple(names)):
        reached = [tower for tower in towers if any(tower.has(name) for name in names)]
    elif targets == Constant("all-linear"):
        reached = towers  # what comes before their layers is none of it: a convolution, an embedding
    elif isinstance(targets, Constant) and isinstance(targets.value, str):
        pattern = _compiled(targets.value)
        reached = [tower for tower in towers if pattern is not None and tower.is_reached(pattern)]
    else:
        reached = []
    return interpreter.conditions.any(interpreter.versions.holds("transformers", tower.versions) for tower in reached)
