"""A story as rows of a picture: for each model the source lines on which something happens to it, in the order they run.

A row holds what the lanes of a picture show there: the state afterwards, what is done with the model, and the findings that have
a place on the line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from gcheck_lint import story as stories
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.records import dataclass
from gcheck_lint.report import places
from gcheck_lint.report.stories import NO_MODEL, where
from gcheck_lint.story import Moment, Site, Story
from gcheck_lint.story.interpreter.reveal import state_words
from gcheck_lint.text.notebook import Program
from gcheck_lint.text.spans import LineIndex, Span

STATES: Final = ("checkpointing", "cache", "mode")
DEEDS: Final = {"Trained": "trained", "Saved": "saved", "GenerationConfigSaved": "saved", "Generated": "generated"}
_Line = tuple[str, int | None, int]
_PASSED_OVER: Final = {"NameUsed", "Lost"}  # a name changes nothing by itself; what is lost has its own lines at the end


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding at one of its places: the primary one, or one that is labelled `label`."""

    finding: Diagnostic
    label: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row leads to. `cell`: the 1-based number of a notebook's cell, and the span is then within it."""

    path: str
    span: Span
    cell: int | None = None

    @property
    def line(self) -> tuple[str, int | None, int]:
        """What places on one line have in common."""
        return os.path.abspath(self.path), self.cell, self.span.start.row  # noqa: PTH100 - Path.absolute keeps `..`


@dataclass(frozen=True, slots=True)
class Row:
    """One source line.

    `told` has what happens in words, each with its condition (empty: always), `states` a word for each lane.
    """

    where: str
    code: str
    told: tuple[tuple[str, str], ...]
    states: Mapping[str, str]
    deeds: tuple[str, ...]
    place: Place
    marks: tuple[Mark, ...] = ()

    @property
    def conditions(self) -> list[str]:
        """The conditions under which something of it happens; an empty one among them if something always does."""
        return list(dict.fromkeys(condition for _, condition in self.told))


@dataclass(slots=True)
class Group:
    """The rows of one model, and under NO_MODEL those of none.

    `condition`: under which all of it happens, such as a version of a library.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    condition: str = ""


def groups(story: Story, findings: Sequence[Diagnostic] = ()) -> list[Group]:
    """The rows of each model in the order in which they are met; what happens to no model comes last."""
    marks = _marks(shown(story, findings))
    lines: dict[str, LineIndex] = {}
    made: dict[str, Group] = {}
    for moment in stories.moments(story):
        if moment.kind in _PASSED_OVER:
            continue
        for name in moment.models or (NO_MODEL,):
            _add(made.setdefault(name, Group(name)).rows, _row(story, moment, name, lines, marks))
    if NO_MODEL in made:
        made[NO_MODEL] = made.pop(NO_MODEL)
    return [_with_condition(group) for group in made.values()]


def shown(story: Story, findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings of a story's file with places in cells, where it is a notebook."""
    return [places.shown(one, {story.module.path: story.module.source}) for one in findings]


def _with_condition(group: Group) -> Group:
    """What holds for each row is said once."""
    said = {condition for row in group.rows for condition in row.conditions}
    if said == {""} or len(said) > 1:
        return group
    rows = [replace(row, told=tuple((words, "") for words, _ in row.told)) for row in group.rows]
    return Group(group.name, rows, said.pop())


def _add(rows: list[Row], row: Row) -> None:
    """What happens on the line of the row before joins it; the second round of a loop is left out."""
    last = rows[-1] if rows else None
    if last is None or (last.where, last.code) != (row.where, row.code):
        rows.append(row)
        return
    told = tuple(dict.fromkeys((*last.told, *row.told)))
    deeds = tuple(dict.fromkeys((*last.deeds, *row.deeds)))
    rows[-1] = replace(row, told=told, deeds=deeds)


def _row(story: Story, moment: Moment, name: str, lines: dict[str, LineIndex], marks: Mapping[_Line, list[Mark]]) -> Row:
    own = moment.site.inner or moment.site
    place = _place(own)
    states: dict[str, str] = {}
    if name in moment.models:
        words = [state_words(state) for state in moment.models[name]]
        states = {lane: " or ".join(dict.fromkeys(one[lane] for one in words)) for lane in STATES}
        states = {lane: word if " or " not in word else "varies" for lane, word in states.items()}
    deed = DEEDS.get(moment.kind)
    return Row(
        where(moment.site, story),
        _line(own, lines),
        ((moment.told, moment.condition),),
        states,
        () if deed is None else (deed,),
        place,
        tuple(marks.get(place.line, ())),
    )


def _line(site: Site, lines: dict[str, LineIndex]) -> str:
    index = lines.get(site.path)
    if index is None:
        index = lines[site.path] = LineIndex(site.module.source.text)
    return index.line(site.span.start.row).strip()


def _place(site: Site) -> Place:
    source = site.module.source
    if isinstance(source, Program):
        cell, span = source.notebook.within(site.span)
        return Place(site.path, span, cell)
    return Place(site.path, site.span)


def _marks(findings: Iterable[Diagnostic]) -> dict[_Line, list[Mark]]:
    """The marks on each line of each file, those of primary places first."""
    marks: dict[_Line, list[Mark]] = {}
    for one in findings:
        marks.setdefault(Place(one.path, one.span, one.cell).line, []).insert(0, Mark(one, one.label, True))
        for other in one.related:
            marks.setdefault(Place(other.path, other.span, other.cell).line, []).append(Mark(one, other.message, False))
    return marks
