"""`gclint log` as text and as JSON: what the logs said, which rule it is, what puts it right and what does not."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.logs import causes
from gcheck_lint.logs.causes import Cause, Place
from gcheck_lint.logs.scan import Log
from gcheck_lint.records import dataclass
from gcheck_lint.report import jsons, width
from gcheck_lint.report.paint import Paint, clean, named
from gcheck_lint.report.summary import counted
from gcheck_lint.rulebook import cards, pages
from gcheck_lint.rulebook.cards import Card

_INDENT: Final = 4
_SAMPLES: Final = 3
_PLACES: Final = 8
_STATEMENTS: Final = 8
_FOLK: Final = "no release of transformers from 4.25.1 to 5.23.0 prints this; people quote it this way and mean this rule"


@dataclass(frozen=True, slots=True)
class Told:
    """A run of `gclint log`. `found` is None where no sources were asked for; `problems` are the logs that could not be read."""

    logs: Sequence[tuple[str, Log]]
    causes: Sequence[Cause]
    found: Sequence[Diagnostic] | None
    sources: tuple[str, ...]
    problems: Mapping[str, str]


def text(told: Told, paint: Paint, room: int | None) -> str:
    """A part for each cause."""
    lines: list[str] = []
    for cause in told.causes:
        lines += [*_cause(cause, told, paint, room), ""]
    rows = sum(log.lines for _, log in told.logs)
    said = sum(cause.count for cause in told.causes)
    if said:
        lines.append(f"{counted(said, 'message')} in {counted(rows, 'line')}, {counted(len(told.causes), 'cause')}.")
    elif told.logs:
        lines.append(f"No message of a gclint rule in {counted(rows, 'line')}.")
    ran = sorted(set().union(*(log.versions for _, log in told.logs)))
    if ran:
        lines.append(f"The log names transformers {', '.join(ran)}.")
    return "".join(f"{line}\n" for line in lines)


def _cause(cause: Cause, told: Told, paint: Paint, room: int | None) -> list[str]:
    known = cards.load()
    card = known[cause.codes[0]]
    linked = paint.link(card.code, pages.url(card.code))
    head = f"{paint('bold', linked)} {card.slug} {paint.severity(card.severity, f'[{card.severity}]')}"
    lines = [f"{head}  {'once' if cause.count == 1 else f'{cause.count} times'}"]
    lines += [f"  {named(place.name)}: {_where(place)}" for place in cause.places[:_PLACES]]
    if len(cause.places) > _PLACES:
        lines.append(f"  and in {counted(len(cause.places) - _PLACES, 'more log')}")
    for sample in cause.samples[:_SAMPLES]:
        lines += _part("said", clean(sample), paint, room)
    if cause.folk:
        lines += _part("but", _FOLK, paint, room)
    if cause.foreign:
        lines += _part("note", "no rule has this message for the versions that the log names", paint, room)
    lines += _part("cause", card.sentence, paint, room)
    lines += _part("fix", card.remedy, paint, room)
    lines += [f"  {paint('help', 'does not help')}:"]
    lines += [line for one in _dead_ends(card) for line in _item(one, room)]
    for code in cause.codes[1:]:
        lines += _part("or", f"{code} {known[code].slug}: {known[code].sentence}", paint, room)
    lines += _sources(cause, told, paint, room)
    lines += _part("more", f"gclint rule {' '.join(cause.codes)}", paint, room)
    return lines


def _sources(cause: Cause, told: Told, paint: Paint, room: int | None) -> list[str]:
    lines = []
    if cause.frames:
        lines += _part("through", ", ".join(f"{clean(path)}:{row}" for path, row in cause.frames[:_STATEMENTS]), paint, room)
    if told.found is None:
        return lines
    its = causes.statements(cause, told.found)
    for one in its[:_STATEMENTS]:
        maybe = " (possible)" if one.certainty is Certainty.POSSIBLE else ""
        lines += _part("at", f"{_place(one)}: {one.code} {clean(one.message)}{maybe}", paint, room)
    if len(its) > _STATEMENTS:
        lines.append(f"  and {counted(len(its) - _STATEMENTS, 'more place')}")
    if not its:
        where = ", ".join(clean(path) for path in told.sources)
        lines += _part("at", f"gclint finds no statement in {where} that certainly leads to this", paint, room)
    return lines


def _place(one: Diagnostic) -> str:
    cell = f"cell {one.cell}:" if one.cell is not None else ""
    return f"{clean(one.path)}:{cell}{one.span.start.row}:{one.span.start.column}"


def _part(name: str, said: str, paint: Paint, room: int | None) -> list[str]:
    first, *rest = width.fold(said, room, len(name) + 4, _INDENT)
    return [f"  {paint('help', name)}: {first}", *rest]


def _item(said: str, room: int | None) -> list[str]:
    first, *rest = width.fold(said, room, _INDENT + 2, _INDENT + 2)
    return [f"{'':{_INDENT}}- {first}", *rest]


def _dead_ends(card: Card) -> list[str]:
    """What does not help, an item each."""
    items: list[str] = []
    for line in card.sections["What does not help"].splitlines():
        if line.startswith("- "):
            items.append(line[2:].strip())
        elif line.strip() and items and line.startswith(" "):
            items[-1] += f" {line.strip()}"
        elif line.strip():
            items.append(line.strip())
    return items


def _where(place: Place) -> str:
    rows = f"line {place.first}" if place.count == 1 else f"lines {place.first} to {place.last}, {place.count} times"
    if not place.ranks:
        return rows
    return f"{rows}, {'rank' if len(place.ranks) == 1 else 'ranks'} {_ranges(place.ranks)}"


def _ranges(ranks: Sequence[int]) -> str:
    """`0-3, 7`."""
    parts: list[list[int]] = []
    for rank in ranks:
        if parts and parts[-1][-1] == rank - 1:
            parts[-1][1:] = [rank]
        else:
            parts.append([rank])
    return ", ".join("-".join(map(str, part)) for part in parts)


# --- as JSON -------------------------------------------------------------------------------------------------------------------


def json(told: Told) -> str:
    """An object with the logs, and the causes."""
    read = [
        {"filename": name, "lines": log.lines, "bytes": log.size, "transformers": sorted(log.versions), "problem": None}
        for name, log in told.logs
    ]
    unread = [
        {"filename": name, "lines": 0, "bytes": 0, "transformers": [], "problem": why} for name, why in told.problems.items()
    ]
    return jsons.dumps({"logs": [*read, *unread], "causes": [_object(one, told) for one in told.causes]}, indent=2) + "\n"


def _object(cause: Cause, told: Told) -> dict[str, Any]:
    card = cards.load()[cause.codes[0]]
    return {
        "code": card.code,
        "name": card.slug,
        "severity": str(card.severity),
        "also": list(cause.codes[1:]),
        "count": cause.count,
        "said": cause.samples,
        "printed_by_no_version": cause.folk,
        "other_versions": cause.foreign,
        "places": [
            {"filename": one.name, "first": one.first, "last": one.last, "count": one.count, "ranks": list(one.ranks)}
            for one in cause.places
        ],
        "frames": [{"filename": path, "row": row} for path, row in cause.frames],
        "cause": card.sentence,
        "fix": card.remedy,
        "does_not_help": _dead_ends(card),
        "statements": None if told.found is None else [_statement(one) for one in causes.statements(cause, told.found)],
    }


def _statement(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "filename": os.path.abspath(one.path),  # noqa: PTH100 - Path.absolute keeps `..`
        "cell": one.cell,
        "location": {"row": one.span.start.row, "column": one.span.start.column},
        "message": one.message,
        "certainty": str(one.certainty),
        "condition": one.condition,
    }
