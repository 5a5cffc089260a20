"""The output formats by name.

A run writes one or two of them, so the modules of the others are not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gcheck_lint.report.findings import Findings

FOR_PEOPLE: Final = frozenset({"full", "concise", "grouped"})
OF_SHOWN: Final = FOR_PEOPLE | {"html"}  # people read them: what is below the lowest severity is left out


def write(name: str, findings: Findings) -> str:
    """The findings in a format."""
    if name in FOR_PEOPLE:
        return _for_people(name, findings)
    if name == "html":
        from gcheck_lint.report import webreport

        return webreport.html(findings)
    findings = findings.in_cells()
    match name:
        case "json" | "json-lines":
            from gcheck_lint.report import machine

            written = machine.array if name == "json" else machine.lines
            return written(findings.diagnostics, findings.sources, findings.skipped)
        case "sarif":
            from gcheck_lint.report import sarif

            return sarif.sarif(findings)
        case "gitlab":
            from gcheck_lint.report import gitlab

            return gitlab.gitlab(findings)
        case "junit":
            from gcheck_lint.report import junit

            return junit.junit(findings)
        case "rdjson" | "rdjsonl":
            from gcheck_lint.report import rdformat

            return rdformat.rdjson(findings) if name == "rdjson" else rdformat.rdjsonl(findings)
        case _:
            from gcheck_lint.report import loglines

            return {"github": loglines.github, "azure": loglines.azure, "pylint": loglines.pylint}[name](findings)


def _for_people(name: str, findings: Findings) -> str:
    from gcheck_lint.report import text

    view = text.View(findings.sources, findings.unsafe, findings.paint, findings.width)
    match name:
        case "concise":
            return text.concise(findings.diagnostics, view)
        case "grouped":
            return text.grouped(findings.diagnostics, view)
        case _:
            return text.full(findings.diagnostics, view)
