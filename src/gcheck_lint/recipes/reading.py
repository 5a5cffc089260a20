"""A file becomes recipes, by its name."""

from __future__ import annotations

from gcheck_lint.recipes import jsons, launch_json, limits, makefiles, shell, yamls
from gcheck_lint.recipes.kinds import kind_of
from gcheck_lint.recipes.model import Recipe, RecipeError, TemplateError
from gcheck_lint.recipes.traced import MARKS, of


def read(path: str, text: str) -> list[Recipe]:
    """The recipes of a file: each document, each command line that starts Python. Raises RecipeError for one that can't be read.

    A template (Jinja, Helm) is no recipe, nor is a file whose JSON or YAML is no mapping.
    """
    try:
        return _read(path, text)
    except TemplateError:
        return []


def _read(path: str, text: str) -> list[Recipe]:
    kind = kind_of(path)
    if len(text) > limits.LARGEST:
        raise RecipeError(1, f"longer than {limits.LARGEST:,} characters")
    match kind:
        case "yaml":
            return [Recipe(path, kind, text, entries) for entries in yamls.documents(text)]
        case "json":
            root = jsons.parse(text)
            return [Recipe(path, kind, text, root.entries)] if root is not None and root.entries else []
        case "launch":
            return launch_json.recipes(path, text)
        case "shell" | "make":
            odd = MARKS.search(text)
            if odd is not None:
                raise RecipeError.at(text, odd.start(), "a character that is not allowed in text")
            return makefiles.recipes(path, text) if kind == "make" else shell.recipes(path, kind, text, of(text))
    return []


def scalar(text: str) -> object:
    """What YAML reads in a word of a command line: `true` is True, `1` is 1, `a` is a."""
    return yamls.scalar(text)
