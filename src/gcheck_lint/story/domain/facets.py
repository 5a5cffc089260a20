"""What objects are besides their kind: parts of a model, what a library's constructor has made of an object of the script."""

from __future__ import annotations

from dataclasses import dataclass

from gcheck_lint.knowledge.kinds import Part
from gcheck_lint.story.domain.conditions import Condition
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
    """A part of a model that has a config of its own, or that config."""

    whole: AbstractObject

    def held(self) -> tuple[Value, ...]:
        return (self.whole,)


@dataclass(frozen=True, slots=True)
class Walked(Facet):
    """What a script walks over. `since`: the path condition where it began. `named`: each element comes with its name."""

    since: Condition
    named: bool = False
