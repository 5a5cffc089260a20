"""An abstract interpreter: a tree becomes what happened to each model, config, arguments and trainer, in order."""

from __future__ import annotations

import sys
from dataclasses import replace

from gcheck_lint import knowledge
from gcheck_lint.knowledge.proofs import proven
from gcheck_lint.python.fragments import uncollected
from gcheck_lint.python.program import Program
from gcheck_lint.python.resolver import Resolver
from gcheck_lint.python.surface import Surface
from gcheck_lint.python.syntax import BodyError, Module, Site
from gcheck_lint.recipes.bindings import Binding
from gcheck_lint.story.domain.conditions import TooComplex
from gcheck_lint.story.domain.cuts import Cut, Work
from gcheck_lint.story.domain.limits import MODEL_NODES, RULE_NODES
from gcheck_lint.story.domain.releases import Target
from gcheck_lint.story.effects import (  # noqa: F401 - each of them registers what it tells
    annotated_objects,
    configs,
    copies,
    fitting,
    forward_backward,
    frameworks,
    grad_modes,
    launching,
    loading,
    lora_layers,
    model_attributes,
    own_checkpoints,
    own_layers,
    own_models,
    patched_models,
    questions,
    recomputed_layers,
    saving_and_generating,
    switching,
    trainer_members,
    trainers,
    training_arguments,
    unseen_trainings,
)
from gcheck_lint.story.effects.refused_loads import UsualBases
from gcheck_lint.story.interpreter import (  # noqa: F401 - as above
    attempts,
    boolean_operations,
    builtins,
    calls,
    command_line,
    comprehensions,
    control_flow,
    expressions,
    matching,
    modules,
    statements,
    type_annotations,
)
from gcheck_lint.story.interpreter.bound_options import Bound, sources_of
from gcheck_lint.story.interpreter.edited_constants import Switches
from gcheck_lint.story.interpreter.entry_points import interpret_entry_points
from gcheck_lint.story.interpreter.interpreter import Interpreter, TooLong
from gcheck_lint.story.interpreter.left_to_callers import note_what_callers_give
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.timeline import Moment, Part, given_up, moments, state_texts
from gcheck_lint.story.verdicts import Verdict, When

__all__ = [
    "Cut",
    "Moment",
    "Part",
    "Site",
    "Story",
    "Subject",
    "Target",
    "TooComplex",
    "Verdict",
    "When",
    "Work",
    "given_up",
    "interpret",
    "moments",
    "state_texts",
]

_RECURSION = 8_000  # a call of the script costs about twelve Python frames


def interpret(
    module: Module,
    target: Target | None = None,
    program: Program | None = None,
    *,
    edited: frozenset[str] = frozenset(),
    binding: Binding | None = None,
) -> Story:
    """What a file does, as if it were run: its top level first, then what nobody has called.

    `program` finds the other modules of the repository; without it the file is alone. What is too tangled to be followed is given
    up and told as such (`Story.cuts`); the rest goes on. `edited`: constants at the file's top that are taken for options of its
    user (`Story.left_out` has those for which that may be worth while). `binding`: what a recipe gives to its options
    (`Story.option_sources` says where it takes them from).

    Raises:
        ParseError: LibCST cannot parse the body of a function, nor the whole text.
    """
    while True:
        try:
            return _interpreted(module, target or Target.of(), program, edited, binding)
        except BodyError as error:
            error.module.take_whole()


def _interpreted(
    module: Module, target: Target, program: Program | None, edited: frozenset[str], binding: Binding | None
) -> Story:
    target = replace(target, proven=proven(Surface.of(module.plain), knowledge.load()))
    resolver = None if program is None else Resolver(program, module)
    interpreter = Interpreter(module, knowledge.load(), target, resolver)
    interpreter.own(Switches).edited = edited
    interpreter.own(Bound).binding = binding
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        with uncollected():
            _run(interpreter)
    finally:
        sys.setrecursionlimit(limit)
    note_what_callers_give(interpreter)
    target = replace(target, usual=",".join(dict.fromkeys(interpreter.own(UsualBases).versions)))
    trace, conditions = interpreter.trace, interpreter.conditions
    work = Work(conditions.size, interpreter.steps, len(conditions.symbols), len(interpreter.modules.frames))
    return Story(
        module,
        target,
        conditions,
        interpreter.versions,
        trace.events,
        interpreter.states,
        trace.revealed,
        tuple(trace.cuts),
        work,
        trace.entry_guards,
        trace.entry_points,
        frozenset(interpreter.own(Switches).left_out),
        sources_of(interpreter),
    )


def _run(interpreter: Interpreter) -> None:
    try:
        interpreter.run_block(interpreter.module.tree)
        interpret_entry_points(interpreter)
    except (TooComplex, TooLong) as error:
        # all that there is for one file is spent: what comes after this place is not known of any model
        why = "too many cases" if isinstance(error, TooComplex) else "too many steps"
        trace = interpreter.trace
        models = [model for model in interpreter.states if not trace.is_of_another_entry(model)]
        room = RULE_NODES + MODEL_NODES * len(models)
        interpreter.conditions.budgets.allow(interpreter.conditions.size + room)
        interpreter.path_condition = trace.entry_guards[-1]
        interpreter.lose(models, interpreter.at, "the rest of the file", why)
