"""GitLab's Code Quality report: a JSON array, each finding with a fingerprint that no other one has."""

from __future__ import annotations

from typing import Any, Final

from gcheck_lint.findings.diagnostics import Diagnostic, Severity
from gcheck_lint.report import jsons
from gcheck_lint.report.findings import Findings

_SEVERITY: Final = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def gitlab(findings: Findings) -> str:
    """What `artifacts: reports: codequality` takes."""
    marks = findings.fingerprints()
    items = [_item(diagnostic, mark, findings) for diagnostic, mark in zip(findings.diagnostics, marks, strict=True)]
    return jsons.dumps(items, indent=2) + "\n"


def _item(diagnostic: Diagnostic, mark: str, findings: Findings) -> dict[str, Any]:
    place = findings.place(diagnostic.path, diagnostic.span, diagnostic.cell)
    location: dict[str, Any] = {"path": findings.name(diagnostic.path)}
    if place.column is None:
        location["lines"] = {"begin": place.row, "end": place.end_row}
    else:
        location["positions"] = {
            "begin": {"line": place.row, "column": place.column},
            "end": {"line": place.end_row, "column": place.end_column},
        }
    return {
        "description": f"{diagnostic.code}: {diagnostic.message}",
        "check_name": diagnostic.code,
        "fingerprint": mark,
        "severity": _SEVERITY[diagnostic.severity],
        "location": location,
    }
