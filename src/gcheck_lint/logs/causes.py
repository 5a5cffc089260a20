"""From what logs said to the rules that it leads to: repeats in one group; versions in the log narrow which rule is meant."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import field

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.logs.lines import Frame
from gcheck_lint.logs.phrases import Phrases, Source
from gcheck_lint.logs.scan import Heard, Log
from gcheck_lint.records import dataclass
from gcheck_lint.rulebook import cards
from gcheck_lint.versions import Specifier

_NEAR = 3  # rows between a frame and a statement that are near to each other


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log said it: the first and the last line, how often, and the ranks that did."""

    name: str
    first: int
    last: int
    count: int
    ranks: tuple[int, ...]


@dataclass(slots=True)
class Cause:
    """Messages that lead to the same rules, the nearest rule first.

    `folk`: nothing prints it, it is only told. `foreign`: no card has it for the versions that the log names.
    """

    codes: tuple[str, ...]
    folk: bool
    foreign: bool
    samples: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How often it was said."""
        return sum(place.count for place in self.places)


def find(logs: Sequence[tuple[str, Log]], phrases: Phrases, versions: Iterable[str] = ()) -> list[Cause]:
    """The causes, the worst first. `versions`: what is known besides of the versions that ran."""
    everywhere = set(versions).union(*(log.versions for _, log in logs))
    causes: dict[tuple[object, ...], Cause] = {}
    for name, log in logs:
        ran = log.versions or everywhere
        for heard in sorted(log.heard.values(), key=lambda one: one.first):
            made = _cause(heard, phrases, ran)
            cause = causes.setdefault((made.codes[0], made.folk, made.foreign), made)
            cause.codes = tuple(dict.fromkeys((*cause.codes, *made.codes)))
            cause.samples += [one for one in heard.samples if one not in cause.samples]
            cause.frames += [one for one in heard.frames if one not in cause.frames]
            _add(cause.places, Place(name, heard.first, heard.last, heard.count, tuple(sorted(heard.ranks))))
    known = cards.load()
    return sorted(causes.values(), key=lambda cause: -known[cause.codes[0]].severity)


def _cause(heard: Heard, phrases: Phrases, ran: Iterable[str]) -> Cause:
    said = [phrases.known[number] for number in heard.phrases]
    exact = [one for one in said if not one.folk]
    sources = [source for one in exact or said for source in one.sources]
    if not exact:  # what is really printed instead may be of other rules as well
        meant = {source.code for source in sources}
        sources += [
            source
            for one in phrases.known
            if not one.folk and any(source.code in meant for source in one.sources)
            for source in one.sources
        ]
    fitting = [one for one in sources if _fits(one, ran)]
    codes = tuple(dict.fromkeys(one.code for one in fitting or sources))
    return Cause(codes, folk=not exact, foreign=not fitting)


def _fits(source: Source, ran: Iterable[str]) -> bool:
    specifier = Specifier.parse(source.versions)
    chosen = list(ran)
    return not chosen or any(specifier.contains(version) for version in chosen)


def _add(places: list[Place], new: Place) -> None:
    for number, old in enumerate(places):
        if old.name == new.name:
            ranks = tuple(sorted({*old.ranks, *new.ranks}))
            first, last = min(old.first, new.first), max(old.last, new.last)
            places[number] = Place(old.name, first, last, old.count + new.count, ranks)
            return
    places.append(new)


def settle(cause: Cause, found: Iterable[Diagnostic]) -> None:
    """Puts the rule first whose finding in the sources is the likeliest."""
    for one in statements(cause, found)[:1]:
        cause.codes = (one.code, *(code for code in cause.codes if code != one.code))


def statements(cause: Cause, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that a cause may come from: what surely happens first, then what lies at the lines that the log names."""
    chosen = [one for one in found if one.code in cause.codes]
    return sorted(
        chosen,
        key=lambda one: (
            -_nearness(one, cause.frames),
            one.certainty is not Certainty.SURE,
            cause.codes.index(one.code),
            one.path,
            one.span.start.row,
        ),
    )


def _nearness(one: Diagnostic, frames: Sequence[Frame]) -> int:
    """2: a frame of the log is at a place of the finding; 1: it is in that file; 0: neither."""
    rows = [(one.path, one.span.start.row), *((other.path, other.span.start.row) for other in one.related)]
    near = 0
    for path, row in frames:
        for own, at in rows:
            if _same(path, own):
                near = max(near, 2 if abs(at - row) <= _NEAR else 1)
    return near


def _same(logged: str, own: str) -> bool:
    """Whether a path in a log, maybe of another machine, may be this file."""
    theirs = logged.replace("\\", "/").split("/")
    ours = os.path.abspath(own).replace("\\", "/").split("/")  # noqa: PTH100
    length = min(len(theirs), 2) if theirs[0] in ("", ".") or len(theirs) > 1 else 1
    theirs = [part for part in theirs if part not in ("", ".")]
    length = min(length, len(theirs))
    return bool(theirs) and theirs[-length:] == ours[-length:]
