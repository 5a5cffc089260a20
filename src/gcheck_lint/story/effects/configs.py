"""Configs: their `use_cache`, wherever it is set, and what is asked of them about checkpointing."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.events import CacheSwitched
from gcheck_lint.story.domain.facets import Holding, Within
from gcheck_lint.story.domain.model_state import AS_LOADED, UNKNOWN, Unsaid
from gcheck_lint.story.domain.objects import Instance
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_on_config
from gcheck_lint.story.interpreter.heap import switch_of
from gcheck_lint.story.interpreter.interpreter import Interpreter, reads, writes
from gcheck_lint.story.interpreter.losing import loses


@reads(Kind.CONFIG, Kind.GENERATION_CONFIG)
def read_config(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value | None:
    return AS_LOADED if name == "use_cache" and name not in one.fields else None


@writes(Kind.CONFIG, Kind.GENERATION_CONFIG, Kind.UNKNOWN, Kind.OBJECT, attribute="use_cache")
def write_cache(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    _infer_owner(interpreter, one, node)
    default = _by_class(interpreter, one, name, value)
    if default is not None:
        interpreter.write(one, name, default, AS_LOADED)
    else:
        switch_cache(interpreter, one, value, node, "config")
    return True


def _infer_owner(interpreter: Interpreter, config: AbstractObject, node: cst.CSTNode) -> None:
    """`x.config.use_cache = …` of an x that nobody knows: it is a model, as no other object has such a config."""
    held = node.value if isinstance(node, cst.Attribute) else None
    if (
        config.kind is not Kind.UNKNOWN
        or not isinstance(held, cst.Attribute)
        or not isinstance(held.value, (cst.Name, cst.Attribute))
    ):
        return
    for _, owner in interpreter.alternatives(interpreter.evaluate(held.value)):
        if isinstance(owner, AbstractObject) and owner.kind is Kind.UNKNOWN and owner.fields.get("config") is config:
            interpreter.havoc(owner.provenance)  # it may be one of those
            interpreter.infer_model(owner)


def _by_class(interpreter: Interpreter, config: AbstractObject, name: str, value: Value) -> Value | None:
    """What a config of the script's own class has by the default of its constructor: nobody has asked for that."""
    running = interpreter.frame.function
    own = isinstance(config, Instance) and running is not None and running.receiver is config and running.made_by == "__init__"
    if own and value == AS_LOADED:
        return value
    if running is None or not own or running.defaults.get(name) is not value:
        return None
    return AS_LOADED if value == Constant(True) else UNKNOWN


@writes(Kind.CONFIG, attribute=FIELD)
def write_checkpointing(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    ask_on_config(interpreter, one, value, interpreter.site(node))
    return True


@writes(Kind.CONFIG, Kind.GENERATION_CONFIG)
def write_field(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    """Other fields are asked for by no rule; only the configs of parts are kept."""
    return not (isinstance(value, AbstractObject) and value.kind in (Kind.CONFIG, Kind.PART))


def switch_cache(interpreter: Interpreter, config: AbstractObject, value: Value, node: cst.CSTNode, how: str) -> None:
    """`use_cache` set on a config, whatever the way."""
    site = interpreter.site(node)

    def sited(one: Value) -> Value:
        if isinstance(one, Constant) and isinstance(one.value, bool):
            return Constant(one.value, site)
        if isinstance(one, Constant) and isinstance(one.value, Unsaid):
            return one  # what another config has
        if isinstance(one, AbstractObject) and one.kind is Kind.UNKNOWN:
            return (
                interpreter.select(interpreter.truth(one), Constant(True, site), Constant(False, site)) if one.chosen else UNKNOWN
            )
        if isinstance(one, Constant):
            return Constant(bool(one.value), site)
        return UNKNOWN

    within = config.facet(Within)
    if within is not None:
        _switch_part(interpreter, within.whole)
    value = interpreter.flat(interpreter.each(value, sited))
    default = AS_LOADED if config.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG) else UNKNOWN
    interpreter.write(config, "use_cache", value, default)
    if config.kind in (Kind.UNKNOWN, Kind.OBJECT) and config.provenance:
        interpreter.havoc(config.provenance)  # a config that was reached by a way that is not followed
    owners = [
        (case, model, False)
        for model, state in interpreter.states.items()
        for held in (state.config, state.generation_config)
        if held is not None
        for case, one in interpreter.alternatives(held)
        if one is config
    ]
    for _, model, _ in owners:
        _switch_whole(interpreter, model, config)
    interpreter.emit(CacheSwitched, node, owners, how=how, value=value, config=config)


def _switch_whole(interpreter: Interpreter, model: AbstractObject, config: AbstractObject) -> None:
    """A switch on the config of a model that is made of others: whether their passes read it, its own code decides."""
    holding = model.facet(Holding)
    for inner in () if holding is None else holding.models:
        for condition, core, _ in interpreter.underlying_models(inner):
            for case, held in interpreter.alternatives(interpreter.states[core].config or NONE):
                if isinstance(held, AbstractObject) and held is not config:
                    both = interpreter.conditions.both(condition, case)
                    guard = interpreter.conditions.both(interpreter.path_condition, both)
                    held.fields["use_cache"] = interpreter.select(guard, UNKNOWN, switch_of(held))


def _switch_part(interpreter: Interpreter, whole: AbstractObject) -> None:
    """A switch on the config of a part: what the whole does with it can't be told."""
    for condition, config in interpreter.alternatives(interpreter.states[whole].config or NONE):
        if isinstance(config, AbstractObject):
            guard = interpreter.conditions.both(interpreter.path_condition, condition)
            config.fields["use_cache"] = interpreter.select(guard, UNKNOWN, switch_of(config))


@loses
def lose_switch(interpreter: Interpreter, one: AbstractObject | None, names: frozenset[str]) -> None:
    """What was given up may have switched the cache of a config that no model has yet."""
    if one is not None and one.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG) and names & {"use_cache", "update", "setattr"}:
        interpreter.write(one, "use_cache", UNKNOWN, AS_LOADED)
