"""Lists, tuples and dicts of the script: their elements, items and methods."""

from __future__ import annotations

from collections.abc import Callable

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.values import ABSENT, NONE, Known, Mapping, Sequence, Thing, Value
from gcheck_lint.story.effects.trainable_parts import element_with_part, piece_of
from gcheck_lint.story.interpreter.dispatch import Passed
from gcheck_lint.story.interpreter.interpreter import Teller


def element_of(teller: Teller, value: Value) -> Value:
    """Some element of an iterable."""
    if isinstance(value, Sequence) and value.items:
        return value.items[0] if len(value.items) == 1 else teller.unknown("an element", value.items)
    return element_with_part(teller, value, teller.unknown("an element", [value]))


def elements_of(teller: Teller, value: Value) -> list[Value] | None:
    """All elements of an iterable, when they are known."""
    if isinstance(value, Sequence) and value.items is not None:
        return list(value.items)
    if isinstance(value, Mapping) and not value.open:
        return [Known(key) for key in value.entries]
    return None


def item_of(teller: Teller, value: Value, key: Value, site: Site) -> Value:
    """`value[key]`."""

    def read(one: Value) -> Value:
        if isinstance(key, Known):
            if isinstance(one, Mapping) and key.value in one.entries:
                return one.entries[key.value]
            if (
                isinstance(one, Sequence)
                and one.items is not None
                and isinstance(key.value, int)
                and -len(one.items) <= key.value < len(one.items)
            ):
                return one.items[key.value]
            if isinstance(one, Thing) and isinstance(key.value, (str, int)):
                return _named(teller, one, key.value, site)
        return piece_of(teller, one, teller.unknown(about=[one]), some=True)

    return teller.flat(teller.each(value, read))


def _named(teller: Teller, one: Thing, key: str | int, site: Site) -> Value:
    """An item of something open: the same each time it is asked for, and chosen where the thing comes from outside."""
    field = key if isinstance(key, str) else f"[{key}]"
    if "@part" in one.fields:
        return piece_of(teller, one, teller.unknown(str(key), [one]), some=True)
    if field not in one.fields:
        text = f"{one.text}.{key}" if one.text and isinstance(key, str) else str(key)
        one.fields[field] = teller.unknown(
            text, [one] if one.about else (), chosen=one.chosen and isinstance(key, str), site=site
        )
    return one.fields[field]


def store_item(teller: Teller, value: Value, key: Value, item: Value) -> None:
    """`value[key] = item`."""
    for condition, one in teller.alternatives(value):
        guard = teller.conditions.both(teller.pc, condition)
        if isinstance(one, Mapping):
            if isinstance(key, Known) and isinstance(key.value, (str, int, bool, type(None))):
                one.entries[key.value] = teller.choose(guard, item, one.entries.get(key.value, ABSENT))
            else:
                one.open = True
        elif isinstance(one, Sequence):
            if (
                one.items is not None
                and isinstance(key, Known)
                and isinstance(key.value, int)
                and -len(one.items) <= key.value < len(one.items)
            ):
                one.items[key.value] = teller.choose(guard, item, one.items[key.value])
            else:
                one.items = None
        elif isinstance(one, Thing) and isinstance(key, Known) and isinstance(key.value, str):
            one.fields[key.value] = teller.choose(guard, item, one.fields.get(key.value, ABSENT))


def remove_item(teller: Teller, value: Value, key: object) -> None:
    """`del value[key]`."""
    for condition, one in teller.alternatives(value):
        if isinstance(one, Mapping) and key in one.entries:
            guard = teller.conditions.both(teller.pc, condition)
            one.entries[key] = teller.choose(guard, ABSENT, one.entries[key])
        elif isinstance(one, Sequence):
            one.items = None


def call_mapping(teller: Teller, mapping: Mapping, name: str, passed: Passed, site: Site) -> Value | None:
    """A method of a dict; None for one that is not known."""
    key = passed.positional[0] if passed.positional else None
    if name in ("get", "pop", "setdefault") and isinstance(key, Known):
        default = passed.get("default", 1) or NONE
        if key.value in mapping.entries:
            value = mapping.entries[key.value]
            if name == "pop":
                remove_item(teller, mapping, key.value)
            return teller.each(value, lambda one: default if one is ABSENT else one)
        if name == "setdefault":
            mapping.entries[key.value] = teller.choose(teller.pc, default, ABSENT)
            return default
        return teller.unknown(str(key.value), chosen=mapping.chosen) if mapping.open else default
    if name == "update":
        for source in passed.positional:
            _merge(teller, mapping, source)
        for keyword, value in passed.keywords.items():
            store_item(teller, mapping, Known(keyword), value)
        mapping.open = mapping.open or passed.open
        return NONE
    if name == "copy":
        return Mapping(dict(mapping.entries), is_open=mapping.open)
    if name == "items":
        return Sequence(None if mapping.open else [Sequence([Known(k), v]) for k, v in mapping.entries.items()])
    if name == "keys":
        return Sequence(None if mapping.open else [Known(k) for k in mapping.entries])
    if name == "values":
        return Sequence(None if mapping.open else list(mapping.entries.values()))
    return None


def _merge(teller: Teller, mapping: Mapping, source: Value) -> None:
    for condition, one in teller.alternatives(source):
        if not isinstance(one, Mapping):
            mapping.open = True
            continue
        guard = teller.conditions.both(teller.pc, condition)
        for key, value in one.entries.items():
            mapping.entries[key] = teller.choose(guard, value, mapping.entries.get(key, ABSENT))
        mapping.open = mapping.open or one.open


def call_sequence(teller: Teller, sequence: Sequence, name: str, passed: Passed) -> Value | None:
    """A method of a list; None for one that is not known."""
    if name == "append" and sequence.items is not None and passed.positional:
        sequence.items.append(teller.choose(teller.pc, passed.positional[0], NONE))
        return NONE
    if name == "extend" and sequence.items is not None and passed.positional:
        more = elements_of(teller, passed.positional[0])
        sequence.items = sequence.items + more if more is not None else None
        return NONE
    if name in ("insert", "remove", "clear", "pop", "sort", "reverse"):
        sequence.items = None
        return teller.unknown(about=[sequence])
    return None


_TEXT: dict[str, Callable[[str], object]] = {"lower": str.lower, "upper": str.upper, "strip": str.strip}


def call_text(teller: Teller, text: str, name: str, passed: Passed) -> Value:
    """A method of a constant text."""
    if name in ("resolve", "absolute", "as_posix", "expanduser"):  # a path is told as its text
        return Known(text)
    if name in _TEXT and not passed.values():
        return Known(_TEXT[name](text))
    first = passed.positional[0] if passed.positional else None
    if name in ("startswith", "endswith") and isinstance(first, Known) and isinstance(first.value, (str, tuple)):
        return Known(getattr(text, name)(first.value))
    return Thing("text")
