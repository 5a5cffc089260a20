"""Frameworks around the libraries: what they train, as far as they are followed, and what is handed to them elsewhere."""

from __future__ import annotations

from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.events import NotFollowed, Saved
from gcheck_lint.story.domain.objects import Sequence, Wrapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.adapters import adapt
from gcheck_lint.story.effects.folders import folders_of
from gcheck_lint.story.effects.patched_models import patch
from gcheck_lint.story.effects.recomputed_layers import keep_strategy
from gcheck_lint.story.effects.spreading import note_strategy
from gcheck_lint.story.effects.switching import wrapped
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

# --- not followed --------------------------------------------------------------------------------------------------------------


@does("not followed")
def not_followed(interpreter: Interpreter, call: Call) -> Value:
    """A framework's own loading, training and saving: what it is given is in an unknown state, and the story says why."""
    return leave(interpreter, call, str(call.transfer.details["why"]))


def leave(interpreter: Interpreter, call: Call, why: str) -> Value:
    """Do not follow a call: what it is given is in an unknown state, and the story says why."""
    values = call.passed.values()
    interpreter.havoc(values)
    interpreter.emit(NotFollowed, call.node, interpreter.reachable_models(values), what=call.name, why=why)
    return interpreter.unknown(f"`{call.name}`, which is not followed", values)


# --- boosters ------------------------------------------------------------------------------------------------------------------

_BOOSTED = ("model", "optimizer", "criterion", "dataloader", "lr_scheduler")


@does("new booster")
def new_booster(interpreter: Interpreter, call: Call) -> Value:
    made = call.receiver
    assert isinstance(made, AbstractObject)
    made.fields["plugin"] = call.passed.get("plugin", 3) or (interpreter.unknown("a plugin") if call.passed.open else NONE)
    return made


@does("boost")
def boost(interpreter: Interpreter, call: Call) -> Value:
    """`booster.boost(model, optimizer, …)`: five values, of which the model is wrapped, and perhaps has other forward passes."""
    given = [call.argument(name) or NONE for name in _BOOSTED]
    model = given[0]
    if not interpreter.underlying_models(model):
        return Sequence([interpreter.unknown("a boosted model", [model]), *given[1:]])
    plain = tuple(call.transfer.details["plain"])
    for _, one in interpreter.alternatives(call.receiver):
        plugin = one.fields.get("plugin", ABSENT) if isinstance(one, AbstractObject) else ABSENT
        if not all(_is_plain(case, plain) for _, case in interpreter.alternatives(plugin)):
            patch(interpreter, model)
    return Sequence([wrapped(model, Wrapping.ENGINE, interpreter, call), *given[1:]])


def _is_plain(plugin: Value, names: tuple[str, ...]) -> bool:
    return plugin == NONE or (isinstance(plugin, AbstractObject) and plugin.made_by.rpartition(".")[2] in names)


@does("save boosted")
def save_boosted(interpreter: Interpreter, call: Call) -> Value:
    """`booster.save_model(model, path, shard=True)`: with the model's config in shards, else the weights alone."""
    in_shards = interpreter.truth(call.argument("shard") or Constant(False))
    for condition, writes_config in ((in_shards, True), (interpreter.conditions.negate(in_shards), False)):
        with interpreter.under(condition):
            _save(interpreter, call, writes_config=writes_config)
    return NONE


def _save(interpreter: Interpreter, call: Call, *, writes_config: bool) -> None:
    folder = call.argument("folder")
    position = call.passed.node(*(call.transfer.parameter("folder") or ("", 0)))
    passed = Arguments([] if folder is None else [folder], {}, {} if position is None else {0: position}, open=call.passed.open)
    targets = interpreter.underlying_models(call.argument("model") or NONE)
    interpreter.emit(
        Saved,
        call.node,
        targets,
        how="save_model",
        writes_config=writes_config,
        receiver=None,
        in_training=False,
        folders=folders_of(interpreter, passed),
    )


# --- composer ------------------------------------------------------------------------------------------------------------------


@does("wrap for composer")
def wrap_for_composer(interpreter: Interpreter, call: Call) -> Value:
    """`HuggingFaceModel(model, …)`: the model as Composer trains it, with an adapter where it is given its config."""
    model = call.argument("model") or NONE
    if not interpreter.underlying_models(model):
        return interpreter.unknown(call.name, call.passed.values())
    config = call.argument("config") or NONE
    given: Condition = interpreter.truth(interpreter.each(config, lambda one: NONE if one is ABSENT else one))
    for condition, core, _ in interpreter.underlying_models(model):
        adapt(interpreter, core, config, interpreter.conditions.both(condition, given))
    adapted = interpreter.select(given, wrapped(model, Wrapping.ADAPTER, interpreter, call), model)
    return wrapped(adapted, Wrapping.ENGINE, interpreter, call)


@does("new fabric")
def new_fabric(interpreter: Interpreter, call: Call) -> Value:
    made = call.receiver
    assert isinstance(made, AbstractObject)
    keep_strategy(made, call.passed.get("strategy", 1))
    note_strategy(interpreter, call, made)
    return made
