"""Models of classes that the script itself defines over a library's abstract one: what they are made of, and their config."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import TRUE
from gcheck_lint.story.domain.events import Loaded
from gcheck_lint.story.domain.facets import BuiltFrom, Holding, OwnClass
from gcheck_lint.story.domain.model_state import AS_LOADED, OFF, TRAIN
from gcheck_lint.story.domain.objects import Class, Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.cache_at_load import keep_cache_off
from gcheck_lint.story.effects.own_decoders import is_generating, leave_switch, look_at_layers
from gcheck_lint.story.effects.switching import models_within
from gcheck_lint.story.interpreter.functions import call_function, inherited
from gcheck_lint.story.interpreter.interpreter import BUILT, INHERITED, Interpreter, does

_ABSTRACT = "PreTrainedModel"


def build_parts(interpreter: Interpreter, model: AbstractObject, cls: Class, passed: Arguments, node: cst.Call) -> None:
    """A model was loaded through a class of the script over the abstract one of the library: its own constructor builds it."""
    init = cls.member("__init__")
    if not model.made_by.endswith(_ABSTRACT) or not isinstance(init, Function) or model.facet(Holding) is not None:
        return
    model.made_by = cls.made_by
    config = passed.keywords.get("config", NONE)
    if not isinstance(config, AbstractObject):
        config = _config_of(interpreter, cls, node, interpreter.states[model].config) or config
    if isinstance(config, AbstractObject) and config.kind is Kind.CONFIG:
        interpreter.states[model].config = config
    built = Instance(cls, Kind.MODULE, interpreter.site(node))
    more = {name: value for name, value in passed.keywords.items() if _takes(init, name)}
    given = config if isinstance(config, AbstractObject) else interpreter.unknown("config")
    call_function(interpreter, init.bound_to(built), Arguments([given], {**more}, {}), node)
    leave_switch(interpreter, built)
    held = list({target[1]: target for target in models_within(interpreter, built)}.values())
    for condition, core, _ in held:
        interpreter.change(core, "mode", interpreter.states[model].mode, condition)
    for name, value in built.fields.items():
        known = name not in ("config", "generation_config") and (held or not _is_of_layers(value))
        if name.isidentifier() and known:
            model.fields.setdefault(name, value)
    models: list[Value] = [interpreter.select(condition, core, NONE) for condition, core, _ in held]
    if models:
        model.attach(Holding(tuple(models)))
    else:
        look_at_layers(interpreter, model, cls)


INHERITED.append(build_parts)


def become_model(interpreter: Interpreter, made: Instance) -> None:
    """An object of a class of the script was built that the library's generate() works with: it is a model."""
    name, kind = inherited(interpreter, made.cls)
    fact = interpreter.knowledge.class_named(name)
    if kind is not Kind.MODULE or made.kind is not Kind.MODULE or fact is None or fact.kind is not Kind.MODEL:
        return
    own_layers = name.endswith(_ABSTRACT)
    generates = is_generating(made.cls) if own_layers else fact.cached is Cached.YES
    if not generates or models_within(interpreter, made):
        return
    for part in [part for part, value in made.fields.items() if part.isidentifier() and _is_of_layers(value)]:
        made.fields.pop(part)  # they are read as the parts of any other model
    leave_switch(interpreter, made)
    interpreter.infer_model(made, typed=True)
    state = interpreter.states[made]
    config = made.fields.get("config", NONE)
    if not isinstance(config, AbstractObject) or config.kind is not Kind.CONFIG:
        config = AbstractObject(Kind.CONFIG, made.made_by, made.site)
    state.config, state.generation_config = config, AbstractObject(Kind.GENERATION_CONFIG, made.made_by, made.site)
    state.checkpointing, state.mode, state.cached, state.library = OFF, TRAIN, fact.cached, fact.library
    made.attach(OwnClass(made.cls))
    if own_layers:
        look_at_layers(interpreter, made, made.cls)
    keep_cache_off(interpreter, made, "build-keeps-cache-off")
    if made.site is not None:
        interpreter.emit(Loaded, made.site, [(TRUE, made, False)], source=made.made_by)


BUILT.append(become_model)


def _is_of_layers(value: Value) -> bool:
    return isinstance(value, AbstractObject) and value.kind in (Kind.MODULE, Kind.OBJECT, Kind.UNKNOWN, Kind.SEQUENCE)


def _takes(function: Function, name: str) -> bool:
    parameters = function.node.params
    return any(one.name.value == name for one in (*parameters.params, *parameters.kwonly_params))


def _config_of(interpreter: Interpreter, cls: Class, node: cst.Call, asked: Value | None) -> AbstractObject | None:
    """The config that a library reads for a class of the script: one of its `config_class`, with what the file says in it.

    `asked`: the config with what the load says of it.
    Parameters that are None by default are taken to be so, as a file says nothing else that is known; the others are unknown.
    """
    config_class = cls.member("config_class")
    if not isinstance(config_class, Class) or inherited(interpreter, config_class)[1] is not Kind.CONFIG:
        return None
    made = Instance(config_class, Kind.CONFIG, interpreter.site(node))
    init = config_class.member("__init__")
    if isinstance(init, Function):
        names = [one.name.value for one in (*init.node.params.params, *init.node.params.kwonly_params)]
        given: dict[str, Value] = {
            name: interpreter.unknown(name)
            for name in names
            if name in init.defaults and init.defaults[name] != NONE and isinstance(init.defaults[name], Constant)
        }
        if init.defaults.get("use_cache") == Constant(True):
            given["use_cache"] = AS_LOADED  # what the file says, which is the default but for a reason
        call_function(interpreter, init.bound_to(made), Arguments([], given, {}), node)
    if isinstance(asked, AbstractObject) and "use_cache" in asked.fields:
        made.fields["use_cache"] = asked.fields["use_cache"]
    return made


@does("new module")
def new_module(interpreter: Interpreter, call: Call) -> Value:
    """`super().__init__(config)` of a class that inherits from a library's models: the object has it as its config."""
    made = call.receiver
    fact = interpreter.knowledge.class_named(call.name)
    config = call.passed.get("config", 0)
    if isinstance(made, Instance) and fact is not None and fact.kind is Kind.MODEL and config is not None:
        made.fields["config"] = config
        if isinstance(config, AbstractObject) and made.facet(BuiltFrom) is None:
            made.attach(BuiltFrom(config, config.fields.get("use_cache", ABSENT)))
    return made
