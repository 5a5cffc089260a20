"""Trainers that draw text from the model while it trains: when they do so by themselves."""

from __future__ import annotations

from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.trainer_hooks import own_method
from gcheck_lint.story.effects.training_arguments import argument_of
from gcheck_lint.story.interpreter.interpreter import Interpreter


def draws_rollouts(interpreter: Interpreter, trainer: str, made: AbstractObject) -> Condition:
    """When a library's trainer calls the model's own generate() within its train(), in whatever state the model is in.

    One whose sampling the script overrides does as it likes.
    """
    says = interpreter.knowledge.trainer
    if any(own_method(made, name) is not None for name in says["overrides_drawing"]):
        return FALSE
    draws = interpreter.habit("draws-rollouts", trainer)
    if draws == FALSE:
        return FALSE
    for name in says["draws_elsewhere"]:
        given = argument_of(interpreter, made.fields.get("args", NONE), [name])
        elsewhere = interpreter.truth(interpreter.each(given, _said))
        draws = interpreter.conditions.without(draws, elsewhere)
    return draws


def _said(one: Value) -> Value:
    return Constant(False) if one is ABSENT or one == NONE else one
