"""What objects are besides their kind: parts of a model, what a library's constructor has made of an object of the script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gcheck_lint.knowledge.kinds import Kind, Part
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.objects import Class
from gcheck_lint.story.domain.objects import Mapping as Dict
from gcheck_lint.story.domain.values import AbstractObject, Facet, Value

# --- parts of models ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartOf(Facet):
    """A part of a model, or parameters of it. `parts`: which; none, where that can't be told. `some`: it is not all of them."""

    whole: Value
    parts: tuple[Part, ...]
    some: bool

    def held(self) -> tuple[Value, ...]:
        return (self.whole,)


@dataclass(frozen=True, slots=True)
class Within(Facet):
    """A part of a model that has a config of its own, or that config; a config within the config `whole`."""

    whole: AbstractObject

    def held(self) -> tuple[Value, ...]:
        return (self.whole,)


@dataclass(frozen=True, slots=True)
class BelowPart(Facet):
    """Something below a part of a model that has a config of its own."""

    whole: AbstractObject

    def held(self) -> tuple[Value, ...]:
        return (self.whole,)


@dataclass(frozen=True, slots=True)
class Walked(Facet):
    """What a script walks over. `since`: the path condition where it began. `named`: each element comes with its name."""

    since: Condition
    named: bool = False


@dataclass(frozen=True, slots=True)
class Elements(Facet):
    """The elements of something open that were asked for by their number."""

    of: Mapping[int, Value]

    def held(self) -> tuple[Value, ...]:
        return tuple(self.of.values())


@dataclass(frozen=True, slots=True)
class Counted(Facet):
    """What counts through these numbers: a `range` whose ends are known."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OneOfMany(Facet):
    """One of more objects than are told apart; which one, nobody knows. What is done to it may have been done to each of them."""

    members: tuple[AbstractObject, ...]

    def held(self) -> tuple[Value, ...]:
        return self.members


# --- options by name ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByName(Facet):
    """Options by their names, or what is walked over there: one name, one value. `source`: those whose names are known.

    `more`: there may be others besides. `chosen`: the script's user gives them.
    """

    source: Dict | None
    more: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Setting(Facet):
    """What the script's user is asked for other than by a parser: a parameter of a command, what a file of settings says."""


@dataclass(frozen=True, slots=True)
class Offered(Facet):
    """A parser fills its fields: each is an option that the command line offers under its name."""


@dataclass(frozen=True, slots=True)
class SwitchedOff(Facet):
    """An option that is true where it is not given: `--no-lora` with `action="store_false"`."""


@dataclass(frozen=True, slots=True)
class RestOf(Facet):
    """What it has besides, it has from another object: `Namespace(**vars(args))`, `TrainingArguments(**cfg["training"])`.

    `known`: what the other one had by then; what the script gives it later is its own.
    """

    source: AbstractObject
    known: Mapping[str, Value]

    def held(self) -> tuple[Value, ...]:
        return (self.source, *self.known.values())


def is_setting(value: AbstractObject) -> bool:
    """Whether a file of settings may say it, or a command line, or the script's user in any other way than by a parser."""
    return value.facet(Setting) is not None


def settings_of(value: Value) -> AbstractObject | None:
    """Where a `**` takes those keywords from that are not known: settings whose names are open."""
    if not isinstance(value, AbstractObject) or not value.chosen:
        return None
    rest = value.facet(RestOf)
    if rest is not None:
        return rest.source
    if isinstance(value, Dict):
        return value if value.open else None
    return value if value.kind is Kind.UNKNOWN and not value.provenance else None


def fill_from(made: AbstractObject, source: AbstractObject | None) -> None:
    """What it has besides its fields it has from these settings, if there are any."""
    if source is not None:
        made.chosen = source.chosen
        made.attach(RestOf(source, dict(source.fields)))


def is_besides(value: AbstractObject) -> bool:
    """Whether an object is anything besides its kind, other than a setting."""
    return any(not isinstance(facet, Setting) for facet in value.facets)


@dataclass(frozen=True, slots=True)
class Filled(Facet):
    """A dict that a function has put something into."""


HAS_ATTRIBUTE = "hasattr"  # the question whether something has an attribute of this name


