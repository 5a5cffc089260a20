"""Training arguments: how they are made, and what their fields say of checkpointing, evaluation and the cache."""

from __future__ import annotations

from functools import partial

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.data_file import DataFile
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import BuiltBy, Offered, Open, Places, RestOf, Setting, fill_from
from gcheck_lint.story.domain.model_state import BY_DEFAULT, EVAL, TRAIN, UNKNOWN, Unsaid
from gcheck_lint.story.domain.objects import Function, Instance, Mapping
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.effects.checkpointing_requests import FIELD, ask_on_arguments, built_with
from gcheck_lint.story.effects.refusals import refuse_keywords
from gcheck_lint.story.effects.trainable_parts import reentrancy
from gcheck_lint.story.effects.versioned_names import is_own, use_of_arguments
from gcheck_lint.story.interpreter.attributes import fresh, of_settings
from gcheck_lint.story.interpreter.interpreter import Interpreter, does, reads, writes


@does("new arguments")
def new_arguments(interpreter: Interpreter, call: Call) -> Value:
    """TrainingArguments and its kin: each keyword is a field, and its place is the switch's place."""
    made = call.receiver
    assert isinstance(made, AbstractObject)
    refuse_keywords(interpreter, call)
    made.made_by = made.made_by or call.name
    made.attach(BuiltBy(call.name, interpreter.site(call.node)))
    nodes = call.passed.nodes
    sites = {
        keyword: interpreter.site(nodes[keyword]) if keyword in nodes else _of_recipe(value) or interpreter.site(call.node)
        for keyword, value in call.passed.keywords.items()
    }
    _set_places(made, sites)
    for keyword, value in call.passed.keywords.items():
        made.fields[keyword] = interpreter.each(value, partial(placed, sites[keyword]))
    if call.passed.positional:
        made.fields.setdefault("output_dir", call.passed.positional[0])
    if call.passed.rest is not None:
        fill_from(made, call.passed.rest)
    elif call.passed.open:
        made.attach(Open())
    if is_own(call.name):
        use_of_arguments(interpreter, "arguments", call.node, call.passed, own=not isinstance(made, Instance))
    return made


def _of_recipe(value: Value) -> Site | None:
    """Where a recipe gives a value."""
    site = value.site if isinstance(value, (Constant, AbstractObject)) else None
    return site if site is not None and isinstance(site.module, DataFile) else None


def placed(site: Site, one: Value) -> Value:
    """A constant with the place that gave it."""
    return Constant(one.value, site) if isinstance(one, Constant) and one is not ABSENT else one


