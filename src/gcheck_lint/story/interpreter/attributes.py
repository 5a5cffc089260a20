"""Reading and setting attributes. What an attribute of a model, a config or arguments is, their own modules tell."""

from __future__ import annotations

from pathlib import PurePath
from typing import cast

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.facets import ByName, Offered, RestOf, fill_from, is_setting, is_setting_of
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import READERS, WRITERS, Derivation, Interpreter
from gcheck_lint.story.interpreter.losing import lose_members


def fields_as_dict(one: Value, *, own: bool) -> Mapping | None:
    """The fields of an object as a dict that may hold more. `own`: its own dict, so that what is written there is a field."""
    if isinstance(one, Mapping):
        return one
    if not isinstance(one, AbstractObject) or one.kind not in _WITH_FIELDS:
        return None
    made = Mapping(one.fields, is_open=True)
    made.chosen = one.chosen
    made.attach(ByName(made, more=False, chosen=one.chosen))
    fill_from(made, one if one.chosen else None)
    if own and one.kind is not Kind.ARGUMENTS:
        made.entries = cast("dict[object, Value]", one.fields)
        made.born = one.born  # to write there is to write to the object
    return made


_WITH_FIELDS = frozenset({Kind.NAMESPACE, Kind.CHOICES, Kind.INSTANCE, Kind.ARGUMENTS, Kind.OBJECT})


def read_attribute(interpreter: Interpreter, receiver: Value, name: str, node: cst.CSTNode) -> Value:
    """The value of `receiver.name`."""
    return interpreter.narrow(interpreter.flat(interpreter.each(receiver, lambda one: _read(interpreter, one, name, node))))


def _read(interpreter: Interpreter, one: Value, name: str, node: cst.CSTNode) -> Value:
    if isinstance(one, ExternalSymbol):
        return ExternalSymbol(f"{one.name}.{name}")
    if isinstance(one, Constant) and isinstance(one.value, str) and name == "parent":
        return Constant(str(PurePath(one.value).parent))
    if not isinstance(one, AbstractObject):
        return interpreter.unknown(name)
    found = _of_instance(interpreter, one, name, node) if isinstance(one, Instance) else None
    if found is not None:
        return found
    if isinstance(one, Class):
        return _of_class(interpreter, one, name)
    if name == "__dict__" and (own := fields_as_dict(one, own=True)) is not None:
        return own
    for reader in READERS.get(one.kind, ()):
        found = reader(interpreter, one, name, node)
        if found is not None:
            return found
    if isinstance(one, Mapping) and name in one.entries:
        return one.entries[name]
    if name in one.fields:
        value = one.fields[name]
        asked = one.kind in (Kind.ARGUMENTS, Kind.NAMESPACE) and name not in interpreter.knowledge.machine_facts
        if (
            asked
            and isinstance(value, AbstractObject)
            and value.kind is Kind.UNKNOWN
            and (value.chosen or one.kind is Kind.ARGUMENTS)
        ):
            interpreter.make_chosen(value, interpreter.site(node))
        return named(interpreter, one, value, interpreter.site(node))
    return fresh(interpreter, one, name, node)


def named(interpreter: Interpreter, one: AbstractObject, value: Value, site: Site) -> Value:
    """A setting that the script names, and so leaves to its user."""
    if one.chosen and isinstance(value, AbstractObject) and not value.chosen and is_setting(value):
        interpreter.make_chosen(value, site)
    return value


def of_settings(rest: RestOf, name: str) -> Value | None:
    """What the settings that an object was filled from had under this name, as far as the script has named it."""
    if name in rest.known:
        return rest.known[name]
    value = rest.source.fields.get(name)
    named = isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and value.text.endswith(name)
    return value if named else None  # anything else was put there since


