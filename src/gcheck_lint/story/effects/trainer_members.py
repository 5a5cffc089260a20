"""What a trainer has besides what it was given: its callbacks as they come and go, the wrapped model, its accelerator."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.facets import TrainerSetup
from gcheck_lint.story.domain.objects import Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value
from gcheck_lint.story.interpreter.handed_functions import hand_over
from gcheck_lint.story.interpreter.interpreter import Interpreter, does, reads


@does("remove callback")
def remove_callback(interpreter: Interpreter, call: Call) -> Value:
    """Which callbacks are left is not followed: none is sure to run."""
    for _, made in interpreter.alternatives(call.receiver):
        if isinstance(made, AbstractObject):
            setup = made.facet(TrainerSetup)
            made.attach(TrainerSetup(Sequence([])) if setup is None else replace(setup, callbacks=Sequence([])))
    return interpreter.unknown(call.name)


@does("add callback")
def add_callback(interpreter: Interpreter, call: Call) -> Value:
    hand_over(interpreter, call.passed.values())
    for condition, made in interpreter.alternatives(call.receiver):
        setup = made.facet(TrainerSetup) if isinstance(made, AbstractObject) else None
        callbacks = None if setup is None else setup.callbacks
        if isinstance(callbacks, Sequence) and callbacks.items is not None:
            guard = interpreter.conditions.both(interpreter.path_condition, condition)
            callbacks.items += [interpreter.select(guard, callback, NONE) for callback in call.passed.positional]
    return NONE


@reads(Kind.TRAINER)
def read_trainer(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value | None:
    """What a trainer has besides what it was given: the model as it is wrapped for the training, and its accelerator."""
    if name in one.fields:
        return None
    if name == "model_wrapped":
        return one.fields.get("model")
    if name == "accelerator":
        one.fields[name] = AbstractObject(Kind.ACCELERATOR, "accelerate.Accelerator", one.site)
        return one.fields[name]
    return None
