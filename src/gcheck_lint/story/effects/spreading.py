"""Trainings that are spread over processes: whether DDP looks for parameters that a pass has not used, and ZeRO-3.

Who says so is kept beside it (`Seeking`): a wrapper that the script builds itself is there in any case, the rest comes about
where several processes are started. `static_graph` ends the search (run with torch 2.13.0).
"""

from __future__ import annotations

import re
from functools import partial

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.facets import BuiltBy, Spreads
from gcheck_lint.story.domain.model_state import OFF, UNKNOWN, Seeking
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.training_arguments import argument_of, placed
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

Targets = list[tuple[Condition, AbstractObject, bool]]
_UNUSED, _STATIC = "find_unused_parameters", "static_graph"
_UNUSED_PLACE = 8  # of DistributedDataParallel's arguments
_ZERO_3 = re.compile(r"(?:zero|stage|z)[-_]?3(?!\d)", re.IGNORECASE)
_NOTHING = (None, False, "")


# --- DistributedDataParallel ------------------------------------------------------------------------------------------------


def note_parallel(interpreter: Interpreter, call: Call, model: Value) -> None:
    """`DistributedDataParallel(model, find_unused_parameters=…)`."""
    if not call.name.endswith("DistributedDataParallel") or call.passed.open:
        return
    passed = call.passed
    unused, static = passed.get(_UNUSED, _UNUSED_PLACE) or ABSENT, passed.get(_STATIC) or ABSENT
    site = interpreter.site(passed.node(_UNUSED, _UNUSED_PLACE) or call.node)
    _seek(interpreter, interpreter.underlying_models(model), _seeking(interpreter, unused, static, Seeking.BY_WRAPPER, site))


@does("keep graph")
def keep_graph(interpreter: Interpreter, call: Call) -> Value:
    """`_set_static_graph()` of DistributedDataParallel."""
    _seek(interpreter, interpreter.underlying_models(call.receiver), OFF)
    return NONE


@does("new strategy")
def new_strategy(interpreter: Interpreter, call: Call) -> Value:
    """What says how a training is spread: each keyword is a field, with its place."""
    made = call.receiver
    assert isinstance(made, AbstractObject)
    made.attach(BuiltBy(call.name, interpreter.site(call.node)))
    for keyword, value in call.passed.keywords.items():
        site = interpreter.site(call.passed.nodes.get(keyword, call.node))
        made.fields[keyword] = interpreter.each(value, partial(placed, site))
    return made


def _by_strategy(interpreter: Interpreter, strategy: Value, how: Seeking) -> Spreads:
    """What an object that spreads trainings says."""
    found = Spreads(OFF, OFF)
    built = strategy.facet(BuiltBy) if isinstance(strategy, AbstractObject) and strategy.kind is Kind.STRATEGY else None
    if built is None or built.site is None or not isinstance(strategy, AbstractObject):
        return found
    fields, name = strategy.fields, built.library.rpartition(".")[2]
    if name.startswith("DeepSpeed"):
        stage = fields.get("zero_stage", fields.get("stage", ABSENT))
        config = fields.get("hf_ds_config", fields.get("config", ABSENT))
        return Spreads(OFF, _is_third(stage, built.site) if config is ABSENT else _sharded(config, built.site))
    return Spreads(_seeking(interpreter, fields.get(_UNUSED, ABSENT), fields.get(_STATIC, ABSENT), how, built.site), OFF)


def _seeking(interpreter: Interpreter, unused: Value, static: Value, how: Seeking, site: Site) -> Value:
    """That unused parameters are looked for, where the script says so and does not say that the graph stays the same."""

    def of_one(one: Value) -> Value:
        if isinstance(one, Constant) and one != UNKNOWN:
            return Constant(how, one.site or site) if one.value is True else OFF
        if isinstance(one, AbstractObject) and one.chosen:
            return interpreter.select(interpreter.truth(one), Constant(how, site), OFF)
        return UNKNOWN

    wanted = interpreter.flat(interpreter.each(unused, of_one))
    return interpreter.flat(interpreter.select(_given(interpreter, static), OFF, wanted))


def _given(interpreter: Interpreter, value: Value) -> Condition:
    """When an option is anything but left out or off."""
    cases = interpreter.alternatives(value)
    given = (case for case, one in cases if one is not ABSENT and not (isinstance(one, Constant) and one.value in _NOTHING))
    return interpreter.conditions.any(given)


def _seek(interpreter: Interpreter, targets: Targets, value: Value) -> None:
    for condition, model, _ in targets:
        interpreter.change(model, "seeking", value, condition)


# --- accelerate, Lightning --------------------------------------------------------------------------------------------------


