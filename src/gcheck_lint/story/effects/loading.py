"""Loading models and configs."""

from __future__ import annotations

from functools import partial

from gcheck_lint.knowledge import ClassFact
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import (
    Ineffective,
    Loaded,
)
from gcheck_lint.story.domain.model_state import AS_LOADED, EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Known, Library, Mapping, Sequence, Thing, Value
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_at_load, ask_of_model, sited, switch_as_configured
from gcheck_lint.story.effects.versioned_names import note_origin
from gcheck_lint.story.interpreter.attributes import switch_cache
from gcheck_lint.story.interpreter.dispatch import Call, does
from gcheck_lint.story.interpreter.interpreter import Teller

_QUANTISED = ("load_in_8bit", "load_in_4bit", "quantization_config", "load_in_low_bit")


@does("load")
def load(teller: Teller, call: Call) -> Value:
    """`from_pretrained`: a fresh model in eval mode; its keywords that name config fields go to the config."""
    if not isinstance(call.receiver, Library):
        return teller.unknown("a load", call.passed.values())
    fact = teller.knowledge.class_named(call.receiver.name) or ClassFact("model", "")
    config = _config_for(teller, call, call.passed.get("config"), "load-copies-config")
    model = teller.new_model(call.receiver.last, teller.site(call.node), fact.cached, EVAL, config)
    note_origin(teller, model, call.receiver.name, call.passed)
    teller.states[model].library = fact.library
    _apply_keywords(teller, call, model, config)
    _keep_cache_off(teller, model, "load-keeps-cache-off", "the base model has no generation_config.json")
    model.fields["@quantised"] = teller.boolean(_quantised(teller, call))
    teller.emit(Loaded, call.node, [(TRUE, model, False)], source=call.receiver.last)
    switch_as_configured(teller, model, config)
    ask_of_model(teller, call, model)
    return model


@does("build from config")
def build_from_config(teller: Teller, call: Call) -> Value:
    """`from_config`: a fresh model with new weights, in train mode. It rejects `use_cache`."""
    if not isinstance(call.receiver, Library):
        return teller.unknown("a model", call.passed.values())
    fact = teller.knowledge.class_named(call.receiver.name) or ClassFact("model", "")
    config = _config_for(teller, call, call.passed.get("config", 0), "build-copies-config")
    model = teller.new_model(call.receiver.last, teller.site(call.node), fact.cached, TRAIN, config)
    note_origin(teller, model, call.receiver.name, call.passed)
    teller.states[model].library = fact.library
    if call.passed.get("use_cache") is not None:
        node = call.passed.nodes["use_cache"]
        teller.emit(Ineffective, node, [(TRUE, model, False)], why="from_config rejects use_cache")
    _keep_cache_off(teller, model, "build-keeps-cache-off")
    teller.emit(Loaded, call.node, [(TRUE, model, False)], source=call.receiver.last)
    switch_as_configured(teller, model, config)
    return model


@does("new model")
def new_model(teller: Teller, call: Call) -> Value:
    """A model class called with a config."""
    fact = teller.knowledge.class_named(call.name) or ClassFact("model", "")
    config = _config_for(teller, call, call.passed.get("config", 0))
    model = teller.new_model(call.name.rpartition(".")[2], teller.site(call.node), fact.cached, TRAIN, config)
    note_origin(teller, model, call.name, call.passed)
    teller.states[model].library = fact.library
    _keep_cache_off(teller, model, "build-keeps-cache-off")
    teller.emit(Loaded, call.node, [(TRUE, model, False)], source=model.made_by)
    switch_as_configured(teller, model, config)
    return model


@does("copy model")
def copy_model(teller: Teller, call: Call) -> Value:
    """A second model of the same make (a reference model)."""
    values = call.passed.values()
    cores = teller.cores(values[0]) if values else []
    if not cores:
        return teller.unknown("a copy")
    source = teller.states[cores[0][1]]
    model = teller.new_model(source.model.made_by, teller.site(call.node), source.cached, EVAL)
    teller.emit(Loaded, call.node, [(TRUE, model, False)], source="a copy")
    return model


def _config_for(teller: Teller, call: Call, given: Value | None, habit: str = "") -> Value:
    """The config of a model: the one handed over, else a fresh one.

    Where the library has the `habit` of working on a copy, what is switched on the original afterwards does not reach the model.
    """
    copied = teller.habit(habit, call.name) if habit else FALSE
    if given is None or given is ABSENT or (isinstance(given, Known) and given.value is None):
        return Thing("config", call.name, teller.site(call.node))

    def usable(one: Value) -> Value:
        if not isinstance(one, Thing) or one.role not in ("config", "unknown"):
            return Thing("config", call.name, teller.site(call.node))
        if copied == FALSE or one.role == "unknown":
            return one
        copy = Thing("config", one.made_by, one.site)
        copy.fields.update({name: value for name, value in one.fields.items() if name != "@copied"})
        one.fields["@copied"] = Known(len(teller.events))
        return teller.choose(copied, copy, one)

    return teller.flat(teller.each(given, usable))


