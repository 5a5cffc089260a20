"""Lists, tuples and sets of the script: their elements, how they grow, their methods.

How often something is added that runs again and again, nobody can tell: the list is *opened*. Its length and truth are open then,
and what may be in it is kept (`Sequence.some`).
"""

from __future__ import annotations

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import Counted, Elements, pass_on
from gcheck_lint.story.domain.limits import ALTERNATIVES
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, GuardedUnion, Value, is_top, same
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter


def element_of(interpreter: Interpreter, value: Value) -> Value:
    """Some element of an iterable."""
    if isinstance(value, GuardedUnion):
        return interpreter.flat(interpreter.each(value, lambda one: element_of(interpreter, one)))
    if isinstance(value, Sequence) and value.contents:
        kept = [interpreter.without_absent(item) for item in value.contents]
        if value.items is None and value.other:
            kept.append(interpreter.unknown("an element", value.provenance))
        if len(kept) == 1:
            return kept[0]
        one_of = interpreter.widened(kept)
        pass_on(value, one_of)
        return one_of
    made = interpreter.unknown("an element", [value])
    pass_on(value, made)
    return interpreter.derived(value, made, Derivation("element")) or made


def elements_of(interpreter: Interpreter, value: Value) -> list[Value] | None:
    """All elements of an iterable, when they are known and each of them is there."""
    items = items_of(value)
    if items is None or any(
        interpreter.conditions.meet(interpreter.path_condition, _missing(interpreter, item)) for item in items
    ):
        return None
    return [interpreter.without_absent(item) for item in items]


def _missing(interpreter: Interpreter, item: Value) -> Condition:
    return interpreter.conditions.negate(interpreter.present(item))


def items_of(value: Value) -> list[Value] | None:
    """The elements of an iterable, when they are known; one may be there under a condition (see `Sequence`)."""
    if isinstance(value, Sequence) and value.items is not None:
        return list(value.items)
    if isinstance(value, Mapping) and not value.open and not any(isinstance(one, GuardedUnion) for one in value.entries.values()):
        return [Constant(key) for key, item in value.entries.items() if item is not ABSENT]
    return None


def numbers_of(value: Value) -> list[Value] | None:
    """The numbers that a `range` counts through, where they are few."""
    counted = value.facet(Counted) if isinstance(value, AbstractObject) else None
    return None if counted is None else [Constant(number) for number in counted.numbers]


def made_of(interpreter: Interpreter, value: Value) -> Sequence:
    """A new list of what an iterable gives."""
    items = items_of(value)
    if items is not None:
        made = Sequence(items, since=interpreter.path_condition)
        made.type_name = value.type_name if isinstance(value, Sequence) else ""
        return made
    made = Sequence(None, [element_of(interpreter, value)])
    made.provenance = interpreter.provenance_of([value])
    if isinstance(value, Sequence):
        made.type_name = value.type_name
        made.some, made.other, made.grown, made.sure = list(value.some), value.other, interpreter.truth(value), FALSE
        made.shrunk = value.shrunk
    return made


def open_up(interpreter: Interpreter, sequence: Sequence, *, other: bool = False) -> None:
    """Nobody can tell any more how many items there are. `other`: nor whether something else is among them."""
    if sequence.items is not None:
        sequence.sure, sequence.grown = FALSE, interpreter.truth(sequence)
        kept, sequence.some, sequence.items = sequence.items, [], None
        sequence.other = False
        for item in kept:
            _keep(interpreter, sequence.some, interpreter.without_absent(item))
    if other:
        sequence.other, sequence.grown = True, TRUE
    _changed(sequence)


def _changed(sequence: Sequence) -> None:
    """What was asked of a list before is asked anew, and which of its items is where."""
    sequence.changed()
    sequence.facets = tuple(facet for facet in sequence.facets if not isinstance(facet, Elements))


def _keep(interpreter: Interpreter, among: list[Value], item: Value) -> None:
    """Keep what may be in a container, each thing once."""
    if any(same(item, one) or (is_top(item) and is_top(one)) for one in among):
        return
    among.append(item)
    if len(among) > ALTERNATIVES:
        among[:] = [interpreter.widened(among)]


def keep(interpreter: Interpreter, container: Sequence | Mapping, item: Value) -> None:
    """Something may be in a container that is open."""
    _keep(interpreter, container.some, item)


def add(interpreter: Interpreter, sequence: Sequence, item: Value) -> None:
    """`sequence.append(item)`, under the path condition."""
    interpreter.note_write(sequence)
    now = interpreter.path_condition
    carried = interpreter.is_carried(sequence)
    if sequence.items is not None and not carried:
        guard = interpreter.conditions.restrict(now, sequence.since)
        sequence.items.append(interpreter.select(guard, item, ABSENT) if guard != FALSE else item)
        _changed(sequence)
        return
    held = interpreter.truth(sequence) if sequence.items is not None else sequence.sure
    open_up(interpreter, sequence)
    if carried:
        interpreter.carried += 1
        sequence.sure = held
        sequence.grown = interpreter.conditions.either(sequence.grown, without_facts(interpreter, now))
    else:
        sequence.sure = interpreter.conditions.either(held, now)
    _keep(interpreter, sequence.some, item)


def without_facts(interpreter: Interpreter, condition: Condition) -> Condition:
    """What flags and versions say in a condition: the facts of one round are not those of another."""
    return interpreter.conditions.exists(condition, interpreter.conditions.facts_of(condition))


