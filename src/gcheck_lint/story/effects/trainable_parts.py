"""Which parts of a model learn, and what lets gradients reach its layers: freezing, adapters, hooks, kinds of checkpointing."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind, Part
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import BelowPart, PartOf, Walked, Within
from gcheck_lint.story.domain.model_state import BY_DEFAULT, BY_TORCH, UNKNOWN
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.named_parameters import TIED, InTurn, switch_in_turn, turns_of
from gcheck_lint.story.interpreter.handed_functions import hand_over
from gcheck_lint.story.interpreter.heap import Heap, forgets, havocks
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter, derives, does, writes

_WHOLE = tuple(Part)
_BASE = (Part.EMBEDDINGS, Part.LAYERS, Part.NORM)  # what a headless model inside of one with a head has

# --- parts and parameters ----------------------------------------------------------------------------------------------------


def _note_part(
    interpreter: Interpreter, owner: AbstractObject, name: str, value: AbstractObject, node: cst.CSTNode | None
) -> None:
    """An attribute of a model, or of a part of it: remember which part it is."""
    named = interpreter.knowledge.part_named(name)
    parts = () if named is None else (named,)
    inside = owner.facet(PartOf)
    if owner in interpreter.states:
        # beside the embedding of the words there may be one of the positions, except where the layers themselves know them
        alone = name == "embed_tokens" and not _through_decoder(node)
        value.attach(PartOf(owner, parts, some=named is Part.EMBEDDINGS and not alone))
    elif inside is not None:
        all_of_it = not inside.parts and interpreter.knowledge.feeds_layers(owner.text, name)
        value.attach(PartOf(inside.whole, inside.parts or parts, some=not all_of_it))
    elif (below := owner.facet(Within) or owner.facet(BelowPart)) is not None:
        value.attach(BelowPart(below.whole))


def _through_decoder(node: cst.CSTNode | None) -> bool:
    inner = node.value if isinstance(node, cst.Attribute) else None
    return isinstance(inner, cst.Attribute) and inner.attr.value == "decoder"


@derives
def note_derived(interpreter: Interpreter, origin: Value, made: AbstractObject, derivation: Derivation) -> Value | None:
    """What comes out of a model, a part or its parameters: an attribute, some element, or all one after the other."""
    if not isinstance(origin, AbstractObject) or derivation.how == "result":
        return None
    if derivation.how == "each":
        part, walked = origin.facet(PartOf), origin.facet(Walked)
        named = part is not None and walked is not None and walked.named
        return turns_of(interpreter, part, walked.since) if named and part is not None and walked is not None else None
    if derivation.how == "attribute":
        _note_part(interpreter, origin, derivation.name, made, derivation.node)
        return None
    part, walked = origin.facet(PartOf), origin.facet(Walked)
    if part is None:
        return None
    made.attach(replace(part, some=True) if derivation.how == "item" else part)
    made.attach(Walked(interpreter.path_condition if walked is None else walked.since))
    if derivation.how == "element" and walked is not None and walked.named:
        return Sequence([interpreter.unknown("name"), made])  # `named_parameters()` gives a name with each
    return made


@does("parameters")
def parameters(interpreter: Interpreter, call: Call) -> Value:
    """`parameters()` and its kin: walking over them is walking over all that the part has."""
    made = interpreter.unknown("parameters")
    part = _part_called(call)
    if part is not None:
        made.attach(part)
    made.attach(Walked(interpreter.path_condition, named=bool(call.transfer.details.get("named"))))
    return made


def _part_called(call: Call) -> PartOf | None:
    """The part of a model that a method is called on: a whole model, too."""
    one = call.receiver
    part = one.facet(PartOf) if isinstance(one, AbstractObject) else None
    if part is not None or not isinstance(one, AbstractObject) or one.kind not in (Kind.MODEL, Kind.WRAPPER):
        return part
    func = call.node.func
    held = func.value if isinstance(func, cst.Attribute) else None
    base = isinstance(held, cst.Attribute) and held.attr.value in ("model", "base_model", "transformer", "decoder")
    # behind a PEFT model, `.model` is the whole
    return PartOf(one, _BASE if base and one.kind is Kind.MODEL else _WHOLE, some=False)


@does("part")
def part(interpreter: Interpreter, call: Call) -> Value:
    """`get_input_embeddings()` and `get_output_embeddings()`."""
    named = _named_in(call)
    made = interpreter.unknown(named.value, [call.receiver])
    made.attach(PartOf(call.receiver, (named,), some=named is Part.EMBEDDINGS))
    return made


def _named_in(call: Call) -> Part:
    """The part that a method is about."""
    part = call.transfer.details["part"]
    assert isinstance(part, Part)
    return part


@does("replace part")
def replace_part(interpreter: Interpreter, call: Call) -> Value:
    """`set_input_embeddings(…)` and `set_output_embeddings(…)`."""
    for condition, model, _ in interpreter.underlying_models(call.receiver):
        _open_part(interpreter, model, _named_in(call), condition)
    return NONE


@writes(None)
def note_replaced(interpreter: Interpreter, owner: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    """`model.….embed_tokens = …`, `….weight = …`: what a script puts in learns, unless it is frozen itself."""
    replaced, within = interpreter.knowledge.part_named(name), owner.facet(PartOf)
    if replaced is None and name == "weight" and within is not None and len(within.parts) == 1:
        replaced = within.parts[0]
    if replaced is None or isinstance(value, Constant):
        return False
    whole = owner if owner in interpreter.states else NONE if within is None else within.whole
    for condition, model, _ in interpreter.underlying_models(whole):
        _open_part(interpreter, model, replaced, condition)
    return False


# --- freezing ----------------------------------------------------------------------------------------------------------------


@does("set trainable")
def set_trainable(interpreter: Interpreter, call: Call) -> Value:
    """`requires_grad_(…)` of a model, of a part or of a parameter."""
    wanted = call.passed.get("requires_grad", 0)
    _switch_learning(interpreter, call.receiver, _part_called(call), Constant(True) if wanted is None else wanted)
    return call.receiver


@writes(None, attribute="requires_grad")
def write_requires_grad(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, _: cst.CSTNode) -> bool:
    if one.kind is Kind.WRAPPER:
        return False  # it hands it on to what is within
    _switch_learning(interpreter, one, one.facet(PartOf), value)
    return True


def _switch_learning(interpreter: Interpreter, one: Value, target: PartOf | None, wanted: Value) -> None:
    """`requires_grad` set: for all of a part, for some of it, or for what can't be told."""
    on = interpreter.truth(wanted)
    known = all(_is_told(one) for _, one in interpreter.alternatives(wanted))
    if target is None:
        for model in list(interpreter.states):
            _open(interpreter, model, TRUE)
        return
    walked, within = (one.facet(Walked), one.facet(InTurn)) if isinstance(one, AbstractObject) else (None, None)
    if within is not None:
        if not known or not switch_in_turn(interpreter, within.turn, on):
            _open_part(interpreter, within.turn.model, within.turn.part, TRUE)
        return
    told = known and target.parts != () and (walked is None or walked.since == interpreter.path_condition)
    for condition, model, _ in interpreter.underlying_models(target.whole):
        if not told:
            _open(interpreter, model, condition)
            continue
        for part in target.parts:
            set_part(interpreter, model, part, on, condition, some=target.some)