@reads(Kind.ARGUMENTS)
def read_arguments(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value | None:
    """A field that nobody has set: either name of checkpointing stands for both once they are built."""
    names = interpreter.knowledge.arguments["checkpointing"]
    if one.chosen and name not in one.fields and name in interpreter.knowledge.arguments["checkpointing_kwargs"]:
        value = fresh(interpreter, one, name, node)
        if isinstance(value, AbstractObject):
            value.default = NONE
        return value
    if name in one.fields or one.chosen or name.startswith("_") or name not in names:
        return None
    return next((one.fields[other] for other in names if other in one.fields), Constant(False))


@writes(Kind.ARGUMENTS)
def write_arguments(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> bool:
    site = interpreter.site(node)
    if isinstance(value, Constant):
        value = Constant(value.value, site)
    if name == FIELD:
        ask_on_arguments(interpreter, one, value, node)
    _set_places(one, {name: site})
    default = fresh(interpreter, one, name, node) if one.chosen and name not in one.fields else ABSENT
    interpreter.write(one, name, value, default)
    return True


def _set_places(arguments: AbstractObject, sites: dict[str, Site]) -> None:
    """Remember where fields of training arguments were given."""
    known = arguments.facet(Places)
    arguments.attach(Places(sites if known is None else {**known.of, **sites}))


def place_of(arguments: Value, names: list[str]) -> Site | None:
    """Where one of these fields of training arguments was given, the first that was."""
    places = arguments.facet(Places) if isinstance(arguments, AbstractObject) else None
    return None if places is None else next((places.of[name] for name in names if name in places.of), None)


def argument_of(interpreter: Interpreter, args: Value, names: list[str]) -> Value:
    """A field of training arguments; ABSENT when nobody sets it, an opaque value when only a command line would."""

    def read(one: Value) -> Value:
        if not isinstance(one, AbstractObject):
            return UNKNOWN
        for name in names:
            if name in one.fields:
                return _with_declaration(one, name, one.fields[name])
            declared = one.cls.member(name) if isinstance(one, Instance) else None
            if declared is not None and not isinstance(declared, Function):
                return _with_declaration(one, name, declared)
        if one.kind is not Kind.ARGUMENTS:
            return UNKNOWN
        rest = one.facet(RestOf)
        if rest is not None:
            return _of_settings(interpreter, rest, names)
        said = interpreter.knowledge.arguments
        if one.chosen and names[0] in (said["cache"], said["checkpointing_kwargs"][0]):
            return ABSENT  # what a script never names keeps the library's default: its user is free not to give it
        if one.chosen:
            value = interpreter.unknown(f"--{names[0]}")
            value.said = value.text if one.facet(Offered) is not None else ""
            one.fields[names[0]] = value
            return value
        if one.facet(Open) is not None:
            return UNKNOWN
        return ABSENT

    return interpreter.flat(interpreter.each(args, read))


def _with_declaration(one: AbstractObject, name: str, value: Value) -> Value:
    """A field of arguments of the script's own; the place of a default is where the class declares it."""
    if not isinstance(one, Instance) or not isinstance(value, Constant) or value.site is not None or value is ABSENT:
        return value
    declared = one.cls.declared_at(name)
    if declared is not None and declared.inner is not None and one.site is not None:
        declared = Site(one.site.module, one.site.node, declared.inner)  # in another module: seen from where they are built
    return Constant(value.value, declared)


def _of_settings(interpreter: Interpreter, rest: RestOf, names: list[str]) -> Value:
    """A field of arguments that were filled from settings: what these say, which the script may have named or not."""
    known = next((found for name in names if (found := of_settings(rest, name)) is not None), None)
    if known is not None:
        return known
    source = rest.source
    if source.kind is Kind.ARGUMENTS:
        return argument_of(interpreter, source, names)
    value = interpreter.unknown(f"{source.text}.{names[0]}")
    value.attach(Setting())
    return source.fields.setdefault(names[0], value)


def checkpointing_by(interpreter: Interpreter, args: Value, trainer: AbstractObject) -> Value:
    """What the arguments say of checkpointing: ON with its place, OFF, or UNKNOWN."""
    names = list(interpreter.knowledge.arguments["checkpointing"])

    def of_one(one: Value) -> Value:
        value = argument_of(interpreter, one, names)
        if isinstance(one, AbstractObject):
            value = built_with(interpreter, one, value)
        by_default = _on_by_default(interpreter, one)
        if by_default != FALSE:
            default = interpreter.select(by_default, Constant(True, _built_at(one)), Constant(False))
            value = interpreter.flat(interpreter.each(value, lambda case: default if case is ABSENT else case))
        given = place_of(one, names) or _filled_at(one)
        return interpreter.flat(interpreter.each(value, lambda case: _switched(interpreter, case, given, trainer)))

    return interpreter.flat(interpreter.each(args, of_one))


def reentrant_by(interpreter: Interpreter, args: Value) -> Value:
    """How the arguments have layers run again: True, False, BY_DEFAULT, BY_TORCH or UNKNOWN."""
    value = argument_of(interpreter, args, list(interpreter.knowledge.arguments["checkpointing_kwargs"]))

    def read(one: Value) -> Value:
        if isinstance(one, Mapping) and not one.open and not one.entries:
            nothing = interpreter.habit("empty-arguments-are-none", "transformers.Trainer")
            return interpreter.select(nothing, BY_DEFAULT, reentrancy(interpreter, one))
        return one if one == UNKNOWN else reentrancy(interpreter, one)

    return interpreter.flat(interpreter.each(value, read))


def _on_by_default(interpreter: Interpreter, args: Value) -> Condition:
    """The versions of a library whose arguments switch checkpointing on by themselves."""
    built = args.facet(BuiltBy) if isinstance(args, AbstractObject) else None
    return FALSE if built is None else interpreter.habit("checkpointing-by-default", built.library)


def _built_at(one: Value) -> Site | None:
    built = one.facet(BuiltBy) if isinstance(one, AbstractObject) else None
    return None if built is None else built.site


def _filled_at(one: Value) -> Site | None:
    """Where arguments were filled from settings."""
    return _built_at(one) if isinstance(one, AbstractObject) and one.facet(RestOf) is not None else None


def _switched(interpreter: Interpreter, one: Value, given: Site | None, trainer: AbstractObject) -> Value:
    if one is ABSENT or (isinstance(one, Constant) and one.value in (None, False)):
        return Constant(False)
    if isinstance(one, Constant):
        return one if one.value is Unsaid.UNKNOWN else Constant(True, one.site or given)
    if isinstance(one, AbstractObject) and one.kind is Kind.UNKNOWN:
        built = _built_at(trainer)
        place = given or one.site or (None if built is None else Site(built.module, built.node))
        return interpreter.select(interpreter.truth(one), Constant(True, place), Constant(False))
    return UNKNOWN


def evaluates_when(interpreter: Interpreter, args: Value) -> Condition:
    """When a training has evaluations in it."""
    value = argument_of(interpreter, args, list(interpreter.knowledge.arguments["evaluation"]))

    def asked(one: Value) -> Condition:
        if one is ABSENT or (isinstance(one, Constant) and one.value in ("no", None, False)):
            return FALSE
        if isinstance(one, Constant) and one.value in ("steps", "epoch"):
            return TRUE
        return interpreter.nondeterministic("the training evaluates")[1]

    conditions = interpreter.conditions
    return conditions.any(conditions.both(case, asked(one)) for case, one in interpreter.alternatives(value))


def mode_at_end(interpreter: Interpreter, args: Value) -> Value:
    """An evaluation at the end of each epoch leaves eval mode; one every so many steps may or may not be the last thing."""
    value = argument_of(interpreter, args, list(interpreter.knowledge.arguments["evaluation"]))

    def mode(one: Value) -> Value:
        if one is ABSENT or (isinstance(one, Constant) and one.value in ("no", None, False)):
            return TRAIN
        if isinstance(one, Constant) and one.value == "epoch":
            return EVAL
        if isinstance(one, Constant) and one.value == "steps" and argument_of(interpreter, args, ["eval_delay"]) is ABSENT:
            return interpreter.select(interpreter.habit("evaluates-at-the-end", "transformers.Trainer"), EVAL, UNKNOWN)
        if (
            isinstance(one, AbstractObject)
            and one.kind is Kind.UNKNOWN
            and one.chosen
            and isinstance(one.default, Constant)
            and one.default.value == "no"
        ):
            return UNKNOWN
        return UNKNOWN

    return interpreter.flat(interpreter.each(value, mode))
