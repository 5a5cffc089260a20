"""Text edits that set a value of a recipe and leave everything else as it is: comments, order, quotes, newlines.

What an edit does is not argued: the changed text is read again, and the edit is given only if all recipes of the file are what
they were but for the one value. So what an alias, a merge key or a variable shares with others is left alone.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Final

from gcheck_lint.recipes import reading
from gcheck_lint.recipes.model import Entry, Recipe, RecipeError
from gcheck_lint.text.spans import Edit

Plain = bool | int | float | str | None

_PAIRS: Final = (("true", "false"), ("yes", "no"), ("on", "off"))
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_LETTERS: Final = re.compile(r"[\w./:@%+-]+", re.ASCII)
# between an option and its value on a command line
_BETWEEN: Final = {"launch": re.compile(r"=|\s*,\s*|\s+"), "shell": re.compile(r"=|(?:[ \t]|\\\r?\n)+")}


def replaced(recipe: Recipe, entry: Entry, value: Plain) -> Edit | None:
    """The edit that sets an entry's value; None where it is not surely a plain scalar that is written there alone."""
    start, end = entry.place.start, entry.place.end
    written = recipe.text[start:end]
    if not written or "\n" in written or "\r" in written:
        return None
    if recipe.kind == "yaml":
        content = _in_yaml(written, value)
    elif recipe.kind == "json":
        content = _in_json(written, value)
    else:
        content = _in_words(recipe, entry, written, value)
    if content is None:
        return None
    told = value if recipe.kind in ("yaml", "json") else _word(written, value)
    return _verified(recipe, entry, Edit(recipe.path, start, end, content), (entry.name, told), is_added=False)


def added(recipe: Recipe, after: Entry, name: str, value: Plain) -> Edit | None:
    """The edit that sets a further key on a line of its own behind `after`; None where that is not surely right."""
    start = recipe.text.rfind("\n", 0, after.key.start) + 1
    indentation = recipe.text[start : after.key.start]
    if recipe.kind not in ("yaml", "json") or indentation.strip(" \t") or not _NAME.fullmatch(name):
        return None
    end = recipe.text.find("\n", after.place.end)
    newline = "\r\n" if "\r\n" in recipe.text else "\n"
    rest = recipe.text[after.place.end : None if end < 0 else end]
    if recipe.kind == "json":
        if not re.fullmatch(r"\s*,?\s*", rest):
            return None
        at, content = after.place.end, f",{newline}{indentation}{json.dumps(name)}: {_in_json('', value)}"
    elif end < 0:
        at, content = len(recipe.text), f"{newline}{indentation}{name}: {_in_yaml('', value)}"
    else:
        at, content = end + 1, f"{indentation}{name}: {_in_yaml('', value)}{newline}"
    return _verified(recipe, after, Edit(recipe.path, at, at, content), (name, value), is_added=True)


# --- how a value is written --------------------------------------------------------------------------------------------------


def _in_yaml(written: str, value: Plain) -> str | None:
    """A value as YAML, in the style of what stands there; None for what is no plain or quoted scalar."""
    quote = written[:1] if written[:1] in ("'", '"') else ""
    if written[:1] in tuple("&*!|>{[%@`?") or (quote and not written.endswith(quote)):
        return None
    if isinstance(value, bool):
        return _switch(written, value)
    if isinstance(value, float):
        text = repr(value)
        return (
            text.replace("e", ".0e", 1) if "e" in text and "." not in text else {"inf": ".inf", "-inf": "-.inf"}.get(text, text)
        )
    if not isinstance(value, str):
        return "null" if value is None else str(value)
    if quote and quote not in value and "\\" not in value and value.isprintable():
        return f"{quote}{value}{quote}"
    is_plain = _LETTERS.fullmatch(value) is not None and value[0] not in "-:@%?" and value[-1] != ":"
    return value if is_plain and reading.scalar(value) == value else json.dumps(value)


def _in_json(written: str, value: Plain) -> str | None:
    return None if written[:1] in ("{", "[") else json.dumps(value)


def _in_words(recipe: Recipe, entry: Entry, written: str, value: Plain) -> str | None:
    """A value as a word of a command line; None where it is not written right behind its option."""
    between = recipe.text[entry.key.end : entry.place.start]
    kind = "launch" if recipe.kind == "launch" else "shell"
    if not isinstance(entry.value, str) or entry.place.start < entry.key.end or not _BETWEEN[kind].fullmatch(between):
        return None
    quote = written[:1] if written[:1] in ("'", '"') and written.endswith(written[:1]) and len(written) > 1 else ""
    if written[len(quote) : len(written) - len(quote)] != entry.value:
        return None
    text = _word(written, value)
    if recipe.kind == "launch":
        return json.dumps(text) if quote else text if _LETTERS.fullmatch(text) else None
    if quote and not re.search(r"""[\\$`"'\n]""", text):
        return f"{quote}{text}{quote}"
    return shlex.quote(text)


def _word(written: str, value: Plain) -> str:
    """A value as the text that a command line passes."""
    if isinstance(value, bool):
        return str(int(value)) if written.strip("'\"") in ("0", "1") else _switch(written, value)
    return "None" if value is None else str(value)


def _switch(written: str, value: bool) -> str:
    """True or false by the words and letters that stand there."""
    old = written.strip("'\"")
    words = next((pair for pair in _PAIRS if old.lower() in pair), _PAIRS[0])
    word = words[0] if value else words[1]
    return word.upper() if old.isupper() and len(old) > 1 else word.capitalize() if old[:1].isupper() else word


# --- what it changes ---------------------------------------------------------------------------------------------------------

Pairs = list[tuple[str, object]]


def _verified(recipe: Recipe, entry: Entry, edit: Edit, told: tuple[str, Plain], is_added: bool) -> Edit | None:
    """The edit, if the recipes of the changed text are those of the old one with this name and value."""
    text = recipe.text[: edit.start] + edit.content + recipe.text[edit.end :]
    try:
        before, after = reading.read(recipe.path, recipe.text), reading.read(recipe.path, text)
        number = next((at for at, one in enumerate(before) if one == recipe), None)
    except RecipeError:
        return None
    if number is None or len(before) != len(after):
        return None
    for at, (old, new) in enumerate(zip(before, after, strict=True)):
        expected = _pairs(old.entries)
        if at == number and not _change(expected, old.entries, entry, told, is_added):
            return None
        if repr((expected, _frame(old))) != repr((_pairs(new.entries), _frame(new))):
            return None
    return edit


def _frame(recipe: Recipe) -> object:
    others = [one.value for one in recipe.positionals], [(one.name, one.value) for one in recipe.launcher]
    return recipe.script, recipe.module, recipe.is_open, recipe.folder, others


def _pairs(entries: Sequence[Entry]) -> Pairs:
    """Names and values, with those of mappings within."""
    return [(one.name, _pairs(one.children) if one.children else one.value) for one in entries]


def _change(pairs: Pairs, entries: Sequence[Entry], wanted: Entry, told: tuple[str, Plain], is_added: bool) -> bool:
    """Changes the pairs as the edit is to change them; whether there was such an entry."""
    for number, one in enumerate(entries):
        if one == wanted:
            if is_added and any(name == told[0] for name, _ in pairs):
                return False
            pairs[number + is_added : number + 1] = [told]
            return True
        inner = pairs[number][1]
        if one.children and isinstance(inner, list) and _change(inner, one.children, wanted, told, is_added):
            return True
    return False
