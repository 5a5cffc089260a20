"""Items of lists and dicts of the script, the methods of dicts and of constant texts; `sequences` has those of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import Elements, Filled, RestOf, fill_from, is_setting_of, pass_on, settings_of
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, GuardedUnion, Value
from gcheck_lint.story.interpreter.attributes import named, read_attribute
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter
from gcheck_lint.story.interpreter.left_to_callers import read_of
from gcheck_lint.story.interpreter.losing import ITEM, lose_members
from gcheck_lint.story.interpreter.open_keys import is_open, one_by_key
from gcheck_lint.story.interpreter.sequences import elements_of, item_at, keep, open_up, without_facts


def _is_filled(mapping: Mapping, key: AbstractObject) -> bool:
    """Whether functions have filled a dict, and the script's user chooses among what they have put there."""
    return key.chosen and mapping.facet(Filled) is not None


def item_of(interpreter: Interpreter, value: Value, key: Value, site: Site) -> Value:
    """`value[key]`."""
    if isinstance(key, GuardedUnion) and isinstance(value, (Mapping, Sequence)):
        return interpreter.flat(interpreter.each(key, lambda one: item_of(interpreter, value, one, site)))

    def read(one: Value) -> Value:
        if (
            isinstance(one, Mapping)
            and isinstance(key, AbstractObject)
            and is_open(key)
            and (not one.open or _is_filled(one, key))
        ):
            # one that functions have filled may have been filled by more of them than were run
            unsure = one.open or (one.facet(Filled) is not None and not key.chosen)
            found = one_by_key(interpreter, key, one.entries, interpreter.unknown() if unsure else None)
            if found is not None:
                return found
        if isinstance(key, Constant):
            if isinstance(one, Mapping) and key.value in one.entries:
                return one.entries[key.value]
            found = item_at(interpreter, one, key.value) if isinstance(one, Sequence) and isinstance(key.value, int) else None
            if found is not None:
                return found
            if isinstance(one, (Sequence, Mapping)) and interpreter.provenance_of(_unnamed(one)):
                return _one_of(interpreter, one, key.value)
            if isinstance(one, AbstractObject) and isinstance(key.value, (str, int)):
                return _named(interpreter, one, key.value, site)
        return some_item(interpreter, one)

    return interpreter.flat(interpreter.each(value, read))


def _unnamed(container: Sequence | Mapping) -> list[Value]:
    """What a list or dict may hold where it is not told under which key."""
    return container.contents if isinstance(container, Sequence) else container.some


def _one_of(interpreter: Interpreter, container: Sequence | Mapping, key: object) -> Value:
    """One of the things in a container of which nobody can tell where they are; the same one as long as nothing is changed."""
    kept = kept_element(container, key) if isinstance(key, int) else None
    if kept is not None:
        return kept
    made = interpreter.widened([*map(interpreter.without_absent, _unnamed(container)), interpreter.unknown("an item")])
    return keep_element(container, key, made) if isinstance(key, int) else made


def some_item(interpreter: Interpreter, value: Value) -> Value:
    """An item, or a slice, of which nobody can tell which it is."""
    kept: Iterable[Value] = ()
    if isinstance(value, (Mapping, Sequence)):
        kept = [*(interpreter.without_absent(item) for item in value.contents if item is not ABSENT), *value.provenance]
    made = interpreter.widened(kept) if kept else interpreter.unknown(provenance=[value])
    pass_on(value, made)
    return interpreter.derived(value, made, Derivation("item")) or made


def _named(interpreter: Interpreter, one: AbstractObject, key: str | int, site: Site) -> Value:
    """An item of something open: the same each time it is asked for, and chosen where the thing comes from outside."""
    told = interpreter.derived(one, interpreter.unknown(str(key), [one]), Derivation("item"))
    if told is not None:
        return told
    provenance = [one] if one.provenance else ()
    if isinstance(key, int):
        kept = kept_element(one, key) or keep_element(one, key, interpreter.unknown(str(key), provenance, site=site))
        if isinstance(kept, AbstractObject):
            interpreter.derived(one, kept, Derivation("result", str(key)))
        return kept
    if key not in one.fields and one.facet(RestOf) is not None:
        return read_attribute(interpreter, one, key, (site.inner or site).node)
    if key not in one.fields:
        text = f"{one.text}.{key}" if one.text else key
        made = read_of(interpreter, one, interpreter.unknown(text, provenance, chosen=one.chosen, site=site))
        interpreter.derived(one, made, Derivation("result", key))
        one.fields[key] = is_setting_of(one, made)
    return named(interpreter, one, one.fields[key], site)