def _of_rest(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value | None:
    """An attribute that an object has from the settings that it was filled from: one and the same."""
    rest = one.facet(RestOf)
    if rest is None or (name in rest.source.fields and of_settings(rest, name) is None):
        return None
    value = rest.known[name] if name in rest.known else _read(interpreter, rest.source, name, node)
    one.fields[name] = value
    return value


def fresh(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value:
    """An attribute that nobody has set yet: the same thing each time it is read."""
    if name == "__class__":
        return interpreter.unknown(name)
    found = _of_rest(interpreter, one, name, node)
    if found is not None:
        return found
    chosen = one.chosen or one.kind in (Kind.NAMESPACE, Kind.CHOICES)
    chosen = chosen and name not in interpreter.knowledge.machine_facts
    text = (
        f"--{name}"
        if one.kind in (Kind.ARGUMENTS, Kind.NAMESPACE, Kind.CHOICES) and chosen
        else f"{one.text}.{name}"
        if one.text
        else name
    )
    provenance = [one] if one.kind is Kind.OUTPUT or (one.kind in (Kind.UNKNOWN, Kind.OBJECT) and one.provenance) else ()
    value = interpreter.unknown(text, provenance, chosen=chosen, site=interpreter.site(node))
    if chosen and one.facet(Offered) is not None and (one.kind is Kind.ARGUMENTS or not isinstance(one, Instance)):
        value.said = f"--{name}"
    interpreter.derived(one, is_setting_of(one, value), Derivation("attribute", name, node))
    one.fields[name] = value
    return value


def _of_instance(interpreter: Interpreter, one: Instance, name: str, node: cst.CSTNode) -> Value | None:
    if name in one.fields:
        value = one.fields[name]
        if isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and one.chosen:
            interpreter.make_chosen(value, interpreter.site(node))
        return value
    member = one.cls.member(name)
    told = one.cls.annotation(name) if member is None else None
    if told is not None:
        value = interpreter.unknown(name, chosen=one.chosen, site=interpreter.site(node))
        made = interpreter.annotated(value, *told)
        if made is not value or value in interpreter.states:
            one.fields[name] = made
            return made
        return None
    if isinstance(member, Function):
        kinds = {value.last for value in member.decorators if isinstance(value, ExternalSymbol)}
        if kinds & {"property", "cached_property"}:
            return interpreter.call(member.bound_to(one), Arguments([], {}, {}), node)
        if "staticmethod" in kinds:
            return member
        return member.bound_to(one.cls if "classmethod" in kinds else one)
    return _by_getattr(interpreter, one, name, node) if member is None else member


def _by_getattr(interpreter: Interpreter, one: Instance, name: str, node: cst.CSTNode) -> Value | None:
    """What `__getattr__` of the script's own class gives for an attribute that an object does not have."""
    getter = one.cls.member("__getattr__")
    own = one.kind in (Kind.MODULE, Kind.INSTANCE) and not name.startswith("__")
    if not isinstance(getter, Function) or not own or any(running.node is getter.node for running in interpreter.stack):
        return None
    return interpreter.call(getter.bound_to(one), Arguments([Constant(name)], {}, {}), node)


def _of_class(interpreter: Interpreter, one: Class, name: str) -> Value:
    member = one.member(name)
    if isinstance(member, Function):
        kinds = {value.last for value in member.decorators if isinstance(value, ExternalSymbol)}
        return member.bound_to(one) if "classmethod" in kinds else member
    return library_member(interpreter, one, name) if member is None else member


def library_member(interpreter: Interpreter, one: Class, name: str) -> Value:
    """What a class of the script has of this name from the library class that it inherits from: the one that is known, if any."""
    bases = one.library_bases()
    known = next((base for base in bases if interpreter.knowledge.class_named(base.name) is not None), None)
    base = known or next(iter(bases), None)
    return interpreter.unknown(name) if base is None else ExternalSymbol(f"{base.name}.{name}")


def write_attribute(interpreter: Interpreter, receiver: Value, name: str, value: Value, node: cst.CSTNode) -> None:
    """`receiver.name = value`."""
    for _, one in interpreter.cases(receiver):
        if isinstance(one, AbstractObject):
            lose_members(interpreter, one, name, assigned=True)
            _write(interpreter, one, name, value, node)
        elif isinstance(one, ExternalSymbol):
            interpreter.definitions.replaced.add(f"{one.name}.{name}")


def _write(interpreter: Interpreter, one: AbstractObject, name: str, value: Value, node: cst.CSTNode) -> None:
    for key in ((one.kind, name), (None, name), (None, None), (one.kind, None)):
        for writer in WRITERS.get(key, ()):
            if writer(interpreter, one, name, value, node):
                return
    if isinstance(one, Class):
        one.members[name] = interpreter.select(interpreter.path_condition, value, one.members.get(name, ABSENT))
    else:
        interpreter.write(one, name, value)
