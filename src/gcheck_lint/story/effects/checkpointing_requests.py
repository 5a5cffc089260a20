"""Checkpointing asked for through a config, where the library reads it when it builds a model, or where nobody reads it."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst

from gcheck_lint.knowledge import Knowledge
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import CheckpointingAsked, CheckpointingSwitched
from gcheck_lint.story.domain.facets import AskedInVain, BuiltWith
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter

FIELD = "gradient_checkpointing"


def sited(site: Site, one: Value) -> Value:
    """A constant with the place that gave it."""
    return Constant(one.value, site) if isinstance(one, Constant) and one is not ABSENT else one


def ask_on_config(interpreter: Interpreter, config: AbstractObject, value: Value, site: Site) -> None:
    """`config.gradient_checkpointing = …`: a model that is built from it reads it, one that is there already does not."""
    owners = [
        (case, model, False)
        for model, state in interpreter.states.items()
        for case, held in (interpreter.alternatives(state.config) if state.config is not None else ())
        if held is config and state.own_class
    ]
    interpreter.write(config, FIELD, interpreter.each(value, partial(sited, site)))
    if owners:
        with interpreter.under(interpreter.truth(value)):
            interpreter.emit(CheckpointingAsked, site, owners, way="live config")


def ask_on_arguments(interpreter: Interpreter, arguments: AbstractObject, value: Value, node: cst.CSTNode) -> None:
    """`args.gradient_checkpointing = …`: where the old name mirrors the new one, a trainer does not read it."""
    running = interpreter.frame.function
    if running is not None and running.made_by in ("__post_init__", "__init__"):
        return  # they are not built yet
    if arguments.facet(BuiltWith) is None:
        arguments.attach(BuiltWith(arguments.fields.get(FIELD, ABSENT)))
    mirrors = interpreter.habit("arguments-mirror-old-names", "transformers.TrainingArguments")
    with interpreter.under(interpreter.conditions.both(mirrors, interpreter.truth(value))):
        interpreter.emit(CheckpointingAsked, node, [], way="arguments", arguments=arguments)


def built_with(interpreter: Interpreter, arguments: AbstractObject, now: Value) -> Value:
    """What a trainer reads of arguments to which the old name was assigned after they were built."""
    built = arguments.facet(BuiltWith)
    if built is None:
        return now
    new = arguments.fields.get(interpreter.knowledge.arguments["mirrors"][FIELD], built.value)
    mirrors = interpreter.habit("arguments-mirror-old-names", "transformers.TrainingArguments")
    return interpreter.flat(interpreter.select(mirrors, new, now))


def ask_at_load(interpreter: Interpreter, call: Call, config: AbstractObject) -> None:
    """`AutoConfig.from_pretrained(…, gradient_checkpointing=…)`: dropped, unless the base's config.json has the field."""
    value = _written(call)
    if value is None:
        return
    if is_newer(interpreter.knowledge, call):
        config.attach(AskedInVain(interpreter.each(value, partial(sited, interpreter.site(call.passed.nodes[FIELD])))))
    else:
        config.fields[FIELD] = interpreter.unknown(FIELD)


def ask_of_model(interpreter: Interpreter, call: Call, model: AbstractObject) -> None:
    """`from_pretrained(…, gradient_checkpointing=…)`: a constructor rejects it, unless config.json has the field."""
    if _written(call) is None:
        return
    if is_newer(interpreter.knowledge, call) and interpreter.states[model].own_class:
        node = call.passed.nodes[FIELD]
        interpreter.emit(CheckpointingAsked, node, [(TRUE, model, False)], way="load", guarded=interpreter.is_caught)
    interpreter.change(model, "checkpointing", UNKNOWN)


def switch_as_configured(interpreter: Interpreter, model: AbstractObject, config: Value) -> None:
    """A model that is built from a config checkpoints if that says so, and takes the field off it."""
    for _, held in interpreter.cases(config):
        if not isinstance(held, AbstractObject):
            continue
        asked, dropped = held.fields.get(FIELD), held.facet(AskedInVain)
        if asked is not None:
            _read_field(interpreter, model, held, asked, in_vain=False)
        if dropped is not None:
            _read_field(interpreter, model, held, dropped.value, in_vain=True)


def _read_field(interpreter: Interpreter, model: AbstractObject, config: AbstractObject, asked: Value, *, in_vain: bool) -> None:
    if not interpreter.states[model].own_class:
        interpreter.change(model, "checkpointing", UNKNOWN)
        return
    for condition, one in interpreter.alternatives(asked):
        on = interpreter.conditions.both(condition, interpreter.truth(one))
        if on == FALSE or one is ABSENT:
            continue
        if isinstance(one, AbstractObject) and not one.chosen:
            interpreter.change(model, "checkpointing", UNKNOWN, condition)
            continue
        site = (one.site if isinstance(one, (Constant, AbstractObject)) else None) or config.site or model.site
        if site is None:
            continue
        if in_vain:
            with interpreter.under(on):
                interpreter.emit(CheckpointingAsked, site, [(TRUE, model, False)], way="config load")
            continue
        _switch_on(interpreter, model, site, on)
    if not in_vain:
        interpreter.write(config, FIELD, Constant(False))


def _switch_on(interpreter: Interpreter, model: AbstractObject, site: Site, on: Condition) -> None:
    interpreter.change(model, "checkpointing", Constant(True, site), on)
    interpreter.states[model].switches.append((interpreter.conditions.both(interpreter.path_condition, on), site))
    lets_through = interpreter.habit("enabling-lets-gradients-through", model.made_by)
    interpreter.mark(model, "input_grads", interpreter.conditions.both(on, lets_through))
    interpreter.emit(CheckpointingSwitched, site, [(on, model, False)], on=Constant(True))


def is_newer(knowledge: Knowledge, call: Call) -> bool:
    """Whether the class or the name that is loaded is of a family whose configs never had the field."""
    name = call.passed.get("pretrained_model_name_or_path", 0)
    texts = [getattr(call.receiver, "last", ""), name.value if isinstance(name, Constant) else ""]
    words = re.sub(r"[^a-z0-9]", "", " ".join(map(str, texts)).lower())
    return any(family in words for family in knowledge.newer_families)


def _written(call: Call) -> Value | None:
    """The keyword, where it stands in the call itself."""
    value = call.passed.keywords.get(FIELD)
    node = call.passed.nodes.get(FIELD)
    return value if value is not None and any(node is arg for arg in call.node.args) else None
