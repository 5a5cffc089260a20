"""One source frame with all the places that make a finding.

    42 | model.gradient_checkpointing_enable()
       | ------------------------------------- checkpointing is switched on here
    ...
    97 | trainer.save_model(out)
       | ^^^^^^^^^^^^^^^^^^^^^^^ saved here with the cache off

A place of several rows is marked on its first one: that is where people look, and the frame stays short.
Of a row that is too long the part is shown in which the places lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gcheck_lint.records import dataclass
from gcheck_lint.report import width as widths
from gcheck_lint.report.paint import Paint, clean, lay
from gcheck_lint.text.spans import LineIndex, Span

CONTEXT = 2  # rows around a finding that has one place only
_Cell = tuple[str, str]  # a character and its style


@dataclass(frozen=True, slots=True)
class Mark:
    """A place and its label. `style` colours both; `sign` is `^` for the finding itself, `-` for what belongs to it."""

    span: Span
    label: str
    style: str
    sign: str


def draw(lines: LineIndex, marks: Sequence[Mark], width: int, paint: Paint, screen: int | None = None) -> list[str]:
    """The rows of a frame, between two empty gutters. `width` is the room for row numbers, `screen` that for whole rows."""
    by_row: dict[int, list[Mark]] = {}
    for mark in marks:
        by_row.setdefault(mark.span.start.row, []).append(mark)
    empty = paint("gutter", f"{'':{width}} |")
    room = widths.SOURCE if screen is None else screen - width - 3
    drawn = [empty]
    last = 0
    for row in _shown_rows(lines, sorted(by_row)):
        if last and row > last + 1:
            drawn.append(paint("gutter", "..."))
        text, cells = lay(lines.line(row))
        view = _view(by_row.get(row, ()), row, cells, room, None if screen is None else room)
        shown = widths.clip(text, view.first, room)
        drawn.append(f"{paint('gutter', f'{row:{width}} |')} {shown}".rstrip())
        for below in _underline(by_row.get(row, ()), row, cells, view, paint):
            drawn.append(f"{empty} {below}")
        last = row
    drawn.append(empty)
    return drawn


@dataclass(frozen=True, slots=True)
class _View:
    """What is seen of a row: `room` cells from `first` on. `labels` is the room for labels; None: they may be of any length."""

    first: int
    room: int
    labels: int | None

    def extent(self, mark: Mark, row: int, cells: Sequence[int]) -> tuple[int, int]:
        """From where to where a mark is drawn: at the rim where it lies outside."""
        start, end = (min(max(at - self.first, 0), self.room) for at in _extent(mark, row, cells))
        return min(start, self.room - 1), max(end, start + 1)

    def fits(self, at: int, label: str) -> bool:
        """Whether a label ends within the screen."""
        return self.labels is None or at + widths.of(label) <= self.labels


def _view(marks: Sequence[Mark], row: int, cells: Sequence[int], room: int, labels: int | None) -> _View:
    whole = cells[-1]
    if whole <= room or not marks:
        return _View(0, room, labels)
    # the finding itself where not all of its places can be seen
    start, end = _extent(min(marks, key=lambda mark: mark.sign != "^"), row, cells)
    extents = [_extent(mark, row, cells) for mark in marks]
    first, last = min(extent[0] for extent in extents), max(extent[1] for extent in extents)
    if last - first <= room - 4 * len(widths.MORE):
        start, end = first, last
    return _View(widths.window(whole, start, end, room), room, labels)


def widest_row(lines: LineIndex, marks: Iterable[Mark]) -> int:
    """The highest row number that a frame shows."""
    return max(_shown_rows(lines, sorted({mark.span.start.row for mark in marks})), default=1)


def _shown_rows(lines: LineIndex, rows: Sequence[int]) -> list[int]:
    if len(rows) == 1:
        first, last = max(1, rows[0] - CONTEXT), min(len(lines), rows[0] + CONTEXT)
        while first < rows[0] and not lines.line(first).strip():
            first += 1
        while last > rows[0] and not lines.line(last).strip():
            last -= 1
        return list(range(first, last + 1))
    shown: list[int] = []
    for row in rows:
        # `...` in the place of a single row would save nothing
        if shown and row == shown[-1] + 2:
            shown.append(row - 1)
        shown.append(row)
    return shown


def _underline(marks: Sequence[Mark], row: int, cells: Sequence[int], view: _View, paint: Paint) -> list[str]:
    """The rows below a source row: its marks, and their labels where they do not run into each other."""
    placed = sorted(((*view.extent(mark, row, cells), mark) for mark in marks), key=lambda place: (place[0], place[1]))
    if not placed:
        return []
    # the finding itself is drawn last, over what belongs to it
    canvas: list[_Cell] = []
    for start, end, mark in sorted(placed, key=lambda place: place[2].sign == "^"):
        _put(canvas, start, mark.sign * (end - start), mark.style)
    hanging = [(start, mark) for start, _, mark in placed if mark.label]
    start, end, mark = placed[-1]
    label = clean(mark.label)
    if label and end == max(other for _, other, _ in placed) and view.fits(len(canvas) + 1, label):
        hanging.pop()
        _put(canvas, len(canvas) + 1, label, mark.style)
    rows = [canvas]
    if hanging:
        rows.append(_stems(hanging))
    while hanging:
        start, mark = hanging.pop()
        others = [(other, its) for other, its in hanging if other < start]
        for line in widths.fold(clean(mark.label), view.labels):
            labelled = _stems(others)
            left = start if view.fits(start, line) else max(0, (view.labels or 0) - widths.of(line))
            _put(labelled, left, line, mark.style)
            rows.append(labelled)
    return [_paint_cells(row_cells, paint) for row_cells in rows]


def _extent(mark: Mark, row: int, cells: Sequence[int]) -> tuple[int, int]:
    last = len(cells) - 1
    start = cells[min(mark.span.start.column - 1, last)]
    end = cells[min(mark.span.end.column - 1, last)] if mark.span.end.row == row else cells[last]
    return start, max(end, start + 1)


def _stems(hanging: Sequence[tuple[int, Mark]]) -> list[_Cell]:
    canvas: list[_Cell] = []
    for start, mark in hanging:
        _put(canvas, start, "|", mark.style)
    return canvas


def _put(canvas: list[_Cell], at: int, text: str, style: str) -> None:
    canvas.extend([(" ", "")] * (at + len(text) - len(canvas)))
    canvas[at : at + len(text)] = [(letter, style) for letter in text]


def _paint_cells(canvas: Sequence[_Cell], paint: Paint) -> str:
    painted: list[str] = []
    run, style = "", ""
    for letter, its_style in canvas:
        if its_style != style:
            painted.append(paint(style, run))
            run, style = "", its_style
        run += letter
    return "".join((*painted, paint(style, run)))
