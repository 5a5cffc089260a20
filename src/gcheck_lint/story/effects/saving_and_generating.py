"""Where a model's state shows: saves, generate() and pipelines."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import (
    NOWHERE,
    Folders,
    Generated,
    GenerationConfigSaved,
    Receiver,
    Saved,
)
from gcheck_lint.story.domain.facets import OwnLayers
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.objects import Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.folders import config_file_of, folders_of
from gcheck_lint.story.effects.inner_models import wholes
from gcheck_lint.story.effects.patched_models import generating
from gcheck_lint.story.effects.receivers import receiver_of
from gcheck_lint.story.effects.running_trainings import is_training
from gcheck_lint.story.interpreter.calls import call_method
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

# --- saving and generating -----------------------------------------------------------------------------------------------


@does("save")
def save(interpreter: Interpreter, call: Call) -> Value:
    """save_pretrained, save_model, push_to_hub: of a model, or of what a trainer holds."""
    receiver = call.receiver
    holders = [
        (c, one) for c, one in interpreter.alternatives(receiver) if isinstance(one, AbstractObject) and one.kind is Kind.TRAINER
    ]
    within = _BY_OVERRIDE.get(call.name.rpartition(".")[2], "")
    own = [one.cls.member(within) for _, one in holders if isinstance(one, Instance)] if within else []
    if any(isinstance(member, Function) for member in own):
        return call_method(interpreter, receiver, within, Arguments([], {}, {}), call.node)
    if holders:
        targets = [target for c, one in holders for target in interpreter.underlying_models(one.fields.get("model", NONE), c)]
    else:
        targets = interpreter.underlying_models(receiver)
    targets = wholes(targets)
    named = _named(interpreter, call, ".model" if holders else "", targets)
    interpreter.emit(
        Saved,
        call.node,
        targets,
        how=call.name.rpartition(".")[2] or call.transfer.effect,
        writes_config=True,
        receiver=named,
        in_training=is_training(interpreter),
        folders=_folders(interpreter, call, holders[0][1] if holders else None),
    )
    return NONE


# a method of a trainer, and the one by which it saves (trainer.py of transformers 4.25 to 5.23): a script may have its own
_BY_OVERRIDE = {"save_model": "_save", "push_to_hub": "save_model"}


def _folders(interpreter: Interpreter, call: Call, trainer: Value | None) -> Folders:
    """Where a save goes. A trainer's `push_to_hub` saves to its own folder first (trainer.py of transformers 4.25 to 5.23)."""
    if "push" not in call.name:
        return folders_of(interpreter, call.passed, trainer)
    return NOWHERE if trainer is None else folders_of(interpreter, Arguments([], {}, {}), trainer)


@does("save weights")
def save_weights(interpreter: Interpreter, call: Call) -> Value:
    """The weights alone, of the receiver or of an argument `model`; or with a config that is not known to be the model's."""
    targets = interpreter.underlying_models(call.argument("model") or call.receiver)
    how, training = call.name.rpartition(".")[2], is_training(interpreter)
    if targets:
        interpreter.emit(Saved, call.node, targets, how=how, writes_config=False, receiver=None, in_training=training)
    return NONE


@does("save generation config")
def save_generation_config(interpreter: Interpreter, call: Call) -> Value:
    """`model.generation_config.save_pretrained(…)`."""
    interpreter.emit(GenerationConfigSaved, call.node, [])
    return NONE


@does("save config")
def save_config(interpreter: Interpreter, call: Call) -> Value:
    """`config.save_pretrained`: of the models that hold this config."""
    folders = NOWHERE if "push" in call.name else folders_of(interpreter, call.passed)
    _tell_config_saved(interpreter, call, "config.save_pretrained", folders)
    return NONE


@does("write config")
def write_config(interpreter: Interpreter, call: Call) -> Value:
    """`config.to_json_file(…/config.json)`. Under another name it is none that a model is loaded with, as far as can be told."""
    folders = config_file_of(interpreter, call.passed)
    if folders is not None:
        _tell_config_saved(interpreter, call, "config.to_json_file", folders)
    elif not isinstance(call.argument("file"), Constant):
        _tell_config_saved(interpreter, call, "config.to_json_file", NOWHERE, surely=False)
    return NONE


