"""Which parts of a model learn, and what lets gradients reach its layers: freezing, adapters, hooks, kinds of checkpointing."""

from __future__ import annotations

import fnmatch

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.model_state import BY_DEFAULT, UNKNOWN, Unsaid
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Mapping, Sequence, Value
from gcheck_lint.story.interpreter.heap import Heap, forgets, havocks
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter, derives, does, writes

PARTS = ("embeddings", "layers", "norm", "head")
_ALL_OF = {"whole": PARTS, "base": ("embeddings", "layers", "norm")}

# --- parts and parameters ----------------------------------------------------------------------------------------------------


def _note_part(
    interpreter: Interpreter, owner: AbstractObject, name: str, value: AbstractObject, node: cst.CSTNode | None
) -> None:
    """An attribute of a model, or of a part of it: remember which part it is."""
    parts = interpreter.knowledge.parts
    kind = next((part for part, names in parts.items() if name in names), None)
    if owner in interpreter.states:
        value.fields["@whole"] = owner
        value.fields["@part"] = Constant(kind or "something")
        # beside the embedding of the words there may be one of the positions, except where the layers themselves know them
        alone = name == "embed_tokens" and not _through_decoder(node)
        value.fields["@some"] = Constant(kind == "embeddings" and not alone)
    elif "@part" in owner.fields:
        value.fields.update({field: owner.fields[field] for field in ("@whole", "@part")})
        value.fields["@some"] = Constant(True)
        if owner.fields["@part"] == Constant("something"):
            value.fields["@part"] = Constant(kind or "something")


def _through_decoder(node: cst.CSTNode | None) -> bool:
    inner = node.value if isinstance(node, cst.Attribute) else None
    return isinstance(inner, cst.Attribute) and inner.attr.value == "decoder"


@derives
def note_derived(interpreter: Interpreter, origin: Value, made: AbstractObject, derivation: Derivation) -> Value | None:
    """What comes out of a model, a part or its parameters: an attribute, some element, or all one after the other."""
    if not isinstance(origin, AbstractObject):
        return None
    if derivation.how == "attribute":
        _note_part(interpreter, origin, derivation.name, made, derivation.node)
        return None
    if "@part" not in origin.fields:
        return None
    made.fields.update({field: origin.fields[field] for field in ("@whole", "@part", "@some")})
    if derivation.how == "item":
        made.fields["@some"] = Constant(True)
    made.fields["@seen"] = origin.fields.get("@seen", Constant(interpreter.path_condition))
    if derivation.how == "element" and "@named" in origin.fields:
        made.fields["@by name"] = Constant(True)
        return Sequence([interpreter.unknown("name"), made])  # `named_parameters()` gives a name with each
    return made


@does("parameters")
def parameters(interpreter: Interpreter, call: Call) -> Value:
    """`parameters()` and its kin: walking over them is walking over all that the part has."""
    made = interpreter.unknown("parameters")
    _take_part(call, made)
    made.fields["@seen"] = Constant(interpreter.path_condition)
    if call.transfer.details.get("named"):
        made.fields["@named"] = Constant(True)
    return made


def _take_part(call: Call, made: AbstractObject) -> None:
    one = call.receiver
    if isinstance(one, AbstractObject) and "@part" in one.fields:
        made.fields.update({field: one.fields[field] for field in ("@whole", "@part", "@some")})
    elif isinstance(one, AbstractObject) and (one.kind in (Kind.MODEL, Kind.WRAPPER)):
        func = call.node.func
        held = func.value if isinstance(func, cst.Attribute) else None
        base = isinstance(held, cst.Attribute) and held.attr.value in ("model", "base_model", "transformer", "decoder")
        # behind a PEFT model, `.model` is the whole
        base = base and one.kind is Kind.MODEL
        made.fields.update({"@whole": one, "@part": Constant("base" if base else "whole"), "@some": Constant(False)})


@does("part")
def part(interpreter: Interpreter, call: Call) -> Value:
    """`get_input_embeddings()` and `get_output_embeddings()`."""
    made = interpreter.unknown(str(call.transfer.details["part"]), [call.receiver])
    made.fields["@whole"], made.fields["@part"] = call.receiver, Constant(call.transfer.details["part"])
    made.fields["@some"] = Constant(call.transfer.details["part"] == "embeddings")
    return made


@does("replace part")
def replace_part(interpreter: Interpreter, call: Call) -> Value:
    """`set_input_embeddings(…)` and `set_output_embeddings(…)`."""
    for condition, model, _ in interpreter.underlying_models(call.receiver):
        _open_part(interpreter, model, str(call.transfer.details["part"]), condition)
    return NONE


