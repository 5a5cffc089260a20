"""A story as a picture (SVG): under each model its source lines in the order they run, and beside them its lanes.

The lanes of checkpointing, cache and mode are bars that last as long as a state does; what is trained, saved and generated is a
dot, hollow where it happens under a condition. Triangles are findings. All that a row says is shown on hover.

A narrow picture, for a page of text, has less room for lines of source, and words of what happens only where there are no lanes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import groupby
from typing import Final

from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.records import dataclass
from gcheck_lint.report.lanes import STATES, Group, Mark, Place, Row, groups, shown
from gcheck_lint.report.markup import COLOURS, escaped, on_lines
from gcheck_lint.report.stories import Told, endings
from gcheck_lint.report.width import clip, of

_CELL: Final = 7.25  # pixels of a letter
_ROW: Final = 22  # pixels of a row
_EDGE: Final = 16
_CODE: Final = 44  # letters of a line of source (of a narrow picture: _CUT), and of what happens there
_CUT: Final = 36
_TOLD: Final = 40
_PLACE: Final = (4, 22)  # the least and the most letters of a place
_LANES: Final = {"checkpointing": 98, "cache": 66, "mode": 66, "trained": 62, "saved": 52, "generated": 74}
UNCOLOURED: Final = """\
svg.gclint { background: var(--page); font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.gclint text { fill: var(--ink); white-space: pre; } .gclint .dim { fill: var(--dim); }
.gclint .name { font-weight: 600; font-size: 14px; } .gclint .back { fill: var(--page); }
.gclint .hit { fill: transparent; } .gclint .row:hover .hit { fill: var(--ink); fill-opacity: 0.08; }
.gclint .rule { stroke: var(--line); stroke-width: 1; }
.gclint .bar { fill: var(--off); } .gclint .bar.on { fill: var(--on); } .gclint .bar.train { fill: var(--train); }
.gclint .bar.unknown, .gclint .bar.varies { fill: none; stroke: var(--dim); stroke-dasharray: 3 3; }
.gclint text.on, .gclint text.train { fill: var(--on-ink); font-weight: 600; }
.gclint .dot { fill: var(--ink); stroke: var(--ink); stroke-width: 2; } .gclint .dot.maybe { fill: var(--page); }
.gclint .error { fill: var(--error); stroke: var(--error); } .gclint .warning { fill: var(--warning); stroke: var(--warning); }
.gclint .info { fill: var(--info); stroke: var(--info); } .gclint .place { fill: none; stroke-width: 1.5; }
"""
STYLE: Final = COLOURS + UNCOLOURED


@dataclass(slots=True)
class _Sheet:
    """What is drawn so far.

    `place` and `source`: the letters that places take, and lines of source. `leads`: where each row leads to; the rows of a sheet
    with `is_numbered` have their numbers in it.
    """

    place: int
    source: int = _CODE
    is_numbered: bool = False
    is_narrow: bool = False
    parts: list[str] = field(default_factory=list)
    leads: list[Place] = field(default_factory=list)
    y: int = _EDGE

    @property
    def code(self) -> float:
        """Where lines of source begin."""
        return _EDGE + 20 + self.place * _CELL + 12

    @property
    def lanes(self) -> float:
        """Where the lanes begin."""
        return self.code + (self.source * _CELL + 12 if self.source else 0)

    @property
    def told(self) -> float:
        """Where the words begin: behind the lanes, in a narrow picture in their place."""
        return self.lanes if self.is_narrow else self.lanes + sum(_LANES.values()) + 12

    @property
    def wide(self) -> float:
        """How wide the picture is."""
        return self.lanes + sum(_LANES.values()) + (_EDGE if self.is_narrow else 12 + _TOLD * _CELL + _EDGE)

    @property
    def words(self) -> int:
        """How many letters there is room for where the words begin."""
        return int((self.wide - _EDGE - self.told) / _CELL)

    @property
    def high(self) -> int:
        """How high it is so far."""
        return self.y + (0 if self.is_narrow else _EDGE)

    def begin_row(self, place: Place) -> None:
        """Opens the element of a row."""
        number = f' data-row="{len(self.leads)}"' if self.is_numbered else ""
        self.parts.append(f'<g class="row"{number}>')
        self.leads.append(place)

    def text(self, x: float, text: str, kind: str = "", room: int = 10_000, down: int = 15) -> None:
        """A text, cut where it takes more letters than there is room for."""
        if not text:
            return
        shown = escaped(clip(text, 0, room))
        self.parts.append(f'<text x="{x:g}" y="{self.y + down}"{_class(kind)}>{shown}</text>')


def svg(told: Sequence[Told]) -> str:
    """One document with the stories of files below each other."""
    sheet = _drawn(told)
    wide, high = sheet.wide, sheet.high
    title = ", ".join(one.path for one in told)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gclint" viewBox="0 0 {wide:g} {high}" width="{wide:g}" height="{high}">'
    )
    back = f'<rect class="back" width="{wide:g}" height="{high}"/>'
    return "\n".join([head, f"<title>{escaped(title)}</title>", f"<style>\n{STYLE}</style>", back, *sheet.parts, "</svg>", ""])


def inline(told: Told, has_list: bool = True, is_narrow: bool = False) -> str:
    """The picture of one file as a part of a page that has STYLE. `has_list`: the findings stand below it in words."""
    return _part_of_page(_drawn([told], is_named=False, has_list=has_list, is_narrow=is_narrow))


def beside(told: Told) -> tuple[str, list[Place]]:
    """The picture of one file for a page beside its source, which it leaves out, and the place of each `data-row` in it."""
    sheet = _drawn([told], is_named=False, is_beside=True)
    return _part_of_page(sheet), sheet.leads


def _part_of_page(sheet: _Sheet) -> str:
    head = f'<svg class="gclint" viewBox="0 0 {sheet.wide:g} {sheet.high}" width="{sheet.wide:g}" height="{sheet.high}">'
    return "\n".join([head, *sheet.parts, "</svg>"])


def _drawn(
    told: Sequence[Told], is_named: bool = True, has_list: bool = True, is_beside: bool = False, is_narrow: bool = False
) -> _Sheet:
    """All elements. `is_beside`: the source is shown elsewhere, and rows lead there."""
    files = [(one, groups(one.story, one.findings) if one.story is not None else []) for one in told]
    least, most = _PLACE
    places = [of(row.where) for _, drawn in files for group in drawn for row in group.rows]
    source = 0 if is_beside else _CUT if is_narrow else _CODE
    sheet = _Sheet(min(max([least, *places]), most), source, is_numbered=is_beside, is_narrow=is_narrow)
    for one, drawn in files:
        if is_named:
            sheet.text(_EDGE, one.path, "name", int((sheet.wide - 2 * _EDGE) / 8.5))
            sheet.y += _ROW + 8
        _file(sheet, one, drawn, has_list)
    return sheet


def _file(sheet: _Sheet, told: Told, drawn: Sequence[Group], has_list: bool) -> None:
    for group in drawn:
        _group(sheet, group)
    if has_list:
        _findings(sheet, told.findings if told.story is None else shown(told.story, told.findings))
    lines = [told.problem] if told.problem else endings(told.story) if told.story is not None else []
    if not drawn and not told.problem:
        lines = ["no model is used here", *lines]
    for line in lines:
        sheet.text(_EDGE, line, "dim", int((sheet.wide - 2 * _EDGE) / _CELL))
        sheet.y += _ROW
    sheet.y += _ROW // 2


def _group(sheet: _Sheet, group: Group) -> None:
    has_lanes = any(row.states for row in group.rows)
    edge_of_name = sheet.lanes if sheet.source else sheet.told
    sheet.text(_EDGE, group.name, "name", int((edge_of_name - _EDGE) / 8.5))
    if group.condition and sheet.is_narrow:
        sheet.y += _ROW - 4
        sheet.text(_EDGE, group.condition, "dim", int((sheet.wide - 2 * _EDGE) / _CELL))
        if has_lanes and of(group.condition) * _CELL > sheet.lanes - _EDGE:  # it would run into the names of the lanes
            sheet.y += _ROW - 4
    else:
        sheet.text(sheet.told, group.condition, "dim", sheet.words)
    if has_lanes:
        if not sheet.source:  # the name takes the room above the lanes
            sheet.y += _ROW
        for lane, left, wide in _lanes(sheet):
            sheet.parts.append(f'<text x="{left + wide / 2:g}" y="{sheet.y + 15}" class="dim" text-anchor="middle">{lane}</text>')
    sheet.y += _ROW
    edge = f'y1="{sheet.y}" y2="{sheet.y}"'
    sheet.parts.append(f'<line class="rule" x1="{_EDGE}" x2="{sheet.wide - _EDGE:g}" {edge}/>')
    sheet.y += 4
    if has_lanes:
        for lane, left, wide in _lanes(sheet):
            if lane in STATES:
                _bars(sheet, group.rows, lane, left, wide)
    for row in group.rows:
        _row(sheet, row, has_words=not (has_lanes and sheet.is_narrow))
    sheet.y += _ROW // 2


def _lanes(sheet: _Sheet) -> Iterator[tuple[str, float, int]]:
    """Each lane with its left edge and its width."""
    left = sheet.lanes
    for lane, wide in _LANES.items():
        yield lane, left, wide
        left += wide


def _bars(sheet: _Sheet, rows: Sequence[Row], lane: str, left: float, wide: int) -> None:
    """A bar for each stretch of rows that have one state, with its word in the first of them."""
    top = sheet.y
    for word, stretch in groupby(rows, key=lambda row: row.states.get(lane, "")):
        high = _ROW * sum(1 for _ in stretch)
        if word:
            box = f'x="{left + 4:g}" y="{top + 1}" width="{wide - 8}" height="{high - 2}" rx="4"'
            sheet.parts.append(f'<rect class="bar {word}" {box}/>')
            middle = f'x="{left + wide / 2:g}" y="{top + 15}" text-anchor="middle"'
            sheet.parts.append(f'<text class="{word}" {middle}>{word}</text>')
        top += high


def _row(sheet: _Sheet, row: Row, has_words: bool) -> None:
    sheet.begin_row(row.place)
    sheet.parts.append(f"<title>{on_lines(_hover(row))}</title>")
    sheet.parts.append(_hit(sheet))
    if row.marks:
        first = row.marks[0]
        sheet.parts.append(_triangle(_EDGE + 8, sheet.y + 11, first))
    sheet.text(_EDGE + 20, row.where if of(row.where) <= sheet.place else f"…{row.where[1 - sheet.place :]}", "dim")
    if sheet.source:
        sheet.text(sheet.code, row.code, "", sheet.source)
    is_sure = "" in row.conditions
    for lane, left, wide in _lanes(sheet):
        if lane in row.deeds:
            kind = "dot" if is_sure else "dot maybe"
            sheet.parts.append(f'<circle class="{kind}" cx="{left + wide / 2:g}" cy="{sheet.y + 11}" r="5"/>')
    words = "; ".join(dict.fromkeys(told for told, _ in row.told)) if has_words else ""
    conditions = " / ".join(condition for condition in row.conditions if condition)
    if words:
        sheet.text(sheet.told, words if not conditions else f"{words}, {conditions}", "" if is_sure else "dim", sheet.words)
    sheet.parts.append("</g>")
    sheet.y += _ROW


def _hit(sheet: _Sheet) -> str:
    """What of a row is met by the pointer: all of it."""
    box = f'x="{_EDGE}" y="{sheet.y}" width="{sheet.wide - 2 * _EDGE:g}" height="{_ROW}"'
    return f'<rect class="hit" {box}/>'


def _hover(row: Row) -> list[str]:
    """What a row says in full."""
    told = [f"{words}, {condition}" if condition else words for words, condition in row.told]
    after = " · ".join(f"{lane} {word}" for lane, word in row.states.items())
    found = [
        f"{mark.finding.code}: {mark.finding.message}" if mark.is_primary else f"{mark.finding.code}, here: {mark.label}"
        for mark in row.marks
    ]
    return [f"{row.where}: {row.code}", *told, f"afterwards: {after}" if after else "", *found]


def _triangle(x: float, y: float, mark: Mark) -> str:
    kind = f"{mark.finding.severity}{'' if mark.is_primary else ' place'}"
    return f'<path class="{kind}" d="M{x:g} {y - 6:g} l6 11 h-12 z"/>'


def _findings(sheet: _Sheet, findings: Sequence[Diagnostic]) -> None:
    """All findings in words, also those that have no row."""
    if not findings:
        return
    sheet.text(_EDGE, "Findings", "name")
    sheet.y += _ROW + 4
    for one in findings:
        sheet.begin_row(Place(one.path, one.span, one.cell))
        versions = f"affects {one.versions}" if one.versions else ""
        sheet.parts.append(
            f"<title>{on_lines([f'{one.code} {one.name}', one.message, one.condition, versions, one.help])}</title>"
        )
        sheet.parts.append(_hit(sheet))
        sheet.parts.append(_triangle(_EDGE + 8, sheet.y + 11, Mark(one, one.label, True)))
        line = f"{one.span.start.row}  {one.severity}[{one.code}]: {one.message}"
        sheet.text(_EDGE + 20, line if one.cell is None else f"cell {one.cell}:{line}", "", int((sheet.wide - 3 * _EDGE) / _CELL))
        sheet.parts.append("</g>")
        sheet.y += _ROW
    sheet.y += 4


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
