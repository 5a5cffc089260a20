"""What the teller knows of a value, in words: for the timeline and for `reveal(...)` in the engine's own specs."""

from __future__ import annotations

from gcheck_lint.story.conditions import Condition
from gcheck_lint.story.events import State
from gcheck_lint.story.teller import Teller
from gcheck_lint.story.values import Known, OneOf, Value

_WORDS: dict[object, dict[object, str]] = {
    "checkpointing": {True: "checkpointing on", False: "checkpointing off"},
    "cache": {True: "cache on", False: "cache off", "as loaded": "cache on"},
    "mode": {"train": "train mode", "eval": "eval mode"},
}
_UNSURE = {"checkpointing": "checkpointing unknown", "cache": "cache unknown", "mode": "mode unknown"}


def word(what: str, value: Value) -> str:
    """One part of a state in words."""
    if isinstance(value, Known):
        return _WORDS[what].get(value.value, _UNSURE[what])
    if isinstance(value, OneOf):
        words = {word(what, one) for _, one in value.alternatives}
        if len(words) == 1:
            return words.pop()
    return _UNSURE[what]


def state_text(state: State) -> str:
    """`checkpointing on · cache off · train mode`."""
    return " · ".join((word("checkpointing", state.checkpointing), word("cache", state.cache), word("mode", state.mode)))


def revealed_text(teller: Teller, value: Value, condition: Condition) -> str:
    """What `reveal(value)` shows where the teller was under a condition."""
    before, teller.pc = teller.pc, condition
    states = teller.snapshot(teller.cores(value))
    told = teller.narrow(value)
    teller.pc = before
    if states:
        texts = []
        for state in states:
            text = state_text(state)
            if teller.conditions.both(state.condition, state.trained) != 0:
                text += " · trained"
            texts.append(text + (" · adapter" if state.adapter else ""))
        return " | ".join(dict.fromkeys(texts))
    if isinstance(told, Known):
        return (
            repr(told.value)
            if told.value not in ("as loaded", "unknown")
            else {"as loaded": "True", "unknown": "unknown"}[str(told.value)]
        )
    return "unknown"