def kept_element(one: AbstractObject, index: int) -> Value | None:
    """An element of something open that was asked for before."""
    elements = one.facet(Elements)
    return None if elements is None else elements.of.get(index)


def keep_element(one: AbstractObject, index: int, value: Value) -> Value:
    """Keep an element of something open, so that it is the same when it is asked for again."""
    elements = one.facet(Elements)
    one.attach(Elements({index: value} if elements is None else {**elements.of, index: value}))
    return value


def store_item(interpreter: Interpreter, value: Value, key: Value, item: Value) -> None:
    """`value[key] = item`."""
    for condition, one in interpreter.alternatives(value):
        interpreter.note_write(one if isinstance(one, AbstractObject) else None)
        guard = interpreter.conditions.both(interpreter.path_condition, condition)
        if isinstance(one, Mapping):
            interpreter.carried += interpreter.is_carried(one)
            if isinstance(key, Constant) and isinstance(key.value, (str, int, bool, type(None))):
                one.entries[key.value] = interpreter.select(guard, item, one.entries.get(key.value, ABSENT))
                if interpreter.frame.function is not None and one.facet(Filled) is None:
                    one.attach(Filled())
            else:
                one.open = True
                keep(interpreter, one, item)
                told = without_facts(interpreter, guard)
                for known, before in one.entries.items():  # it may be any of them
                    is_this = interpreter.open_fact(one, f"{known!r} is set")  # however often such a key is set
                    this_one = interpreter.conditions.both(told, is_this)
                    one.entries[known] = interpreter.select(this_one, item, before)
            one.predicates.pop("truth", None)
        elif isinstance(one, Sequence):
            items = elements_of(interpreter, one)
            if one.items is not None and items and isinstance(key, Constant) and isinstance(key.value, int):
                if -len(items) <= key.value < len(items):
                    one.items[key.value] = interpreter.select(guard, item, one.items[key.value])
            else:
                held = interpreter.truth(one)
                open_up(interpreter, one)
                one.sure, one.grown = held, FALSE
                keep(interpreter, one, item)
        elif isinstance(one, AbstractObject):
            lose_members(interpreter, one, ITEM)
            if isinstance(key, Constant) and isinstance(key.value, str):
                one.fields[key.value] = interpreter.select(guard, item, one.fields.get(key.value, ABSENT))


def remove_item(interpreter: Interpreter, value: Value, key: object) -> None:
    """`del value[key]`."""
    for condition, one in interpreter.alternatives(value):
        interpreter.note_write(one if isinstance(one, AbstractObject) else None)
        if isinstance(one, Mapping) and key in one.entries:
            guard = interpreter.conditions.both(interpreter.path_condition, condition)
            one.entries[key] = interpreter.select(guard, ABSENT, one.entries[key])
            one.predicates.pop("truth", None)
        elif isinstance(one, Mapping) and key is ABSENT:
            one.open = True
        elif isinstance(one, Sequence):
            open_up(interpreter, one)
            one.shrunk = True


def call_mapping(interpreter: Interpreter, mapping: Mapping, name: str, passed: Arguments, site: Site) -> Value | None:
    """A method of a dict; None for one that is not known."""
    if name in ("pop", "setdefault", "update"):
        interpreter.note_write(mapping)
    key = passed.positional[0] if passed.positional else None
    if name == "get" and isinstance(key, GuardedUnion):
        cases = interpreter.each(
            key,
            lambda one: (
                call_mapping(interpreter, mapping, name, replace(passed, positional=[one, *passed.positional[1:]]), site) or NONE
            ),
        )
        return interpreter.flat(cases)
    if name == "get" and not mapping.open and isinstance(key, AbstractObject) and is_open(key):
        return one_by_key(interpreter, key, mapping.entries, passed.get("default", 1) or NONE)
    if name in ("get", "pop", "setdefault") and isinstance(key, Constant):
        default = passed.get("default", 1) or NONE
        if key.value in mapping.entries:
            value = mapping.entries[key.value]
            if name == "pop":
                remove_item(interpreter, mapping, key.value)
            return interpreter.each(value, lambda one: default if one is ABSENT else one)
        if name == "setdefault":
            interpreter.carried += interpreter.is_carried(mapping)
            mapping.entries[key.value] = interpreter.select(interpreter.path_condition, default, ABSENT)
            return default
        if not mapping.open:
            return default
        if not mapping.chosen or not isinstance(key.value, str):
            return read_of(interpreter, mapping, interpreter.unknown(str(key.value), chosen=mapping.chosen))
        made = _named(interpreter, mapping, key.value, site)
        if isinstance(made, AbstractObject) and made.default is None and isinstance(default, Constant):
            made.default = default
        return made
    if name == "setdefault" and key is not None:
        default = passed.get("default", 1) or NONE
        store_item(interpreter, mapping, key, default)
        return some_item(interpreter, mapping)
    if name == "update":
        for source in passed.positional:
            _merge(interpreter, mapping, source)
        for keyword, value in passed.keywords.items():
            store_item(interpreter, mapping, Constant(keyword), value)
        mapping.open = mapping.open or passed.open
        return NONE
    if name == "copy":
        return copy_of(mapping, lambda item: item)
    if name in ("items", "keys", "values"):
        made = _view(interpreter, mapping, name)
        pass_on(mapping, made)
        return made
    return None


