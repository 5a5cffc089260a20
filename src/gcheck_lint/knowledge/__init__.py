"""What the libraries do, read from one TOML file per library. The interpreter and the checks only ask here."""

from __future__ import annotations

import datetime
import fnmatch
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import tomli

from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.knowledge.entries import (
    ClassFact,
    Family,
    Habit,
    Outcome,
    TransferRule,
    class_entry,
    family_of,
    is_among,
    sharing_of,
    transfer_rule,
    word,
)
from gcheck_lint.knowledge.kinds import Kind, Part
from gcheck_lint.knowledge.listed import counting, dotted
from gcheck_lint.knowledge.towers import Tower, towers_of
from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier

__all__ = ["ClassFact", "Family", "Habit", "Knowledge", "Name", "Outcome", "TransferRule", "load"]

CURRENT: Final = datetime.timedelta(days=730)  # how old a release may be that nobody asks for
_HERE = Path(__file__).parent
_COMPOSITES = _HERE / "composites.txt"
_ACTING = (Kind.MODEL, Kind.TRAINER, Kind.CONFIG, Kind.ACCELERATOR)
_ORDINARY = frozenset(  # names of acting methods that mean nothing by themselves
    {"to", "cuda", "cpu", "half", "float", "apply", "update", "train", "eval", "unload", "backward", "prepare", "__call__"}
)


@dataclass(frozen=True, slots=True)
class Name:
    """A method, attribute or argument that only some versions have, or that a newer name replaces.

    `of` is the kind that has it, or `kind.method` for a method's argument. Where it is missing the outcome `missing of.name` says
    what happens, where it is deprecated `deprecated of.name`; both are asked for like any other outcome.
    """

    of: str
    name: str
    new: str
    missing: Specifier | None
    deprecated: Specifier | None

    @property
    def when_missing(self) -> str:
        """The id of the outcome where the library does not have it."""
        return f"missing {self.of}.{self.name}"

    @property
    def when_deprecated(self) -> str:
        """The id of the outcome where the library warns of it."""
        return f"deprecated {self.of}.{self.name}"


