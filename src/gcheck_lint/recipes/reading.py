"""A file becomes recipes, by its name."""

from __future__ import annotations

from gcheck_lint.recipes.model import Recipe


def read(path: str, text: str) -> list[Recipe]:
    """The recipes of a file: each document, each command line that starts Python. Raises RecipeError for one that can't be read.

    A template (Jinja, Helm) is no recipe.
    """
    return []


def scalar(text: str) -> object:
    """What YAML reads in a word of a command line: `true` is True, `1` is 1."""
    return text
