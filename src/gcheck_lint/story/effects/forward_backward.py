"""Forward and backward passes: in which state a model computes, with or without gradients, and what is learned from it."""

from __future__ import annotations

from functools import partial

from gcheck_lint.knowledge.kinds import Cached, Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.call_events import CallsLearned, GradientsAsked
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.events import Forwarded, Trained
from gcheck_lint.story.domain.model_state import UNKNOWN, Unsaid
from gcheck_lint.story.domain.objects import Function, Instance, Sequence, Wrapper, Wrapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.grad_modes import GradModes
from gcheck_lint.story.effects.own_checkpoints import Recomputed
from gcheck_lint.story.effects.own_forwards import decides_cache
from gcheck_lint.story.effects.receivers import receiver_of
from gcheck_lint.story.effects.running_trainings import is_training, note_training
from gcheck_lint.story.effects.trainable_parts import open_towers
from gcheck_lint.story.interpreter.interpreter import Interpreter, does


class Output(AbstractObject):
    """What a forward pass gives back. `use_cache` is what the pass got of that name, `given` all that it got."""

    __slots__ = ("given", "use_cache")

    def __init__(self, site: Site) -> None:
        super().__init__(Kind.OUTPUT, site=site)
        self.use_cache: Value = ABSENT
        self.given: tuple[Value, ...] = ()


class Passes:
    """The forward passes so far: what each output came from, and what each model was passed as `use_cache`."""

    def __init__(self) -> None:
        self.outputs: dict[AbstractObject, Forwarded] = {}
        self.cache: list[tuple[AbstractObject, Value]] = []


# --- forward -----------------------------------------------------------------------------------------------------------------


@does("forward")
def forward(interpreter: Interpreter, call: Call) -> Value:
    """The model called: what comes out is about it."""
    grads, passes = interpreter.own(GradModes), interpreter.own(Passes)
    output = Output(interpreter.site(call.node))
    own = interpreter.underlying_models(call.receiver)
    given = call.passed.get("model", 0) or NONE
    underlying_models = own or interpreter.underlying_models(given)
    if not underlying_models and isinstance(given, Instance) and isinstance(given.cls.member("forward"), Function):
        return interpreter.call(given, Arguments([], {}, {}, open=True), call.node)  # a trainer's compute_loss() calls its model
    if grads.off != TRUE:
        output.provenance = tuple(dict.fromkeys(core for _, core, _ in underlying_models))
    passed = call.passed.keywords.get("use_cache", UNKNOWN if call.passed.may_switch else ABSENT)
    node = call.passed.nodes.get("use_cache")
    if node is not None:
        passed = interpreter.each(passed, partial(_placed, interpreter.site(node)))
    if passed is ABSENT and any(decides_cache(interpreter, core) for _, core, _ in underlying_models):
        passed = UNKNOWN
    output.use_cache, output.given = passed, tuple(call.passed.values())
    passes.cache += [(core, passed) for _, core, _ in underlying_models]
    if any(call.passed.keywords.get(name, NONE) != NONE for name in interpreter.knowledge.past_embeddings):
        for condition, core, _ in underlying_models:
            interpreter.mark_unknown(core, "input_grads", condition)
            open_towers(interpreter, core)
    told = interpreter.emit(
        Forwarded,
        call.node,
        underlying_models,
        without_grad=grads.off,
        scope=grads.scopes[-1] if grads.scopes else None,
        past=call.passed.keywords.get("past_key_values", ABSENT),
        receiver=receiver_of(interpreter, call.node, "", underlying_models) if own else None,
        in_training=is_training(interpreter),
        parallel=_through_parallel(interpreter, call.receiver),
    )
    if told is not None:
        passes.outputs[output] = told
    made = _cache_made(interpreter, underlying_models, passed)
    if made:
        output.fields["past_key_values"] = AbstractObject(Kind.CACHE, site=interpreter.site(call.node))
    return output


def _through_parallel(interpreter: Interpreter, receiver: Value) -> Condition:
    """When a model is called through a wrapper such as DistributedDataParallel, and not past it."""

    def is_parallel(one: Value) -> bool:
        if not isinstance(one, Wrapper):
            return False
        within = any(is_parallel(inner) for _, inner in interpreter.alternatives(one.inner))
        return one.wrapping is Wrapping.PARALLEL or within

    return interpreter.conditions.any(case for case, one in interpreter.alternatives(receiver) if is_parallel(one))


def _placed(site: Site, one: Value) -> Value:
    return Constant(one.value, site) if isinstance(one, Constant) and isinstance(one.value, bool) else one


