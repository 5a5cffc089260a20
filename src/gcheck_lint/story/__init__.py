"""An abstract interpreter: a tree becomes what happened to each model, config, arguments and trainer, in order."""

from __future__ import annotations

import sys

from gcheck_lint import knowledge
from gcheck_lint.python.program import Program
from gcheck_lint.python.resolver import Resolver
from gcheck_lint.python.syntax import Module, Site, uncollected
from gcheck_lint.story.domain.conditions import Conditions, TooComplex
from gcheck_lint.story.domain.releases import Target, Versions
from gcheck_lint.story.effects import (  # noqa: F401 - each of them registers what it tells
    configs,
    copies,
    forward_backward,
    grad_modes,
    loading,
    model_attributes,
    own_layers,
    questions,
    saving_and_generating,
    switching,
    trainers,
    training_arguments,
)
from gcheck_lint.story.interpreter import (  # noqa: F401 - as above
    builtins,
    calls,
    command_line,
    control_flow,
    expressions,
    modules,
    statements,
)
from gcheck_lint.story.interpreter.entry_points import interpret_entry_points
from gcheck_lint.story.interpreter.interpreter import GaveUp, Interpreter
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.timeline import Moment, moments, render
from gcheck_lint.story.verdicts import Verdict, When

__all__ = ["Moment", "Site", "Story", "Subject", "Target", "Verdict", "When", "interpret", "moments", "render"]

_RECURSION = 8_000  # a call of the script costs about twelve Python frames


def interpret(module: Module, target: Target | None = None, program: Program | None = None) -> Story:
    """What a file does, as if it were run: its top level first, then what nobody has called.

    `program` finds the other modules of the repository; without it the file is alone.
    """
    target = target or Target.of()
    resolver = None if program is None else Resolver(program, module)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        with uncollected():
            try:
                return _interpreted(module, target, resolver)
            except (GaveUp, TooComplex):
                # a large framework: what the file does by itself may still be said
                return _interpreted(module, target, None)
    except (GaveUp, TooComplex):
        nothing = Conditions()
        return Story(module, target, nothing, Versions(nothing, target), [], {}, [], "the file is too large to be followed")
    finally:
        sys.setrecursionlimit(limit)


def _interpreted(module: Module, target: Target, resolver: Resolver | None) -> Story:
    interpreter = Interpreter(module, knowledge.load(), target, resolver)
    interpreter.run_block(module.tree)
    told = len(interpreter.trace.events)
    try:
        interpret_entry_points(interpreter)
    except (GaveUp, TooComplex):
        if resolver is not None:
            raise
        # what the file runs by itself is known; of what others call, only as far as it was told to the end
        told = next(
            (event.order for event in interpreter.trace.events[told:] if event.entry == interpreter.trace.entry),
            len(interpreter.trace.events),
        )
        del interpreter.trace.events[told:]
    interpreter.conditions.limit *= 2  # room for the questions of the checks
    told_of = (
        interpreter.conditions,
        interpreter.versions,
        interpreter.trace.events,
        interpreter.states,
        interpreter.trace.revealed,
    )
    return Story(
        module, target, *told_of, entry_guards=interpreter.trace.entry_guards, entry_points=interpreter.trace.entry_points
    )
