"""A file becomes recipes, by its name."""

from __future__ import annotations

from gcheck_lint.recipes.model import Recipe


def read(path: str, text: str) -> list[Recipe]:
    """The recipes of a file: each document, each command line that starts Python. Raises RecipeError for one that can't be read.

    A template (Jinja, Helm) is no recipe.
    """
    return []
