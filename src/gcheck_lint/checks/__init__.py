"""Rules are predicates over what happened. Each module here is one rule; its words are in the card of the same name.

A check is a generator function with `@check("GCK…")` and a one-line docstring that states the rule. It is found by walking this
package: nothing is registered by hand.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from gcheck_lint.checks.needs import Need
from gcheck_lint.findings.diagnostics import Certainty, Fix, Severity
from gcheck_lint.records import dataclass
from gcheck_lint.story import Site, Story, Verdict
from gcheck_lint.story.domain.events import Event

UNREAD = "its class may be one that comes with its weights"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found: places still as sites, words ready to be shown.

    `Finding.at(…)` makes one of a verdict; `place` and `remedy` give the same finding with more.
    """

    site: Site
    message: str
    severity: Severity
    label: str = ""
    help: str = ""
    related: tuple[tuple[Site, str], ...] = ()
    fix: Fix | None = None
    versions: str = ""
    condition: str = ""
    certainty: Certainty = Certainty.SURE
    told_there: bool = False

    @classmethod
    def at(cls, site: Site, label: str, message: str, verdict: Verdict) -> Finding:
        """A finding at its primary place, with everything that the verdict says of it: what is seen is added to the message."""
        outcome = verdict.outcome
        return cls(
            site,
            f"{message}: {outcome.text}",
            outcome.severity,
            label,
            versions=outcome.versions,
            condition=verdict.condition,
            certainty=verdict.certainty,
        )

    def place(self, where: Site | Event | Iterable[Site] | None, label: str | Callable[[Site], str]) -> Finding:
        """With other places under a label, if there are any: each place is named once, the primary one not again.

        Where two of them lie behind one call into another module, the second is the place there. A label that hangs on what
        stands at the place is computed for each.
        """
        sites = [where.site] if isinstance(where, Event) else [where] if isinstance(where, Site) else where or ()
        known = {place for site in (self.site, *(site for site, _ in self.related)) for place in (site, site.inner)}
        added: list[tuple[Site, str]] = []
        for site in sites:
            place = site.inner if site in known else site
            if place is not None and place not in known:
                known |= {place, site.inner}
                added.append((place, label if isinstance(label, str) else label(site)))
        return replace(self, related=(*self.related, *added))

    def whoever_calls(self) -> Finding:
        """That hangs on nothing but what stands at the place: where that is another module, that module tells it by itself."""
        return replace(self, told_there=True)

    @property
    def elsewhere(self) -> Site | None:
        """The place in another module, where nothing of what makes the finding stands in the file itself."""
        here = self.site.module
        own = any(site.inner is None and site.module is here for site, _ in self.related)
        return None if own else self.site.inner

    def others(self) -> Iterator[tuple[str, Site]]:
        """The other places with their labels; where one is a call into another module, the place there as well."""
        for site, label in ((self.site, self.label), *self.related):
            if site is not self.site:
                yield label_of(site, label), site
            if site.inner is not None:
                yield label, site.inner

    def remedy(self, words: str, fix: Fix | None = None) -> Finding:
        """With what puts it right: in words, and as edits where these can be made."""
        return replace(self, help=words, fix=fix)


def label_of(site: Site, label: str) -> str:
    """The label of a place in the file itself: what happens in another module happens within a call."""
    if site.inner is None:
        return label
    return _HERE.sub(lambda found: f" {found[1] or 'in'} this call", label).replace("this option", "an option behind this call")


_HERE: Final = re.compile(r"(?: (since|from))? here\b")
Predicate = Callable[[Story], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule: code, slug (its module's name), the rule in a sentence, what a file needs to be parsed at all, the predicate."""

    code: str
    slug: str
    rule: str
    needs: Need
    run: Predicate


_CHECKS: dict[str, Check] = {}


def check(code: str, *, needs: Need, once: bool = False) -> Callable[[Predicate], Predicate]:
    """Mark the predicate of a rule, and say what a script has to say at least before it can find anything.

    `once`: of the findings at one place the first one counts.
    """

    def register(predicate: Predicate) -> Predicate:
        slug = predicate.__module__.rpartition(".")[2].replace("_", "-")
        rule = (predicate.__doc__ or "").strip().splitlines()[0]
        _CHECKS[code] = Check(code, slug, rule, needs, functools.partial(_first_at_each_place, predicate) if once else predicate)
        return predicate

    return register


def _first_at_each_place(predicate: Predicate, story: Story) -> Iterator[Finding]:
    told: set[Site] = set()
    for finding in predicate(story):
        if finding.site not in told:
            told.add(finding.site)
            yield finding


@functools.cache
def registry() -> dict[str, Check]:
    """All rules by code."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")
    return dict(sorted(_CHECKS.items()))