def _is_told(one: Value) -> bool:
    return isinstance(one.value, bool) if isinstance(one, Constant) else isinstance(one, AbstractObject) and one.chosen


def set_part(
    interpreter: Interpreter, model: AbstractObject, part: Part, on: Condition, condition: Condition, *, some: bool
) -> None:
    """One part. What is frozen in part may or may not learn in the rest of it."""
    conditions, state = interpreter.conditions, interpreter.states[model]
    interpreter.note_write(None)
    before = state.learning[part]
    guard = conditions.both(interpreter.path_condition, condition)
    rest = conditions.both(before, interpreter.open_fact(model, f"the rest of the {part.value} learns")) if some else FALSE
    after = conditions.either(on, rest)
    if some:
        state.uneven.add(part)
    open_towers(interpreter, model)
    state.learning[part] = _where(interpreter, guard, after, before)
    other = {Part.EMBEDDINGS: Part.HEAD, Part.HEAD: Part.EMBEDDINGS}.get(part)
    if other is not None and not some and not interpreter.knowledge.has_own_head(model.made_by):
        tied = conditions.both(guard, interpreter.open_fact(model, TIED))
        state.learning[other] = _where(interpreter, tied, on, state.learning[other])


def _where(interpreter: Heap, guard: Condition, after: Condition, before: Condition) -> Condition:
    return interpreter.conditions.either(interpreter.conditions.both(guard, after), interpreter.conditions.without(before, guard))


