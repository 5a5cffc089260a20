"""The section on checkpointing in a config of DeepSpeed, which a model has to ask for: none of transformers does."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.events import SectionAsked
from gcheck_lint.story.domain.objects import Mapping
from gcheck_lint.story.domain.values import NONE, AbstractObject, Value
from gcheck_lint.story.effects.training_arguments import argument_of, place_of
from gcheck_lint.story.interpreter.interpreter import Interpreter

_SECTION = "activation_checkpointing"
_USED = ("checkpointing.configure", "checkpointing.checkpoint", "deepspeed.checkpointing")  # what makes it be heard


def ask_by_section(
    interpreter: Interpreter,
    config: Value,
    models: list[tuple[Condition, AbstractObject, bool]],
    where: cst.CSTNode | Site,
) -> None:
    """A config that is written down as a dict with such a section, for models of the library's own classes."""
    if any(name in interpreter.module.source.text for name in _USED):
        return
    for case, one in interpreter.alternatives(config):
        section = one.entries.get(_SECTION) if isinstance(one, Mapping) else None
        if not isinstance(section, Mapping):
            continue
        own = [(interpreter.conditions.both(case, when), model, adapter) for when, model, adapter in models]
        targets = [target for target in own if interpreter.states[target[1]].own_class]
        if targets:
            interpreter.emit(SectionAsked, where, targets)


def ask_by_arguments(interpreter: Interpreter, trainer: AbstractObject) -> None:
    """The same in a trainer's `deepspeed` argument."""
    args = trainer.fields.get("args", NONE)
    site = place_of(args, ["deepspeed"])
    if site is not None and isinstance(args, AbstractObject) and args.kind is Kind.ARGUMENTS:
        models = interpreter.underlying_models(trainer.fields.get("model", NONE))
        ask_by_section(interpreter, argument_of(interpreter, args, ["deepspeed"]), models, site)
