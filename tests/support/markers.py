"""The one reader of expectation markers: `# expect: GCK101`, or `# expect: GCK101, GCK201`, at the end of a line.

A marker stands on any line of the statement that holds the finding, in cards, scripts and quiet files alike. A quiet
file has none, so it is silent or wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic

_MARKER = re.compile(r"[ \t]*#\s*expect:\s*(?P<codes>GCK\d{3}(?:\s*,\s*GCK\d{3})*)[ \t]*$")
_COLUMNS = re.compile(r"#\s*expect:\s*(?P<code>GCK\d{3})\s*\[(?P<columns>[^\]]+)\]\s*$")
_NEARLY = re.compile(r"#\s*expect\w*\s*:?\s*GCK", re.IGNORECASE)
_TARGET = re.compile(r"^# target: (\S+)$", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True, order=True)
class Marker:
    """A finding with this code is expected on a statement that touches this row (1-based)."""

    row: int
    code: str


def read(text: str) -> list[Marker]:
    """The markers of a text, in the order of its rows. A comment that only looks like a marker is an error."""
    markers = []
    for row, line in enumerate(_LINE.findall(text), start=1):
        match = _MARKER.search(line.rstrip("\r\n"))
        if match is not None:
            markers += [Marker(row, code.strip()) for code in match["codes"].split(",")]
        elif _NEARLY.search(line):
            raise ValueError(f"row {row}: this is no marker: {line.strip()}")
    return markers


def target(text: str) -> str | None:
    """The versions of transformers that a line `# target: <4.37` asks for; None for the default."""
    named = _TARGET.search(text)
    return named[1] if named else None


def strip(text: str) -> str:
    """The text without its markers. A line that held nothing else goes with its marker."""
    kept = []
    for line in _LINE.findall(text):
        body = line.rstrip("\r\n")
        match = _MARKER.search(body)
        if match is None:
            kept.append(line)
        elif match.start() > 0:
            kept.append(body[: match.start()] + line[len(body) :])
    return "".join(kept)


def compare(text: str, diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Where markers and findings disagree, in words; empty when they agree.

    A marker is met by one finding of its code whose statement touches the marker's row, and a finding is claimed by one
    marker: two findings of one code on one statement take two markers. What is only possible is no finding.
    """
    surplus: list[Marker] = []
    open_ones = [one for one in diagnostics if one.certainty is Certainty.SURE]
    # the smallest statement first: a marker within a nested one must not be claimed by the one around it
    open_ones.sort(key=lambda one: (len(one.statement.rows()), one.span))
    for marker in read(text):
        met = next((one for one in open_ones if one.code == marker.code and marker.row in one.statement.rows()), None)
        if met is None:
            surplus.append(marker)
        else:
            open_ones.remove(met)
    missing = [(marker.row, f"row {marker.row}: {marker.code} is expected and not reported") for marker in surplus]
    unclaimed = [
        (one.span.start.row, f"row {one.span.start.row}: {one.code} is reported and not expected: {one.message}")
        for one in open_ones
    ]
    return [words for _, words in sorted(missing + unclaimed)]


def in_column(text: str, column: str, columns: list[str]) -> list[tuple[int, str, str]]:
    """Row, code and severity of what one column of a matrix expects: `# expect: GCK203 [4.36-4.46: warning, 5.0: error]`."""
    expected = []
    for row, line in enumerate(text.splitlines(), start=1):
        marker = _COLUMNS.search(line)
        if marker is None:
            if _NEARLY.search(line):
                raise ValueError(f"row {row}: this is no marker with columns: {line.strip()}")
            continue
        for part in marker["columns"].split(","):
            names, _, severity = part.partition(":")
            first, _, last = names.strip().partition("-")
            span = (columns[0], columns[-1]) if first == "all" else (first, last or first)
            if columns.index(span[0]) <= columns.index(column) <= columns.index(span[1]):
                expected.append((row, marker["code"], severity.strip()))
    return sorted(expected)
