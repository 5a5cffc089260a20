"""Attributes of models, of what is around them and of their parts: which lead to the model itself, and what setting one does."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.conditions import TRUE
from gcheck_lint.story.domain.events import ON_THE_MODEL, CheckpointingSwitched, Ineffective
from gcheck_lint.story.domain.facets import Within
from gcheck_lint.story.domain.model_state import EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.objects import Wrapper
from gcheck_lint.story.domain.values import NONE, AbstractObject, BoundMethod, Constant, Value
from gcheck_lint.story.effects.checkpointing_requests import FIELD
from gcheck_lint.story.effects.nested_parts import config_of_part, is_text_part
from gcheck_lint.story.effects.versioned_names import use_of_model
from gcheck_lint.story.interpreter.attributes import read_attribute, write_attribute
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter, reads, writes

# Parts of a model that are the model for our purpose: they share its config object.
_SAME_PART = frozenset({"model", "module", "base_model", "transformer", "decoder", "_orig_mod", "pretrained_model"})
# Parts with a config of their own.
_OWN_PART = frozenset(
    {
        "language_model",
        "text_model",
        "llm",
        "vlm",
        "thinker",
        "backbone",
        "vision_tower",
        "visual",
        "vision_model",
        "encoder",
    }
)

# What a wrapper of whole models has within; an adapter has no such part, and `getattr(model, "module", model)` is the adapter.
_UNWRAPS = frozenset({"module", "_orig_mod"})

# What a model's methods do is known when they are looked up and called later: of those that change its state and nothing else, of
# its forward pass, its saves and its generation.
_BOUND = ("mode", "checkpointing", "input grads", "forward", "save", "generate")


@reads(Kind.WRAPPER)
def read_wrapper(interpreter: Interpreter, one: Wrapper, name: str, node: cst.CSTNode) -> Value:
    if name in one.fields:
        return one.fields[name]
    if name in _SAME_PART:
        return one if one.is_adapter and name in _UNWRAPS else one.inner
    value = read_attribute(interpreter, one.inner, name, node)
    for _, found in interpreter.alternatives(value):
        if isinstance(found, AbstractObject) and found.method is not None and found.method.transfer.effect == "save":
            found.method = BoundMethod(found.method.transfer, one)  # an adapter saves no config
    return value


@reads(Kind.MODEL)
def read_model(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value:
    state = interpreter.states[one]
    if name == "config" and state.config is not None:
        return state.config
    if name == "generation_config" and state.generation_config is not None:
        return state.generation_config
    if name in one.fields:
        return one.fields[name]
    part = is_text_part(interpreter, one, name)
    if name in _SAME_PART and not part:
        return one
    if name == "training":
        return interpreter.each(
            state.mode,
            lambda mode: Constant(mode == TRAIN) if mode in (TRAIN, EVAL) else interpreter.unknown(name),
        )
    if name == "supports_gradient_checkpointing" and state.cached is Cached.YES:
        return Constant(True)
    if name in ("is_gradient_checkpointing", "is_activation_checkpointing"):
        use_of_model(interpreter, "model", name, node, [(TRUE, one, False)])
        return interpreter.each(
            state.checkpointing,
            lambda value: value if isinstance(value, Constant) and isinstance(value.value, bool) else interpreter.unknown(name),
        )
    if name in _OWN_PART or part:
        return _part_of(interpreter, one, name, node, is_text=part)
    value = interpreter.unknown(name, [one], site=interpreter.site(node))
    transfer = interpreter.knowledge.method(Kind.MODEL, name)
    if transfer is not None:
        value.method = BoundMethod(transfer, one) if transfer.effect in _BOUND else None
        return value  # what is kept in the fields is the script's own
    interpreter.derived(one, value, Derivation("attribute", name, node))
    if name not in ("device", "dtype", "hf_device_map"):
        one.fields[name] = value
    return value


def _part_of(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode, *, is_text: bool) -> AbstractObject:
    """A part that has a config of its own."""
    part = interpreter.unknown(f"{one.made_by}.{name}", site=interpreter.site(node))
    part.kind = Kind.PART
    part.attach(Within(one))
    nested = interpreter.states[one].nested
    if is_text and nested is not None:
        whole = interpreter.states[one].config or NONE
        part.fields["config"] = config_of_part(interpreter, one, read_attribute(interpreter, whole, nested.name, node))
    else:
        config = AbstractObject(Kind.CONFIG, site=interpreter.site(node))
        config.attach(Within(one))
        part.fields["config"] = config
    one.fields[name] = part
    return part


@writes(Kind.WRAPPER)
def write_wrapper(interpreter: Interpreter, one: Wrapper, name: str, value: Value, node: cst.CSTNode) -> bool:
    if name in one.fields:
        return False
    write_attribute(interpreter, one.inner, name, value, node)
    return True


@writes(None, attribute="training")
def write_mode(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    held = interpreter.provenance_of([one])
    for model in dict.fromkeys(core for thing in held for _, core, _ in interpreter.underlying_models(thing)):
        interpreter.change(model, "mode", UNKNOWN)
    return False


@writes(Kind.PART, Kind.UNKNOWN, attribute=FIELD)
def write_checkpointing_of_part(
    interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode
) -> bool:
    for core in _wholes(interpreter, one):
        poke_checkpointing(interpreter, core, value, node)
    return False


@writes(Kind.MODEL)
def write_model(interpreter: Interpreter, model: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    if name in ("config", "generation_config"):
        interpreter.change(model, name, value)
    elif name == "gradient_checkpointing":
        poke_checkpointing(interpreter, model, value, node)
    elif name == "use_cache":
        off = isinstance(value, Constant) and value.value is False
        interpreter.emit(Ineffective, node, [(TRUE, model, False)], why=ON_THE_MODEL, off=off)
        interpreter.write(model, name, value)
    else:
        interpreter.write(model, name, value)
    return True


def _wholes(interpreter: Interpreter, part: AbstractObject) -> list[AbstractObject]:
    within = part.facet(Within)
    if within is not None:
        return [within.whole]
    return [thing for thing in part.provenance if thing in interpreter.states]


def poke_checkpointing(interpreter: Interpreter, model: AbstractObject, value: Value, node: cst.CSTNode) -> None:
    """`….gradient_checkpointing = True`: the flag that the layers look at."""
    on = interpreter.truth(value)
    site = interpreter.site(node)
    switched = interpreter.select(on, Constant(True, site), Constant(False, site))
    state = interpreter.states[model]
    if isinstance(value, AbstractObject) and not value.chosen:
        switched = UNKNOWN
    interpreter.change(model, "checkpointing", switched)
    interpreter.change(model, "reentrant", UNKNOWN)
    state.switches.append((interpreter.conditions.both(interpreter.path_condition, on), site))
    interpreter.emit(CheckpointingSwitched, node, [(TRUE, model, False)], on=interpreter.boolean(on))
