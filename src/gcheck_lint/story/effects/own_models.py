"""Models of classes that the script itself defines over a library's abstract one: what they are made of, and their config."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.facets import Holding
from gcheck_lint.story.domain.model_state import EVAL
from gcheck_lint.story.domain.objects import Class, Function, Instance
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.switching import models_within
from gcheck_lint.story.interpreter.functions import call_function, inherited
from gcheck_lint.story.interpreter.interpreter import INHERITED, Interpreter, does

_ABSTRACT = "PreTrainedModel"


def build_parts(interpreter: Interpreter, model: AbstractObject, cls: Class, passed: Arguments, node: cst.Call) -> None:
    """A model was loaded through a class of the script over the abstract one of the library: its own constructor builds it."""
    init = cls.member("__init__")
    if not model.made_by.endswith(_ABSTRACT) or not isinstance(init, Function) or model.facet(Holding) is not None:
        return
    model.made_by = cls.made_by
    state = interpreter.states[model]
    config = passed.keywords.get("config", NONE)
    if config == NONE or not isinstance(config, AbstractObject):
        config = _config_of(interpreter, cls, node) or config
    if isinstance(config, AbstractObject) and config.kind is Kind.CONFIG:
        state.config = config
    built = Instance(cls, Kind.MODULE, interpreter.site(node))
    more = {name: value for name, value in passed.keywords.items() if _takes(init, name)}
    given = config if isinstance(config, AbstractObject) else interpreter.unknown("config")
    call_function(interpreter, init.bound_to(built), Arguments([given], {**more}, {}), node)
    held = list({target[1]: target for target in models_within(interpreter, built)}.values())
    for condition, core, _ in held:
        interpreter.change(core, "mode", EVAL, condition)
    for name, value in built.fields.items():
        if name.isidentifier() and name not in ("config", "generation_config"):
            model.fields.setdefault(name, value)
    models: list[Value] = [interpreter.select(condition, core, NONE) for condition, core, _ in held]
    if models:
        model.attach(Holding(tuple(models)))
    elif state.cached is Cached.UNKNOWN and _speaks_of_cache(interpreter, cls):
        state.cached = Cached.YES


INHERITED.append(build_parts)


def _takes(function: Function, name: str) -> bool:
    parameters = function.node.params
    return any(one.name.value == name for one in (*parameters.params, *parameters.kwonly_params))


def _config_of(interpreter: Interpreter, cls: Class, node: cst.Call) -> AbstractObject | None:
    """The config that a library reads for a class of the script: one of its `config_class`, with what the file says in it.

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
        call_function(interpreter, init.bound_to(made), Arguments([], given, {}), node)
    return made


def _speaks_of_cache(interpreter: Interpreter, cls: Class) -> bool:
    """Whether a class of the script's own layers reads the switch, and is named like what generates."""
    fact = interpreter.knowledge.class_named(f"transformers.{cls.made_by}")
    text = "".join(_text_of(kin) for kin in cls.lineage())
    return fact is not None and fact.cached is Cached.YES and "use_cache" in text and "past_key_values" in text


def _text_of(cls: Class) -> str:
    methods = (member for member in cls.members.values() if isinstance(member, Function) and member.owner is cls)
    return "".join(method.module.code(method.node) for method in methods)


@does("new module")
def new_module(interpreter: Interpreter, call: Call) -> Value:
    """`super().__init__(config)` of a class that inherits from a library's models: the object has it as its config."""
    made = call.receiver
    fact = interpreter.knowledge.class_named(call.name)
    config = call.passed.get("config", 0)
    if isinstance(made, Instance) and fact is not None and fact.kind is Kind.MODEL and config is not None:
        made.fields["config"] = config
    return made
