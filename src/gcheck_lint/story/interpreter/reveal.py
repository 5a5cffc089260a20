"""What the interpreter knows of a value, in words: for the timeline and for `reveal(...)` in the engine's own specs."""

from __future__ import annotations

from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.events import State
from gcheck_lint.story.domain.model_state import BY_TRAINER, ModelMode, Unsaid
from gcheck_lint.story.domain.values import AbstractObject, Constant, GuardedUnion, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter

_WORDS: dict[object, dict[object, str]] = {
    "checkpointing": {True: "checkpointing on", False: "checkpointing off"},
    "cache": {True: "cache on", False: "cache off", Unsaid.AS_LOADED: "cache on", Unsaid.BY_TRAINER: "cache off"},
    "mode": {ModelMode.TRAIN: "train mode", ModelMode.EVAL: "eval mode"},
}
_STATES = {
    Unsaid.UNKNOWN: "unknown",
    Unsaid.AS_LOADED: "True",
    Unsaid.BY_DEFAULT: "by default",
    Unsaid.BY_TORCH: "by torch",
    Unsaid.BY_TRAINER: "False",
}
_UNSURE = {"checkpointing": "checkpointing unknown", "cache": "cache unknown", "mode": "mode unknown"}


def word(what: str, value: Value) -> str:
    """One part of a state in words."""
    if isinstance(value, Constant):
        return _WORDS[what].get(value.value, _UNSURE[what])
    if isinstance(value, GuardedUnion):
        # what Trainer does by itself in some versions of the target is not what the script does
        said = [one for _, one in value.alternatives if one is not BY_TRAINER]
        words = {word(what, one) for one in said}
        if len(words) == 1:
            return words.pop()
    return _UNSURE[what]


def state_text(state: State) -> str:
    """`checkpointing on · cache off · train mode`."""
    return " · ".join((word("checkpointing", state.checkpointing), word("cache", state.cache), word("mode", state.mode)))


def state_words(state: State) -> dict[str, str]:
    """The same for programs: `on`, `off` or `unknown`, and `train`, `eval` or `unknown`."""
    values = {"checkpointing": state.checkpointing, "cache": state.cache, "mode": state.mode}
    return {what: word(what, value).removeprefix(f"{what} ").removesuffix(" mode") for what, value in values.items()}


def revealed_text(interpreter: Interpreter, value: Value) -> str:
    """What `reveal(value)` shows where the interpreter is."""
    states = interpreter.snapshot(interpreter.underlying_models(value))
    if states:
        texts = []
        for state in states:
            text = state_text(state)
            if interpreter.conditions.both(state.condition, state.trained) != FALSE:
                text += " · trained"
            texts.append(text + (" · adapter" if state.adapter else ""))
        return " | ".join(dict.fromkeys(texts))
    told = interpreter.narrow(value)
    if isinstance(told, Constant):
        return _STATES[told.value] if isinstance(told.value, Unsaid) else repr(told.value)
    if isinstance(told, AbstractObject) and (answer := told.predicates.get("truth")) is not None:
        if interpreter.conditions.both(interpreter.path_condition, answer) == FALSE:
            return "False"
        if interpreter.conditions.without(interpreter.path_condition, answer) == FALSE:
            return "True"
    return "unknown"
