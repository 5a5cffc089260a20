"""What an expression can be: a constant, an object with an identity, a name of a library, or one of several under conditions.

Objects have identity: `model`, `trainer.model`, `self.model` and `unwrap_model(model)` evaluate to one object, and a name
bound to a fresh load to another. What can't be followed is an object of the kind UNKNOWN, with a reason; it may still turn out
to be a model when the script treats it as one.

`objects` has the classes of those that are made for one purpose, `facets` what any of them may get to be besides.
"""

from __future__ import annotations

import itertools
from typing import TypeAlias, TypeVar

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.layout import wording_of
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import Condition


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant. `site` says where a switch got this value."""

    value: object
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class ExternalSymbol:
    """Something imported that is not followed: a module, class or function, by its dotted name."""

    name: str

    @property
    def root(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def last(self) -> str:
        return self.name.rsplit(".", 1)[-1]

    @property
    def owner(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class GuardedUnion:
    """Several values, each under its own condition; the conditions exclude each other."""

    alternatives: tuple[tuple[Condition, Value], ...]


@dataclass(frozen=True, slots=True)
class BoundMethod:
    """A method of an object that was looked up and not called yet, and what it does."""

    transfer: TransferRule
    receiver: Value


_BIRTHS = itertools.count(1)


def newest() -> int:
    """The birth of nothing: every object that is made from now on is younger."""
    return next(_BIRTHS)


class Facet:
    """What an object is besides its kind.

    Any object may get to be it, whatever its class: one of unknown make that turns out to be a model, one of the script whose
    class inherits from a library's. A facet is frozen, so copies of an object share it.
    """

    __slots__ = ()

    def held(self) -> tuple[Value, ...]:
        """The values that can be come by through it."""
        return ()


X_ = TypeVar("X_", bound=Facet)
_SHOWN = 48  # characters of an expression that a sentence holds


class AbstractObject:
    """An object with identity and attributes.

    `fields` are the attributes that the script could read; whatever else is known of an object has a place of its own.
    `kind` is what it is to us, `made_by` the library name or class that made it. `chosen` marks a value that the script's user
    chooses (a flag). `provenance` holds the values that it was computed from, as far as they matter (a loss is about its model).
    `text` tells it from others; `said` is what its user calls it, as far as anybody knows: an option that a command line offers,
    or the expression that read it first. `valued`: it is an option that takes a text or a number, and no switch.
    """

    __slots__ = (
        "born",
        "choices",
        "chosen",
        "default",
        "facets",
        "fields",
        "kind",
        "made_by",
        "method",
        "predicates",
        "provenance",
        "said",
        "site",
        "text",
        "valued",
    )

    def __init__(self, kind: Kind, made_by: str = "", site: Site | None = None, text: str = "") -> None:
        self.kind = kind
        self.made_by = made_by
        self.site = site
        self.text = text
        self.said: str | cst.CSTNode = ""
        self.valued = False
        self.fields: dict[str, Value] = {}
        self.facets: tuple[Facet, ...] = ()
        self.predicates: dict[object, Condition] = {}
        self.provenance: tuple[AbstractObject, ...] = ()
        self.chosen = False
        self.default: Value | None = None
        self.choices: tuple[object, ...] = ()
        self.method: BoundMethod | None = None
        self.born = next(_BIRTHS)

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.made_by or self.text}>"

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        if isinstance(self.said, cst.CSTNode):
            code = " ".join(wording_of(self.said).split())
            self.said = code if len(code) <= _SHOWN else f"{code[:_SHOWN].rstrip()}…"
        return self.said or self.text.lstrip("-.") or "a value"

    def facet(self, of: type[X_]) -> X_ | None:
        """What the object is besides, if it is that."""
        for one in self.facets:
            if isinstance(one, of):
                return one
        return None

    def attach(self, facet: Facet) -> None:
        """The object is this besides, in the place of what it was of the same class."""
        self.facets = (*(one for one in self.facets if type(one) is not type(facet)), facet)

    def take_after(self, other: AbstractObject) -> None:
        """Have what another object has now."""
        self.fields.update(other.fields)
        for facet in other.facets:
            self.attach(facet)

    def held(self) -> list[Value]:
        """The values that can be come by through the object, and those that it was computed from."""
        return [*self.fields.values(), *self.held_besides_fields()]

    def held_besides_fields(self) -> list[Value]:
        """Those that are come by without an attribute that the script names."""
        return [*(value for facet in self.facets for value in facet.held()), *self.provenance]


Value: TypeAlias = Constant | ExternalSymbol | GuardedUnion | AbstractObject


class _Absent:
    def __repr__(self) -> str:
        return "absent"


NONE = Constant(None)
ABSENT = Constant(_Absent())


def same(a: Value, b: Value) -> bool:
    """Whether two values are one: constants by type and value, things by identity."""
    if a is b:
        return True
    if isinstance(a, Constant) and isinstance(b, Constant):
        return type(a.value) is type(b.value) and a.value == b.value and a.site == b.site
    if isinstance(a, ExternalSymbol) and isinstance(b, ExternalSymbol):
        return a.name == b.name
    return False


def is_true(value: Value) -> bool:
    """Whether it is a constant that is `True`."""
    return isinstance(value, Constant) and value.value is True


def is_switch(value: Value) -> bool:
    """Whether it is a switch that is written down, or an option of the user."""
    if isinstance(value, Constant):
        return isinstance(value.value, bool)
    return isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and value.chosen


def is_top(value: Value) -> bool:
    """Whether a value can't be followed and has nothing to do with any model or flag: one such is as good as another."""
    return (
        isinstance(value, AbstractObject)
        and value.kind in (Kind.UNKNOWN, Kind.TEXT)
        and not (value.chosen or value.provenance or value.fields or value.facets)
    )
