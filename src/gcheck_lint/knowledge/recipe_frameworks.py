"""Frameworks that load, train and save what a recipe names (recipe_frameworks.toml), and what they do about the cache.

A recipe is known by the command that it is given to, else by keys that no other kind of file has together.
"""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, Final

import tomli

from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier

_TABLE: Final = Path(__file__).parent / "recipe_frameworks.toml"
_AS_MODULE: Final = ("-m", "--module")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it was read: a repository, a tag or commit of it, a path and a line, and what stands there."""

    repository: str
    at: str
    place: str
    says: str


@dataclass(frozen=True, slots=True)
class Framework:
    """What a framework does about the cache.

    `cache_off`: the releases that train without it wherever a recipe lets them checkpoint. `cache_back`: those that save
    a model trained as a whole with the cache as its base had it (None: none does). `reads`: the keys about checkpointing
    and the cache that it reads, each with the releases that do.
    """

    name: str
    cache_off: Specifier
    cache_back: Specifier | None
    reads: Mapping[str, Specifier]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Signs:
    """How a recipe of a framework is recognised."""

    commands: frozenset[str]
    subcommands: frozenset[str]
    modules: tuple[str, ...]
    keys: tuple[tuple[frozenset[str], frozenset[str]], ...]

    def has_command(self, words: Sequence[str]) -> bool:
        """Whether one of the words is its launcher, followed by what it can be asked for."""
        return any(PurePosixPath(one).name in self.commands and two in self.subcommands for one, two in pairwise(words))

    def has_module(self, module: str) -> bool:
        """Whether a dotted name is one of its modules, or ends in one."""
        return any(fnmatch.fnmatchcase(module, one) or fnmatch.fnmatchcase(module, f"*.{one}") for one in self.modules)

    def has_keys(self, keys: Collection[str]) -> bool:
        """Whether keys are those of its recipes."""
        return any(every <= set(keys) and (not some or some & set(keys)) for every, some in self.keys)


def framework_of(keys: Collection[str], words: Sequence[str]) -> Framework | None:
    """The framework that a recipe is of; None where it is of none, so of a script.

    `keys`: the keys at the top of a file, or the options of a command without their dashes. `words`: the words of the
    command that it is given to, empty where nobody knows one.
    """
    modules = [_dotted(word, before) for before, word in zip(("", *words), words, strict=False)]
    for signs, framework in _frameworks():
        if signs.has_command(words) or any(module and signs.has_module(module) for module in modules):
            return framework
    return next((framework for signs, framework in _frameworks() if signs.has_keys(keys)), None)


def frameworks() -> tuple[Framework, ...]:
    """All of them, in the order of the table."""
    return tuple(framework for _, framework in _frameworks())


def _dotted(word: str, before: str) -> str:
    """The module that a word of a command names: behind `-m`, or by the path of its file. Empty for any other word."""
    if before in _AS_MODULE:
        return word
    return ".".join(PurePosixPath(word).with_suffix("").parts) if word.endswith(".py") and word != ".py" else ""


@functools.cache
def _frameworks() -> tuple[tuple[_Signs, Framework], ...]:
    entries = tomli.loads(_TABLE.read_text(encoding="utf-8"))["recipe_framework"]
    return tuple((_signs(entry), _framework(entry)) for entry in entries)


def _signs(entry: Mapping[str, Any]) -> _Signs:
    keys = tuple((frozenset(one["all"]), frozenset(one["any"])) for one in entry["recipes"])
    return _Signs(frozenset(entry["commands"]), frozenset(entry["subcommands"]), tuple(entry["modules"]), keys)


def _framework(entry: Mapping[str, Any]) -> Framework:
    back = entry.get("cache_back")
    return Framework(
        name=entry["name"],
        cache_off=Specifier.parse(entry["cache_off"]),
        cache_back=None if back is None else Specifier.parse(back),
        reads={key: Specifier.parse(versions) for key, versions in entry["reads"].items()},
        evidence=tuple(Evidence(**one) for one in entry["evidence"]),
    )
