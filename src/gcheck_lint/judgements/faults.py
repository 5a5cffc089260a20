"""Which places of a rule are one fault: those that the repair of an earlier one puts right, those that are one statement, and
those of which each run reaches one, such as the saves in the branches of an `if`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from typing import Generic, TypeVar

from gcheck_lint.findings.diagnostics import Fix
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
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
    """One fault: the place where its repair goes, and the others that this cures (or that are the same statement).

    `branches`: those of the others that need the same repair at their own place, since no run comes by two of them.
    """

    first: Place[E_]
    others: list[Place[E_]] = field(default_factory=list)
    branches: list[Place[E_]] = field(default_factory=list)

    @property
    def fix(self) -> Fix | None:
        """The repair at the first place and in the other branches."""
        fix = self.first.fix
        if fix is None:
            return None
        joined = fix.together_with(place.fix for place in self.branches if place.fix is not None)
        return replace(joined, edits=tuple(sorted(joined.edits, key=lambda edit: edit.start)))

    def takes(self, place: Place[E_], stays: Callable[[Event, Event], bool]) -> bool:
        """Take in a place that is the same fault. `stays`: nothing between two events undoes the repair of the first one."""
        first = self.first
        alike = first.verdict.certainty is place.verdict.certainty and first.verdict.outcome == place.verdict.outcome
        if not alike or set(first.origins) != set(place.origins) or not _of_the_same(first.event, place.event):
            return False
        if self._is_branch(place):
            self.branches.append(place)
        elif not self._cures(place, stays):
            return False
        self.others.append(place)
        return True

    def _is_branch(self, place: Place[E_]) -> bool:
        """Whether no run comes by it and by another one that needs the repair, and all can be repaired or none."""
        repaired = [self.first, *self.branches]
        apart = all(not (place.verdict.holds & one.verdict.holds).possible for one in repaired)
        return apart and (self.first.fix is None) is (place.fix is None)

    def _cures(self, place: Place[E_], stays: Callable[[Event, Event], bool]) -> bool:
        """Whether the repair at the first place, or at a branch, cures another one."""
        first = self.first
        if any(one.event.site == place.event.site for one in (first, *self.branches)):
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
        if not any(fault.takes(place, stays) for fault in found):
            found.append(Fault(place))
    return found