class Knowledge:
    """All libraries together."""

    def __init__(self, libraries: Mapping[str, Mapping[str, Any]]) -> None:
        self._libraries = libraries
        self._packages = {package: name for name, data in libraries.items() if name != "harmless" for package in data["packages"]}
        self._followed = frozenset(name for name, data in libraries.items() if data.get("followed"))
        self._like = {name: str(data["like"]) for name, data in libraries.items() if "like" in data}
        self._harmless = frozenset(libraries["harmless"]["packages"])
        self._other_frameworks = re.compile(libraries["transformers"]["other_frameworks"])
        self._questions = re.compile(libraries["harmless"]["questions"])
        self._changing = re.compile(libraries["harmless"]["changing"])
        self._changing_methods = re.compile(libraries["harmless"]["changing_methods"])
        self._classes = {name: [class_entry(name, entry) for entry in data.get("class", ())] for name, data in libraries.items()}
        self._functions = {
            library: {name: transfer_rule(library, entry) for name, entry in data.get("functions", {}).items()}
            for library, data in libraries.items()
        }
        self._methods: dict[Kind, dict[str, TransferRule]] = {}
        for library, data in libraries.items():
            for text, methods in data.get("methods", {}).items():
                known = self._methods.setdefault(word(Kind, text, library), {})
                known.update({name: transfer_rule(library, entry) for name, entry in methods.items()})
        self.kind_revealing = frozenset(
            name for name, transfer in self._methods[Kind.MODEL].items() if transfer.details.get("adopts")
        )
        self.trainer: Mapping[str, Any] = libraries["transformers"]["trainer"]
        self.arguments: Mapping[str, Any] = libraries["transformers"]["arguments"]
        self.nested_configs = frozenset(libraries["transformers"]["configs"]["nested"])
        gradients = libraries["transformers"]["gradients"]
        self._parts = {name: word(Part, text, "transformers") for text, names in gradients["parts"].items() for name in names}
        self._own_heads: tuple[str, ...] = tuple(gradients["own_heads"])
        self._families = [family_of(entry) for entry in gradients["family"]]
        self._reached: Mapping[bool, Sequence[str]] = {True: gradients["hooked"], False: gradients["unreached"]}
        self.past_embeddings: tuple[str, ...] = tuple(gradients["past_embeddings"])
        self._fed_by_embeddings = frozenset(gradients["fed_by_embeddings"])
        self._towers = towers_of(gradients["tower"])
        self._in_layers = frozenset(gradients["in_layers"])
        self._layered: tuple[str, ...] = tuple(gradients["layered"])
        self.bare = frozenset(gradients["bare"])
        self.adapters: Mapping[str, Any] = libraries["peft"]["adapters"]
        self.launcher_variables = frozenset(libraries["python"]["environment"]["launcher"])
        self.machine_facts = frozenset(libraries["python"]["facts"]["names"])
        self.layers, self.data = (dotted("torch", libraries["torch"][what]) for what in ("layers", "data"))
        self.counting = counting(libraries)
        self.generating_tasks = frozenset(libraries["transformers"]["pipeline"]["tasks"])
        self.sharing = tuple(map(sharing_of, libraries["transformers"]["sharing"]))
        self.newer_families: tuple[str, ...] = tuple(libraries["transformers"]["legacy"]["newer"])
        self.load_keywords: tuple[str, ...] = tuple(libraries["transformers"]["load"]["keywords"])
        self._headless: tuple[str, ...] = tuple(libraries["transformers"]["generating"]["headless"])
        self._unasked = frozenset(libraries["transformers"]["generating"]["unasked"])
        self.with_generation_config = Specifier.parse(libraries["transformers"]["generating"]["with_generation_config"])
        self._bases: dict[str, bool] = {base["id"]: base["generation_config"] for base in libraries["bases"]["base"]}
        self._outcomes: dict[str, list[Outcome]] = {}
        for name, data in libraries.items():
            for entry in data.get("outcome", ()):
                outcome = Outcome(
                    entry["id"],
                    entry.get("library", name),
                    Specifier.parse(entry["versions"]),
                    Severity[entry["severity"].upper()],
                    entry["text"],
                    tuple(entry["facts"]),
                    entry.get("by_base", ""),
                )
                self._outcomes.setdefault(outcome.id, []).append(outcome)
        # keywords that only some versions take: of what, which, the library, its versions, and the packages of the classes
        self.proofs: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = tuple(
            (entry["of"], entry["keyword"], name, entry["versions"], tuple(entry["packages"]))
            for name, data in libraries.items()
            for entry in data.get("proof", ())
        )
        self._names: dict[tuple[str, str], Name] = {}
        for library, data in libraries.items():
            for entry in data.get("name", ()):
                self._take_name(library, entry)

    def _take_name(self, library: str, entry: Mapping[str, Any]) -> None:
        word(Kind, entry["of"].partition(".")[0], library)
        spans = {key: Specifier.parse(entry[key]) if key in entry else None for key in ("missing", "deprecated")}
        name = Name(entry["of"], entry["name"], entry.get("new", ""), spans["missing"], spans["deprecated"])
        self._names[name.of, name.name] = name
        facts = tuple(entry["facts"])
        for identity, versions, severity, text in (
            (name.when_missing, name.missing, Severity.ERROR, entry.get("raises", "TypeError")),
            (name.when_deprecated, name.deprecated, Severity.INFO, f"a FutureWarning recommends `{name.new}`"),
        ):
            if versions is not None:
                self._outcomes[identity] = [Outcome(identity, library, versions, severity, text, facts)]

    @functools.cached_property
    def relevant(self) -> re.Pattern[str]:
        """Words that a module must hold to do anything to a model: switches, and the names of methods and functions that act."""
        acting = {name for kind in _ACTING for name in self._methods.get(kind, {})}
        for functions in self._functions.values():
            acting.update(name for name, rule in functions.items() if "model" in rule.details or "wrap" in rule.effect)
        words = [re.escape(name) for name in sorted(acting - _ORDINARY)]
        return re.compile("|".join(["use_cache", "checkpointing", "loralib", r"Trainer\b", r"Arguments\(", "Parser", *words]))

    def library_of(self, name: str) -> str | None:
        """The file of knowledge that speaks for a dotted name."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            found = self._packages.get(".".join(parts[:length]))
            if found is not None:
                return found
        return None

    def hides(self, name: str) -> bool:
        """Whether a module of this name is the library's, also where the program has one that is called so.

        Frameworks that scripts live within (`followed`) are looked for in the program first.
        """
        library = self.library_of(name)
        return library is not None and library not in self._followed

    def is_harmless(self, name: str) -> bool:
        """Whether a function leaves the models that it is given as they are, as far as nothing else is known of it.

        What belongs to another framework has nothing to do with those of torch.
        """
        if self.is_of_other_framework(name):
            return True
        return name.split(".", 1)[0] in self._harmless or self._questions.match(name.rsplit(".", 1)[-1]) is not None

    def changes(self, name: str, *, method: bool = False) -> bool:
        """Whether a function, or a method of whatever it is, gives another answer each time it is asked."""
        return (self._changing_methods if method else self._changing).match(name) is not None

    def is_of_other_framework(self, name: str) -> bool:
        """Whether a class, or a member of one, by its dotted name, is of JAX or TensorFlow."""
        return any(self._other_frameworks.match(part) for part in name.rsplit(".", 2)[-2:])

    def is_headless(self, name: str) -> bool:
        """Whether a class is made for something else than text: it classifies, scores or embeds."""
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._headless)

    def asks_its_config(self, name: str) -> bool:
        """Whether generation of a class's models asks their own configs whether there is a cache."""
        return name not in self._unasked

    def part_named(self, name: str) -> Part | None:
        """The part of a model that an attribute of this name is."""
        return self._parts.get(name)

    def has_own_head(self, name: str) -> bool:
        """Whether the head of a class's models shares no weights with the embeddings."""
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._own_heads)

    def family_of(self, name: str, source: str) -> Family | None:
        """How a class's models name their parameters; of a class that loads any of them, those that are called so."""
        of_any = name.startswith("Auto")
        for family in self._families:
            if family.sources.search(source.lower()) is not None if of_any else name in family.classes:
                return family
        return None

    @functools.cached_property
    def composites(self) -> Mapping[str, str]:
        """Classes whose models keep the cache's switch in a config within their config, and the versions in which they do."""
        lines = _COMPOSITES.read_text(encoding="utf-8").splitlines()
        words = (line.split() for line in lines if not line.startswith("#"))
        return {name: "" if reached == "-" else f">{reached}" for name, reached in words}

    def parts_matching(self, pattern: re.Pattern[str]) -> set[Part]:
        """The parts other than the layers in which some known module has a name that fits."""
        names = {(part, name.rpartition(".")[0]) for family in self._families for part in Part for name in family.names[part]}
        names |= {(part, f"{base}{name}") for name, part in self._parts.items() for base in ("", "model.", "transformer.")}
        return {part for part, name in names if part is not Part.LAYERS and pattern.fullmatch(name) is not None}

    def is_layered(self, name: str) -> bool:
        """Whether a class's models feed their layers from embeddings of words, as far as was looked at."""
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._layered) or bool(self.towers_of(name))

    def feeds_layers(self, encoder: str, name: str) -> bool:
        """Whether an attribute of an encoder is all that feeds its layers. `encoder`: how a model with a head names it."""
        return name == "embeddings" and encoder in self._fed_by_embeddings

    def is_in_layers(self, name: str, modules: tuple[str, ...] | None) -> bool:
        """Whether modules lie in the layers of a class's models. Without towers, what is no other part of them does."""
        return not self.towers_of(name) or (modules is not None and self._in_layers.issuperset(modules))

    def towers_of(self, name: str) -> list[Tower]:
        """The towers of a class's models, a layout for each span of versions."""
        return [tower for tower in self._towers if name in tower.classes]

    def hook_reaches(self, name: str) -> bool | None:
        """Whether enable_input_require_grads() reaches all layers of a class's models; None where that was not looked at."""
        told = False if self.towers_of(name) else None
        return next((known for known, them in self._reached.items() if any(fnmatch.fnmatchcase(name, one) for one in them)), told)

    @functools.lru_cache(maxsize=4096)  # noqa: B019 - there is one Knowledge a process
    def class_named(self, name: str) -> ClassFact | None:
        """What a class is, by its dotted name. A class of an unknown package is known by a telling name only."""
        if self.is_of_other_framework(name):
            return None
        library = self.library_of(name)
        last = name.rsplit(".", 1)[-1]
        if library is not None:
            return self._class_in(library, last, everywhere=True)
        if name.split(".", 1)[0] in self._harmless:
            return None
        return self._class_in("transformers", last, everywhere=False)

    @functools.lru_cache(maxsize=4096)  # noqa: B019
    def function_named(self, name: str) -> TransferRule | None:
        """What a library's function does, by its dotted name."""
        library = self.library_of(name)
        if library is None:
            return None
        functions = self._functions[self._like.get(library, library)]
        return functions.get(name) or functions.get(name.partition(".")[2]) or functions.get(name.rsplit(".", 1)[-1])

    def method(self, kind: Kind, name: str) -> TransferRule | None:
        """What a method does to an object of a kind."""
        return self._methods.get(kind, {}).get(name)

    def methods_that(self, *effects: str) -> tuple[str, ...]:
        """The names of all methods with one of these effects."""
        return tuple(
            sorted({n for methods in self._methods.values() for n, transfer in methods.items() if transfer.effect in effects})
        )

    def functions_that(self, *effects: str) -> tuple[str, ...]:
        """The last names of all functions with one of these effects."""
        functions = (item for functions in self._functions.values() for item in functions.items())
        return tuple(sorted({name.rpartition(".")[2] for name, rule in functions if rule.effect in effects}))

    def packages_with(self, habit_id: str) -> tuple[str, ...]:
        """The packages of the libraries with this habit."""
        kept = (data for data in self._libraries.values() if any(one["id"] == habit_id for one in data.get("habit", ())))
        return tuple(sorted(package for data in kept for package in data["packages"]))

    def class_words(self, kind: Kind) -> tuple[str, ...]:
        """What the names of the classes of a kind have in common: `Trainer` of `*Trainer`."""
        entries = (entry for entries in self._classes.values() for entry in entries if entry.fact.kind is kind)
        return tuple(sorted({pattern.strip("*") for entry in entries for pattern in entry.patterns}))

    def argument_words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a script that builds training arguments says: classes known anywhere, and packages of those known there alone."""
        classes: set[str] = set()
        packages: set[str] = set()
        for library, entries in self._classes.items():
            for entry in (one for one in entries if one.fact.kind is Kind.ARGUMENTS):
                if entry.anywhere:
                    classes.update((*entry.names, *(pattern.strip("*") for pattern in entry.patterns)))
                else:
                    packages.update(self._libraries[library]["packages"])
        return tuple(sorted(classes)), tuple(sorted(packages))

    def names_of_models(self) -> tuple[str, ...]:
        """The attributes and methods of models that come and go with the versions."""
        return tuple(sorted(name for of, name in self._names if of == "model"))

    def packages(self) -> tuple[str, ...]:
        """All packages that knowledge speaks of, and that no program has itself."""
        return tuple(sorted(package for package, name in self._packages.items() if name not in self._followed))

    def harmless_packages(self) -> tuple[str, ...]:
        """All packages whose functions leave models alone."""
        return tuple(sorted(self._harmless))

    def model_packages(self) -> tuple[str, ...]:
        """The packages of the libraries that work on models."""
        return tuple(sorted(package for package in self.packages() if self._packages[package] != "python"))

    def name(self, of: str, name: str) -> Name | None:
        """A name that comes or goes with the versions; None for all others."""
        return self._names.get((of, name))

    def outcomes(self, outcome_id: str) -> list[Outcome]:
        """What is observed, by interval of versions."""
        return self._outcomes[outcome_id]

    def releases(self, library: str) -> tuple[str, ...]:
        """The releases of a library that were looked at, oldest first."""
        return tuple(self._libraries[library].get("releases", {}).get("known", ()))

    def current(self, library: str) -> Specifier:
        """The releases of a library that came out in the two years before the newest that is known."""
        dates: Mapping[str, datetime.date] = self._libraries[library].get("releases", {}).get("dates", {})
        if not dates:
            return Specifier.parse("")
        since = max(dates.values()) - CURRENT
        return Specifier.parse(f">={next(release for release in self.releases(library) if dates[release] >= since)}")

    def versioned(self) -> tuple[str, ...]:
        """The libraries whose versions matter."""
        return tuple(name for name, data in self._libraries.items() if "releases" in data)

    def habit(self, habit_id: str, name: str) -> Habit | None:
        """Which versions of its library have a class (or function) do something by itself; None when none has."""
        found = self.library_of(name) or "transformers"
        library = self._like.get(found, found)
        for entry in self._libraries[library].get("habit", ()):
            if entry["id"] == habit_id and is_among(name.rpartition(".")[2], entry["names"], entry.get("except", ())):
                return Habit(entry.get("library", library), Specifier.parse(entry["versions"]))
        return None

    def has_generation_config(self, base: str) -> bool | None:
        """Whether the repository of a base model on the hub holds a generation_config.json; None where that was not read."""
        return self._bases.get(base)

    def _class_in(self, library: str, last: str, *, everywhere: bool) -> ClassFact | None:
        of = self._like.get(library, library)
        for entry in self._classes[of]:
            if (everywhere or entry.anywhere) and entry.fits(last):
                return entry.fact if of == library else replace(entry.fact, library=library, patched=True)
        return None


@functools.cache
def load() -> Knowledge:
    """Read all files of knowledge, once a process."""
    libraries = {}
    for path in sorted(_HERE.glob("*.toml")):
        libraries[path.stem] = tomli.loads(path.read_text(encoding="utf-8"))
    return Knowledge(libraries)
