"""Reviewdog's Diagnostic Format. Its columns count bytes of UTF-8, unlike everybody else's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gcheck_lint.findings.diagnostics import Diagnostic, Safety, Severity
from gcheck_lint.fixing.selection import edited
from gcheck_lint.report import jsons
from gcheck_lint.report.findings import Findings, Place, notes, remedy
from gcheck_lint.rulebook import pages
from gcheck_lint.text.spans import Edit, LineIndex

_SOURCE: Final = {"name": "gclint"}
_SEVERITY: Final = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}
_REACH: Final = 20  # rows; a suggestion is one stretch of text, and a longer one hides what it changes


def rdjson(findings: Findings) -> str:
    """One object."""
    items = [_diagnostic(diagnostic, findings) for diagnostic in findings.diagnostics]
    whole = {"source": _SOURCE, "severity": "WARNING", "diagnostics": items}
    return jsons.dumps(whole, indent=2) + "\n"


def rdjsonl(findings: Findings) -> str:
    """An object on each line."""
    items = ({"source": _SOURCE, **_diagnostic(diagnostic, findings)} for diagnostic in findings.diagnostics)
    return "".join(jsons.dumps(item, separators=(",", ":")) + "\n" for item in items)


def _diagnostic(diagnostic: Diagnostic, findings: Findings) -> dict[str, Any]:
    message = diagnostic.message
    message += "".join(f"\nnote: {note}" for note in notes(diagnostic))
    if remedy(diagnostic):
        message += f"\nhelp: {remedy(diagnostic)}"
    item: dict[str, Any] = {
        "message": message,
        "location": _location(diagnostic.path, findings.place(diagnostic.path, diagnostic.span, diagnostic.cell), findings),
        "severity": _SEVERITY[diagnostic.severity],
        "code": _code(diagnostic.code),
    }
    suggestion = _suggestion(diagnostic, findings)
    if suggestion:
        item["suggestions"] = [suggestion]
    if diagnostic.related:
        item["related_locations"] = [
            {
                "message": related.message,
                "location": _location(related.path, findings.place(related.path, related.span, related.cell), findings),
            }
            for related in diagnostic.related
        ]
    return item


def _code(code: str) -> dict[str, str]:
    page = pages.public(code)
    return {"value": code, "url": page} if page else {"value": code}


def _location(path: str, place: Place, findings: Findings) -> dict[str, Any]:
    return {"path": path, "range": _range(path, place, findings)}


def _range(path: str, place: Place, findings: Findings) -> dict[str, Any]:
    source = findings.sources.get(path)
    if place.column is None or place.end_column is None or source is None:
        return {"start": {"line": place.row}, "end": {"line": place.end_row}}
    lines = LineIndex(source.text)

    def position(row: int, column: int) -> dict[str, int]:
        return {"line": row, "column": 1 + len(lines.line(row)[: column - 1].encode("utf-8", "surrogatepass"))}

    return {"start": position(place.row, place.column), "end": position(place.end_row, place.end_column)}


def _suggestion(diagnostic: Diagnostic, findings: Findings) -> dict[str, Any] | None:
    """The fix as one stretch of text; None when it is more than that."""
    fix = diagnostic.fix
    if fix is None or not fix.edits or fix.safety is Safety.DISPLAY:
        return None
    path = diagnostic.path
    source = findings.sources.get(path)
    if source is None or findings.is_notebook(path) or any(edit.path != path for edit in fix.edits):
        return None
    lines = LineIndex(source.text)
    start, end = min(edit.start for edit in fix.edits), max(edit.end for edit in fix.edits)
    span = lines.span(start, end)
    if len(span.rows()) > _REACH:
        return None
    return {"range": _range(path, findings.place(path, span), findings), "text": _text(source.text, start, end, fix.edits)}


def _text(text: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    moved = [Edit(edit.path, edit.start - start, edit.end - start, edit.content) for edit in edits]
    return edited(text[start:end], moved)
