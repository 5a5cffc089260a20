"""The output formats by name, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gcheck_lint.report import loglines, machine, text
from gcheck_lint.report.findings import Findings
from gcheck_lint.report.gitlab import gitlab
from gcheck_lint.report.junit import junit
from gcheck_lint.report.rdformat import rdjson, rdjsonl
from gcheck_lint.report.sarif import sarif

FOR_PEOPLE: Final = frozenset({"full", "concise", "grouped"})


def write(name: str, findings: Findings) -> str:
    """The findings in a format."""
    return FORMATS[name](findings)


def _view(findings: Findings) -> text.View:
    return text.View(findings.sources, findings.unsafe, findings.paint)


FORMATS: Final[Mapping[str, Callable[[Findings], str]]] = {
    "full": lambda findings: text.full(findings.diagnostics, _view(findings)),
    "concise": lambda findings: text.concise(findings.diagnostics, _view(findings)),
    "grouped": lambda findings: text.grouped(findings.diagnostics, _view(findings)),
    "json": lambda findings: machine.array(findings.diagnostics, findings.sources),
    "json-lines": lambda findings: machine.lines(findings.diagnostics, findings.sources),
    "sarif": sarif,
    "github": loglines.github,
    "gitlab": gitlab,
    "junit": junit,
    "azure": loglines.azure,
    "pylint": loglines.pylint,
    "rdjson": rdjson,
    "rdjsonl": rdjsonl,
}
