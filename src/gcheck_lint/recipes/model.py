"""What a recipe says: keys and values with their places, and for a command line the script that it starts."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from gcheck_lint.records import dataclass
from gcheck_lint.text.spans import LineIndex

Kind = Literal["yaml", "json", "shell", "make", "launch"]


class Unknown(Enum):
    """The kind of a value that can't be read off the file: a variable of the environment, an interpolation, a tag."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


class RecipeError(ValueError):
    """A recipe that can't be read. `row` is 1-based; `reason` is one line."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(f"line {row}: {reason}")
        self.row = row
        self.reason = reason

    @classmethod
    def at(cls, text: str, offset: int, reason: str) -> RecipeError:
        """The error about a place of a text."""
        return cls(LineIndex(text).position(min(offset, len(text))).row, reason)


class TemplateError(ValueError):
    """A text that becomes a recipe only when it is filled in: Jinja, Helm, words for values that `sed` puts in."""


@dataclass(frozen=True, slots=True)
class Place:
    """From offset `start` up to, not including, `end` of a recipe's text, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, or an option of a command line, and its value.

    `value` is None, a bool, int, float, str, a list or dict of these, or UNKNOWN. What a command line passes is text, so it is
    a str (`scalar` of `recipes.reading` reads it as YAML would), a list of several words, or True for an option without a value.
    `name` has no leading dashes, and underscores for the dashes of an option; a key of YAML stands as it is written.
    `place` is that of the value as it is written, quotes included, and that of the option's word where there is no value; `key`
    is that of the key or the option's word. What an alias, a merge key or a variable brings in has the place where it is written.
    """

    name: str
    value: object
    place: Place
    key: Place
    children: tuple[Entry, ...] = ()  # the entries of a mapping


@dataclass(frozen=True, slots=True)
class Recipe:
    """One document of YAML or JSON, one command line that starts Python, or one configuration of launch.json.

    In `files`, what is a launcher's own has the launcher's name before it: `accelerate.config_file`.
    """

    path: str  # as the caller gave it
    kind: Kind
    text: str  # of the whole file
    entries: tuple[Entry, ...]  # top-level keys, or the options of the script; of several with one name, the last
    script: str | None = None  # of a command line, as written; a `$` in it begins a part that is not known
    module: str | None = None  # `python -m pkg.train`
    script_place: Place | None = None  # of the script's or the module's word
    files: tuple[
        Entry, ...
    ] = ()  # options and positionals whose value is the path of a YAML or JSON file, or names a Hydra config
    is_open: bool = False  # more options may be given than are seen: `"$@"`, `$EXTRA_ARGS`
    positionals: tuple[Entry, ...] = ()  # other words of a command line (name "")
    launcher: tuple[Entry, ...] = ()  # the options of what starts the script: of torchrun, of `accelerate launch`, of deepspeed
    folder: str | None = ""  # where a command line runs, by the `cd` before it: from where the recipe is started; None: not known
