"""Which parts of a model learn, and what lets gradients reach its layers: freezing, adapters, hooks, kinds of checkpointing."""

from __future__ import annotations

import fnmatch

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.model_state import BY_DEFAULT, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Known, Library, Mapping, Sequence, Thing, Value
from gcheck_lint.story.interpreter.dispatch import Call, Passed, does
from gcheck_lint.story.interpreter.interpreter import Teller

PARTS = ("embeddings", "layers", "norm", "head")
_ALL_OF = {"whole": PARTS, "base": ("embeddings", "layers", "norm")}

# --- parts and parameters ----------------------------------------------------------------------------------------------------


def note_part(teller: Teller, owner: Thing, name: str, value: Thing, node: cst.CSTNode) -> None:
    """An attribute of a model, or of a part of it: remember which part it is."""
    parts = teller.knowledge.parts
    kind = next((part for part, names in parts.items() if name in names), None)
    if owner in teller.states:
        value.fields["@whole"] = owner
        value.fields["@part"] = Known(kind or "something")
        # beside the embedding of the words there may be one of the positions, except where the layers themselves know them
        alone = name == "embed_tokens" and not _through_decoder(node)
        value.fields["@some"] = Known(kind == "embeddings" and not alone)
    elif "@part" in owner.fields:
        value.fields.update({field: owner.fields[field] for field in ("@whole", "@part")})
        value.fields["@some"] = Known(True)
        if owner.fields["@part"] == Known("something"):
            value.fields["@part"] = Known(kind or "something")


def _through_decoder(node: cst.CSTNode) -> bool:
    inner = node.value if isinstance(node, cst.Attribute) else None
    return isinstance(inner, cst.Attribute) and inner.attr.value == "decoder"


def piece_of(teller: Teller, value: Value, made: Thing, *, some: bool) -> Thing:
    """Some element, or all one after the other, of what holds parts or parameters."""
    if isinstance(value, Thing) and "@part" in value.fields:
        made.fields.update({field: value.fields[field] for field in ("@whole", "@part", "@some")})
        if some:
            made.fields["@some"] = Known(True)
        made.fields["@seen"] = value.fields.get("@seen", Known(teller.pc))
    return made


@does("parameters")
def parameters(teller: Teller, call: Call) -> Value:
    """`parameters()` and its kin: walking over them is walking over all that the part has."""
    made = teller.unknown("parameters")
    _take_part(call, made)
    made.fields["@seen"] = Known(teller.pc)
    if call.act.details.get("named"):
        made.fields["@named"] = Known(True)
    return made


def _take_part(call: Call, made: Thing) -> None:
    one = call.receiver
    if isinstance(one, Thing) and "@part" in one.fields:
        made.fields.update({field: one.fields[field] for field in ("@whole", "@part", "@some")})
    elif isinstance(one, Thing) and (one.role in ("model", "wrapper")):
        func = call.node.func
        held = func.value if isinstance(func, cst.Attribute) else None
        base = isinstance(held, cst.Attribute) and held.attr.value in ("model", "base_model", "transformer", "decoder")
        # behind a PEFT model, `.model` is the whole
        base = base and one.role == "model"
        made.fields.update({"@whole": one, "@part": Known("base" if base else "whole"), "@some": Known(False)})


@does("part")
def part(teller: Teller, call: Call) -> Value:
    """`get_input_embeddings()` and `get_output_embeddings()`."""
    made = teller.unknown(str(call.act.details["part"]), [call.receiver])
    made.fields["@whole"], made.fields["@part"] = call.receiver, Known(call.act.details["part"])
    made.fields["@some"] = Known(call.act.details["part"] == "embeddings")
    return made


@does("replace part")
def replace_part(teller: Teller, call: Call) -> Value:
    """`set_input_embeddings(…)` and `set_output_embeddings(…)`."""
    for condition, model, _ in teller.cores(call.receiver):
        _open_part(teller, model, str(call.act.details["part"]), condition)
    return NONE


def note_replaced(teller: Teller, owner: Thing, name: str, value: Value) -> None:
    """`model.….embed_tokens = …`, `….weight = …`: what a script puts in learns, unless it is frozen itself."""
    kind = next((part for part, names in teller.knowledge.parts.items() if name in names), None)
    held = owner.fields.get("@part")
    if kind is None and name == "weight" and isinstance(held, Known) and held.value in PARTS:
        kind = str(held.value)
    if kind is None or isinstance(value, Known):
        return
    for condition, model, _ in teller.cores(owner if owner in teller.states else owner.fields.get("@whole", NONE)):
        _open_part(teller, model, kind, condition)


