"""HfArgumentParser and its kin under a binding: the objects that a recipe fills."""

from __future__ import annotations

from collections.abc import Mapping

from gcheck_lint.knowledge import keywords
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.recipes.asked import DATACLASSES, OptionSource
from gcheck_lint.recipes.bindings import Given
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.facets import BuiltBy
from gcheck_lint.story.domain.objects import Class
from gcheck_lint.story.domain.values import AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.bound_options import as_value, close, is_complete, note_source, options
from gcheck_lint.story.interpreter.functions import chosen_instance, inherited
from gcheck_lint.story.interpreter.interpreter import Interpreter


def note_dataclasses(interpreter: Interpreter, types: list[Value], *, of_file: bool) -> None:
    """Remember which options a parser of dataclasses takes. `of_file`: not only from a command line."""
    names: dict[str, None] = {}
    classes: dict[str, None] = {}
    for one in types:
        if isinstance(one, Class):
            names.update(dict.fromkeys(_fields(one)))
            classes.update(dict.fromkeys(base.name for base in one.library_bases()))
        elif isinstance(one, ExternalSymbol):
            classes[one.name] = None
    note_source(interpreter, OptionSource(DATACLASSES, tuple(names), tuple(classes), of_file=of_file))


def filled_by_recipe(interpreter: Interpreter, one: Value, others: list[Value], call: Call, *, offered: bool) -> Value | None:
    """One object of a parser of dataclasses, as the recipe fills it; None where there is no recipe, or nobody knows the class.

    `others`: the classes that the parser fills besides: a key that only they have is none of this one.
    """
    given = options(interpreter)
    if given is None:
        return None
    if isinstance(one, Class):
        return _own(interpreter, one, given, call, offered=offered)
    if isinstance(one, ExternalSymbol):
        return _of_library(interpreter, one, _without(given, others), call)
    return None


def _own(interpreter: Interpreter, cls: Class, given: Mapping[str, Given], call: Call, *, offered: bool) -> Value:
    name, kind = inherited(interpreter, cls)
    fields, site = _fields(cls), interpreter.site(call.node)
    values = {name: as_value(interpreter, given[name], name, is_switch=_is_switch(cls, name)) for name in fields if name in given}
    if name and kind is Kind.ARGUMENTS:
        rest = {field: one for field, one in given.items() if field not in fields and not keywords.is_never_taken(name, field)}
        values |= {field: as_value(interpreter, one, field) for field, one in rest.items()}
    made = chosen_instance(interpreter, cls, site, offered=offered, given=values)
    if name and kind is Kind.ARGUMENTS:
        made.attach(BuiltBy(name, site))
    return made


def _of_library(interpreter: Interpreter, one: ExternalSymbol, given: Mapping[str, Given], call: Call) -> Value:
    fact = interpreter.knowledge.class_named(one.name)
    values = {name: as_value(interpreter, value, name) for name, value in given.items()}
    if fact is not None and fact.kind is Kind.ARGUMENTS:
        taken = {name: value for name, value in values.items() if not keywords.is_never_taken(one.name, name)}
        passed = Arguments([], taken, {}, open=not is_complete(interpreter), chosen=True)
        return interpreter.call(one, passed, call.node)
    made = AbstractObject(Kind.CHOICES, one.name, interpreter.site(call.node))
    made.chosen = True
    made.attach(BuiltBy(one.name))
    made.fields.update(values)
    close(interpreter, made)
    return made


def _without(given: Mapping[str, Given], others: list[Value]) -> dict[str, Given]:
    taken = {name for other in others if isinstance(other, Class) for name in _fields(other)}
    return {name: value for name, value in given.items() if name not in taken}


def _fields(cls: Class) -> list[str]:
    return list(dict.fromkeys(name for one in reversed(cls.lineage()) for name in one.annotated))


def _is_switch(cls: Class, field: str) -> bool | None:
    default = cls.member(field)
    return True if isinstance(default, Constant) and isinstance(default.value, bool) else None