@writes(None)
def note_replaced(interpreter: Interpreter, owner: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    """`model.….embed_tokens = …`, `….weight = …`: what a script puts in learns, unless it is frozen itself."""
    kind = next((part for part, names in interpreter.knowledge.parts.items() if name in names), None)
    held = owner.fields.get("@part")
    if kind is None and name == "weight" and isinstance(held, Constant) and held.value in PARTS:
        kind = str(held.value)
    if kind is None or isinstance(value, Constant):
        return False
    for condition, model, _ in interpreter.underlying_models(
        owner if owner in interpreter.states else owner.fields.get("@whole", NONE)
    ):
        _open_part(interpreter, model, kind, condition)
    return False


# --- freezing ----------------------------------------------------------------------------------------------------------------


@does("set trainable")
def set_trainable(interpreter: Interpreter, call: Call) -> Value:
    """`requires_grad_(…)` of a model, of a part or of a parameter."""
    wanted = call.passed.get("requires_grad", 0)
    target = interpreter.unknown("what is frozen")
    _take_part(call, target)
    if isinstance(call.receiver, AbstractObject) and "@part" in call.receiver.fields:
        target = call.receiver
    switch_learning(interpreter, target, Constant(True) if wanted is None else wanted)
    return call.receiver


@writes(None, attribute="requires_grad")
def write_requires_grad(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, _: cst.CSTNode) -> bool:
    if one.kind is Kind.WRAPPER:
        return False  # it hands it on to what is within
    switch_learning(interpreter, one, value)
    return True


def switch_learning(interpreter: Interpreter, target: Value, wanted: Value) -> None:
    """`requires_grad` set: for all of a part, for some of it, or for what can't be told."""
    on = interpreter.truth(wanted)
    known = all(_is_told(one) for _, one in interpreter.alternatives(wanted))
    part = target.fields.get("@part") if isinstance(target, AbstractObject) else None
    if not isinstance(target, AbstractObject) or not isinstance(part, Constant):
        for model in list(interpreter.states):
            _open(interpreter, model, TRUE)
        return
    seen = target.fields.get("@seen")
    told = known and part.value != "something" and (seen is None or seen == Constant(interpreter.path_condition))
    some = target.fields.get("@some") == Constant(True)
    for condition, model, _ in interpreter.underlying_models(target.fields["@whole"]):
        if not told:
            _open(interpreter, model, condition)
            continue
        for name in _ALL_OF.get(str(part.value), (str(part.value),)):
            _set(interpreter, model, name, on, condition, some=some)


def _is_told(one: Value) -> bool:
    return isinstance(one.value, bool) if isinstance(one, Constant) else isinstance(one, AbstractObject) and one.chosen


def _set(interpreter: Interpreter, model: AbstractObject, name: str, on: Condition, condition: Condition, *, some: bool) -> None:
    """One part. What is frozen in part may or may not learn in the rest of it."""
    conditions = interpreter.conditions
    interpreter.note_write(None)
    state = interpreter.states[model]
    before: Condition = getattr(state, name)
    guard = conditions.both(interpreter.path_condition, condition)
    rest = conditions.both(before, _fact(interpreter, model, f"the rest of the {name} learns")) if some else FALSE
    after = conditions.either(on, rest)
    setattr(state, name, _where(interpreter, guard, after, before))
    if name in ("embeddings", "head") and not some and not _has_own_head(interpreter, model):
        other = "head" if name == "embeddings" else "embeddings"
        tied = conditions.both(guard, _fact(interpreter, model, "the head shares its weights with the embeddings"))
        setattr(state, other, _where(interpreter, tied, on, getattr(state, other)))


def _has_own_head(interpreter: Interpreter, model: AbstractObject) -> bool:
    return any(fnmatch.fnmatchcase(model.made_by, pattern) for pattern in interpreter.knowledge.own_heads)


def _where(interpreter: Heap, guard: Condition, after: Condition, before: Condition) -> Condition:
    return interpreter.conditions.either(interpreter.conditions.both(guard, after), interpreter.conditions.without(before, guard))


def _fact(interpreter: Heap, model: AbstractObject, text: str) -> Condition:
    """One open fact for each model and text."""
    if ("open", text) not in model.predicates:
        model.predicates["open", text] = interpreter.nondeterministic(text)[1]
    return model.predicates["open", text]


def _open(interpreter: Heap, model: AbstractObject, condition: Condition) -> None:
    """Nobody can tell any more what of a model learns."""
    for name in PARTS:
        _open_part(interpreter, model, name, condition)


def _open_part(interpreter: Heap, model: AbstractObject, name: str, condition: Condition) -> None:
    interpreter.note_write(None)
    state = interpreter.states[model]
    guard = interpreter.conditions.both(interpreter.path_condition, condition)
    setattr(state, name, _where(interpreter, guard, _fact(interpreter, model, f"{name} learn"), getattr(state, name)))


def freeze(interpreter: Interpreter, model: AbstractObject, condition: Condition) -> None:
    """All of a model is frozen."""
    interpreter.note_write(None)
    guard = interpreter.conditions.both(interpreter.path_condition, condition)
    for name in PARTS:
        setattr(interpreter.states[model], name, interpreter.conditions.without(getattr(interpreter.states[model], name), guard))


# --- adapters ----------------------------------------------------------------------------------------------------------------


def adapt(interpreter: Interpreter, model: AbstractObject, config: Value | None, condition: Condition) -> None:
    """An adapter around a model: what learns is what its config says."""
    for case, one in interpreter.alternatives(config) if config is not None else [(TRUE, NONE)]:
        guard = interpreter.conditions.both(condition, case)
        kind = one.made_by.rpartition(".")[2] if isinstance(one, AbstractObject) else ""
        if kind in interpreter.knowledge.adapters["prefix"]:
            interpreter.mark(model, "prefix", guard)
            freeze(interpreter, model, guard)
        elif kind in interpreter.knowledge.adapters["layers"] and isinstance(one, AbstractObject):
            freeze(interpreter, model, guard)
            learn = _learned(interpreter, one)
            if learn is None:
                _open(interpreter, model, guard)
                continue
            for name in learn:
                _set(interpreter, model, name, TRUE, guard, some=True)
        else:
            _open(interpreter, model, guard)


def _learned(interpreter: Interpreter, config: AbstractObject) -> set[str] | None:
    """The parts in which an adapter's config has something learn; None when that can't be told."""
    fields = config.fields
    if "@open" in fields or any(name in fields for name in ("trainable_token_indices", "target_parameters")):
        return None
    if fields.get("inference_mode", Constant(False)) != Constant(False):
        return None
    if not _is_one_of(fields.get("bias"), "none", "lora_only"):
        return None
    learn = {"layers"}
    task = fields.get("task_type", NONE)
    text = task.value if isinstance(task, Constant) else task.last if isinstance(task, ExternalSymbol) else "?"
    if text in interpreter.knowledge.adapters["heads"]:
        learn.add("head")
    elif text not in (None, "CAUSAL_LM", "SEQ_2_SEQ_LM", "FEATURE_EXTRACTION"):
        return None
    for field in ("modules_to_save", "target_modules"):
        named = fields.get(field, NONE)
        if named == NONE or named is ABSENT or (field == "target_modules" and named == Constant("all-linear")):
            continue
        items = named.items if isinstance(named, Sequence) else None
        if items is None or not all(isinstance(item, Constant) and isinstance(item.value, str) for item in items):
            return None
        for item in items:
            name = str(item.value).rpartition(".")[2] if isinstance(item, Constant) else ""
            learn.update(part for part, names in interpreter.knowledge.parts.items() if name in names)
    return learn


def _is_one_of(value: Value | None, *wanted: str) -> bool:
    return value is None or value is ABSENT or (isinstance(value, Constant) and value.value in wanted)


@havocks
def note_embeddings(heap: Heap, one: AbstractObject, condition: Condition) -> None:
    """Embeddings that are handed to a function that nobody knows may let gradients through."""
    if one.fields.get("@part") == Constant("embeddings"):
        for case, core, _ in heap.underlying_models(one.fields["@whole"], condition):
            heap.mark_unknown(core, "input_grads", case)


@forgets
def open_parts(heap: Heap, model: AbstractObject, condition: Condition) -> None:
    """What is not followed may freeze any part of a model, or let it learn."""
    _open(heap, model, condition)


# --- hooks and the kind of checkpointing --------------------------------------------------------------------------------------


@does("input grads")
def input_grads(interpreter: Interpreter, call: Call) -> Value:
    for condition, model, _ in interpreter.underlying_models(call.receiver):
        interpreter.mark(model, "input_grads", condition)
    return NONE


@does("hook")
def hook(interpreter: Interpreter, call: Call) -> Value:
    """A hook on a part of a model may be the one that lets gradients through."""
    for thing in interpreter.provenance_of([call.receiver]):
        for condition, model, _ in interpreter.underlying_models(thing):
            interpreter.mark(model, "input_grads", condition)
    return interpreter.unknown("a hook's handle")


def reentrancy(interpreter: Interpreter, given: Value | None) -> Value:
    """How checkpointing runs layers again, by its keyword arguments: True, False, BY_DEFAULT or UNKNOWN."""

    def read(one: Value) -> Value:
        if one is ABSENT or one == NONE:
            return BY_DEFAULT
        if isinstance(one, Mapping):
            value = one.entries.get("use_reentrant", UNKNOWN if one.open else BY_DEFAULT)
            return interpreter.flat(interpreter.each(value, switched))
        return UNKNOWN

    def switched(one: Value) -> Value:
        if one is ABSENT:
            return BY_DEFAULT
        if isinstance(one, Constant):
            return one if isinstance(one.value, bool) or one.value is Unsaid.BY_DEFAULT else UNKNOWN
        if isinstance(one, AbstractObject) and one.chosen:
            return interpreter.boolean(interpreter.truth(one))
        return UNKNOWN

    return BY_DEFAULT if given is None else interpreter.flat(interpreter.each(given, read))


def kwargs_of(passed: Arguments, names: list[str]) -> Value | None:
    """What a call gives as the keyword arguments of checkpointing."""
    given = next((passed.keywords[name] for name in names if name in passed.keywords), None)
    if given is None and passed.positional:
        given = passed.positional[0]
    return UNKNOWN if given is None and passed.open else given
