"""An abstract interpreter: a tree becomes what happened to each model, config, arguments and trainer, in order."""

from __future__ import annotations

import sys

from gcheck_lint import knowledge
from gcheck_lint.python.program import Program
from gcheck_lint.python.syntax import Module, Site, uncollected
from gcheck_lint.story.domain.conditions import Conditions, TooComplex
from gcheck_lint.story.domain.releases import Impact, Target, Versions
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
from gcheck_lint.story.interpreter.entry_points import tell_uncalled
from gcheck_lint.story.interpreter.interpreter import GaveUp, Teller
from gcheck_lint.story.interpreter.modules import Finder
from gcheck_lint.story.query import Story, Subject, Verdict, When
from gcheck_lint.story.timeline import Moment, moments, render

__all__ = ["Impact", "Moment", "Site", "Story", "Subject", "Target", "Verdict", "When", "moments", "render", "tell"]

_RECURSION = 8_000  # a call of the script costs about twelve Python frames


def tell(module: Module, target: Target | None = None, program: Program | None = None) -> Story:
    """Tell what a file does, as if it were run: its top level first, then what nobody has called.

    `program` finds the other modules of the repository; without it the file is alone.
    """
    target = target or Target.of()
    finder = None if program is None else Finder(program, module)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        with uncollected():
            try:
                return _told(module, target, finder)
            except (GaveUp, TooComplex):
                # a large framework: what the file does by itself may still be said
                return _told(module, target, None)
    except (GaveUp, TooComplex):
        nothing = Conditions()
        return Story(module, target, nothing, Versions(nothing, target), [], {}, [], "the file is too large to be followed")
    finally:
        sys.setrecursionlimit(limit)


def _told(module: Module, target: Target, finder: Finder | None) -> Story:
    teller = Teller(module, knowledge.load(), target, finder)
    statements.run_block(teller, module.tree)
    told = len(teller.events)
    try:
        tell_uncalled(teller)
    except (GaveUp, TooComplex):
        if finder is not None:
            raise
        # what the file runs by itself is known; of what others call, only as far as it was told to the end
        told = next((event.order for event in teller.events[told:] if event.entry == teller.entry), len(teller.events))
        del teller.events[told:]
    teller.conditions.limit *= 2  # room for the questions of the checks
    told_of = (teller.conditions, teller.versions, teller.events, teller.states, teller.revealed)
    return Story(module, target, *told_of, entered=teller.entered, entries=teller.entries)
