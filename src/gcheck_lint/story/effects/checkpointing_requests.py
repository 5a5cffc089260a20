"""Checkpointing asked for through a config, where the library reads it when it builds a model, or where nobody reads it."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst

from gcheck_lint.knowledge import Knowledge
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import CheckpointingAsked, CheckpointingSwitched
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, Known, Thing, Value
from gcheck_lint.story.effects.versioned_names import has_own_class
from gcheck_lint.story.interpreter.dispatch import Call
from gcheck_lint.story.interpreter.interpreter import Teller

FIELD = "gradient_checkpointing"
BUILT = "@built with"
_IN_VAIN = "@asked in vain"


def sited(site: Site, one: Value) -> Value:
    """A constant with the place that gave it."""
    return Known(one.value, site) if isinstance(one, Known) and one is not ABSENT else one


def ask_on_config(teller: Teller, config: Thing, value: Value, site: Site) -> None:
    """`config.gradient_checkpointing = …`: a model that is built from it reads it, one that is there already does not."""
    owners = [
        (case, model, False)
        for model, state in teller.states.items()
        for case, held in (teller.alternatives(state.config) if state.config is not None else ())
        if held is config and has_own_class(model)
    ]
    teller.write(config, FIELD, teller.each(value, partial(sited, site)))
    entry = teller.pc
    teller.pc = teller.conditions.both(entry, teller.truth(value))
    if owners:
        teller.emit(CheckpointingAsked, site, owners, way="live config")
    teller.pc = entry


def ask_on_arguments(teller: Teller, arguments: Thing, value: Value, node: cst.CSTNode) -> None:
    """`args.gradient_checkpointing = …`: where the old name mirrors the new one, a trainer does not read it."""
    running = teller.frame.function
    if running is not None and running.made_by in ("__post_init__", "__init__"):
        return  # they are not built yet
    arguments.fields.setdefault(BUILT, arguments.fields.get(FIELD, ABSENT))
    entry = teller.pc
    mirrors = teller.habit("arguments-mirror-old-names", "transformers.TrainingArguments")
    teller.pc = teller.conditions.both(entry, teller.conditions.both(mirrors, teller.truth(value)))
    teller.emit(CheckpointingAsked, node, [], way="arguments", arguments=arguments)
    teller.pc = entry


def built_with(teller: Teller, arguments: Thing, now: Value) -> Value:
    """What a trainer reads of arguments to which the old name was assigned after they were built."""
    built = arguments.fields.get(BUILT)
    if built is None:
        return now
    new = arguments.fields.get(teller.knowledge.arguments["mirrors"][FIELD], built)
    mirrors = teller.habit("arguments-mirror-old-names", "transformers.TrainingArguments")
    return teller.flat(teller.choose(mirrors, new, now))


def ask_at_load(teller: Teller, call: Call, config: Thing) -> None:
    """`AutoConfig.from_pretrained(…, gradient_checkpointing=…)`: dropped, unless the base's config.json has the field."""
    value = _written(call)
    if value is None:
        return
    if is_newer(teller.knowledge, call):
        config.fields[_IN_VAIN] = teller.each(value, partial(sited, teller.site(call.passed.nodes[FIELD])))
    else:
        config.fields[FIELD] = teller.unknown(FIELD)


def ask_of_model(teller: Teller, call: Call, model: Thing) -> None:
    """`from_pretrained(…, gradient_checkpointing=…)`: a constructor rejects it, unless config.json has the field."""
    if _written(call) is None:
        return
    if is_newer(teller.knowledge, call) and has_own_class(model):
        node = call.passed.nodes[FIELD]
        teller.emit(CheckpointingAsked, node, [(TRUE, model, False)], way="load", guarded=teller.guarded)
    teller.change(model, "checkpointing", UNKNOWN)


def switch_as_configured(teller: Teller, model: Thing, config: Value) -> None:
    """A model that is built from a config checkpoints if that says so, and takes the field off it."""
    entry = teller.pc
    for case, held in teller.alternatives(config):
        if not isinstance(held, Thing):
            continue
        teller.pc = teller.conditions.both(entry, case)
        for way, asked in ((FIELD, held.fields.get(FIELD)), (_IN_VAIN, held.fields.get(_IN_VAIN))):
            if asked is not None:
                _read_field(teller, model, held, way, asked)
    teller.pc = entry


def _read_field(teller: Teller, model: Thing, config: Thing, way: str, asked: Value) -> None:
    before = teller.pc
    if not has_own_class(model):
        teller.change(model, "checkpointing", UNKNOWN)
        return
    for condition, one in teller.alternatives(asked):
        on = teller.conditions.both(condition, teller.truth(one))
        if on == FALSE or one is ABSENT:
            continue
        if isinstance(one, Thing) and not one.chosen:
            teller.change(model, "checkpointing", UNKNOWN, condition)
            continue
        site = (one.site if isinstance(one, (Known, Thing)) else None) or config.site or model.site
        if site is None:
            continue
        if way == _IN_VAIN:
            teller.pc = teller.conditions.both(before, on)
            teller.emit(CheckpointingAsked, site, [(TRUE, model, False)], way="config load")
            teller.pc = before
            continue
        _switch_on(teller, model, site, on)
    if way == FIELD:
        teller.write(config, FIELD, Known(False))


def _switch_on(teller: Teller, model: Thing, site: Site, on: Condition) -> None:
    teller.change(model, "checkpointing", Known(True, site), on)
    teller.states[model].switches.append((teller.conditions.both(teller.pc, on), site))
    lets_through = teller.habit("enabling-lets-gradients-through", model.made_by)
    teller.mark(model, "input_grads", teller.conditions.both(on, lets_through))
    teller.emit(CheckpointingSwitched, site, [(on, model, False)], on=Known(True))


def is_newer(knowledge: Knowledge, call: Call) -> bool:
    """Whether the class or the name that is loaded is of a family whose configs never had the field."""
    name = call.passed.get("pretrained_model_name_or_path", 0)
    texts = [getattr(call.receiver, "last", ""), name.value if isinstance(name, Known) else ""]
    words = re.sub(r"[^a-z0-9]", "", " ".join(map(str, texts)).lower())
    return any(family in words for family in knowledge.newer_families)


def _written(call: Call) -> Value | None:
    """The keyword, where it stands in the call itself."""
    value = call.passed.keywords.get(FIELD)
    node = call.passed.nodes.get(FIELD)
    return value if value is not None and any(node is arg for arg in call.node.args) else None
