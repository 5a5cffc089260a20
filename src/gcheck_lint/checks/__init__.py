"""Rules are predicates over what happened. Each module here is one rule; its words are in the card of the same name.

A check is a generator function with `@check("GCK…")` and a one-line docstring that states its law. It is found by walking this
package: nothing is registered by hand.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gcheck_lint.checks import needs as clues
from gcheck_lint.checks.needs import Need
from gcheck_lint.findings.diagnostics import Certainty, Fix, Severity
from gcheck_lint.story import Site, Story, Verdict, WorstOutcome


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found: places still as sites, words ready to be shown."""

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


Rule = Callable[[Story], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule's code, slug (its module's name), law, need and function. A file without what it needs is not even parsed."""

    code: str
    slug: str
    law: str
    needs: Need
    run: Rule


_CHECKS: dict[str, Check] = {}


def check(
    code: str, *, needs: Need = clues.SWITCH
) -> Callable[[Callable[[Story], Iterable[Finding]]], Callable[[Story], Iterable[Finding]]]:
    """Mark the function of a rule, and say what a script has to say at least before the rule can find anything."""

    def register(function: Rule) -> Rule:
        slug = function.__module__.rpartition(".")[2].replace("_", "-")
        law = (function.__doc__ or "").strip().splitlines()[0]
        _CHECKS[code] = Check(code, slug, law, needs, function)
        return function

    return register


@functools.cache
def registry() -> dict[str, Check]:
    """All rules by code."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")
    return dict(sorted(_CHECKS.items()))


@dataclass(slots=True)
class Places:
    """The labelled places of a finding, each once, the primary one left out."""

    primary: Site
    found: dict[Site, str] = field(default_factory=dict)

    def add(self, sites: Iterable[Site], label: str) -> Places:
        """Add places under a label."""
        for site in sites:
            if site != self.primary:
                self.found.setdefault(site, label)
        return self

    def all(self) -> tuple[tuple[Site, str], ...]:
        """What a finding takes as `related`."""
        return tuple(self.found.items())


def found(
    site: Site,
    message: str,
    outcome: WorstOutcome,
    verdict: Verdict,
    places: Places,
    *,
    label: str,
    remedy: str,
    fix: Fix | None,
) -> Finding:
    """A finding with everything that the outcome and the verdict say of it."""
    return Finding(
        site,
        f"{message}: {outcome.text}",
        outcome.severity,
        label,
        remedy,
        places.all(),
        fix,
        outcome.versions,
        verdict.condition,
        verdict.certainty,
    )