def _tell_config_saved(interpreter: Interpreter, call: Call, how: str, folders: Folders, *, surely: bool = True) -> None:
    owners = []
    written = TRUE if surely else interpreter.nondeterministic("the file is the model's config.json")[1]
    for condition, config in interpreter.alternatives(call.receiver):
        for model, state in list(interpreter.states.items()):
            for case, held in interpreter.alternatives(state.config) if state.config is not None else ():
                if held is config:
                    owners.append(
                        (interpreter.conditions.both(written, interpreter.conditions.both(condition, case)), model, False)
                    )
    interpreter.emit(
        Saved,
        call.node,
        owners,
        how=how,
        writes_config=True,
        receiver=receiver_of(interpreter, call.node, "", owners),
        in_training=is_training(interpreter),
        folders=folders,
    )


@does("generate")
def generate(interpreter: Interpreter, call: Call) -> Value:
    _tell_generated(
        interpreter,
        call,
        interpreter.underlying_models(call.receiver),
        "generate",
        _generate_switch(interpreter, call),
        _named(interpreter, call, "", interpreter.underlying_models(call.receiver)),
    )
    return interpreter.unknown("generated tokens")


def _named(
    interpreter: Interpreter, call: Call, suffix: str, targets: list[tuple[Condition, AbstractObject, bool]]
) -> Receiver | None:
    """How the model is named where it is saved or generates; a method that was looked up before has no name for it."""
    return receiver_of(interpreter, call.node, suffix, targets) if call.name else None


def _generate_switch(interpreter: Interpreter, call: Call) -> Value:
    """The `use_cache` that rules this call: its own keyword, else that of a generation config handed over."""
    value = call.passed.keywords.get("use_cache")
    if value is not None:
        return value
    config = call.passed.keywords.get("generation_config")
    if isinstance(config, AbstractObject):
        return config.fields.get("use_cache", Constant(True) if config.kind is Kind.GENERATION_CONFIG else UNKNOWN)
    return UNKNOWN if call.passed.may_switch else ABSENT


_DEFAULT_TOKENS = 20  # of the library, where neither the call nor a config says how many


def _tokens(call: Call, how: str) -> int | None:
    """How many tokens a call makes at most, as far as it says so itself."""
    keywords = call.passed.keywords
    for word in ("max_new_tokens", "max_length"):
        given = keywords.get(word)
        if given is not None:
            return given.value if isinstance(given, Constant) and isinstance(given.value, int) else None
    silent = how == "generate" and keywords.get("generation_config") is None and not call.passed.open
    return _DEFAULT_TOKENS if silent else None


def _tell_generated(
    interpreter: Interpreter,
    call: Call,
    targets: list[tuple[Condition, AbstractObject, bool]],
    how: str,
    use_cache: Value,
    receiver: Receiver | None,
) -> None:
    targets = wholes(targets)
    for _, model, _ in targets:
        if interpreter.states[model].cached is Cached.UNKNOWN and model.facet(OwnLayers) is None:
            interpreter.states[model].cached = Cached.YES
    with generating(interpreter, targets):
        interpreter.emit(
            Generated,
            call.node,
            targets,
            how=how,
            use_cache=use_cache,
            receiver=receiver,
            in_training=is_training(interpreter),
            tokens=_tokens(call, how),
        )


class Pipeline(AbstractObject):
    """A pipeline around a model. `named`: how the script names the model there."""

    __slots__ = ("named",)

    def __init__(self, made_by: str, site: Site, named: Site) -> None:
        super().__init__(Kind.PIPELINE, made_by, site)
        self.named = named


@does("pipeline")
def pipeline(interpreter: Interpreter, call: Call) -> Value:
    """`pipeline(task, model=model)`: generates when it is called, in whatever mode the model is."""
    task = call.argument("task")
    model = call.argument("model") or NONE
    node = call.passed.node("model", 1)
    named = interpreter.site(node.value if isinstance(node, cst.Arg) else call.node)
    made = Pipeline(call.name, interpreter.site(call.node), named)
    name = task.value if isinstance(task, Constant) else None
    made.fields["model"] = (
        model if isinstance(name, str) and name.startswith(tuple(interpreter.knowledge.generating_tasks)) else NONE
    )
    return made


@does("call pipeline")
def call_pipeline(interpreter: Interpreter, call: Call) -> Value:
    for condition, made in interpreter.alternatives(call.receiver):
        if isinstance(made, Pipeline):
            targets = interpreter.underlying_models(made.fields["model"], condition)
            if targets:
                use_cache = call.passed.keywords.get("use_cache", ABSENT)
                _tell_generated(interpreter, call, targets, "pipeline", use_cache, Receiver(made.named))
    return interpreter.unknown("generated text")