def copy_of(mapping: Mapping, within: Callable[[Value], Value]) -> Mapping:
    """Another dict with what a dict holds, each item as `within` makes it."""
    items = {key: within(item) for key, item in mapping.entries.items()}
    made = Mapping(items, is_open=mapping.open, some=[within(item) for item in mapping.some])
    made.chosen = mapping.chosen
    fill_from(made, settings_of(mapping))
    return made


def _view(interpreter: Interpreter, mapping: Mapping, name: str) -> Sequence:
    """`mapping.items()` and its like."""
    rows: list[Value] = []
    for key, value in mapping.entries.items():
        there = interpreter.present(value)
        if there == FALSE:
            continue
        kept = interpreter.without_absent(value)
        row = {"keys": Constant(key), "values": kept}.get(name) or Sequence([Constant(key), kept])
        rows.append(interpreter.select(there, row, ABSENT))
    if not mapping.open:
        return Sequence(rows)
    if not interpreter.provenance_of(mapping.contents):
        return Sequence(None)
    rows = [interpreter.without_absent(row) for row in rows]
    for value in mapping.some or [interpreter.unknown("a value", mapping.provenance, chosen=mapping.chosen)]:
        key_of_it = interpreter.unknown("a key", chosen=mapping.chosen)
        rows.append({"keys": key_of_it, "values": value}.get(name) or Sequence([key_of_it, value]))
    return Sequence(None, rows)


def _merge(interpreter: Interpreter, mapping: Mapping, source: Value) -> None:
    for condition, one in interpreter.alternatives(source):
        lay_over(interpreter, mapping, one, interpreter.conditions.both(interpreter.path_condition, condition))
        if not isinstance(one, Mapping):
            mapping.open = True
            continue
        mapping.open = mapping.open or one.open
        for item in one.some:
            keep(interpreter, mapping, item)
        mapping.predicates.pop("truth", None)


def lay_over(interpreter: Interpreter, mapping: Mapping, source: Value, guard: Condition = TRUE) -> None:
    """`{**mapping, **source}` under a condition: what the source has counts, and what is not known may have any key."""
    known = source.entries if isinstance(source, Mapping) else {}
    if not isinstance(source, Mapping) or source.open:
        for key, before in mapping.entries.items():
            if known.get(key, ABSENT) is ABSENT and before is not ABSENT:
                there, value = _perhaps(interpreter, source, key)
                mapping.entries[key] = interpreter.select(interpreter.conditions.both(guard, there), value, before)
    for key, value in known.items():
        before = mapping.entries.get(key, ABSENT)
        laid = interpreter.flat(interpreter.each(value, lambda one, before=before: before if one is ABSENT else one))  # type: ignore[misc]
        mapping.entries[key] = interpreter.select(guard, laid, before)


def _perhaps(interpreter: Interpreter, source: Value, key: object) -> tuple[Condition, Value]:
    """Whether something open has a key, and what is under it: the user's choice where it is made of what he says."""
    if not isinstance(source, AbstractObject):
        return interpreter.nondeterministic(f"{key!r} is set")[1], interpreter.unknown(str(key))
    name = f"`{source.words}`"
    there = (
        interpreter.predicate(source, ("item", key), f"{name} has {key!r}", f"{name} has no {key!r}")
        if source.chosen
        else interpreter.open_fact(source, f"{key!r} is set")
    )
    return there, interpreter.unknown(str(key), chosen=source.chosen)


_TEXT: dict[str, Callable[[str], object]] = {"lower": str.lower, "upper": str.upper, "strip": str.strip}


def call_text(interpreter: Interpreter, text: str, name: str, passed: Arguments) -> Value:
    """A method of a constant text."""
    if name in ("resolve", "absolute", "as_posix", "expanduser"):  # a path is told as its text
        return Constant(text)
    if name in _TEXT and not passed.values():
        return Constant(_TEXT[name](text))
    first = passed.positional[0] if passed.positional else None
    if name in ("startswith", "endswith") and isinstance(first, Constant) and isinstance(first.value, (str, tuple)):
        return Constant(getattr(text, name)(first.value))
    return AbstractObject(Kind.TEXT)
