"""Configs: their `use_cache`, wherever it is set, and what is asked of them about checkpointing."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import CacheSwitched
from gcheck_lint.story.domain.facets import Copied, Holding, Within
from gcheck_lint.story.domain.model_state import AS_LOADED, UNKNOWN, ModelState, Unsaid
from gcheck_lint.story.domain.objects import Instance, Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_on_config
from gcheck_lint.story.interpreter.interpreter import Interpreter, does, reads, writes
from gcheck_lint.story.interpreter.losing import loses
from gcheck_lint.story.interpreter.nested_switches import parts_within, switch_of


@reads(Kind.CONFIG, Kind.GENERATION_CONFIG)
def read_config(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value | None:
    if name in interpreter.knowledge.nested_configs and one.kind is Kind.CONFIG:
        return _nested(interpreter, one, name, node)
    return AS_LOADED if name == "use_cache" and name not in one.fields else None


def _nested(interpreter: Interpreter, config: AbstractObject, name: str, node: cst.CSTNode) -> Value:
    """The config of a part, within that of the whole."""
    if name not in config.fields:
        made = AbstractObject(Kind.CONFIG, config.made_by, interpreter.site(node))
        made.attach(Within(config))
        config.fields[name] = made
    return config.fields[name]


def put_within(config: AbstractObject, value: Value) -> None:
    """A config is given one of a part."""
    if isinstance(value, AbstractObject) and value.kind is Kind.CONFIG and value.facet(Within) is None and value is not config:
        value.attach(Within(config))


@does("text config")
def text_config(interpreter: Interpreter, call: Call) -> Value:
    """`config.get_text_config()`: the config of the part that reads and writes text, or the config itself."""

    def found(one: Value) -> Value:
        if not isinstance(one, AbstractObject):
            return interpreter.unknown(call.name)
        names = {state.nested.name for state in owners_of(interpreter, one) if state.nested is not None}
        name = names.pop() if len(names) == 1 else "text_config"
        return interpreter.select(has_nested(interpreter, one, name), _nested(interpreter, one, name, call.node), one)

    return interpreter.flat(interpreter.each(call.receiver, found))


def owners_of(interpreter: Interpreter, config: AbstractObject) -> list[ModelState]:
    """The models that have a config."""
    states = interpreter.states.values()
    return [state for state in states if any(one is config for _, one in interpreter.alternatives(state.config or NONE))]


def has_nested(interpreter: Interpreter, config: AbstractObject, name: str = "text_config") -> Condition:
    """Whether there is a config of a part within a config: not in those of models that are known to read text alone."""
    owners = owners_of(interpreter, config)
    if owners and all(state.nested is not None and state.nested.name == name for state in owners):
        return TRUE
    of_text = (state.own_class and interpreter.knowledge.family_of(state.model.made_by, state.source) for state in owners)
    return FALSE if owners and all(of_text) else interpreter.open_fact(config, f"the config has a `{name}`")


def twin_of(config: AbstractObject, made_by: str, site: Site | None) -> AbstractObject:
    """A copy of a config: another object, with configs of parts of its own."""
    twin = AbstractObject(config.kind, made_by, site)
    twin.fields.update(config.fields)
    for facet in config.facets:
        if not isinstance(facet, (Copied, Within)):
            twin.attach(facet)
    for name, value in config.fields.items():
        if isinstance(value, AbstractObject) and (within := value.facet(Within)) is not None and within.whole is config:
            inner = twin_of(value, value.made_by, site)
            inner.attach(Within(twin))
            twin.fields[name] = inner
    return twin


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
    if name in interpreter.knowledge.nested_configs:
        put_within(one, value)
        return False
    return not (isinstance(value, AbstractObject) and value.kind in (Kind.CONFIG, Kind.PART))


def switch_cache(interpreter: Interpreter, config: AbstractObject, value: Value, node: cst.CSTNode, how: str) -> None:
    """`use_cache` set on a config, whatever the way."""
    site = interpreter.site(node)

    def sited(one: Value) -> Value:
        if isinstance(one, Constant) and isinstance(one.value, bool):
            return one if _is_put_back(interpreter, one) else Constant(one.value, site)
        if isinstance(one, Constant) and isinstance(one.value, Unsaid):
            return one  # what another config has
        if isinstance(one, AbstractObject) and one.kind is Kind.UNKNOWN:
            return (
                interpreter.select(interpreter.truth(one), Constant(True, site), Constant(False, site)) if one.chosen else UNKNOWN
            )
        if isinstance(one, Constant):
            return Constant(bool(one.value), site)
        if isinstance(one, Sequence) and one.items and one.type_name == "tuple":
            return Constant(True, site)  # `config.use_cache = False,` is a tuple, and no tuple with an item is false
        return UNKNOWN

    value = interpreter.flat(interpreter.each(value, sited))
    within = config.facet(Within)
    if within is not None and within.whole in interpreter.states and interpreter.states[within.whole].nested is None:
        _switch_part(interpreter, within.whole, value)
    if config.kind in (Kind.UNKNOWN, Kind.OBJECT):
        for model, state in list(interpreter.states.items()):
            if state.nested is not None:
                open_switches(interpreter, model)  # it may be what its text part goes by, come by in a way that is not followed
    default = AS_LOADED if config.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG) else UNKNOWN
    interpreter.write(config, "use_cache", value, default)
    if config.kind in (Kind.UNKNOWN, Kind.OBJECT) and config.provenance:
        interpreter.havoc(config.provenance)  # a config that was reached by a way that is not followed
    owners = [
        (case, model, False)
        for model, state in interpreter.states.items()
        for held in (state.config, state.generation_config, state.part_config)
        if held is not None
        for case, one in interpreter.alternatives(held)
        if one is config or (isinstance(one, AbstractObject) and config in parts_within(one).values())
    ]
    for _, model, _ in owners:
        _switch_whole(interpreter, model, config)
    interpreter.emit(CacheSwitched, node, owners, how=how, value=value, config=config)


def open_switches(interpreter: Interpreter, model: AbstractObject) -> None:
    """Nobody can tell what the configs of a model's parts say."""
    state = interpreter.states[model]
    for value in (state.config, state.part_config):
        for _, one in interpreter.alternatives(value or NONE):
            if isinstance(one, AbstractObject):
                for config in (one, *parts_within(one).values()):
                    interpreter.write(config, "use_cache", UNKNOWN, AS_LOADED)


