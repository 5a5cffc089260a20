"""One fault is one finding, also where several places of a program lead to it.

A file is checked by itself, so a call into another module stands for what is wrong there. Where nothing of it is the caller's
own, and no line of his repairs it, all callers tell the same fault: it is told where it stands, if that file tells it, else by
the first of them, and the others are named beside it.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcheck_lint.run.pipeline import FileReport

if TYPE_CHECKING:
    from gcheck_lint.findings.diagnostics import Diagnostic
    from gcheck_lint.text.spans import Span

_NAMED: Final = 2  # callers that a finding names
_Key = tuple[str, str, "Span"]


def merged(reports: Sequence[FileReport]) -> list[FileReport]:
    """The reports of a run, each fault once."""
    everything = [one for report in reports for one in report.diagnostics]
    if not any(one.origin is not None for one in everything):
        return list(reports)
    callers: dict[_Key, list[Diagnostic]] = {}
    for one in everything:
        if one.origin is not None and one.fix is None:
            callers.setdefault(_origin(one), []).append(one)
    homes = {_place(one): one for one in everything if one.origin is None}
    checked = {_absolute(report.path) for report in reports if _tells_all(report)}
    told: dict[int, Diagnostic] = {}
    for key, found in callers.items():
        home = homes.get(key)
        if home is not None:
            told[id(home)] = _reached_from(home, found)
        elif not (found[0].origin is not None and found[0].origin.told_there and key[1] in checked):
            first = min(found, key=lambda one: (one.certainty.value != "sure", -one.severity))
            told[id(first)] = _reached_from(first, [one for one in found if one is not first])
    dropped = {id(one) for found in callers.values() for one in found if id(one) not in told}
    return [
        replace(report, diagnostics=tuple(told.get(id(one), one) for one in report.diagnostics if id(one) not in dropped))
        for report in reports
    ]


def own(report: FileReport) -> FileReport:
    """The report of one file for a program that asks for each file by itself: without what another file tells of its own."""
    kept = tuple(one for one in report.diagnostics if one.origin is None or not one.origin.told_there)
    return merged([replace(report, diagnostics=kept)])[0]


def _tells_all(report: FileReport) -> bool:
    """Whether what a file does not tell is not there, or was silenced there."""
    return report.source is not None and not report.given_up and not report.failures


def _reached_from(one: Diagnostic, callers: Iterable[Diagnostic]) -> Diagnostic:
    from gcheck_lint.findings.diagnostics import Related

    known = {(related.path, related.span) for related in one.related} | {(one.path, one.span)}
    places = [place for place in dict.fromkeys((caller.path, caller.span) for caller in callers) if place not in known]
    left = len(places) - _NAMED
    named = [Related("reached from here", path, span) for path, span in places[:_NAMED]]
    if left > 0:
        named[-1] = replace(named[-1], message=f"reached from here, and from {left} more place{'' if left == 1 else 's'}")
    return replace(one, related=(*one.related, *named)) if named else one


def _origin(one: Diagnostic) -> _Key:
    assert one.origin is not None
    return one.code, _absolute(one.origin.path), one.origin.span


def _place(one: Diagnostic) -> _Key:
    return one.code, _absolute(one.path), one.span


@functools.lru_cache(maxsize=4096)
def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps `..`, and a link is not followed
