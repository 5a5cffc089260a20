"""Trainers whose `fit()` trains: Composer's, which has its model, and Lightning's, which is handed a module of the script."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.events import Trained
from gcheck_lint.story.domain.model_state import EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.objects import Function, Instance, Mapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.forward_backward import backward
from gcheck_lint.story.effects.recomputed_layers import keep_strategy, recompute_by
from gcheck_lint.story.effects.running_trainings import note_training
from gcheck_lint.story.effects.spreading import note_strategy, spread_by
from gcheck_lint.story.effects.switching import models_within
from gcheck_lint.story.interpreter.functions import call_function
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

# The hooks of a module that may load or change what it trains, in the order in which fit() calls them (the source of 2.6.6), with
# what it passes to them. Between the two lists the module was put in train mode before 2.2.
_BEFORE: tuple[tuple[str, tuple[Value, ...]], ...] = (
    ("prepare_data", ()),
    ("setup", (Constant("fit"),)),
    ("configure_model", ()),
    ("configure_sharded_model", ()),
    ("configure_optimizers", ()),
    ("on_fit_start", ()),
)
_EACH = (("on_train_start", 0), ("on_train_epoch_start", 0), ("on_train_batch_start", 2))


@does("new fitter")
def new_fitter(interpreter: Interpreter, call: Call) -> Value:
    """A trainer whose `fit()` trains. Some are given their model at once, others to `fit()`."""
    made = call.receiver
    assert isinstance(made, AbstractObject)
    for name in ("model", "callbacks"):
        if made.kind is Kind.FITTER and name in call.passed.keywords:
            made.fields[name] = call.passed.keywords[name]
    keep_strategy(made, call.passed.keywords.get("strategy"))
    note_strategy(interpreter, call, made)
    return made


@does("fit")
def fit(interpreter: Interpreter, call: Call) -> Value:
    """Composer's `fit()`; Lightning's `fit(module)`: what the module's training_step computes is what is trained.

    It leaves a model in the mode that it finds it in (scenario lightning_paths), but before 2.2 it called `train()` on all.
    """
    for condition, made in interpreter.alternatives(call.receiver):
        if isinstance(made, AbstractObject) and "model" in made.fields:
            _fit_own(interpreter, call, interpreter.underlying_models(made.fields["model"], condition))
    for _, one in interpreter.cases(call.passed.get("model", 0) or NONE):
        step = one.cls.member("training_step") if isinstance(one, Instance) else None
        if not isinstance(one, Instance) or not isinstance(step, Function):
            continue
        for name, given in _BEFORE:
            _call_hook(interpreter, one, name, given, call)
        spread_by(interpreter, call.receiver, models_within(interpreter, one))
        _set_modes(interpreter, one, call.receiver)
        recompute_by(interpreter, call.receiver, one, call)
        for name, count in _EACH:
            _call_hook(interpreter, one, name, tuple(interpreter.unknown("a batch") for _ in range(count)), call)
        batch: list[Value] = [interpreter.unknown("batch"), interpreter.unknown("step")]
        loss = call_function(interpreter, step.bound_to(one), Arguments(batch, {}, {}), call.node)
        losses = list(loss.entries.values()) if isinstance(loss, Mapping) else [loss]
        backward(interpreter, Call(call.node, "backward", call.transfer, Arguments(losses, {}, {})))
    return NONE


def _call_hook(interpreter: Interpreter, one: Instance, name: str, given: tuple[Value, ...], call: Call) -> None:
    hook = one.cls.member(name)
    if isinstance(hook, Function):
        call_function(interpreter, hook.bound_to(one), Arguments(list(given), {}, {}), call.node)


def _set_modes(interpreter: Interpreter, one: Instance, fitter: Value) -> None:
    """The modes of the models that a module holds as its training begins."""
    conditions = interpreter.conditions
    trains: Condition = FALSE
    known: Condition = FALSE
    for case, made in interpreter.alternatives(fitter):
        if isinstance(made, AbstractObject) and made.kind is Kind.FITTER and not _is_changed_by_callbacks(interpreter, made):
            known = conditions.either(known, case) if made.made_by else known
            trains = conditions.either(trains, conditions.both(case, interpreter.habit("fit-calls-train", made.made_by)))
    for case, model, _ in models_within(interpreter, one):
        unless_on = interpreter.each(interpreter.states[model].mode, lambda mode: UNKNOWN if mode == EVAL else mode)
        interpreter.change(model, "mode", interpreter.flat(unless_on), conditions.without(case, known))
        interpreter.change(model, "mode", TRAIN, conditions.both(case, trains))


def _is_changed_by_callbacks(interpreter: Interpreter, made: AbstractObject) -> bool:
    """Whether callbacks of the script's own may set modes, or such as nobody knows."""
    given = made.fields.get("callbacks", NONE)
    for _, one in interpreter.alternatives(given):
        items = getattr(one, "items", None)
        for item in items if isinstance(items, list) else [one]:
            for _, inner in interpreter.alternatives(item):
                known = isinstance(inner, AbstractObject) and inner.made_by and inner.kind is not Kind.UNKNOWN
                if isinstance(inner, Instance):
                    known = ".train(" not in inner.cls.module.source.text
                if inner != NONE and (not known or "Finetuning" in getattr(inner, "made_by", "")):
                    return True
    return False


def _fit_own(interpreter: Interpreter, call: Call, targets: list[tuple[Condition, AbstractObject, bool]]) -> None:
    """`fit()` of a trainer that has its model: it is trained in train mode, and left so."""
    site = interpreter.site(call.node)
    for condition, model, _ in targets:
        interpreter.change(model, "mode", TRAIN, condition)
        note_training(interpreter, model, condition, site)
    if targets:
        interpreter.emit(Trained, call.node, targets, trainer=None, forward_cache=ABSENT)
    for condition, model, _ in targets:
        interpreter.mark(model, "trained", condition)
