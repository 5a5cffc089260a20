"""Edits of a recipe that put a fault right, each shown to do so: the script is told again with the other value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.recipes import edits

if TYPE_CHECKING:
    from gcheck_lint.recipes.bindings import Binding, Way
    from gcheck_lint.recipes.model import Entry
    from gcheck_lint.run.recipe_binding import Start
    from gcheck_lint.run.recipe_findings import Key

# what is switched off to put a fault right
_OFF: Final = ("use_reentrant", "use_cache")


def way_out(start: Start, sure: Callable[[Binding], set[Key]], fault: Key, before: set[Key]) -> Way | None:
    """The value of a recipe that has to be off, so that a fault is gone and nothing new is there; None where there is none.

    `sure` tells the script under a binding; `before` is what it says under that of the recipe.
    """
    for way, one in start.binding.leaves():
        if way[-1] in _OFF and one.value in (True, "true", "True"):
            after = sure(start.binding.changed(way, replace(one, value=False, written=False)))
            if fault not in after and after <= before:
                return way
    return None


def fix_of(start: Start, way: Way) -> Fix | None:
    """The fix that switches a value of a recipe off; None where its text is not surely that of one plain value."""
    for found, one in start.binding.leaves():
        if found != way or one.spot is None or one.spot.path not in start.recipes:
            continue
        recipe, begin = start.recipes[one.spot.path], one.spot.start
        entry = next((known for known in _entries(recipe.entries) if known.key.start == begin and known.name == way[-1]), None)
        edit = None if entry is None else edits.replaced(recipe, entry, False)
        if edit is not None:
            return Fix(f"Set `{way[-1]}` to false in {recipe.path}", (edit,), Safety.SAFE)
    return None


def _entries(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _entries(entry.children)
