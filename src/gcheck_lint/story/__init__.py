"""An abstract interpreter: a tree becomes what happened to each model, config, arguments and trainer, in order."""

from __future__ import annotations

import sys

from gcheck_lint import knowledge
from gcheck_lint.python.program import Program
from gcheck_lint.python.syntax import Module, Site, uncollected
from gcheck_lint.story.domain.conditions import Conditions, TooComplex
from gcheck_lint.story.domain.releases import Target, Versions
from gcheck_lint.story.effects import (  # noqa: F401 - each of them registers what it tells
    forward_backward,
    loading,
    own_layers,
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
    statements,
)
from gcheck_lint.story.interpreter.entry_points import interpret_entry_points
from gcheck_lint.story.interpreter.interpreter import GaveUp, Interpreter
from gcheck_lint.story.interpreter.modules import Finder
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
    finder = None if program is None else Finder(program, module)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        with uncollected():
            try:
                return _interpreted(module, target, finder)
            except (GaveUp, TooComplex):
                # a large framework: what the file does by itself may still be said
                return _interpreted(module, target, None)
    except (GaveUp, TooComplex):
        nothing = Conditions()
        return Story(module, target, nothing, Versions(nothing, target), [], {}, [], "the file is too large to be followed")
    finally:
        sys.setrecursionlimit(limit)


def _interpreted(module: Module, target: Target, finder: Finder | None) -> Story:
    interpreter = Interpreter(module, knowledge.load(), target, finder)
    statements.run_block(interpreter, module.tree)
    told = len(interpreter.events)
    try:
        interpret_entry_points(interpreter)
    except (GaveUp, TooComplex):
        if finder is not None:
            raise
        # what the file runs by itself is known; of what others call, only as far as it was told to the end
        told = next(
            (event.order for event in interpreter.events[told:] if event.entry == interpreter.entry), len(interpreter.events)
        )
        del interpreter.events[told:]
    interpreter.conditions.limit *= 2  # room for the questions of the checks
    told_of = (interpreter.conditions, interpreter.versions, interpreter.events, interpreter.states, interpreter.revealed)
    return Story(module, target, *told_of, entry_guards=interpreter.entry_guards, entry_points=interpreter.entry_points)
