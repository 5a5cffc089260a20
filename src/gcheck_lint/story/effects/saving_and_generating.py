"""Where a model's state shows: saves, generate() and pipelines."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.events import (
    Generated,
    GenerationConfigSaved,
    Receiver,
    Saved,
)
from gcheck_lint.story.domain.model_state import UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, NONE, Function, Instance, Known, Thing, Value
from gcheck_lint.story.interpreter.attributes import receiver_of
from gcheck_lint.story.interpreter.calls import call_method
from gcheck_lint.story.interpreter.dispatch import Call, Passed, does
from gcheck_lint.story.interpreter.interpreter import Teller

# --- saving and generating -----------------------------------------------------------------------------------------------


@does("save")
def save(teller: Teller, call: Call) -> Value:
    """save_pretrained, save_model, push_to_hub: of a model, or of what a trainer holds."""
    receiver = call.receiver
    holders = [(c, one) for c, one in teller.alternatives(receiver) if isinstance(one, Thing) and one.role == "trainer"]
    own = [one.cls.member("_save") for _, one in holders if isinstance(one, Instance)]
    if call.name.rpartition(".")[2] == "save_model" and any(isinstance(member, Function) for member in own):
        return call_method(teller, receiver, "_save", Passed([], {}, {}), call.node)
    if holders:
        targets = [target for c, one in holders for target in teller.cores(one.fields.get("model", NONE), c)]
    else:
        targets = teller.cores(receiver)
    named = receiver_of(teller, call.node, ".model" if holders else "", targets)
    teller.emit(
        Saved,
        call.node,
        targets,
        how=call.name.rpartition(".")[2],
        writes_config=True,
        receiver=named,
        in_training=teller.training_depth > 0,
    )
    return NONE


@does("save generation config")
def save_generation_config(teller: Teller, call: Call) -> Value:
    """`model.generation_config.save_pretrained(…)`."""
    teller.emit(GenerationConfigSaved, call.node, [])
    return NONE


@does("save config")
def save_config(teller: Teller, call: Call) -> Value:
    """`config.save_pretrained`: of the models that hold this config."""
    owners = []
    for condition, config in teller.alternatives(call.receiver):
        for model, state in list(teller.states.items()):
            for case, held in teller.alternatives(state.config) if state.config is not None else ():
                if held is config:
                    owners.append((teller.conditions.both(condition, case), model, False))
    teller.emit(
        Saved,
        call.node,
        owners,
        how="config.save_pretrained",
        writes_config=True,
        receiver=receiver_of(teller, call.node, "", owners),
        in_training=teller.training_depth > 0,
    )
    return NONE


@does("generate")
def generate(teller: Teller, call: Call) -> Value:
    _tell_generated(
        teller,
        call.node,
        teller.cores(call.receiver),
        "generate",
        _generate_switch(teller, call),
        receiver_of(teller, call.node, "", teller.cores(call.receiver)),
    )
    return teller.unknown("generated tokens")


def _generate_switch(teller: Teller, call: Call) -> Value:
    """The `use_cache` that rules this call: its own keyword, else that of a generation config handed over."""
    value = call.passed.keywords.get("use_cache")
    if value is not None:
        return value
    config = call.passed.keywords.get("generation_config")
    if isinstance(config, Thing):
        return config.fields.get("use_cache", Known(True) if config.role == "generation config" else UNKNOWN)
    return UNKNOWN if call.passed.may_switch else ABSENT


def _tell_generated(
    teller: Teller,
    node: cst.CSTNode,
    targets: list[tuple[Condition, Thing, bool]],
    how: str,
    use_cache: Value,
    receiver: Receiver | None,
) -> None:
    for _, model, _ in targets:
        if teller.states[model].cached == "unknown":
            teller.states[model].cached = "yes"
    teller.emit(
        Generated,
        node,
        targets,
        how=how,
        use_cache=use_cache,
        receiver=receiver,
        in_training=teller.training_depth > 0,
    )


@does("pipeline")
def pipeline(teller: Teller, call: Call) -> Value:
    """`pipeline(task, model=model)`: generates when it is called, in whatever mode the model is."""
    task = call.argument("task")
    model = call.argument("model") or NONE
    made = Thing("pipeline", call.name, teller.site(call.node))
    name = task.value if isinstance(task, Known) else None
    made.fields["model"] = model if isinstance(name, str) and name.startswith(tuple(teller.knowledge.generating_tasks)) else NONE
    node = call.passed.node("model", 1)
    made.fields["@named"] = Known(None, teller.site(node.value if isinstance(node, cst.Arg) else call.node))
    return made


@does("call pipeline")
def call_pipeline(teller: Teller, call: Call) -> Value:
    for condition, made in teller.alternatives(call.receiver):
        if isinstance(made, Thing):
            named = made.fields["@named"]
            receiver = (
                Receiver(named.site) if isinstance(named, Known) and named.site is not None else Receiver(teller.site(call.node))
            )
            targets = teller.cores(made.fields["model"], condition)
            if targets:
                _tell_generated(teller, call.node, targets, "pipeline", call.passed.keywords.get("use_cache", ABSENT), receiver)
    return teller.unknown("generated text")