def _is_put_back(interpreter: Interpreter, one: Constant) -> bool:
    """Whether a value is what an earlier switch has set, and the script has kept: to put it back is no switch of its own."""
    return one.site is not None and any(
        isinstance(event, CacheSwitched) and event.site == one.site for event in interpreter.trace.events
    )


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


def _switch_part(interpreter: Interpreter, whole: AbstractObject, value: Value) -> None:
    """A switch on the config of a part: what the whole does can't be told, unless its own config says the same."""
    for condition, config in interpreter.alternatives(interpreter.states[whole].config or NONE):
        if isinstance(config, AbstractObject):
            guard = interpreter.conditions.both(interpreter.path_condition, condition)
            before = switch_of(config)
            now = interpreter.flat(interpreter.each(before, lambda old: _agreed(interpreter, old, value)))
            config.fields["use_cache"] = interpreter.select(guard, now, before)


def _agreed(interpreter: Interpreter, old: Value, value: Value) -> Value:
    said = old.value if isinstance(old, Constant) else None
    says = True if said is Unsaid.AS_LOADED else said

    def compare(new: Value) -> Value:
        return old if isinstance(says, bool) and isinstance(new, Constant) and new.value is says else UNKNOWN

    return interpreter.each(value, compare)


@loses
def lose_switch(interpreter: Interpreter, one: AbstractObject | None, names: frozenset[str]) -> None:
    """What was given up may have switched the cache of a config that no model has yet."""
    if one is not None and one.kind in (Kind.CONFIG, Kind.GENERATION_CONFIG) and names & {"use_cache", "update", "setattr"}:
        interpreter.write(one, "use_cache", UNKNOWN, AS_LOADED)
