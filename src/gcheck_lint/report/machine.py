"""Findings for programs: ruff's JSON, with the related places, the versions and the certainty besides."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gcheck_lint.findings.diagnostics import Diagnostic, Fix, Severity
from gcheck_lint.report import jsons
from gcheck_lint.report.places import shown, span_of
from gcheck_lint.rulebook import pages
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Position, Span


def array(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], skipped: Mapping[str, str]) -> str:
    """One JSON array. `skipped`: the files that were not checked, and why; they have an item without a code."""
    items = [_diagnostic(diagnostic, sources) for diagnostic in diagnostics]
    items += [_not_checked(path, why) for path, why in skipped.items()]
    return jsons.dumps(items, indent=2, sort_keys=True) + "\n"


def lines(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], skipped: Mapping[str, str]) -> str:
    """The same, an object on each line."""
    items = [_diagnostic(diagnostic, sources) for diagnostic in diagnostics]
    items += [_not_checked(path, why) for path, why in skipped.items()]
    return "".join(jsons.dumps(item, sort_keys=True, separators=(",", ":")) + "\n" for item in items)


def _not_checked(path: str, why: str) -> dict[str, Any]:
    """No finding, but what has the keys of one: whoever reads a finding's file and message can read it."""
    span = Span(Position(1, 1), Position(1, 1))
    one = Diagnostic("", "not-checked", f"the file was not checked: {why}", Severity.WARNING, path, span, span)
    return {**_diagnostic(one, {}), "code": None, "noqa_row": None}


def _diagnostic(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> dict[str, Any]:
    diagnostic = shown(diagnostic, sources)
    return {
        "filename": _filename(diagnostic.path),
        "code": diagnostic.code,
        "name": diagnostic.name,
        "message": diagnostic.message,
        "severity": str(diagnostic.severity),
        "location": _position(diagnostic.span.start),
        "end_location": _position(diagnostic.span.end),
        "cell": diagnostic.cell,
        "noqa_row": diagnostic.noqa_row,
        "url": pages.url(diagnostic.code),
        "fix": _fix(diagnostic.fix, sources),
        "related": [
            {
                "message": related.message,
                "location": _position(related.span.start),
                "end_location": _position(related.span.end),
                "filename": _filename(related.path),
            }
            for related in diagnostic.related
        ],
        "help": diagnostic.help,
        "condition": diagnostic.condition,
        "versions": diagnostic.versions,
        "certainty": str(diagnostic.certainty),
    }


def _fix(fix: Fix | None, sources: Mapping[str, Source]) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = []
    for edit in fix.edits:
        if edit.path not in sources:
            continue
        _, span = span_of(sources[edit.path], edit)
        edits.append(
            {
                "content": edit.content,
                "location": _position(span.start),
                "end_location": _position(span.end),
                "filename": _filename(edit.path),
            }
        )
    return {"applicability": str(fix.safety), "message": fix.title, "edits": edits}


def _filename(path: str) -> str:
    return path if path == "-" else os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps `..`


def _position(position: Position) -> dict[str, int]:
    return {"row": position.row, "column": position.column}