def element_with_part(teller: Teller, value: Value, made: Thing) -> Value:
    """What a loop's name is bound to; `named_parameters()` gives a name with each."""
    piece_of(teller, value, made, some=False)
    if isinstance(value, Thing) and "@named" in value.fields:
        made.fields["@by name"] = Known(True)
        return Sequence([teller.unknown("name"), made])
    return made


# --- freezing ----------------------------------------------------------------------------------------------------------------


@does("set trainable")
def set_trainable(teller: Teller, call: Call) -> Value:
    """`requires_grad_(…)` of a model, of a part or of a parameter."""
    wanted = call.passed.get("requires_grad", 0)
    target = teller.unknown("what is frozen")
    _take_part(call, target)
    if isinstance(call.receiver, Thing) and "@part" in call.receiver.fields:
        target = call.receiver
    switch_learning(teller, target, Known(True) if wanted is None else wanted)
    return call.receiver


def switch_learning(teller: Teller, target: Value, wanted: Value) -> None:
    """`requires_grad` set: for all of a part, for some of it, or for what can't be told."""
    on = teller.truth(wanted)
    known = all(_is_told(one) for _, one in teller.alternatives(wanted))
    part = target.fields.get("@part") if isinstance(target, Thing) else None
    if not isinstance(target, Thing) or not isinstance(part, Known):
        for model in list(teller.states):
            _open(teller, model, TRUE)
        return
    seen = target.fields.get("@seen")
    told = known and part.value != "something" and (seen is None or seen == Known(teller.pc))
    some = target.fields.get("@some") == Known(True)
    for condition, model, _ in teller.cores(target.fields["@whole"]):
        if not told:
            _open(teller, model, condition)
            continue
        for name in _ALL_OF.get(str(part.value), (str(part.value),)):
            _set(teller, model, name, on, condition, some=some)


def _is_told(one: Value) -> bool:
    return isinstance(one.value, bool) if isinstance(one, Known) else isinstance(one, Thing) and one.chosen


def _set(teller: Teller, model: Thing, name: str, on: Condition, condition: Condition, *, some: bool) -> None:
    """One part. What is frozen in part may or may not learn in the rest of it."""
    conditions = teller.conditions
    state = teller.states[model]
    before: Condition = getattr(state, name)
    guard = conditions.both(teller.pc, condition)
    rest = conditions.both(before, _fact(teller, model, f"the rest of the {name} learns")) if some else FALSE
    after = conditions.either(on, rest)
    setattr(state, name, _where(teller, guard, after, before))
    if name in ("embeddings", "head") and not some and not _has_own_head(teller, model):
        other = "head" if name == "embeddings" else "embeddings"
        tied = conditions.both(guard, _fact(teller, model, "the head shares its weights with the embeddings"))
        setattr(state, other, _where(teller, tied, on, getattr(state, other)))


def _has_own_head(teller: Teller, model: Thing) -> bool:
    return any(fnmatch.fnmatchcase(model.made_by, pattern) for pattern in teller.knowledge.own_heads)


def _where(teller: Teller, guard: Condition, after: Condition, before: Condition) -> Condition:
    return teller.conditions.either(teller.conditions.both(guard, after), teller.conditions.without(before, guard))


def _fact(teller: Teller, model: Thing, text: str) -> Condition:
    """One open fact for each model and text."""
    if ("open", text) not in model.asked:
        model.asked["open", text] = teller.opaque(text)[1]
    return model.asked["open", text]


def _open(teller: Teller, model: Thing, condition: Condition) -> None:
    """Nobody can tell any more what of a model learns."""
    for name in PARTS:
        _open_part(teller, model, name, condition)


def _open_part(teller: Teller, model: Thing, name: str, condition: Condition) -> None:
    state = teller.states[model]
    guard = teller.conditions.both(teller.pc, condition)
    setattr(state, name, _where(teller, guard, _fact(teller, model, f"{name} learn"), getattr(state, name)))


def freeze(teller: Teller, model: Thing, condition: Condition) -> None:
    """All of a model is frozen."""
    guard = teller.conditions.both(teller.pc, condition)
    for name in PARTS:
        setattr(teller.states[model], name, teller.conditions.without(getattr(teller.states[model], name), guard))