def extend(interpreter: Interpreter, sequence: Sequence, more: Value) -> None:
    """`sequence.extend(more)`, under the path condition."""
    for _, one in interpreter.cases(more):
        items = items_of(one)
        if items is None:
            interpreter.note_write(sequence)
            open_up(interpreter, sequence)
            sequence.grown = interpreter.conditions.either(sequence.grown, without_facts(interpreter, interpreter.path_condition))
            sequence.other = sequence.other or not (isinstance(one, Sequence) and not one.other)
            _keep(interpreter, sequence.some, element_of(interpreter, one))
            continue
        for item in items:
            present = interpreter.present(item)
            with interpreter.under(present):
                if interpreter.path_condition != FALSE:
                    add(interpreter, sequence, interpreter.without_absent(item))


def joined(interpreter: Interpreter, left: Value, right: Value) -> Sequence:
    """`left + right`, of which one is a list."""
    made = made_of(interpreter, left)
    extend(interpreter, made, right)
    return made


def size_of(interpreter: Interpreter, value: Value) -> Value:
    """`len(value)`; of a list whose items may be there or not, it is the same as long as the list is."""
    items = items_of(value)
    if items is not None and not (isinstance(value, Sequence) and _may_repeat(value)):
        numbers = _numbers(interpreter, items)
        if len(numbers) <= ALTERNATIVES or elements_of(interpreter, value) is not None:
            size: Value = Constant(0)
            for number, holds in enumerate(numbers):
                size = interpreter.select(holds, Constant(number), size)
            return interpreter.narrow(size)
    if not isinstance(value, Sequence):
        return interpreter.unknown("len()", [value])
    if value.size is None:
        size = value.size = interpreter.unknown("len()")
        size.predicates["truth"] = interpreter.truth(value)
    return value.size


def _may_repeat(sequence: Sequence) -> bool:
    """Whether a set may have got one item more than once."""
    known = [item.value for item in sequence.contents if isinstance(item, Constant)]
    return sequence.type_name == "set" and (len(known) < len(sequence.contents) or len(set(known)) < len(known))


def _numbers(interpreter: Interpreter, items: list[Value]) -> list[Condition]:
    """When there are so many of some items, from none on."""
    conditions = interpreter.conditions
    found: list[Condition] = [TRUE]
    for item in items:
        there = interpreter.present(item)
        less = [FALSE, *(conditions.both(there, holds) for holds in found)]
        pairs = zip(less, [*found, FALSE], strict=True)
        found = [conditions.either(one, conditions.without(holds, there)) for one, holds in pairs]
    return found


def item_at(interpreter: Interpreter, sequence: Sequence, index: int, otherwise: Value | None = None) -> Value | None:
    """`sequence[index]`, also where some of its items are there under conditions; None where that can't be told.

    `otherwise`: what it is where there are fewer items, which is an error for Python.
    """
    items = items_of(sequence)
    if items is None or not -len(items) <= index < len(items):
        return None
    number = index if index >= 0 else -index - 1
    among = items if index >= 0 else items[::-1]
    if elements_of(interpreter, sequence) is not None:
        return interpreter.without_absent(among[number])
    if len(items) > ALTERNATIVES:
        return None
    result = otherwise or interpreter.unknown()
    for place, item in enumerate(among):
        before = _numbers(interpreter, among[:place])
        if number < len(before):
            there = interpreter.conditions.both(before[number], interpreter.present(item))
            result = interpreter.select(there, interpreter.without_absent(item), result)
    return interpreter.narrow(interpreter.flat(result))


def call_sequence(interpreter: Interpreter, sequence: Sequence, name: str, passed: Arguments) -> Value | None:
    """A method of a list or set; None for one that is not known."""
    given = passed.positional
    if name in ("append", "add", "appendleft") and given:
        add(interpreter, sequence, given[0])
        return NONE
    if name in ("extend", "update", "union") and len(given) == 1:
        target = made_of(interpreter, sequence) if name == "union" else sequence
        extend(interpreter, target, given[0])
        return target if name == "union" else NONE
    if name == "insert" and len(given) == 2:
        add(interpreter, sequence, given[1])
        if sequence.items is not None and given[0] != Constant(len(sequence.items) - 1):
            if given[0] == Constant(0):
                sequence.items.insert(0, sequence.items.pop())
            else:
                open_up(interpreter, sequence)
        return NONE
    if name == "clear":
        interpreter.note_write(sequence)
        open_up(interpreter, sequence)
        always = interpreter.conditions.restrict(interpreter.path_condition, sequence.since) == TRUE
        sequence.shrunk = True
        if always and not interpreter.is_carried(sequence):
            sequence.items, sequence.some, sequence.shrunk = [], [], False
        return NONE
    if name in ("remove", "discard", "pop", "popleft", "sort", "reverse", "difference_update", "intersection_update"):
        interpreter.note_write(sequence)
        gone = element_of(interpreter, sequence) if name in ("pop", "popleft") else NONE
        held = interpreter.truth(sequence)
        open_up(interpreter, sequence)
        sequence.grown = held if name not in ("sort", "reverse") else FALSE
        sequence.sure = FALSE if name not in ("sort", "reverse") else held
        sequence.shrunk = sequence.shrunk or name not in ("sort", "reverse")
        return gone
    if name == "copy":
        return made_of(interpreter, sequence)
    return None


def is_empty(interpreter: Interpreter, value: Value) -> Condition:
    """Where an iterable surely has nothing, as far as flags and versions decide it."""
    conditions = interpreter.conditions
    holds = [
        conditions.both(case, interpreter.may_hold(one) if isinstance(one, (Sequence, Mapping)) else TRUE)
        for case, one in interpreter.alternatives(value)
    ]
    return conditions.negate(without_facts(interpreter, conditions.any(holds)))
