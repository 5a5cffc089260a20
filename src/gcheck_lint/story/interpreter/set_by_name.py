"""Attributes that are set by a computed name: `for name, value in options.items(): setattr(settings, name, value)`.

Which of them is set nobody can tell from the place alone. What the names and the values came out of says more: options that
the script knows by their names are set as they are, and one that its user may give besides is the user's to choose.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import HAS_ATTRIBUTE, ByName, Open, options_in
from gcheck_lint.story.domain.objects import Class, Function, Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, GuardedUnion, Value
from gcheck_lint.story.interpreter.attributes import write_attribute
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.parameters import choice

_SETTINGS = frozenset({Kind.INSTANCE, Kind.CHOICES, Kind.NAMESPACE, Kind.ARGUMENTS, Kind.OBJECT, Kind.CLASS})
_UNNAMED = ByName(None, more=True, chosen=False)


def set_by_name(interpreter: Interpreter, target: Value, name: Value, value: Value, node: cst.CSTNode) -> None:
    """`setattr(target, name, value)` with a name that is no constant."""
    options = options_in(name) or options_in(value) or _UNNAMED
    for _, one in interpreter.cases(target):
        if not isinstance(one, AbstractObject):
            continue
        fields = dict(_fields(one))
        items: dict[str, Value] = {}
        for key, item in options.source.entries.items() if options.source is not None else ():
            if isinstance(key, str) and item is not ABSENT:
                items[key] = item if options_in(value) is not None else _overridden(interpreter, one, key, item, options)
        if options.more and one.kind in _SETTINGS:
            for key, before in fields.items():
                if key not in items and _is_plain(before):
                    items[key] = _overridden(interpreter, one, key, before, options)
        elif options.more:
            interpreter.havoc([one])
        if options.more and one.kind is Kind.ARGUMENTS:
            one.attach(Open())
        entry = interpreter.path_condition
        for key, item in items.items():
            known = True if key in fields else False if one.kind in (Kind.INSTANCE, Kind.CLASS) else None
            interpreter.path_condition = _where(interpreter, entry, name, value, key, item, known=known)
            if interpreter.path_condition != FALSE:
                _set(interpreter, one, key, item, fields.get(key, ABSENT), node)
        interpreter.path_condition = entry


def _set(interpreter: Interpreter, one: AbstractObject, name: str, item: Value, before: Value, node: cst.CSTNode) -> None:
    if name in one.fields or isinstance(one, Class) or before is ABSENT:
        write_attribute(interpreter, one, name, item, node)
    else:  # what the class declares holds where nothing is set
        interpreter.write(one, name, item, before)


def _where(
    interpreter: Interpreter, entry: Condition, name: Value, value: Value, key: str, item: Value, *, known: bool | None
) -> Condition:
    """When the attribute of this name is set: what was asked of the name and of the value is answered for this one.

    `known`: whether there is such an attribute; None where nobody knows.
    """
    found, conditions = entry, interpreter.conditions
    answers: list[tuple[Condition, Condition]] = []
    for question, asked in list(name.predicates.items()) if isinstance(name, AbstractObject) else ():
        if question == HAS_ATTRIBUTE:
            if known is not None:
                answers.append((asked, TRUE if known else FALSE))
        elif isinstance(question, tuple) and question[0] == "is":
            answers.append((asked, TRUE if question[1] == key else FALSE))
    for question, asked in list(value.predicates.items()) if isinstance(value, AbstractObject) else ():
        if question == ("is", None):
            answers.append((asked, conditions.any(case for case, one in interpreter.alternatives(item) if one == NONE)))
        elif question == "truth":
            answers.append((asked, interpreter.truth(item)))
    for asked, answer in answers:
        for symbol in conditions.support(asked):
            on, off = conditions.given(found, [(symbol, True)]), conditions.given(found, [(symbol, False)])
            found = conditions.either(conditions.both(answer, on), conditions.without(off, answer))
    return found


def _fields(one: AbstractObject) -> Iterator[tuple[str, Value]]:
    """What an object has under its names: its own, and for one of the script's what its class declares."""
    yield from one.members.items() if isinstance(one, Class) else one.fields.items()
    for cls in one.cls.lineage() if isinstance(one, Instance) else ():
        for name, member in cls.members.items():
            if name not in one.fields and not isinstance(member, (Function, Class)):
                yield name, member


def _is_plain(value: Value) -> bool:
    """Whether a field holds an option: a constant, or what a user chooses."""
    if isinstance(value, GuardedUnion):
        return all(_is_plain(one) for _, one in value.alternatives)
    return isinstance(value, Constant) or (isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN)


def _overridden(interpreter: Interpreter, one: AbstractObject, name: str, before: Value, options: ByName) -> Value:
    if isinstance(before, AbstractObject) and before.chosen:
        return before  # from one place outside or from another: it is one choice of the script's user
    if options.chosen:
        key = ("overridden", one, name)
        if key not in interpreter.remembered:
            interpreter.remembered[key] = choice(interpreter, name, before, None)
        return interpreter.remembered[key]
    about = [] if isinstance(before, Constant) else [before]
    return interpreter.unknown(name, about)
