"""`dataclass` as the standard library has it, made in a fourth of the time: a run imports some two hundred of them.

The standard one writes and compiles six functions for each class. Here that is `__init__` alone; comparing and hashing are made
when they are first called, and showing is what all classes share. That nothing is assigned to a frozen one is what mypy sees to;
nothing stops it at run time, so such an object is also made in less time.
"""

from __future__ import annotations

import dataclasses
import reprlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **said: bool) -> Any:
        """Makes a class one of fields, or a decorator that does."""
        return (lambda own: _made(own, **said)) if cls is None else _made(cls, **said)


def _made(cls: Any, *, frozen: bool = False, eq: bool = True, order: bool = False, slots: bool = False) -> Any:
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # else the signature is worked out for it
    if order:
        return dataclasses.dataclass(frozen=frozen, order=True, slots=slots)(cls)
    own = {name for name in ("__eq__", "__hash__", "__repr__") if name in vars(cls)}
    made: Any = dataclasses.dataclass(repr=False, eq=False, slots=slots)(cls)
    fields = dataclasses.fields(made)
    if "__repr__" not in own:
        made.__repr__ = _repr(tuple(field.name for field in fields if field.repr))
    if not eq:
        return made
    compared = tuple(field.name for field in fields if field.compare)
    if "__eq__" not in own:
        made.__eq__ = _when_used(made, "__eq__", compared)
    if "__hash__" not in own and ("__eq__" not in own or frozen):
        made.__hash__ = _when_used(made, "__hash__", compared) if frozen else None
    return made


def _when_used(made: Any, name: str, fields: Sequence[str]) -> Callable[..., Any]:
    """A method that the standard library writes when it is first called, and that then takes its own place: most never are."""

    def first(self: Any, *others: Any) -> Any:
        twin = dataclasses.make_dataclass(made.__name__, fields, init=False, repr=False, frozen=True)
        setattr(made, name, getattr(twin, name))
        return getattr(twin, name)(self, *others)

    return first


def _repr(names: tuple[str, ...]) -> Callable[[Any], str]:
    def show(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return reprlib.recursive_repr()(show)
