"""Layers that something besides the model runs again in the backward pass: torch's own wrapper, and what uses it.

The model does not know of it, so its cache stays on, and each layer that is run again fills it a second time.
"""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind, Part
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import LayersRecomputed
from gcheck_lint.story.domain.facets import Layers, PartOf, Recomputing, Walked
from gcheck_lint.story.domain.objects import Function
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value, is_switch
from gcheck_lint.story.effects.chosen_layers import layers_chosen, layers_listed
from gcheck_lint.story.effects.spreading import note_handlers, spread_by
from gcheck_lint.story.effects.switching import models_within, pass_through
from gcheck_lint.story.interpreter.builtins import PartialCall
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

_WRAPPER = "checkpoint_wrapper"
_TORCH = f"torch.{_WRAPPER}"
_BEFORE = re.compile(r"(?:For[A-Z]|LMHead|DoubleHeads|PreTrained|Model).*")  # what follows the family in a class's name
_LAYER = re.compile(r"DecoderLayer|Layer|Block|(?:Sdpa)?Attention")  # what it is, behind the family
_ANY = "AnyForCausalLM"  # any of them


@dataclass(frozen=True, slots=True)
class _Ways:
    """When the layers are run again reentrantly, and when not; in no case where that is not known."""

    reentrant: Condition
    plain: Condition


@does("recompute layers")
def recompute_layers(interpreter: Interpreter, call: Call) -> Value:
    """`apply_activation_checkpointing(model, checkpoint_wrapper_fn=…, check_fn=…)`."""
    policy = call.passed.get("auto_wrap_policy", 3)
    if policy is not None and policy != NONE:
        layers = layers_listed(interpreter, policy)
    else:
        layers = Layers((), sure=not call.passed.open)
        chosen = call.passed.get("check_fn", 2)
        if chosen is not None:
            layers = layers_chosen(interpreter, chosen)
    ways = _ways_of(interpreter, call.passed.get("checkpoint_wrapper_fn", 1))
    for condition, model, adapter in models_within(interpreter, call.passed.get("model", 0) or NONE):
        _tell(interpreter, call.node, [(condition, model, adapter)], layers, ways)
    return NONE


@does("recompute layer")
def recompute_layer(interpreter: Interpreter, call: Call) -> Value:
    """`checkpoint_wrapper(layer)`: one of a model's layers, which is put into its place again."""
    layer = call.passed.get("module", 0) or NONE
    for condition, one in interpreter.alternatives(layer):
        if not isinstance(one, AbstractObject) or one.facet(Walked) is None:
            continue  # what is in a layer has a name there
        part = one.facet(PartOf)
        if part is None or part.parts != (Part.LAYERS,):
            continue
        ways = _ways_by(interpreter, call.passed.get("checkpoint_impl", 1), set(call.passed.keywords))
        targets = interpreter.underlying_models(part.whole, condition)
        _tell(interpreter, call.node, targets, Layers((), sure=True, all_modules=False), ways)
    return layer


@does("recompute by strategy")
def new_strategy(interpreter: Interpreter, call: Call) -> Value:
    """Lightning's `FSDPStrategy(activation_checkpointing_policy=…)`, which wraps what `fit()` trains."""
    made = AbstractObject(Kind.OBJECT, call.name, interpreter.site(call.node))
    given = next((call.passed.keywords[name] for name in call.transfer.details["policies"] if name in call.passed.keywords), NONE)
    if given != NONE and given is not ABSENT:
        made.attach(Recomputing(layers_listed(interpreter, given), TRUE, interpreter.site(call.node)))
    return made


@does("recompute by plugin")
def new_plugin(interpreter: Interpreter, call: Call) -> Value:
    """Accelerate's `FullyShardedDataParallelPlugin(activation_checkpointing=True)`, which wraps what `prepare()` gets."""
    made = AbstractObject(Kind.OBJECT, call.name, interpreter.site(call.node))
    asked = call.passed.keywords.get("activation_checkpointing", NONE)
    policy = call.passed.keywords.get("auto_wrap_policy", NONE)
    named = call.passed.keywords.get("transformer_cls_names_to_wrap", NONE)
    layers = (
        layers_listed(interpreter, named if named != NONE else policy) if named != NONE or policy != NONE else Layers((), True)
    )
    on = interpreter.truth(interpreter.each(asked, lambda one: one if is_switch(one) else Constant(False)))
    if on != FALSE:
        made.attach(Recomputing(layers, on, interpreter.site(call.passed.nodes.get("activation_checkpointing", call.node))))
    return made