def _apply_keywords(teller: Teller, call: Call, model: Thing, config: Value) -> None:
    """`use_cache=…` and other keywords of a load."""
    value = call.passed.keywords.get("use_cache")
    if value is not None:
        entry = teller.pc
        for condition, one in teller.alternatives(value):
            if one is ABSENT:
                continue
            teller.pc = teller.conditions.both(entry, condition)
            for case, cfg in teller.alternatives(config):
                if isinstance(cfg, Thing):
                    inner = teller.pc
                    teller.pc = teller.conditions.both(inner, case)
                    switch_cache(teller, cfg, one, call.passed.nodes["use_cache"], "load")
                    teller.pc = inner
        teller.pc = entry
    elif call.passed.open:
        for _, cfg in teller.alternatives(config):
            if isinstance(cfg, Thing) and "use_cache" not in cfg.fields:
                cfg.fields["use_cache"] = UNKNOWN


def _keep_cache_off(teller: Teller, model: Thing, habit: str, unless_known: str = "") -> None:
    """A generation_config that is made from the config has its cache off where that has it off, and keeps it so."""
    made = teller.states[model].generation_config
    offs = [one for _, one in teller.alternatives(teller.cache_of(model)) if isinstance(one, Known) and one.value is False]
    if not offs or not isinstance(made, Thing):
        return
    when = teller.habit(habit, model.made_by)
    if unless_known:
        when = teller.conditions.both(when, teller.opaque(unless_known)[1])

    def copied(one: Value) -> Value:
        return teller.choose(when, one, AS_LOADED) if one in offs else AS_LOADED

    made.fields["use_cache"] = teller.flat(teller.each(teller.cache_of(model), copied))


def _quantised(teller: Teller, call: Call) -> Condition:
    found: Condition = FALSE
    for keyword in _QUANTISED:
        value = call.passed.keywords.get(keyword)
        if value is not None:
            given = teller.each(value, lambda one: Known(False) if one is ABSENT else one)
            found = teller.conditions.either(found, teller.truth(given))
    return found


@does("load config")
def load_config(teller: Teller, call: Call) -> Value:
    config = Thing("config", call.name, teller.site(call.node))
    _take_cache(teller, call, config)
    ask_at_load(teller, call, config)
    if call.passed.keywords.get("return_unused_kwargs") is not None:
        return Sequence([config, teller.unknown()])
    return config


@does("new config")
def new_config(teller: Teller, call: Call) -> Value:
    config = Thing("config", call.name, teller.site(call.node))
    _take_cache(teller, call, config)
    asked = call.passed.keywords.get(FIELD)
    if asked is not None:
        config.fields[FIELD] = teller.each(asked, partial(sited, teller.site(call.passed.nodes[FIELD])))
    return config


def _take_cache(teller: Teller, call: Call, config: Thing) -> None:
    """`use_cache=…` among the keywords that make a config."""
    value = call.passed.keywords.get("use_cache")
    if value is not None and value is not ABSENT:
        switch_cache(teller, config, value, call.passed.nodes["use_cache"], "load")
    elif call.passed.open:
        config.fields["use_cache"] = UNKNOWN


@does("new generation config", "load generation config")
def new_generation_config(teller: Teller, call: Call) -> Value:
    config = Thing("generation config", call.name, teller.site(call.node))
    _take_cache(teller, call, config)
    return config


@does("update config")
def update_config(teller: Teller, call: Call) -> Value:
    """`config.update({"use_cache": False})`; that of a generation_config takes keywords."""
    keywords = Mapping(dict(call.passed.keywords), is_open=call.passed.open) if call.passed.keywords or call.passed.open else None
    for source in (*call.passed.positional, *([keywords] if keywords is not None else [])):
        for condition, one in teller.alternatives(source):
            value = one.entries.get("use_cache") if isinstance(one, Mapping) else UNKNOWN if not isinstance(one, Known) else None
            if value is None or value is ABSENT:
                continue
            entry = teller.pc
            teller.pc = teller.conditions.both(entry, condition)
            for case, config in teller.alternatives(call.receiver):
                if isinstance(config, Thing):
                    inner = teller.pc
                    teller.pc = teller.conditions.both(inner, case)
                    switch_cache(teller, config, value, call.node, "update")
                    teller.pc = inner
            teller.pc = entry
    return NONE
