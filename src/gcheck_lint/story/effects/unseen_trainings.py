"""Trainings that nobody can see: a model, or arguments that ask for checkpointing, goes to code that is not known.

Nothing is concluded from it but that something was not looked at. By its name alone a call is taken for one that trains, so that
one which prints or counts is not named.
"""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.events import NotFollowed
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import LEAVING, Interpreter

WHY = "which code it runs is not known, and it may train"
_TRAINS = re.compile(
    r"(?i)(?<!pre)(?<!cons)train(?!able)|fit(?:$|_)|fine_?tun|learn(?:er)?$|launch|engine|recipe|runner|^run(?:$|_)"
)

_HOOK = "on_"  # `on_train_begin`: what is told of a training does not train


def note(interpreter: Interpreter, name: str, values: list[Value], node: cst.Call) -> None:
    """A call of something that by its name trains, and gets what it needs for it."""
    if not _trains(name) or any(_is_told(value) for value in values) or _sets_mode(name, node):
        return
    models = interpreter.reachable_models(values)
    if models or any(_asks(interpreter, value) for value in values):
        interpreter.emit(NotFollowed, node, models, what=name, why=WHY)


def _trains(name: str) -> bool:
    last = name.rpartition(".")[2]
    return _TRAINS.search(last) is not None and not last.startswith(_HOOK)


def _sets_mode(name: str, node: cst.Call) -> bool:
    """`engine.train()`: train mode of a model in a wrapper, and no training."""
    owner, _, last = name.rpartition(".")
    written = node.func.value if isinstance(node.func, cst.Attribute) else None
    named = written.value if isinstance(written, cst.Name) else ""
    return last == "train" and not node.args and any(_WRAPPED.search(one) is not None for one in (owner, named))


_WRAPPED = re.compile(r"(?i)(?:engine|model|net|module|ddp|prepare\(\))$")


def _is_told(value: Value) -> bool:
    """Whether a value came out of such a call: that is told where it was made."""
    return isinstance(value, AbstractObject) and value.kind in (Kind.UNKNOWN, Kind.OBJECT) and _trains(value.made_by)


def _asks(interpreter: Interpreter, value: Value) -> bool:
    """Whether a value may be training arguments that have checkpointing on."""
    cases = (one for _, one in interpreter.alternatives(value))
    arguments = (one for one in cases if isinstance(one, AbstractObject) and one.kind is Kind.ARGUMENTS)
    said = (one.fields.get("gradient_checkpointing", ABSENT) for one in arguments)
    return any(one is not ABSENT and interpreter.truth(one) != FALSE for one in said)


LEAVING.append(note)
