"""What an expression can be: Known, a Thing with an identity, a name of a library, or one of several under conditions.

Objects have identity: `model`, `trainer.model`, `self.model` and `unwrap_model(model)` evaluate to one Thing, and a name
bound to a fresh load to another. What can't be followed is an object of the kind UNKNOWN, with a reason; it may still turn out
to be a model when the script treats it as one.
"""

from __future__ import annotations

import collections.abc
import enum
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import libcst as cst

from gcheck_lint.knowledge import TransferRule
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Module, Site
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


class AbstractObject:
    """An object with identity and attributes.

    `fields` are the attributes that the script could read; whatever else is known of an object has a place of its own.
    `kind` is what it is to us, `made_by` the library name or class that made it. `chosen` marks a value that the script's user
    chooses (a flag). `provenance` holds the values that it was computed from, as far as they matter (a loss is about its model).
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
        "site",
        "text",
    )

    def __init__(self, kind: Kind, made_by: str = "", site: Site | None = None, text: str = "") -> None:
        self.kind = kind
        self.made_by = made_by
        self.site = site
        self.text = text
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

    def facet(self, of: type[X_]) -> X_ | None:
        """What the object is besides, if it is that."""
        for one in self.facets:
            if isinstance(one, of):
                return one
        return None

    def attach(self, facet: Facet) -> None:
        """The object is this besides, in the place of what it was of the same class."""
        self.facets = (*(one for one in self.facets if type(one) is not type(facet)), facet)

    def take_after(self, other: AbstractObject, *, without: type[Facet] | None = None) -> None:
        """Have what another object has now, but for one facet."""
        self.fields.update(other.fields)
        for facet in other.facets:
            if without is None or not isinstance(facet, without):
                self.attach(facet)

    def held(self) -> list[Value]:
        """The values that can be come by through the object, and those that it was computed from."""
        return [*self.fields.values(), *(value for facet in self.facets for value in facet.held()), *self.provenance]


class Scope(Protocol):
    """The names around a function, as it was defined in them."""

    module: Module
    names: dict[str, Value]
    stars: list[str]
    globals: set[str]
    cls: Class | None

    @property
    def parent(self) -> Scope | None: ...

    @property
    def top(self) -> Scope: ...

    def home(self, name: str) -> Scope | None: ...


class Function(AbstractObject):
    """A function of the script, a method bound to `receiver`, or a lambda."""

    __slots__ = ("closure", "decorators", "defaults", "module", "node", "owner", "receiver")

    def __init__(self, node: cst.FunctionDef | cst.Lambda, module: Module, closure: Scope, name: str) -> None:
        super().__init__(Kind.FUNCTION, name)
        self.node = node
        self.module = module
        self.closure = closure
        self.defaults: dict[str, Value] = {}
        self.decorators: tuple[Value, ...] = ()
        self.receiver: Value | None = None
        self.owner: Class | None = None

    def bound_to(self, receiver: Value) -> Function:
        """The same function as a method of `receiver`."""
        method = Function(self.node, self.module, self.closure, self.made_by)
        method.defaults, method.decorators, method.owner = self.defaults, self.decorators, self.owner
        method.receiver = receiver
        return method

    def held(self) -> list[Value]:
        return [*super().held(), *([] if self.receiver is None else [self.receiver])]


class Class(AbstractObject):
    """A class of the script. `bases` are other classes of it or names of libraries; `members` what its body defines."""

    __slots__ = ("annotated", "bases", "dataclass", "members", "module", "node")

    def __init__(self, node: cst.ClassDef, module: Module, bases: tuple[Value, ...]) -> None:
        super().__init__(Kind.CLASS, node.name.value)
        self.node = node
        self.module = module
        self.bases = bases
        self.members: dict[str, Value] = {}
        self.annotated: dict[str, Site] = {}
        self.dataclass = False

    def lineage(self) -> list[Class]:
        """The class and its own bases, nearest first."""
        found: list[Class] = [self]
        for base in self.bases:
            if isinstance(base, Class):
                found += [cls for cls in base.lineage() if cls not in found]
        return found

    def library_bases(self) -> list[ExternalSymbol]:
        """The library classes that it inherits from."""
        return [base for cls in self.lineage() for base in cls.bases if isinstance(base, ExternalSymbol)]

    def member(self, name: str) -> Value | None:
        """What the class or its nearest base defines under this name."""
        for cls in self.lineage():
            if name in cls.members:
                return cls.members[name]
        return None


class Instance(AbstractObject):
    """An object of a class of the script. Its kind is that of the library class it inherits from."""

    __slots__ = ("cls",)

    def __init__(self, cls: Class, kind: Kind, site: Site | None) -> None:
        super().__init__(kind, cls.made_by, site)
        self.cls = cls


class DataclassField(AbstractObject):
    """`field(…)` in the body of a dataclass: what stands for a field that is not given; None where it has to be."""

    __slots__ = ("default_value",)

    def __init__(self, default_value: Value | None) -> None:
        super().__init__(Kind.FIELD, "dataclasses.field")
        self.default_value = default_value

    def held(self) -> list[Value]:
        return [*([] if self.default_value is None else [self.default_value]), *super().held()]


class Sequence(AbstractObject):
    """A list or tuple. `items` is None when they are not known."""

    __slots__ = ("items",)

    def __init__(self, items: list[Value] | None) -> None:
        super().__init__(Kind.SEQUENCE)
        self.items = items

    def held(self) -> list[Value]:
        return [*super().held(), *(self.items or ())]


class Mapping(AbstractObject):
    """A dict. `entries` are those with constant keys; `open` says that there may be others."""

    __slots__ = ("entries", "open")

    def __init__(self, entries: collections.abc.Mapping[Any, Value], *, is_open: bool = False) -> None:
        super().__init__(Kind.MAPPING)
        self.entries: dict[object, Value] = dict(entries)
        self.open = is_open

    def held(self) -> list[Value]:
        return [*super().held(), *self.entries.values()]


class Wrapping(enum.Enum):
    """What is around a model."""

    ADAPTER = "adapter"
    PARALLEL = "parallel"
    ENGINE = "engine"


class Wrapper(AbstractObject):
    """What is around a model, `inner`: an adapter, DistributedDataParallel or the like, an engine."""

    __slots__ = ("inner", "wrapping")

    def __init__(self, inner: Value, wrapping: Wrapping, site: Site | None) -> None:
        super().__init__(Kind.WRAPPER, wrapping.value, site)
        self.inner = inner
        self.wrapping = wrapping

    @property
    def is_adapter(self) -> bool:
        return self.wrapping is Wrapping.ADAPTER

    def held(self) -> list[Value]:
        return [self.inner, *super().held()]


class Promise(AbstractObject):
    """A name whose value is found when it is first used."""

    __slots__ = ()


class Imported(Promise):
    """A name that an import has bound: a member of a module, or the module itself (`member` is "")."""

    __slots__ = ("importer", "member", "module_name")

    def __init__(self, module_name: str, member: str, importer: Module) -> None:
        super().__init__(Kind.IMPORTED, f"{module_name}.{member}" if member else module_name)
        self.module_name = module_name
        self.member = member
        self.importer = importer


class Pending(Promise):
    """A name at the top level of another module, whose statements were not run yet."""

    __slots__ = ("name", "path")

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(Kind.PENDING, name)
        self.name = name
        self.path = path


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


def is_top(value: Value) -> bool:
    """Whether a value can't be followed and has nothing to do with any model or flag: one such is as good as another."""
    return (
        isinstance(value, AbstractObject)
        and value.kind in (Kind.UNKNOWN, Kind.TEXT)
        and not (value.chosen or value.provenance or value.fields or value.facets)
    )
