"""Edits of a recipe that put a fault right, each shown to do so: the script is told again with the other value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.recipes import edits

if TYPE_CHECKING:
    from gcheck_lint.recipes.bindings import Binding, Given
    from gcheck_lint.recipes.model import Entry
    from gcheck_lint.run.recipe_binding import Start
    from gcheck_lint.run.recipe_findings import Key

# what is switched off to put a fault right
_OFF: Final = ("use_reentrant", "use_cache")
Way = tuple[str, ...]


def way_out(start: Start, sure: Callable[[Binding], set[Key]], fault: Key) -> Way | None:
    """The value of a recipe that has to be off, so that a fault is gone and nothing new is there; None where there is none.

    `sure` tells the script under a binding.
    """
    before: set[Key] | None = None
    for way in _switched_on(start.binding.options or {}, start.binding.document or {}):
        if before is None:
            before = sure(start.binding)
        after = sure(_with(start.binding, way))
        if fault not in after and after <= before:
            return way
    return None


def fix_of(start: Start, way: Way) -> Fix | None:
    """The fix that switches a value of a recipe off; None where its text is not surely that of one plain value."""
    for given in (start.binding.options, start.binding.document):
        one = _at(given or {}, way)
        if one is None or one.spot is None or one.spot.path not in start.recipes:
            continue
        recipe = start.recipes[one.spot.path]
        begin = one.spot.start
        entry = next((found for found in _entries(recipe.entries) if found.key.start == begin and found.name == way[-1]), None)
        edit = None if entry is None else edits.replaced(recipe, entry, False)
        if edit is not None:
            return Fix(f"Set `{way[-1]}` to false in {recipe.path}", (edit,), Safety.SAFE)
    return None


def _switched_on(*maps: Mapping[str, Given]) -> Iterator[Way]:
    for given in maps:
        for name, one in given.items():
            if one.inner:
                yield from ((name, *rest) for rest in _switched_on(one.inner))
            elif name in _OFF and one.value in (True, "true", "True"):
                yield (name,)


def _with(binding: Binding, way: Way) -> Binding:
    options = None if binding.options is None else _off(binding.options, way)
    document = None if binding.document is None else _off(binding.document, way)
    return replace(binding, options=options, document=document)


def _off(given: Mapping[str, Given], way: Way) -> dict[str, Given]:
    made = dict(given)
    one = made.get(way[0])
    if one is not None and len(way) == 1:
        made[way[0]] = replace(one, value=False, written=False)
    elif one is not None and one.inner:
        inner = _off(one.inner, way[1:])
        made[way[0]] = replace(one, value={name: value.value for name, value in inner.items()}, inner=inner)
    return made


def _at(given: Mapping[str, Given], way: Way) -> Given | None:
    one = given.get(way[0])
    return one if one is None or len(way) == 1 else _at(one.inner, way[1:])


def _entries(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _entries(entry.children)
