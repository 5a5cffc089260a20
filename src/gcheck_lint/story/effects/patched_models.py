"""Models whose methods a framework has replaced by its own, and what it does with them in place of the library.

How their layers run under checkpointing is the framework's matter, so that they checkpoint is never said (`Heap.change`).
Before they generate some put a model into the state for that; what they leave behind hangs on their release.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gcheck_lint.knowledge.kinds import Cached
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import Loaded, ModeSet, Wrapped
from gcheck_lint.story.domain.model_state import EVAL, OFF, TRAIN, UNKNOWN
from gcheck_lint.story.domain.objects import Sequence, Wrapping
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.effects.adapters import adapt
from gcheck_lint.story.effects.loading import note_source
from gcheck_lint.story.effects.switching import wrapped
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

Targets = list[tuple[Condition, AbstractObject, bool]]


def patch(interpreter: Interpreter, model: Value) -> None:
    """A framework puts methods of its own into the models behind a value: that they checkpoint says nothing any more."""
    for condition, core, _ in interpreter.underlying_models(model):
        state = interpreter.states[core]
        state.patched = True
        interpreter.mark_unknown(core, "own_methods", condition)
        interpreter.change(core, "checkpointing", state.checkpointing, condition)
        interpreter.change(core, "reentrant", state.reentrant, condition)


@does("load patched model")
def load_patched(interpreter: Interpreter, call: Call) -> Value:
    """`FastLanguageModel.from_pretrained(…)`: a model with the framework's own methods, and its tokenizer."""
    owner = call.receiver.last if isinstance(call.receiver, ExternalSymbol) else ""
    model = interpreter.new_model(owner, interpreter.site(call.node), Cached.UNKNOWN, UNKNOWN)
    state = interpreter.states[model]
    state.patched = state.readied = True
    state.checkpointing, state.reentrant = UNKNOWN, UNKNOWN
    note_source(interpreter, model, call.passed.get("model_name", 0))
    interpreter.emit(Loaded, call.node, [(TRUE, model, False)], source=owner)
    return Sequence([model, interpreter.unknown("a tokenizer")])


@does("adapt patched model")
def adapt_patched(interpreter: Interpreter, call: Call) -> Value:
    """`FastLanguageModel.get_peft_model(model, r=…)`: the same model, seen through an adapter."""
    model = call.argument("model") or NONE
    targets = interpreter.underlying_models(model)
    if not targets:
        return interpreter.unknown(call.name, call.passed.values())
    interpreter.emit(Wrapped, call.node, targets, into="an adapter")
    for condition, core, _ in targets:
        adapt(interpreter, core, None, condition)
    return wrapped(model, Wrapping.ADAPTER, interpreter, call)


@does("ready patched model")
def ready_patched(interpreter: Interpreter, call: Call) -> Value:
    """`for_inference(model)`, `model.for_training()`: mode and checkpointing at once."""
    training = call.transfer.details["mode"] == "train"
    model = call.argument("model") or call.receiver
    targets = interpreter.underlying_models(model)
    for condition, core, _ in targets:
        interpreter.change(core, "mode", TRAIN if training else EVAL, condition)
        interpreter.change(core, "checkpointing", UNKNOWN if training else OFF, condition)
        _doubt_cache(interpreter, core, condition)
    if targets:
        interpreter.emit(ModeSet, call.node, targets, mode=TRAIN if training else EVAL)
    return model


@contextmanager
def generating(interpreter: Interpreter, targets: Targets) -> Iterator[None]:
    """What generates in here, of models that are made ready for it: they are, and are in an unknown state afterwards."""
    own = [(condition, core) for condition, core, _ in targets if interpreter.states[core].readied]
    for condition, core in own:
        interpreter.change(core, "mode", EVAL, condition)
        interpreter.change(core, "checkpointing", OFF, condition)
        _doubt_cache(interpreter, core, condition)
    yield
    for condition, core in own:
        interpreter.change(core, "mode", UNKNOWN, condition)
        interpreter.change(core, "checkpointing", UNKNOWN, condition)


def leave_training(interpreter: Interpreter, targets: Targets) -> None:
    """A trainer's train() is over: whether the framework's own one has made its models ready to generate is unknown."""
    for condition, core, _ in targets:
        if interpreter.states[core].readied:
            interpreter.change(core, "mode", UNKNOWN, condition)
            _doubt_cache(interpreter, core, condition)


def _doubt_cache(interpreter: Interpreter, model: AbstractObject, condition: Condition) -> None:
    """A cache that the script has switched off may be on again, as the framework has found it."""
    for case, config in interpreter.alternatives(interpreter.states[model].config or NONE):
        if isinstance(config, AbstractObject) and "use_cache" in config.fields:
            with interpreter.under(interpreter.conditions.both(condition, case)):
                interpreter.write(config, "use_cache", interpreter.flat(interpreter.each(config.fields["use_cache"], _doubted)))


def _doubted(one: Value) -> Value:
    return UNKNOWN if isinstance(one, Constant) and one.value is False else one