# --- adapters ----------------------------------------------------------------------------------------------------------------


def adapt(teller: Teller, model: Thing, config: Value | None, condition: Condition) -> None:
    """An adapter around a model: what learns is what its config says."""
    for case, one in teller.alternatives(config) if config is not None else [(TRUE, NONE)]:
        guard = teller.conditions.both(condition, case)
        kind = one.made_by.rpartition(".")[2] if isinstance(one, Thing) else ""
        if kind in teller.knowledge.adapters["prefix"]:
            teller.mark(model, "prefix", guard)
            freeze(teller, model, guard)
        elif kind in teller.knowledge.adapters["layers"] and isinstance(one, Thing):
            freeze(teller, model, guard)
            learn = _learned(teller, one)
            if learn is None:
                _open(teller, model, guard)
                continue
            for name in learn:
                _set(teller, model, name, TRUE, guard, some=True)
        else:
            _open(teller, model, guard)


def _learned(teller: Teller, config: Thing) -> set[str] | None:
    """The parts in which an adapter's config has something learn; None when that can't be told."""
    fields = config.fields
    if "@open" in fields or any(name in fields for name in ("trainable_token_indices", "target_parameters")):
        return None
    if fields.get("inference_mode", Known(False)) != Known(False):
        return None
    if not _is_one_of(fields.get("bias"), "none", "lora_only"):
        return None
    learn = {"layers"}
    task = fields.get("task_type", NONE)
    text = task.value if isinstance(task, Known) else task.last if isinstance(task, Library) else "?"
    if text in teller.knowledge.adapters["heads"]:
        learn.add("head")
    elif text not in (None, "CAUSAL_LM", "SEQ_2_SEQ_LM", "FEATURE_EXTRACTION"):
        return None
    for field in ("modules_to_save", "target_modules"):
        named = fields.get(field, NONE)
        if named == NONE or named is ABSENT or (field == "target_modules" and named == Known("all-linear")):
            continue
        items = named.items if isinstance(named, Sequence) else None
        if items is None or not all(isinstance(item, Known) and isinstance(item.value, str) for item in items):
            return None
        for item in items:
            name = str(item.value).rpartition(".")[2] if isinstance(item, Known) else ""
            learn.update(part for part, names in teller.knowledge.parts.items() if name in names)
    return learn


def _is_one_of(value: Value | None, *wanted: str) -> bool:
    return value is None or value is ABSENT or (isinstance(value, Known) and value.value in wanted)


# --- hooks and the kind of checkpointing --------------------------------------------------------------------------------------


@does("input grads")
def input_grads(teller: Teller, call: Call) -> Value:
    for condition, model, _ in teller.cores(call.receiver):
        teller.mark(model, "input_grads", condition)
    return NONE


@does("hook")
def hook(teller: Teller, call: Call) -> Value:
    """A hook on a part of a model may be the one that lets gradients through."""
    for thing in teller.subjects([call.receiver]):
        for condition, model, _ in teller.cores(thing):
            teller.mark(model, "input_grads", condition)
    return teller.unknown("a hook's handle")


def reentrancy(teller: Teller, given: Value | None) -> Value:
    """How checkpointing runs layers again, by its keyword arguments: True, False, BY_DEFAULT or UNKNOWN."""

    def read(one: Value) -> Value:
        if one is ABSENT or one == NONE:
            return BY_DEFAULT
        if isinstance(one, Mapping):
            value = one.entries.get("use_reentrant", UNKNOWN if one.open else BY_DEFAULT)
            return teller.flat(teller.each(value, switched))
        return UNKNOWN

    def switched(one: Value) -> Value:
        if one is ABSENT:
            return BY_DEFAULT
        if isinstance(one, Known):
            return one if isinstance(one.value, bool) or one.value == BY_DEFAULT.value else UNKNOWN
        if isinstance(one, Thing) and one.chosen:
            return teller.boolean(teller.truth(one))
        return UNKNOWN

    return BY_DEFAULT if given is None else teller.flat(teller.each(given, read))


def kwargs_of(passed: Passed, names: list[str]) -> Value | None:
    """What a call gives as the keyword arguments of checkpointing."""
    given = next((passed.keywords[name] for name in names if name in passed.keywords), None)
    if given is None and passed.positional:
        given = passed.positional[0]
    return UNKNOWN if given is None and passed.open else given
