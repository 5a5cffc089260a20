"""Visual Studio Code's `launch.json`: each configuration that runs Python is a command line."""

from __future__ import annotations

import re
from typing import Final

from gcheck_lint.recipes import command_lines, jsons, shell_words
from gcheck_lint.recipes.model import Recipe
from gcheck_lint.recipes.shell_words import Text
from gcheck_lint.recipes.traced import MANY, ONE, Traced, joined, of

_WORKSPACE: Final = re.compile(r"\$\{(?:workspaceFolder|workspaceRoot)\}[/\\]?")
_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
_TYPES: Final = ("python", "debugpy")


def recipes(path: str, text: str) -> list[Recipe]:
    """The configurations of a launch.json. Raises RecipeError."""
    root = jsons.parse(text)
    listed = root.member("configurations") if root is not None else None
    found = (_recipe(path, text, one) for one in (listed.items if listed is not None else ()))
    return [one for one in found if one is not None]


def _recipe(path: str, text: str, node: jsons.Node) -> Recipe | None:
    kind, program, module = node.member("type"), node.member("program"), node.member("module")
    target = module if module is not None and isinstance(module.value, str) else program
    if kind is None or kind.value not in _TYPES or target is None or not isinstance(target.value, str):
        return None
    words = [_fixed("python", target), *([_fixed("-m", target)] if target is module else []), _word(text, target)]
    told = command_lines.read([*words, *_arguments(text, node)], text)
    return told.recipe(path, "launch", text, _folder(text, node)) if told is not None else None


def _folder(text: str, node: jsons.Node) -> str | None:
    folder = node.member("cwd")
    if folder is None or not isinstance(folder.value, str):
        return ""
    word = _word(text, folder)
    return word.text if word.is_known else None


def _arguments(text: str, node: jsons.Node) -> list[Traced]:
    arguments = node.member("args")
    if arguments is None:
        return []
    if not isinstance(arguments.value, str):
        return [_word(text, item) for item in arguments.items]
    found = []
    for word in shell_words.words(_word(text, arguments)):
        parts = [part.text for part in word.parts if isinstance(part, Text)]
        if not word.is_operator and word.elements is None:
            found.append(joined(parts, word.at) if len(parts) == len(word.parts) else Traced(MANY, (word.at,), word.at))
    return found


def _fixed(text: str, node: jsons.Node) -> Traced:
    return Traced(text, (node.place.start,) * len(text), node.place.start)


def _word(text: str, node: jsons.Node) -> Traced:
    """A value as a word: its letters where they are, or all of them where it begins if it has escapes."""
    start, end = node.place.start, node.place.end
    value = node.value if isinstance(node.value, str) else text[start:end]
    if isinstance(node.value, str):
        start, end = start + 1, end - 1
    word = of(text, start, end) if text[start:end] == value else Traced(value, (start,) * len(value), start)
    return _filled(word)


def _filled(word: Traced) -> Traced:
    """Without the folder of the workspace; other variables are not known."""
    parts, at = [], 0
    for found in _VARIABLE.finditer(word.text):
        parts.append(word[at : found.start()])
        at = found.end()
        inside = _WORKSPACE.match(word.text, found.start())
        if inside is not None:
            at = inside.end()
        else:
            parts.append(Traced(ONE, (word.at[found.start()],), word.home))
    return joined([*parts, word[at:]], word.home)
