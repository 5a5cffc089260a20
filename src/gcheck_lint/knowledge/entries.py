"""The entries of a file of knowledge, as they are read: classes, what calls do, how models name their parameters."""

from __future__ import annotations

import enum
import fnmatch
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.knowledge.kinds import Cached, Kind, Part
from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier

W_ = TypeVar("W_", bound=enum.Enum)


@dataclass(frozen=True, slots=True)
class ClassFact:
    """What a library's class is to us. `cached`: whether its models have a KV cache.

    `patched`: a framework has put methods of its own into its models, or its trainers do so.
    """

    kind: Kind
    library: str
    cached: Cached = Cached.UNKNOWN
    patched: bool = False


@dataclass(frozen=True, slots=True)
class TransferRule:
    """What a call does: the name of an effect and its details."""

    effect: str
    details: Mapping[str, Any]

    def parameter(self, name: str) -> tuple[str, int] | None:
        """Keyword and position of a parameter that the effect is about."""
        found = self.details.get(name)
        return (str(found[0]), int(found[1])) if found else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is observed when something happens, in some versions of a library. `facts`: ids of scenarios in the evidence.

    `by_base`: the file of a base model without which it is seen, or what that has to say; only who can look there knows.
    """

    id: str
    library: str
    versions: Specifier
    severity: Severity
    text: str
    facts: tuple[str, ...]
    by_base: str = ""


@dataclass(frozen=True, slots=True)
class Habit:
    """What some versions of a library do by themselves."""

    library: str
    versions: Specifier


@dataclass(frozen=True, slots=True)
class Family:
    """Models that name their parameters alike; `#` stands for the number of a layer."""

    classes: tuple[str, ...]
    sources: re.Pattern[str]
    names: Mapping[Part, tuple[str, ...]]


def family_of(entry: Mapping[str, Any]) -> Family:
    """Read how models name their parameters."""
    layer = entry["layer"]
    names = {part: tuple(entry[part.value]) for part in Part}
    names[Part.LAYERS] = tuple(f"{layer}{name}" for name in names[Part.LAYERS])
    return Family(tuple(entry["classes"]), re.compile(entry["sources"]), names)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Models whose layers share keys and values through the cache. `words`: what a script says that speaks of one.

    `decoders`: classes whose own config has the switch that is asked. `always`: some versions make no cache in train mode at all.
    """

    id: str
    classes: tuple[str, ...]
    decoders: tuple[str, ...]
    sources: re.Pattern[str]
    words: tuple[str, ...]
    always: bool

    def fits(self, name: str, source: str) -> bool:
        """Whether a class's models are of this kind, as far as their names say; not all models of a class need be."""
        named = self.sources.search(source.lower()) is not None
        own = any(fnmatch.fnmatchcase(name, pattern) for pattern in self.classes)
        return (own and (named or self.always)) or (named and name.startswith("Auto"))

    def asks_its_config(self, name: str) -> bool:
        """Whether the config of a class's models has the switch that is asked."""
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.decoders)


def sharing_of(entry: Mapping[str, Any]) -> Sharing:
    """Read which models share keys and values through the cache."""
    classes, decoders = tuple(entry["classes"]), tuple(entry["decoders"])
    return Sharing(entry["id"], classes, decoders, re.compile(entry["sources"]), tuple(entry["words"]), bool(entry["always"]))


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """Classes of one library that are the same to us. `anywhere`: known by their names alone, in whatever package they are."""

    fact: ClassFact
    names: tuple[str, ...]
    patterns: tuple[str, ...]
    exceptions: tuple[str, ...]
    anywhere: bool

    def fits(self, name: str) -> bool:
        """Whether a class, by its last name, is one of them."""
        return is_among(name, (*self.names, *self.patterns), self.exceptions)


def is_among(name: str, patterns: Iterable[str], exceptions: Iterable[str]) -> bool:
    """Whether a last name fits one of some patterns and none of the exceptions."""
    return any(fnmatch.fnmatchcase(name, one) for one in patterns) and not any(
        fnmatch.fnmatchcase(name, one) for one in exceptions
    )


def class_entry(library: str, entry: Mapping[str, Any]) -> ClassEntry:
    """Read what some classes of a library are."""
    cached = word(Cached, entry.get("cached", Cached.UNKNOWN.value), library)
    return ClassEntry(
        ClassFact(word(Kind, entry["role"], library), library, cached, bool(entry.get("patched"))),
        tuple(entry.get("names", ())),
        tuple(entry.get("patterns", ())),
        tuple(entry.get("except", ())),
        bool(entry.get("anywhere")),
    )


def transfer_rule(library: str, entry: Mapping[str, Any]) -> TransferRule:
    """Read what a function or a method does."""
    words = {key: word(kind, entry[key], library) for key, kind in (("role", Kind), ("part", Part)) if key in entry}
    return TransferRule(entry["effect"], {**entry, **words})


def word(words: type[W_], text: str, library: str) -> W_:
    """A text of a file as the word that it is."""
    try:
        return words(text)
    except ValueError:
        known = ", ".join(f"`{word.value}`" for word in words)
        raise ValueError(f"{library}.toml: `{text}` is none of the words {known}") from None
