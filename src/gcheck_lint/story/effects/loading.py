"""Loading models and configs."""

from __future__ import annotations

from functools import partial

import libcst as cst

from gcheck_lint.knowledge import ClassFact
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.knowledge.nested import nested_of
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import (
    Ineffective,
    Loaded,
)
from gcheck_lint.story.domain.facets import Copied
from gcheck_lint.story.domain.model_state import EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value, is_true
from gcheck_lint.story.effects.cache_arguments import refuse_cache
from gcheck_lint.story.effects.cache_at_load import keep_at_load, keep_cache_off, take_keyword
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_at_load, ask_of_model, sited, switch_as_configured
from gcheck_lint.story.effects.configs import switch_cache, twin_of
from gcheck_lint.story.effects.nested_parts import note_part, take_parts
from gcheck_lint.story.effects.refused_loads import refuse_load
from gcheck_lint.story.effects.versioned_names import note_origin
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.versions import Specifier

_BITS = ("load_in_8bit", "load_in_4bit")
_QUANTISED = ("load_in_8bit", "load_in_4bit", "quantization_config", "load_in_low_bit")


@does("load")
def load(interpreter: Interpreter, call: Call) -> Value:
    """`from_pretrained`: a fresh model in eval mode; its keywords that name config fields go to the config."""
    if not isinstance(call.receiver, ExternalSymbol):
        return interpreter.unknown("a load", call.passed.values())
    refuse_cache(interpreter, call)
    known = interpreter.knowledge.class_named(call.receiver.name)
    fact = known or ClassFact(Kind.MODEL, "")
    if known is not None:
        refuse_load(interpreter, call, known)
    config = _config_for(interpreter, call, call.passed.get("config"), "load-copies-config")
    model = interpreter.new_model(call.receiver.last, interpreter.site(call.node), fact.cached, EVAL, config)
    note_origin(interpreter, model, call.receiver.name, call.passed)
    note_source(interpreter, model, call.passed.get("pretrained_model_name_or_path", 0))
    note_library(interpreter, model, fact)
    _note_unread(interpreter, call, model)
    take_keyword(interpreter, call, model, config)
    keep_at_load(interpreter, call, model)
    interpreter.states[model].quantised = interpreter.boolean(_quantised(interpreter, call))
    interpreter.states[model].in_bits = _in_bits(interpreter, call)
    interpreter.emit(Loaded, call.node, [(TRUE, model, False)], source=call.receiver.last)
    switch_as_configured(interpreter, model, config)
    ask_of_model(interpreter, call, model)
    if call.passed.keywords.get("output_loading_info") != Constant(True):
        return model
    both = Sequence([model, interpreter.unknown("loading info")])
    both.type_name = "tuple"
    return both


def note_library(interpreter: Interpreter, model: AbstractObject, fact: ClassFact) -> None:
    """Remember whose class a model is of."""
    interpreter.states[model].library, interpreter.states[model].patched = fact.library, fact.patched
    if fact.patched:
        interpreter.mark_unknown(model, "own_methods")
    state = interpreter.states[model]
    versions = interpreter.knowledge.composites.get(model.made_by)
    if versions is None or fact.library not in ("", "transformers"):
        return
    state.nested = nested_of(model.made_by, state.source)
    if state.nested is None:
        interpreter.mark_unknown(model, "apart", interpreter.versions.holds("transformers", Specifier.parse(versions)))
    else:
        note_part(interpreter, model)


def note_source(interpreter: Interpreter, model: AbstractObject, name: Value | None) -> None:
    """Remember what a model is loaded from, as far as it is written there."""
    interpreter.states[model].source = str(name.value) if isinstance(name, Constant) else ""


def _note_unread(interpreter: Interpreter, call: Call, model: AbstractObject) -> None:
    """`trust_remote_code=True` of an Auto class: a class that the files of a model bring goes before the library's.

    It is run where their config has an `auto_map` (auto_factory.py of 4.31.0, 4.46.3, 4.57.1, 5.0.0 and 5.23.0).
    Names of known families are taken to have none. A name that an option gives may be one of those: the user's choice.
    """
    trusted, source = call.passed.keywords.get("trust_remote_code"), interpreter.states[model].source
    if trusted is None or not source or not model.made_by.startswith("Auto"):
        return
    if interpreter.knowledge.family_of(model.made_by, source) is None:
        given = interpreter.truth(interpreter.each(trusted, lambda one: Constant(False) if one is ABSENT else one))
        interpreter.mark_unknown(model, "unread", given)


@does("build from config")
def build_from_config(interpreter: Interpreter, call: Call) -> Value:
    """`from_config`: a fresh model with new weights, in train mode. It rejects `use_cache`."""
    if not isinstance(call.receiver, ExternalSymbol):
        return interpreter.unknown("a model", call.passed.values())
    fact = interpreter.knowledge.class_named(call.receiver.name) or ClassFact(Kind.MODEL, "")
    config = _config_for(interpreter, call, call.passed.get("config", 0), "build-copies-config")
    model = interpreter.new_model(call.receiver.last, interpreter.site(call.node), fact.cached, TRAIN, config)
    note_origin(interpreter, model, call.receiver.name, call.passed)
    note_library(interpreter, model, fact)
    if call.passed.get("use_cache") is not None:
        node = call.passed.nodes["use_cache"]
        interpreter.emit(Ineffective, node, [(TRUE, model, False)], why="from_config rejects use_cache")
    keep_cache_off(interpreter, model, "build-keeps-cache-off")
    interpreter.emit(Loaded, call.node, [(TRUE, model, False)], source=call.receiver.last)
    switch_as_configured(interpreter, model, config)
    return model