@does("name layers")
def name_layers(interpreter: Interpreter, call: Call) -> Value:
    """`ModuleWrapPolicy({LlamaDecoderLayer})`: what it was given."""
    return call.passed.get("module_classes", 0) or NONE


@does("new accelerator")
def new_accelerator(interpreter: Interpreter, call: Call) -> Value:
    made = call.receiver
    assert isinstance(made, AbstractObject)
    keep_strategy(made, call.passed.keywords.get("fsdp_plugin"))
    note_handlers(interpreter, call, made)
    return made


@does("set up")
def set_up(interpreter: Interpreter, call: Call) -> Value:
    """`accelerator.prepare(model, …)`, `fabric.setup(model, …)`: what the plugin or the strategy does is done here."""
    for value in call.passed.values():
        spread_by(interpreter, call.receiver, interpreter.underlying_models(value))
        recompute_by(interpreter, call.receiver, value, call)
    return pass_through(interpreter, call)


_STRATEGY = "strategy"


def keep_strategy(made: AbstractObject, strategy: Value | None) -> None:
    """What a trainer is told of how it trains."""
    if strategy is not None:
        made.fields[_STRATEGY] = strategy


def recompute_by(interpreter: Interpreter, trainer: Value, trained: Value, call: Call) -> None:
    """What a trainer's strategy, if it was given one, does to the models in what it trains: not reentrantly."""
    for case, one in interpreter.alternatives(trainer):
        held = one.fields.get(_STRATEGY, NONE) if isinstance(one, AbstractObject) else NONE
        for known, strategy in interpreter.alternatives(held):
            facet = strategy.facet(Recomputing) if isinstance(strategy, AbstractObject) else None
            if facet is None:
                continue
            both = interpreter.conditions.both(case, interpreter.conditions.both(known, facet.on))
            targets = models_within(interpreter, trained, both)
            _tell(interpreter, facet.site, targets, facet.layers, _Ways(FALSE, TRUE))


def recompute_by_arguments(
    interpreter: Interpreter, targets: list[tuple[Condition, AbstractObject, bool]], asked: Recomputing | None
) -> None:
    """`fsdp_config={"activation_checkpointing": True}`: as the trainer begins to train."""
    if asked is not None:
        on = [(interpreter.conditions.both(case, asked.on), model, adapter) for case, model, adapter in targets]
        _tell(interpreter, asked.site, on, asked.layers, _Ways(FALSE, TRUE))


# --- how --------------------------------------------------------------------------------------------------------------------


def _ways_of(interpreter: Interpreter, wrapper: Value | None) -> _Ways:
    """How a function that wraps a layer has it run again."""
    if wrapper is None or _is_wrapper(wrapper):
        return _ways_by(interpreter, None, set())
    if isinstance(wrapper, PartialCall) and not (wrapper.positional or wrapper.open) and _is_wrapper(wrapper.function):
        return _ways_by(interpreter, wrapper.keywords.get("checkpoint_impl"), set(wrapper.keywords))
    if isinstance(wrapper, Function):
        code = wrapper.module.code(wrapper.node)
        if re.search(rf"\w*{_WRAPPER}\(", code) and "checkpoint_fn" not in code:
            kinds = set(re.findall(r"CheckpointImpl\.(\w+)", code))
            if len(kinds) == 1:
                return _by_name(interpreter, kinds.pop())
    return _Ways(FALSE, FALSE)


def _is_wrapper(value: Value) -> bool:
    return isinstance(value, ExternalSymbol) and value.last == _WRAPPER


_KNOWN = frozenset({"checkpoint_impl", "preserve_rng_state", "determinism_check", "offload_to_cpu", "debug", "early_stop"})