def _open(interpreter: Heap, model: AbstractObject, condition: Condition) -> None:
    """Nobody can tell any more what of a model learns."""
    for part in Part:
        _open_part(interpreter, model, part, condition)


def _open_part(interpreter: Heap, model: AbstractObject, part: Part, condition: Condition) -> None:
    interpreter.note_write(None)
    state = interpreter.states[model]
    state.uneven.add(part)
    open_towers(interpreter, model)
    guard = interpreter.conditions.both(interpreter.path_condition, condition)
    learns = interpreter.open_fact(model, f"{part.value} learn")
    state.learning[part] = _where(interpreter, guard, learns, state.learning[part])


def freeze(interpreter: Interpreter, model: AbstractObject, condition: Condition) -> None:
    """All of a model is frozen."""
    interpreter.note_write(None)
    open_towers(interpreter, model)
    state = interpreter.states[model]
    guard = interpreter.conditions.both(interpreter.path_condition, condition)
    for part in Part:
        state.learning[part] = interpreter.conditions.without(state.learning[part], guard)


@havocks
def note_embeddings(heap: Heap, one: AbstractObject, condition: Condition) -> None:
    """Embeddings that are handed to a function that nobody knows may let gradients through."""
    part = one.facet(PartOf)
    if part is not None and part.parts == (Part.EMBEDDINGS,):
        for case, core, _ in heap.underlying_models(part.whole, condition):
            heap.mark_unknown(core, "input_grads", case)


@havocks
def open_towers_above(heap: Heap, one: AbstractObject, condition: Condition) -> None:
    """A part of a model that a function gets which nobody knows may be what feeds a tower."""
    for core in _wholes_of(heap, one, condition):
        note_hook(heap, core)


def _wholes_of(heap: Heap, one: AbstractObject, condition: Condition = TRUE) -> list[AbstractObject]:
    """The models that something is a part of."""
    above = [facet.whole for facet in (one.facet(PartOf), one.facet(Within), one.facet(BelowPart)) if facet is not None]
    return [core for whole in above for _, core, _ in heap.underlying_models(whole, condition)]


@forgets
def forget_hooks(heap: Heap, model: AbstractObject, _: Condition) -> None:
    """What is not followed may have put a hook into a model."""
    note_hook(heap, model)


def note_hook(heap: Heap, model: AbstractObject) -> None:
    """There may be a hook in a model that feeds its towers, whatever is frozen later."""
    heap.note_write(None)
    heap.states[model].hooked = True
    open_towers(heap, model)


def open_towers(heap: Heap, model: AbstractObject) -> None:
    """Something was done to parts of a model, or to what comes out of them: its towers may be fed."""
    state = heap.states[model]
    if state.towers != FALSE:
        state.towers = heap.conditions.both(state.towers, heap.open_fact(model, "nothing feeds its towers"))


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
    hand_over(interpreter, call.passed.values())
    found = interpreter.provenance_of([call.receiver])
    for model in list(interpreter.states):
        note_hook(interpreter, model)
    for thing in found:
        for condition, model, _ in interpreter.underlying_models(thing):
            interpreter.mark(model, "input_grads", condition)
    for model in () if found else list(interpreter.states):
        interpreter.mark_unknown(model, "input_grads")  # on a part of any of them
    return interpreter.unknown("a hook's handle")


def reentrancy(interpreter: Interpreter, given: Value | None) -> Value:
    """How checkpointing runs layers again, by its keyword arguments: True, False, BY_DEFAULT, BY_TORCH or UNKNOWN."""

    def read(one: Value) -> Value:
        if one is ABSENT or one == NONE:
            return BY_DEFAULT
        if isinstance(one, Mapping):
            value = one.entries.get("use_reentrant", UNKNOWN if one.open else ABSENT)
            return interpreter.flat(interpreter.each(value, switched))
        if isinstance(one, AbstractObject) and one.kind is Kind.UNKNOWN and one.chosen and one.default == NONE:
            given = interpreter.predicate(one, ("is", None), f"`{one.words}` is not given", f"`{one.words}` is given")
            return interpreter.select(given, BY_DEFAULT, UNKNOWN)
        return UNKNOWN

    def switched(one: Value) -> Value:
        if one is ABSENT or one == NONE:
            return BY_TORCH
        if isinstance(one, Constant):
            return one if isinstance(one.value, bool) else UNKNOWN
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
