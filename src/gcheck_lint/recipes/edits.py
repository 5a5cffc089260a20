"""Text edits that set a value of a recipe and leave everything else as it is: comments, order, quotes, newlines."""

from __future__ import annotations

from gcheck_lint.recipes.model import Entry, Recipe
from gcheck_lint.text.spans import Edit


def replaced(recipe: Recipe, entry: Entry, value: bool | int | float | str | None) -> Edit | None:
    """The edit that sets an entry's value; None where it is not surely a plain scalar that is written there alone."""
    return None


def added(recipe: Recipe, after: Entry, name: str, value: bool | int | float | str | None) -> Edit | None:
    """The edit that sets a further key on a line of its own behind `after`; None where that is not surely right."""
    return None
