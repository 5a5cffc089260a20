"""Which places of a rule are one fault: those that the repair of an earlier one puts right, and those that are one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gcheck_lint.findings.diagnostics import Fix
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.events import Event
from gcheck_lint.story.verdicts import Verdict

E_ = TypeVar("E_", bound=Event)


@dataclass(frozen=True, slots=True)
class Place(Generic[E_]):
    """A place where a rule is broken. `origins`: the switches and trainings that account for it.

    `fix` repairs this place; `lasts`: what it sets is still set at later ones.
    """

    event: E_
    verdict: Verdict
    origins: tuple[Site, ...]
    fix: Fix | None
    lasts: bool = True


@dataclass(slots=True)
class Fault(Generic[E_]):
    """One fault: the place where its repair goes, and the others that this cures (or that are the same statement)."""

    first: Place[E_]
    others: list[Place[E_]] = field(default_factory=list)

    def explains(self, place: Place[E_], stays: Callable[[Event, Event], bool]) -> bool:
        """Whether the repair at the first place cures another one. `stays`: nothing between two events undoes it."""
        first = self.first
        alike = first.verdict.certainty is place.verdict.certainty and first.verdict.outcome == place.verdict.outcome
        if not alike or set(first.origins) != set(place.origins) or not _of_the_same(first.event, place.event):
            return False
        if first.event.site == place.event.site:
            return True
        if not first.lasts or (first.fix is None and place.fix is not None):
            return False
        always = (place.verdict.holds & ~first.verdict.holds).never  # whoever comes to the other one came by the first
        return always and first.event.order < place.event.order and stays(first.event, place.event)


def _of_the_same(one: Event, other: Event) -> bool:
    """Whether two events are about the same models, in one run of the file or of an uncalled function."""
    return one.entry == other.entry and {state.model for state in one.states} == {state.model for state in other.states}


def faults(places: Iterable[Place[E_]], stays: Callable[[Event, Event], bool] = lambda _, __: True) -> list[Fault[E_]]:
    """The places of a rule, in the order of the story, as faults."""
    found: list[Fault[E_]] = []
    for place in places:
        known = next((fault for fault in found if fault.explains(place, stays)), None)
        if known is None:
            found.append(Fault(place))
        else:
            known.others.append(place)
    return found
