"""A value that is looked up by a key which is open: `CLASSES[args.family]`, `getattr(workers, name)`.

It is one of those that are there, and the key says which. Where the key is the user's, so is the choice; where nobody knows the
key, nobody knows which one it is, and what is said of it has to hold for each.
"""

from __future__ import annotations

from collections.abc import Mapping as Table

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.limits import ALTERNATIVES
from gcheck_lint.story.domain.objects import Class, Function, Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter


def one_by_key(
    interpreter: Interpreter, key: AbstractObject, table: Table[object, Value], otherwise: Value | None
) -> Value | None:
    """The value under an open key. `otherwise`: what it is under none of them; None where that is an error.

    None where there are too many of them, or where it makes no difference to any model which one it is.
    """
    items = {name: value for name, value in table.items() if value is not ABSENT and isinstance(name, (str, int))}
    if not items or len(items) > ALTERNATIVES or not any(_matters(interpreter, value) for value in items.values()):
        return None
    conditions = interpreter.conditions
    cases = [(is_constant(interpreter, key, name), value) for name, value in items.items()]
    fails = otherwise is None and not interpreter.is_caught
    # where none of them is an error, it is one of them, and the last is what is left by the others
    found = cases[-1][1] if fails else interpreter.unknown() if otherwise is None else otherwise
    for condition, value in reversed(cases[:-1] if fails else cases):
        found = interpreter.select(condition, value, found)
    if fails and not (key.choices and set(key.choices) <= set(items)):
        none = conditions.negate(conditions.any(condition for condition, _ in cases))
        if conditions.both(interpreter.path_condition, none) not in (FALSE, interpreter.path_condition):
            interpreter.going_on(none)
    return interpreter.narrow(interpreter.flat(found))


def is_constant(interpreter: Interpreter, thing: AbstractObject, value: object) -> Condition:
    """When an open value is this constant."""
    name = thing.words
    return interpreter.predicate(thing, ("is", value), f"`{name}` is {value!r}", f"`{name}` is not {value!r}")


def is_open(value: Value) -> bool:
    """Whether a value is one that the script leaves open, and may be any constant."""
    return isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and not value.provenance


def _matters(interpreter: Interpreter, value: Value, depth: int = 0) -> bool:
    """Whether it may matter to a model which of several such values is taken: classes, functions, switches, what holds any."""
    if isinstance(value, (Function, Class)):
        return True
    if isinstance(value, Constant):
        return isinstance(value.value, bool)
    if isinstance(value, ExternalSymbol):
        known = interpreter.knowledge
        return known.class_named(value.name) is not None or known.function_named(value.name) is not None
    if isinstance(value, (Sequence, Mapping)):
        held = value.items or () if isinstance(value, Sequence) else value.entries.values()
        return depth == 0 and any(_matters(interpreter, one, 1) for one in held)
    return isinstance(value, AbstractObject) and (value in interpreter.states or value.kind is Kind.PARTIAL)