def _ways_by(interpreter: Interpreter, kind: Value | None, keywords: set[str]) -> _Ways:
    """How `checkpoint_wrapper(…, checkpoint_impl=kind)` has it run again."""
    if not keywords <= _KNOWN | {"module"}:
        return _Ways(FALSE, FALSE)  # `checkpoint_fn` and `context_fn` are functions that were not looked at
    if kind is None:
        by_default = interpreter.habit("wraps-reentrantly", _TORCH)
        return _Ways(by_default, interpreter.conditions.negate(by_default))
    reentrant, plain = FALSE, FALSE
    for case, one in interpreter.alternatives(kind):
        ways = _by_name(interpreter, one.last) if isinstance(one, ExternalSymbol) else _Ways(FALSE, FALSE)
        reentrant = interpreter.conditions.either(reentrant, interpreter.conditions.both(case, ways.reentrant))
        plain = interpreter.conditions.either(plain, interpreter.conditions.both(case, ways.plain))
    return _Ways(reentrant, plain)


def _by_name(interpreter: Interpreter, name: str) -> _Ways:
    return _Ways(TRUE if name == "REENTRANT" else FALSE, TRUE if name == "NO_REENTRANT" else FALSE)


# --- what comes of it -------------------------------------------------------------------------------------------------------


def _tell(
    interpreter: Interpreter,
    where: cst.CSTNode | Site,
    targets: list[tuple[Condition, AbstractObject, bool]],
    layers: Layers,
    ways: _Ways,
) -> None:
    """Each model whose layers fill its cache again, with the versions in which that is seen, by what is seen."""
    for condition, model, adapter in targets:
        names, known = _filling(interpreter, model, layers)
        if not names or condition == FALSE:
            continue
        both, sure = interpreter.conditions.both, layers.sure and known
        plain = _seen(interpreter, "recomputed-layers-raise", names)
        again = _seen(interpreter, "recomputed-reentrantly-raises", names)
        other = _seen(interpreter, "recomputed-reentrantly-is-wrong", names)
        padded = _seen(interpreter, "recomputed-padded-raises", names)
        raises = interpreter.conditions.either(both(ways.plain, plain), both(ways.reentrant, again))
        wrong = both(ways.reentrant, other) if not (layers.all_modules and not layers.names) else FALSE
        open_ = interpreter.conditions.any((plain, again, padded)) if (ways.plain, ways.reentrant) == (FALSE, FALSE) else FALSE
        may = interpreter.conditions.any((raises, wrong, both(ways.plain, padded), open_))
        interpreter.emit(
            LayersRecomputed,
            where,
            [(condition, model, adapter)],
            raises=raises if sure else FALSE,
            wrong=wrong if sure else FALSE,
            may=may,
        )


def _filling(interpreter: Interpreter, model: AbstractObject, layers: Layers) -> tuple[list[str], bool]:
    """The classes by which knowledge knows the layers, and whether they are surely those of the model."""
    cls = model.made_by.rpartition(".")[2]
    if cls.startswith("Auto"):
        cls = _class_of_source(interpreter, cls, interpreter.states[model].source.lower())
    family = _BEFORE.sub("", cls)
    if not layers.names:
        return ([cls], True) if cls else ([_ANY], False)
    if not cls:
        return list(layers.names), True
    return [name for name in layers.names if name.startswith(family) and _LAYER.fullmatch(name.removeprefix(family))], True


def _class_of_source(interpreter: Interpreter, cls: str, source: str) -> str:
    """The class of the models that are called so on the hub; empty where that is not known."""
    found = interpreter.knowledge.family_of(cls, source)
    if found is None:
        return ""
    return next((one for one in found.classes if _BEFORE.sub("", one).lower() in source), found.classes[0])


def _seen(interpreter: Interpreter, habit: str, names: list[str]) -> Condition:
    """The versions in which it is so for all of these classes."""
    conditions = interpreter.conditions
    found: Condition = TRUE
    for name in names:
        found = conditions.both(found, interpreter.habit(habit, f"transformers.{name}"))
    return found
