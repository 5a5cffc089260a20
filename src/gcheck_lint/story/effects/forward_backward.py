"""Forward and backward passes: in which state a model computes, with or without gradients, and what is learned from it."""

from __future__ import annotations

from functools import partial

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import Forwarded, Trained
from gcheck_lint.story.domain.model_state import EVAL, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Function, Instance, Known, Mapping, Thing, Value
from gcheck_lint.story.effects.switching import models_within
from gcheck_lint.story.interpreter.attributes import receiver_of
from gcheck_lint.story.interpreter.dispatch import Call, Passed, does
from gcheck_lint.story.interpreter.functions import call_function
from gcheck_lint.story.interpreter.interpreter import Teller

# --- forward -----------------------------------------------------------------------------------------------------------------


@does("forward")
def forward(teller: Teller, call: Call) -> Value:
    """The model called: what comes out is about it."""
    output = Thing("output", site=teller.site(call.node))
    own = teller.cores(call.receiver)
    cores = own or teller.cores(call.passed.get("model", 0) or NONE)
    if teller.no_grad != TRUE:
        output.about = tuple(dict.fromkeys(core for _, core, _ in cores))
    passed = call.passed.keywords.get("use_cache", UNKNOWN if call.passed.may_switch else ABSENT)
    node = call.passed.nodes.get("use_cache")
    if node is not None:
        passed = teller.each(passed, partial(_placed, teller.site(node)))
    output.fields["@use_cache"] = passed
    teller.forwards += [(core, passed) for _, core, _ in cores]
    if any(call.passed.keywords.get(name, NONE) != NONE for name in teller.knowledge.past_embeddings):
        for condition, core, _ in cores:
            teller.mark_unknown(core, "input_grads", condition)
    told = teller.emit(
        Forwarded,
        call.node,
        cores,
        without_grad=teller.no_grad,
        scope=teller.grad_scopes[-1] if teller.grad_scopes else None,
        past=call.passed.keywords.get("past_key_values", ABSENT),
        receiver=receiver_of(teller, call.node, "", cores) if own else None,
        in_training=teller.training_depth > 0,
    )
    if told is not None:
        teller.outputs[output] = told
    made = _cache_made(teller, cores, passed)
    if made:
        output.fields["past_key_values"] = Thing("cache", site=teller.site(call.node))
    return output


def _placed(site: Site, one: Value) -> Value:
    return Known(one.value, site) if isinstance(one, Known) and isinstance(one.value, bool) else one


def _cache_made(teller: Teller, cores: list[tuple[Condition, Thing, bool]], passed: Value) -> bool:
    """Whether a forward pass is surely meant to give a cache back: it is asked to, or its config's switch was left alone."""
    if isinstance(passed, Known) and passed.value is True:
        return bool(cores)
    if passed is not ABSENT or not cores:
        return False
    for _, core, _ in cores:
        switch = teller.cache_of(core)
        if teller.states[core].cached != "yes" or not isinstance(switch, Known) or switch.value not in (True, "as loaded"):
            return False
    return True


@does("detach")
def detach(teller: Teller, call: Call) -> Value:
    """`output.detach()`: nothing is learned through it, and a loss may be made of it."""
    made = teller.unknown("detach()")
    made.about = tuple(thing for thing in teller.subjects([call.receiver]) if thing.role == "output")
    return made


# --- backward ----------------------------------------------------------------------------------------------------------------


@does("backward")
def backward(teller: Teller, call: Call) -> Value:
    """A backward pass: the models that the loss is about are trained."""
    values = [*call.passed.values(), call.receiver]
    things = [thing for thing in teller.subjects(values) if thing in teller.states or thing.role in ("output", "wrapper")]
    targets: dict[Thing, tuple[Condition, Thing, bool]] = {}
    passes: Value = ABSENT
    for thing in things:
        if thing.role == "output":
            passes = thing.fields.get("@use_cache", ABSENT)
            continue
        for target in teller.cores(thing):
            targets.setdefault(target[1], target)
    if not targets:
        return NONE
    site = teller.site(call.node)
    for condition, model, _ in targets.values():
        teller.states[model].trainings.append((teller.conditions.both(teller.pc, condition), site))
    teller.emit(
        Trained,
        call.node,
        list(targets.values()),
        trainer=None,
        forward_cache=passes,
        forwards=tuple(teller.outputs[thing] for thing in things if thing in teller.outputs),
    )
    for condition, model, _ in targets.values():
        teller.mark(model, "trained", condition)
    return NONE


@does("fit")
def fit(teller: Teller, call: Call) -> Value:
    """Lightning's `fit(module)`: what the module's training_step computes is what is trained.

    It leaves a model in the mode that it finds it in (scenario lightning_paths), but before 2.2 it called `train()` on all.
    """
    module = call.passed.get("model", 0) or NONE
    for condition, one in teller.alternatives(module):
        step = one.cls.member("training_step") if isinstance(one, Instance) else None
        if not isinstance(one, Instance) or not isinstance(step, Function):
            continue
        entry = teller.pc
        teller.pc = teller.conditions.both(entry, condition)
        for case, model, _ in models_within(teller, one):
            unless_on = teller.each(teller.states[model].mode, lambda mode: UNKNOWN if mode == EVAL else mode)
            teller.change(model, "mode", teller.flat(unless_on), case)
        loss = call_function(
            teller, step.bound_to(one), Passed([teller.unknown("batch"), teller.unknown("step")], {}, {}), call.node
        )
        losses = list(loss.entries.values()) if isinstance(loss, Mapping) else [loss]
        backward(teller, Call(call.node, "backward", call.act, Passed(losses, {}, {})))
        teller.pc = entry
    return NONE
