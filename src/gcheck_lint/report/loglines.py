"""One line for each finding, as build services read them out of a log: GitHub, Azure, and pylint's for all the others."""

from __future__ import annotations

from typing import Final

from gcheck_lint.findings.diagnostics import Diagnostic, Severity
from gcheck_lint.report import commands
from gcheck_lint.report.findings import Findings, notes, remedy
from gcheck_lint.report.paint import clean, named

_GITHUB: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_AZURE: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "warning"}
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}
_VSO: Final = {"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"}


def github(findings: Findings) -> str:
    """Workflow commands. GitHub shows ten of a step, so the worst come first."""
    ordered = sorted(findings.diagnostics, key=lambda diagnostic: -diagnostic.severity)
    return "".join(_github(diagnostic, findings) for diagnostic in ordered)


def azure(findings: Findings) -> str:
    """Logging commands of Azure Pipelines."""
    return "".join(_azure(diagnostic, findings) for diagnostic in findings.diagnostics)


def pylint(findings: Findings) -> str:
    """`path:row: [CODE] message`, which nearly everything reads."""
    rows = ((d, findings.place(d.path, d.span, d.cell).row) for d in findings.diagnostics)
    return "".join(f"{named(d.path)}:{row}: [{d.code}] {clean(d.message)}\n" for d, row in rows)


def _github(diagnostic: Diagnostic, findings: Findings) -> str:
    place = findings.place(diagnostic.path, diagnostic.span, diagnostic.cell)
    properties: dict[str, object] = {
        "title": f"gclint ({diagnostic.code})",
        "file": clean(findings.name(diagnostic.path)),
        "line": place.row,
        "endLine": place.end_row,
    }
    if place.column is not None and place.row == place.end_row:  # the runner takes columns within one row only
        properties |= {"col": place.column, "endColumn": place.end_column}
    said = ",".join(f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in properties.items())
    lines = [f"{diagnostic.path}:{place.row}: {diagnostic.code} {diagnostic.message}"]
    lines += [
        f"  {related.path}:{findings.place(related.path, related.span, related.cell).row}: {related.message}"
        for related in diagnostic.related
    ]
    lines += [f"  note: {note}" for note in notes(diagnostic)]
    if remedy(diagnostic):
        lines.append(f"  help: {remedy(diagnostic)}")
    lines += [f"  {line}" for line in commands.lines(diagnostic)]
    return f"::{_GITHUB[diagnostic.severity]} {said}::{_escaped(chr(10).join(map(clean, lines)), _DATA)}\n"


def _azure(diagnostic: Diagnostic, findings: Findings) -> str:
    place = findings.place(diagnostic.path, diagnostic.span, diagnostic.cell)
    properties: dict[str, object] = {
        "type": _AZURE[diagnostic.severity],
        "sourcepath": clean(findings.name(diagnostic.path)),
        "linenumber": place.row,
    }
    if place.column is not None:
        properties["columnnumber"] = place.column
    properties["code"] = diagnostic.code
    said = "".join(f"{key}={_escaped(str(value), _VSO)};" for key, value in properties.items())
    return f"##vso[task.logissue {said}]{_escaped(clean(diagnostic.message), _VSO)}\n"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in text)