def _cache_made(interpreter: Interpreter, underlying_models: list[tuple[Condition, AbstractObject, bool]], passed: Value) -> bool:
    """Whether a forward pass is surely meant to give a cache back: it is asked to, or its config's switch was left alone."""
    if isinstance(passed, Constant) and passed.value is True:
        return bool(underlying_models)
    if passed is not ABSENT or not underlying_models:
        return False
    for _, core, _ in underlying_models:
        switch = interpreter.cache_of(core)
        if (
            interpreter.states[core].cached is not Cached.YES
            or not isinstance(switch, Constant)
            or not (switch.value is True or switch.value is Unsaid.AS_LOADED)
        ):
            return False
    return True


@does("detach")
def detach(interpreter: Interpreter, call: Call) -> Value:
    """`output.detach()`: nothing is learned through it, and a loss may be made of it."""
    made = interpreter.unknown("detach()")
    made.provenance = tuple(thing for thing in interpreter.provenance_of([call.receiver]) if thing.kind is Kind.OUTPUT)
    return made


# --- backward ----------------------------------------------------------------------------------------------------------------


@does("backward")
def backward(interpreter: Interpreter, call: Call) -> Value:
    """A backward pass: the models that the loss is about are trained."""
    inputs = call.passed.get("inputs")
    if inputs is not None and inputs != NONE:
        note_asked(interpreter, call, call.receiver, inputs)
    values = [*call.passed.values(), call.receiver]
    things = [
        thing
        for thing in interpreter.provenance_of(values)
        if thing in interpreter.states or thing.kind in (Kind.OUTPUT, Kind.WRAPPER)
    ]
    calls = tuple(thing.told for thing in things if isinstance(thing, Recomputed))
    if calls:
        interpreter.emit(CallsLearned, call.node, [], calls=calls)
    targets: dict[AbstractObject, tuple[Condition, AbstractObject, bool]] = {}
    outputs = interpreter.own(Passes).outputs
    forwards = tuple(outputs[thing] for thing in things if thing in outputs)
    passes: Value = ABSENT
    for thing in things:
        if isinstance(thing, Output):
            passes = thing.use_cache
            continue
        for case, model, adapter in interpreter.underlying_models(thing):
            case = interpreter.conditions.both(case, _computed(interpreter, model, forwards))
            targets.setdefault(model, (case, model, adapter))
    if not targets:
        return NONE
    site = interpreter.site(call.node)
    for condition, model, _ in targets.values():
        note_training(interpreter, model, condition, site)
    interpreter.emit(
        Trained,
        call.node,
        list(targets.values()),
        trainer=None,
        forward_cache=passes,
        forwards=forwards,
    )
    for condition, model, _ in targets.values():
        interpreter.mark(model, "trained", condition)
    return NONE


@does("ask for gradients")
def ask_for_gradients(interpreter: Interpreter, call: Call) -> Value:
    """`torch.autograd.grad(outputs, inputs)`; `torch.autograd.backward(tensors)` is a backward pass like any other."""
    outputs, inputs = call.argument("outputs"), call.argument("inputs")
    if outputs is not None and inputs is not None and inputs != NONE:
        note_asked(interpreter, call, outputs, inputs)
    if call.name.endswith(".backward"):
        return backward(interpreter, Call(call.node, call.name, call.transfer, Arguments([outputs or NONE], {}, {})))
    return interpreter.unknown("grad()", call.passed.values())


def note_asked(interpreter: Interpreter, call: Call, outputs: Value, inputs: Value) -> None:
    """Gradients are asked for with regard to `inputs`: the passes and calls on the way there that were given one of these."""
    wanted = {
        inner
        for _, one in interpreter.alternatives(inputs)
        for item in ((one.items or []) if isinstance(one, Sequence) else [one])
        for _, inner in interpreter.alternatives(item)
        if isinstance(inner, AbstractObject)
    }
    through = [
        thing
        for thing in interpreter.provenance_of([outputs])
        if isinstance(thing, (Output, Recomputed))
        and any(one in wanted for value in thing.given for _, one in interpreter.alternatives(value))
    ]
    known = interpreter.own(Passes).outputs
    targets: dict[AbstractObject, tuple[Condition, AbstractObject, bool]] = {}
    for told in (known[thing] for thing in through if thing in known):
        targets.update({state.model: (state.condition, state.model, state.adapter) for state in told.states})
    calls = tuple(thing.told for thing in through if isinstance(thing, Recomputed))
    if targets or calls:
        interpreter.emit(GradientsAsked, call.node, list(targets.values()), calls=calls, guarded=interpreter.is_caught)


def _computed(interpreter: Interpreter, model: AbstractObject, forwards: tuple[Forwarded, ...]) -> Condition:
    """When a loss is one of this model: of several that one name may stand for, the one that has computed it."""
    cases = [[state.condition for state in one.states if state.model is model] for one in forwards if len(one.states) > 1]
    alone = any(len(one.states) == 1 and one.states[0].model is model for one in forwards)
    return TRUE if alone or not any(cases) else interpreter.conditions.any(case for one in cases for case in one)
