"""Which classes take no `use_cache` where they are loaded, by release.

`cache_arguments.txt` lists the classes (tools/cache_arguments.py looks at the installed releases), `cache_arguments.toml` the
names of base models that tell the class which an Auto class makes of them.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, Final

import tomli

from gcheck_lint.records import dataclass

_HERE: Final = Path(__file__).parent
_NEVER: Final = "-"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The versions in which a class refuses the argument, whatever it loads, and unless its config.json has it (None: in none).

    `part`: the config within its config in which the switch lies, empty where there is none.
    """

    always: str | None
    unless_said: str | None
    part: str


@dataclass(frozen=True, slots=True)
class Base:
    """Base models of one class. `bare`: their config.json is known not to have the switch at its top."""

    cls: str
    loaders: frozenset[str]
    names: re.Pattern[str]
    bare: bool


def refusal_of(cls: str) -> Refusal | None:
    """When a class refuses the argument; None for one that takes it, or that was not looked at."""
    return _classes().get(cls)


def base_named(source: str, loader: str) -> Base | None:
    """What a base model is by its name on the hub, for its own class or an Auto class that makes it."""
    found = next((base for base in _bases() if base.names.search(source)), None)
    return found if found is not None and (loader == found.cls or loader in found.loaders) else None


def drops_it(cls: str) -> bool:
    """Whether a class's constructor takes any keyword, and does nothing with those that it does not know."""
    return cls in _said_of_names()["dropping"]


def makes_known_classes(loader: str) -> bool:
    """Whether none of the classes that an Auto class makes takes the argument in its constructor."""
    return loader in _said_of_names()["refusing_loaders"]


@functools.cache
def _said_of_names() -> dict[str, Any]:
    return tomli.loads((_HERE / "cache_arguments.toml").read_text(encoding="utf-8"))


@functools.cache
def _bases() -> tuple[Base, ...]:
    return tuple(
        Base(entry["class"], frozenset(entry["loaders"]), re.compile(entry["names"], re.IGNORECASE), entry["bare"])
        for entry in _said_of_names()["base_model"]
    )


@functools.cache
def _classes() -> dict[str, Refusal]:
    found: dict[str, Refusal] = {}
    refusal = Refusal(None, None, "")
    for line in (_HERE / "cache_arguments.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            always, unless, part = line[1:].split()
            refusal = Refusal(_said(always), _said(unless), _said(part) or "")
        elif line.startswith(" "):
            found.update(dict.fromkeys(line.split(), refusal))
    return found


def _said(word: str) -> str | None:
    return None if word == _NEVER else word
