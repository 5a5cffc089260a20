"""Training arguments: how they are made, and what their fields say of checkpointing, evaluation and the cache."""

from __future__ import annotations

from functools import partial

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.model_state import EVAL, TRAIN, UNKNOWN
from gcheck_lint.story.domain.values import ABSENT, Function, Instance, Known, Thing, Value
from gcheck_lint.story.effects.checkpointing_requests import built_with
from gcheck_lint.story.effects.trainable_parts import reentrancy
from gcheck_lint.story.effects.versioned_names import is_own, use_of_arguments
from gcheck_lint.story.interpreter.attributes import place_of, set_place
from gcheck_lint.story.interpreter.dispatch import Call, does
from gcheck_lint.story.interpreter.interpreter import Teller


@does("new arguments")
def new_arguments(teller: Teller, call: Call) -> Value:
    """TrainingArguments and its kin: each keyword is a field, and its place is the switch's place."""
    made = call.receiver
    assert isinstance(made, Thing)
    made.made_by = made.made_by or call.name
    made.fields["@library"] = Known(call.name)
    made.fields["@site"] = Known(None, teller.site(call.node))
    for keyword, value in call.passed.keywords.items():
        node = call.passed.nodes.get(keyword, call.node)
        site = teller.site(node)
        set_place(made, keyword, site)
        made.fields[keyword] = teller.each(value, partial(_placed, site))
    if call.passed.open:
        made.fields["@open"] = Known(True)
    if is_own(call.name):
        use_of_arguments(teller, "arguments", call.node, call.passed, own=not isinstance(made, Instance))
    return made


def _placed(site: Site, one: Value) -> Value:
    """A constant with the place that gave it."""
    return Known(one.value, site) if isinstance(one, Known) and one is not ABSENT else one


def argument_of(teller: Teller, args: Value, names: list[str]) -> Value:
    """A field of training arguments; ABSENT when nobody sets it, an opaque value when only a command line can."""

    def read(one: Value) -> Value:
        if not isinstance(one, Thing):
            return UNKNOWN
        for name in names:
            if name in one.fields:
                return one.fields[name]
            declared = one.cls.member(name) if isinstance(one, Instance) else None
            if declared is not None and not isinstance(declared, Function):
                return declared
        if one.role != "arguments":
            return UNKNOWN
        if one.chosen and names[0] == teller.knowledge.arguments["cache"]:
            return ABSENT
        if one.chosen:
            value = teller.unknown(f"--{names[0]}")
            one.fields[names[0]] = value
            return value
        if "@open" in one.fields:
            return UNKNOWN
        return ABSENT

    return teller.flat(teller.each(args, read))


def checkpointing_by(teller: Teller, args: Value, trainer: Thing) -> Value:
    """What the arguments say of checkpointing: ON with its place, OFF, or UNKNOWN."""
    names = list(teller.knowledge.arguments["checkpointing"])

    def of_one(one: Value) -> Value:
        value = argument_of(teller, one, names)
        if isinstance(one, Thing):
            value = built_with(teller, one, value)
        by_default = _on_by_default(teller, one)
        if by_default != FALSE:
            built = one.fields.get("@site") if isinstance(one, Thing) else None
            default = teller.choose(by_default, Known(True, built.site if isinstance(built, Known) else None), Known(False))
            value = teller.flat(teller.each(value, lambda case: default if case is ABSENT else case))
        given = next((site for name in names if isinstance(one, Thing) and (site := place_of(one, name)) is not None), None)
        return teller.flat(teller.each(value, lambda case: _switched(teller, case, given, trainer)))

    return teller.flat(teller.each(args, of_one))


def reentrant_by(teller: Teller, args: Value) -> Value:
    """How the arguments have layers run again: True, False, BY_DEFAULT or UNKNOWN."""
    value = argument_of(teller, args, list(teller.knowledge.arguments["checkpointing_kwargs"]))

    def read(one: Value) -> Value:
        return one if isinstance(one, Known) and one.value == UNKNOWN.value else reentrancy(teller, one)

    return teller.flat(teller.each(value, read))


def _on_by_default(teller: Teller, args: Value) -> Condition:
    """The versions of a library whose arguments switch checkpointing on by themselves."""
    made = args.fields.get("@library") if isinstance(args, Thing) else None
    return teller.habit("checkpointing-by-default", str(made.value)) if isinstance(made, Known) else FALSE


def _switched(teller: Teller, one: Value, given: Site | None, trainer: Thing) -> Value:
    if one is ABSENT or (isinstance(one, Known) and one.value in (None, False)):
        return Known(False)
    if isinstance(one, Known):
        return one if one.value == "unknown" else Known(True, one.site or given)
    if isinstance(one, Thing) and one.role == "unknown":
        built = trainer.fields.get("@site")
        place = given or one.site or (built.site if isinstance(built, Known) else None)
        return teller.choose(teller.truth(one), Known(True, place), Known(False))
    return UNKNOWN


def mode_at_end(teller: Teller, args: Value) -> Value:
    """An evaluation at the end of each epoch leaves eval mode; one every so many steps may or may not be the last thing."""
    value = argument_of(teller, args, list(teller.knowledge.arguments["evaluation"]))

    def mode(one: Value) -> Value:
        if one is ABSENT or (isinstance(one, Known) and one.value in ("no", None, False)):
            return TRAIN
        if isinstance(one, Known) and one.value == "epoch":
            return EVAL
        if isinstance(one, Known) and one.value == "steps" and argument_of(teller, args, ["eval_delay"]) is ABSENT:
            return teller.choose(teller.habit("evaluates-at-the-end", "transformers.Trainer"), EVAL, UNKNOWN)
        if (
            isinstance(one, Thing)
            and one.role == "unknown"
            and one.chosen
            and isinstance(one.default, Known)
            and one.default.value == "no"
        ):
            return UNKNOWN
        return UNKNOWN

    return teller.flat(teller.each(value, mode))