def note_handlers(interpreter: Interpreter, call: Call, made: AbstractObject) -> None:
    """`Accelerator(kwargs_handlers=[…], deepspeed_plugin=…)`: how it spreads what it prepares."""
    handlers, plugin = call.passed.get("kwargs_handlers") or NONE, call.passed.get("deepspeed_plugin") or ABSENT
    found: Value = OFF
    zero: Value = OFF
    if isinstance(handlers, Sequence) and "fsdp_plugin" not in call.passed.keywords and plugin is ABSENT:
        said = [_by_strategy(interpreter, one, Seeking.BY_HANDLER).seeking for one in handlers.items or ()]
        found = next((one for one in said if one != OFF), found)
    elif plugin is not ABSENT:
        zero = _by_strategy(interpreter, plugin, Seeking.BY_HANDLER).sharded
    made.attach(Spreads(found, zero))


def spread_by(interpreter: Interpreter, spreader: Value, targets: Targets) -> None:
    """What is prepared or fitted is spread as its accelerator or trainer says."""
    for case, one in interpreter.alternatives(spreader):
        spreads = one.facet(Spreads) if isinstance(one, AbstractObject) else None
        if spreads is None:
            continue
        for condition, model, _ in targets:
            interpreter.change(model, "seeking", spreads.seeking, interpreter.conditions.both(case, condition))
            interpreter.change(model, "sharded", spreads.sharded, interpreter.conditions.both(case, condition))


def note_strategy(interpreter: Interpreter, call: Call, made: AbstractObject) -> None:
    """`Trainer(strategy="ddp_find_unused_parameters_true")` of Lightning, or an object that says the same."""
    strategy = call.passed.keywords.get("strategy", NONE)
    site = interpreter.site(call.passed.nodes.get("strategy", call.node))
    if isinstance(strategy, Constant):
        name = strategy.value if isinstance(strategy.value, str) else ""
        seeking = Constant(Seeking.BY_STRATEGY, site) if name.endswith("find_unused_parameters_true") else OFF
        made.attach(Spreads(seeking, Constant(True, site) if name.startswith("deepspeed_stage_3") else OFF))
    else:
        made.attach(_by_strategy(interpreter, strategy, Seeking.BY_STRATEGY))


# --- a Trainer's arguments --------------------------------------------------------------------------------------------------


def spread_by_arguments(interpreter: Interpreter, made: AbstractObject, args: Value, targets: Targets, held: Targets) -> None:
    """A `Trainer` under a launcher: its arguments say it, and where they don't it looks where the model is no PreTrainedModel.

    `held`: the models within a module of the script's own, which is none.
    """
    built = made.facet(BuiltBy)
    site = made.site if built is None or built.site is None else built.site
    if site is None:
        return
    deepspeed = argument_of(interpreter, args, ["deepspeed"])
    elsewhere = interpreter.conditions.either(
        _given(interpreter, deepspeed), _given(interpreter, argument_of(interpreter, args, ["fsdp"]))
    )
    unused = argument_of(interpreter, args, [f"ddp_{_UNUSED}"])
    static = argument_of(interpreter, args, [f"ddp_{_STATIC}"])
    sharded = interpreter.flat(interpreter.each(deepspeed, lambda one: _sharded(one, _place(one, site))))
    said = _seeking(interpreter, unused, static, Seeking.BY_ARGUMENTS, site)
    left = interpreter.conditions.without(
        interpreter.conditions.any(case for case, one in interpreter.alternatives(unused) if one is ABSENT or one == NONE),
        _given(interpreter, static),
    )
    for condition, model, adapter in [*targets, *((case, one, True) for case, one, _ in held)]:
        own = Constant(Seeking.BY_TRAINER, site) if adapter else OFF
        seeking = interpreter.select(elsewhere, OFF, interpreter.select(left, own, said))
        interpreter.change(model, "seeking", interpreter.flat(seeking), condition)
        interpreter.change(model, "sharded", sharded, condition)


def _place(one: Value, site: Site) -> Site:
    return (one.site if isinstance(one, (Constant, AbstractObject)) else None) or site


# --- ZeRO -------------------------------------------------------------------------------------------------------------------


def shard_by_config(interpreter: Interpreter, call: Call, model: Value) -> None:
    """`deepspeed.initialize(model=…, config=…)`."""
    given = call.passed.get("config") or call.passed.get("config_params") or ABSENT
    site = interpreter.site(call.passed.nodes.get("config", call.node))
    for condition, core, _ in interpreter.underlying_models(model):
        interpreter.change(core, "sharded", interpreter.flat(interpreter.each(given, lambda one: _sharded(one, site))), condition)


def _sharded(config: Value, site: Site) -> Value:
    """Whether a config of DeepSpeed is of ZeRO-3: a dict of the script, or a file that is called so."""
    if isinstance(config, Constant) and isinstance(config.value, str):
        return Constant(True, site) if _ZERO_3.search(config.value.rpartition("/")[2]) else UNKNOWN
    if not isinstance(config, Mapping):
        return OFF if config is ABSENT or config == NONE else UNKNOWN
    zero = config.entries.get("zero_optimization", ABSENT)
    return _is_third(zero.entries.get("stage", ABSENT), site) if isinstance(zero, Mapping) else OFF


def _is_third(stage: Value, site: Site) -> Value:
    if isinstance(stage, Constant):
        return Constant(True, site) if stage.value == 3 else OFF
    return UNKNOWN