def is_setting_of(settings: AbstractObject, made: AbstractObject) -> AbstractObject:
    """What is read out of settings is one."""
    known = settings.facet(Setting)
    if known is not None and made.chosen:
        made.attach(known)
    return made


def options_in(value: Value) -> ByName | None:
    """The options that a value holds by name, or came out of."""
    if not isinstance(value, AbstractObject):
        return None
    known = value.facet(ByName)
    if known is None and isinstance(value, Dict) and (value.chosen or value.entries):
        return ByName(value, value.open, value.chosen)
    if known is None and value.kind is Kind.UNKNOWN and value.chosen:
        return ByName(None, more=True, chosen=True)
    return known


def pass_on(origin: Value, made: AbstractObject) -> None:
    """What is walked over, or looked up, in options by name is one of them."""
    options = options_in(origin)
    if options is not None:
        made.attach(options)


# --- what a library's constructor has made of an object ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnClass(Facet):
    """The class of the script through which a library's model was loaded, and which may override what the library does."""

    cls: Class


@dataclass(frozen=True, slots=True)
class OwnLayers(Facet):
    """The layers of a model are classes of the script.

    `gives_way`: when their passes switch the cache off under checkpointing, and warn. `by_mode`: when they checkpoint in train
    mode alone. `drops_cache`: when a checkpoint of theirs drops a cache that it is given.
    """

    gives_way: Condition
    by_mode: Condition
    drops_cache: Condition


@dataclass(frozen=True, slots=True)
class BuiltFrom(Facet):
    """The config that a model of the script's own class was built from, and its `use_cache` when that began (or ABSENT)."""

    config: AbstractObject
    use_cache: Value

    def held(self) -> tuple[Value, ...]:
        return (self.config, self.use_cache)


@dataclass(frozen=True, slots=True)
class Holding(Facet):
    """A model of the script's own class is made of these, which are models themselves: what is done to it is done to them."""

    models: tuple[Value, ...]

    def held(self) -> tuple[Value, ...]:
        return self.models


Given: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class MadeOf(Facet):
    """What an object of a library's class was given when it was made. Nobody comes by these through it."""

    values: Given


@dataclass(frozen=True, slots=True)
class BuiltBy(Facet):
    """The library class whose constructor has run, by its dotted name, and where; None on a command line."""

    library: str
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class TrainerSetup(Facet):
    """What a trainer was given. `named`: how the script names its model there. `by_name`: it loads it from a name."""

    callbacks: Value
    named: Site | None = None
    by_name: bool = False

    def held(self) -> tuple[Value, ...]:
        return (self.callbacks,)


@dataclass(frozen=True, slots=True)
class Places(Facet):
    """Where the fields of training arguments were given."""

    of: Mapping[str, Site]


@dataclass(frozen=True, slots=True)
class Open(Facet):
    """A constructor got more arguments than are known."""


@dataclass(frozen=True, slots=True)
class BuiltWith(Facet):
    """What training arguments had in a field when they were built, where the script has set it since."""

    value: Value

    def held(self) -> tuple[Value, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True)
class Spreads(Facet):
    """It spreads the trainings of what it is given: as in a model's state."""

    seeking: Value
    sharded: Value

    def held(self) -> tuple[Value, ...]:
        return (self.seeking, self.sharded)


# --- configs -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Copied(Facet):
    """A model works on a copy of this config. `order`: how many events there were before that."""

    order: int


@dataclass(frozen=True, slots=True)
class AskedInVain(Facet):
    """Checkpointing was asked for when a config was loaded that drops it."""

    value: Value

    def held(self) -> tuple[Value, ...]:
        return (self.value,)


# --- layers that are run again -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layers:
    """Which parts of a model a function or a policy picks out: classes by name; none of them where it picks by nothing.

    `sure`: it picks them whatever else there is. `all_modules`: without names, all that there are, else all layers.
    """

    names: tuple[str, ...] = ()
    sure: bool = True
    all_modules: bool = True


@dataclass(frozen=True, slots=True)
class Recomputing(Facet):
    """A strategy that has layers of what it trains run again in the backward pass: when, and where that is said."""

    layers: Layers
    on: Condition
    site: Site