@does("new model")
def new_model(interpreter: Interpreter, call: Call) -> Value:
    """A model class called with a config."""
    fact = interpreter.knowledge.class_named(call.name) or ClassFact(Kind.MODEL, "")
    config = _config_for(interpreter, call, call.passed.get("config", 0))
    model = interpreter.new_model(call.name.rpartition(".")[2], interpreter.site(call.node), fact.cached, TRAIN, config)
    note_origin(interpreter, model, call.name, call.passed)
    note_library(interpreter, model, fact)
    keep_cache_off(interpreter, model, "build-keeps-cache-off")
    interpreter.emit(Loaded, call.node, [(TRUE, model, False)], source=model.made_by)
    switch_as_configured(interpreter, model, config)
    return model


def _config_for(interpreter: Interpreter, call: Call, given: Value | None, habit: str = "") -> Value:
    """The config of a model: the one handed over, else a fresh one.

    Where the library has the `habit` of working on a copy, what is switched on the original afterwards does not reach the model.
    """
    copied = interpreter.habit(habit, call.name) if habit else FALSE
    if given is None or given is ABSENT or (isinstance(given, Constant) and given.value is None):
        return AbstractObject(Kind.CONFIG, call.name, interpreter.site(call.node))

    def usable(one: Value) -> Value:
        if not isinstance(one, AbstractObject) or one.kind not in (Kind.CONFIG, Kind.UNKNOWN):
            return AbstractObject(Kind.CONFIG, call.name, interpreter.site(call.node))
        if copied == FALSE or one.kind is Kind.UNKNOWN:
            return one
        copy = twin_of(one, one.made_by, one.site)
        one.attach(Copied(len(interpreter.trace.events)))
        return interpreter.select(copied, copy, one)

    return interpreter.flat(interpreter.each(given, usable))


def _quantised(interpreter: Interpreter, call: Call) -> Condition:
    found: Condition = FALSE
    for keyword in _QUANTISED:
        value = call.passed.keywords.get(keyword)
        if value is not None:
            given = interpreter.each(value, lambda one: Constant(False) if one is ABSENT else one)
            found = interpreter.conditions.either(found, interpreter.truth(given))
    return found


def _in_bits(interpreter: Interpreter, call: Call) -> Condition:
    """When a load says itself that it is one in 8 or 4 bits: `load_in_4bit=True`, here or in a config that is made for it."""
    conditions, found = interpreter.conditions, FALSE
    for keyword in _BITS:
        value = call.passed.keywords.get(keyword, NONE)
        found = conditions.either(found, conditions.any(case for case, one in interpreter.alternatives(value) if is_true(one)))
    given = interpreter.alternatives(call.passed.keywords.get("quantization_config", NONE))
    return conditions.either(found, conditions.any(case for case, one in given if _says_bits(one)))


def _says_bits(one: Value) -> bool:
    """Whether it is a config of bitsandbytes whose constructor is given `load_in_4bit=True` or the other."""
    made = one.site.node if isinstance(one, AbstractObject) and one.made_by.endswith("BitsAndBytesConfig") and one.site else None
    return isinstance(made, cst.Call) and any(
        arg.keyword is not None and arg.keyword.value in _BITS and isinstance(arg.value, cst.Name) and arg.value.value == "True"
        for arg in made.args
    )


@does("load config")
def load_config(interpreter: Interpreter, call: Call) -> Value:
    config = AbstractObject(Kind.CONFIG, call.name, interpreter.site(call.node))
    _take_cache(interpreter, call, config)
    ask_at_load(interpreter, call, config)
    if call.passed.keywords.get("return_unused_kwargs") is not None:
        return Sequence([config, interpreter.unknown()])
    return config


@does("new config")
def new_config(interpreter: Interpreter, call: Call) -> Value:
    config = call.receiver if isinstance(call.receiver, AbstractObject) else AbstractObject(Kind.CONFIG, call.name)
    _take_cache(interpreter, call, config)
    asked = call.passed.keywords.get(FIELD)
    if asked is not None:
        config.fields[FIELD] = interpreter.each(asked, partial(sited, interpreter.site(call.passed.nodes[FIELD])))
    return config


def _take_cache(interpreter: Interpreter, call: Call, config: AbstractObject) -> None:
    """`use_cache=…` among the keywords that make a config, and the configs of parts."""
    take_parts(interpreter, config, call.passed)
    value = call.passed.keywords.get("use_cache")
    if value is not None and value is not ABSENT:
        switch_cache(interpreter, config, value, call.passed.nodes["use_cache"], "load")
    elif call.passed.open:
        config.fields["use_cache"] = UNKNOWN


@does("new generation config", "load generation config")
def new_generation_config(interpreter: Interpreter, call: Call) -> Value:
    config = AbstractObject(Kind.GENERATION_CONFIG, call.name, interpreter.site(call.node))
    _take_cache(interpreter, call, config)
    return config


@does("update config")
def update_config(interpreter: Interpreter, call: Call) -> Value:
    """`config.update({"use_cache": False})`; that of a generation_config takes keywords."""
    keywords = Mapping(dict(call.passed.keywords), is_open=call.passed.open) if call.passed.keywords or call.passed.open else None
    for source in (*call.passed.positional, *([keywords] if keywords is not None else [])):
        for _, one in interpreter.cases(source):
            value = (
                one.entries.get("use_cache") if isinstance(one, Mapping) else UNKNOWN if not isinstance(one, Constant) else None
            )
            if value is None or value is ABSENT:
                continue
            for _, config in interpreter.cases(call.receiver):
                if isinstance(config, AbstractObject):
                    switch_cache(interpreter, config, value, call.node, "update")
    return NONE
