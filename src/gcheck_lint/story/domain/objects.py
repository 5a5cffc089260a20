"""The objects of a script: its functions, classes and their instances, its lists and dicts, names that are looked up
later, and what is around a model.
"""

from __future__ import annotations

import collections.abc
import enum
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Module, Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import AbstractObject, ExternalSymbol, Value


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

    __slots__ = ("annotated", "bases", "dataclass", "members", "module", "node", "scope")

    def __init__(self, node: cst.ClassDef, module: Module, bases: tuple[Value, ...]) -> None:
        super().__init__(Kind.CLASS, node.name.value)
        self.node = node
        self.module = module
        self.bases = bases
        self.members: dict[str, Value] = {}
        self.annotated: dict[str, Site] = {}
        self.dataclass = False
        self.scope: Scope | None = None  # the names around it

    def declared_at(self, name: str) -> Site | None:
        """Where the class or its nearest base annotates an attribute."""
        return next((cls.annotated[name] for cls in self.lineage() if name in cls.annotated), None)

    def annotation(self, name: str) -> tuple[cst.Annotation, Scope] | None:
        """How the class or its nearest base annotates an attribute, and the names that the annotation is read with."""
        for cls in self.lineage():
            site = cls.annotated.get(name)
            while site is not None and site.inner is not None:
                site = site.inner
            if site is not None and isinstance(site.node, cst.AnnAssign) and cls.scope is not None:
                return site.node.annotation, cls.scope
        return None

    def lineage(self) -> list[Class]:
        """The class and its own bases, nearest first."""
        found: list[Class] = [self]
        for base in self.bases:
            if isinstance(base, Class):
                found += [cls for cls in base.lineage() if cls not in found]
        return found

    def library_bases(self) -> list[ExternalSymbol]:
        """The library classes that it inherits from, in the order in which Python asks them; mixins last."""
        found: list[ExternalSymbol] = []
        for base in self.bases:
            found += [base] if isinstance(base, ExternalSymbol) else base.library_bases() if isinstance(base, Class) else []
        return sorted(found, key=lambda base: base.last.endswith("Mixin"))

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
    """A list, tuple or set. `items` is None when nobody can tell how many there are.

    Of items that are known, one may be there under a condition (its other alternative is ABSENT); `since` is the path condition
    under which the list was made. Where they are not known, `some` are those that may be among them, any number of times, and
    `other` says whether there may be more than these. It holds something under `sure`, and may do so under `grown`.
    `type_name`: the name of its type ("list", "tuple", "set"), where that is known. `shrunk`: some of them may be gone again.
    """

    __slots__ = ("grown", "items", "other", "shrunk", "since", "size", "some", "sure", "type_name")

    def __init__(
        self, items: list[Value] | None, some: Iterable[Value] = (), *, other: bool = False, since: Condition = TRUE
    ) -> None:
        super().__init__(Kind.SEQUENCE)
        self.items = items
        self.some = list(some)
        self.other = other or not self.some
        self.since = since
        self.sure: Condition = FALSE
        self.grown: Condition = TRUE
        self.size: Value | None = None  # what `len()` of it gave last, as long as it is the same list
        self.type_name = ""
        self.shrunk = False

    @property
    def contents(self) -> list[Value]:
        """All that is known to be in it, or that may be."""
        return self.some if self.items is None else self.items

    def changed(self) -> None:
        """What was asked of it before is asked anew."""
        self.predicates.clear()
        self.size = None

    def held(self) -> list[Value]:
        return [*super().held(), *self.contents]


class Mapping(AbstractObject):
    """A dict. `entries` are those with constant keys; `open` says that there may be others, and `some` what is among those."""

    __slots__ = ("entries", "open", "some")

    def __init__(
        self, entries: collections.abc.Mapping[Any, Value], *, is_open: bool = False, some: Iterable[Value] = ()
    ) -> None:
        super().__init__(Kind.MAPPING)
        self.entries: dict[object, Value] = dict(entries)
        self.open = is_open
        self.some = list(some)

    @property
    def contents(self) -> list[Value]:
        """All values that are known to be in it, or that may be."""
        return [*self.entries.values(), *self.some]

    def held(self) -> list[Value]:
        return [*super().held(), *self.contents]


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
