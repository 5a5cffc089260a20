"""Layers of loralib that a script puts into a model itself, and `mark_only_lora_as_trainable`, which freezes all else.

What it leaves is known where each such layer that was made has gone into the layers of a model; one that has gone anywhere else
may stand before them, and let gradients through. By the source of loralib 0.1.0 and 0.1.2.
"""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Part
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import PartOf
from gcheck_lint.story.domain.objects import Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Facet, Value
from gcheck_lint.story.effects.adapters import leaves_biases_alone
from gcheck_lint.story.effects.trainable_parts import freeze, open_parts
from gcheck_lint.story.interpreter.interpreter import Interpreter, does, writes


@dataclass(frozen=True, slots=True)
class LoraLayer(Facet):
    """A layer of loralib. `learns`: when it has parameters of LoRA; None where that can't be told."""

    learns: Condition | None


class LoraLayers:
    """Those that were made and stand in the layers of no model yet, as far as was seen, or somewhere else as well."""

    def __init__(self) -> None:
        self.elsewhere: list[AbstractObject] = []


@does("lora layer")
def lora_layer(interpreter: Interpreter, call: Call) -> Value:
    """`loralib.Linear(…, r=8)`: without a rank it has none of LoRA's parameters, nor has a merged one that enables it nowhere."""
    made = interpreter.unknown(call.name)
    rank = call.argument("rank") or Constant(0)
    learns = None if call.passed.open else interpreter.truth(rank)
    if "enabled" in call.transfer.details and not _is_enabled(call.argument("enabled")):
        learns = None
    made.attach(LoraLayer(learns))
    interpreter.own(LoraLayers).elsewhere.append(made)
    return made


def _is_enabled(given: Value | None) -> bool:
    """Whether the list of a merged layer's parts surely has one with LoRA in it."""
    items = given.items if isinstance(given, Sequence) else None
    return any(item == Constant(True) for item in items or ())


@writes(None)
def note_put_in(interpreter: Interpreter, owner: AbstractObject, name: str, value: Value, _: object) -> bool:
    """`block.attn.c_attn = loralib.Linear(…)`, in a layer of a model or anywhere else."""
    part, elsewhere = owner.facet(PartOf), interpreter.own(LoraLayers).elsewhere
    for case, one in interpreter.alternatives(value):
        layer = one.facet(LoraLayer) if isinstance(one, AbstractObject) else None
        if layer is None or not isinstance(one, AbstractObject):
            continue
        if part is None or part.parts != (Part.LAYERS,) or layer.learns is None:
            elsewhere.append(one)
            continue
        if one in elsewhere:
            elsewhere.remove(one)
        guard = interpreter.conditions.both(case, layer.learns)
        for condition, model, _adapter in interpreter.underlying_models(part.whole):
            interpreter.mark(model, "own_lora", interpreter.conditions.both(condition, guard))
    return False


@does("train lora layers")
def train_lora_layers(interpreter: Interpreter, call: Call) -> Value:
    """`mark_only_lora_as_trainable(model)`."""
    model = call.argument("model") or NONE
    found = interpreter.underlying_models(model)
    if not found:
        interpreter.havoc([model])
    for condition, core, _ in found:
        if call.passed.open or not leaves_biases_alone(call.argument("bias")) or not _is_told(interpreter, core):
            open_parts(interpreter, core, condition)
            continue
        freeze(interpreter, core, condition)
        state = interpreter.states[core]
        state.uneven.add(Part.LAYERS)
        guard = interpreter.conditions.both(interpreter.path_condition, condition)
        learn = interpreter.conditions.both(guard, state.own_lora)
        state.learning[Part.LAYERS] = interpreter.conditions.either(state.learning[Part.LAYERS], learn)
    return NONE


def _is_told(interpreter: Interpreter, model: AbstractObject) -> bool:
    """Whether all of a model's layers of LoRA are known, and nothing else was done to its parts."""
    state = interpreter.states[model]
    if interpreter.own(LoraLayers).elsewhere or state.own_lora == FALSE or not state.own_class or state.lora != FALSE:
        return False
    return state.uneven <= {Part.LAYERS} and all(state.learning[part] == TRUE for part in Part if part is not Part.LAYERS)
