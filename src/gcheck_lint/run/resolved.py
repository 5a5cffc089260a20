"""A finding of a rule as a run reports it: sites become spans, only here, because positions cost more than the parse."""

from __future__ import annotations

from dataclasses import replace

from gcheck_lint.checks import Finding, label_of
from gcheck_lint.findings.diagnostics import Diagnostic, Origin, Related
from gcheck_lint.python.data_file import DataFile


def diagnostic(code: str, slug: str, finding: Finding) -> Diagnostic:
    """The finding of a rule by its code and name. It stands in a script, also where what it is about is said in a recipe."""
    finding = _in_script(finding)
    there = finding.elsewhere
    return Diagnostic(
        code=code,
        name=slug,
        message=finding.message,
        severity=finding.severity,
        path=finding.site.path,
        span=finding.site.span,
        statement=finding.site.statement,
        label=label_of(finding.site, finding.label),
        help=finding.help,
        related=tuple(Related(label, site.path, site.span) for label, site in finding.others()),
        fix=finding.fix,
        versions=finding.versions,
        condition=finding.condition,
        certainty=finding.certainty,
        origin=None if there is None else Origin(there.path, there.span, finding.told_there),
    )


def _in_script(finding: Finding) -> Finding:
    """A finding that stands in a recipe, as one at the first of its places in the script."""
    places = [(finding.site, finding.label), *finding.related]
    number = next((at for at, (site, _) in enumerate(places) if not isinstance(site.module, DataFile)), 0)
    if number == 0:
        return finding
    (site, label), others = places[number], places[:number] + places[number + 1 :]
    return replace(finding, site=site, label=label, related=tuple(others))
