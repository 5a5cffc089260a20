"""JUnit's XML, for services that show test results: a suite for each file, a failed case for each finding."""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import Final

from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.report import commands
from gcheck_lint.report.findings import Findings, notes, remedy
from gcheck_lint.report.paint import clean, named

# what XML 1.0 has no way to say
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(findings: Findings) -> str:
    """One document. Without findings it holds a case that passed: some readers take an empty one for a failure."""
    total = len(findings.diagnostics)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="gclint" tests="{max(total, 1)}" failures="{total}" errors="0">')
    for path, group in groupby(findings.diagnostics, key=lambda diagnostic: diagnostic.path):
        found = list(group)
        count = len(found)
        lines.append(f'  <testsuite name={_attribute(path)} tests="{count}" failures="{count}" errors="0" skipped="0">')
        for diagnostic in found:
            lines += _case(diagnostic, findings)
        lines.append("  </testsuite>")
    if not total:
        lines.append('  <testsuite name="gclint" tests="1" failures="0" errors="0" skipped="0">')
        lines.append('    <testcase name="gclint" classname="gclint"/>')
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "".join(f"{line}\n" for line in lines)


def _case(diagnostic: Diagnostic, findings: Findings) -> list[str]:
    place = findings.place(diagnostic.path, diagnostic.span, diagnostic.cell)
    where = f' line="{place.row}"' + (f' column="{place.column}"' if place.column is not None else "")
    file = _attribute(findings.name(diagnostic.path))
    said = [f"{diagnostic.path}:{place.row}: {diagnostic.message}"]
    said += [
        f"{related.path}:{findings.place(related.path, related.span, related.cell).row}: {related.message}"
        for related in diagnostic.related
    ]
    said += [f"note: {note}" for note in notes(diagnostic)]
    if remedy(diagnostic):
        said.append(f"help: {remedy(diagnostic)}")
    said += commands.lines(diagnostic)
    return [
        f'    <testcase name="gclint.{diagnostic.code}" classname={_attribute(diagnostic.path)} file={file}{where}>',
        f'      <failure type="{diagnostic.severity}" message={_attribute(diagnostic.message)}>{_body(said)}</failure>',
        "    </testcase>",
    ]


def _attribute(text: str) -> str:
    # a newline as such would be read as a blank
    return f'"{"&#10;".join(map(_escaped, text.split(chr(10))))}"'


def _body(lines: list[str]) -> str:
    return "\n".join(_escaped(named(line)) for line in lines)  # each begins with a path or a word of ours


def _escaped(text: str) -> str:
    return html.escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", clean(text)))
