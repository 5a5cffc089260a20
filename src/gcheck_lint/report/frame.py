"""One source frame with all the places that make a finding.

    42 | model.gradient_checkpointing_enable()
       | ------------------------------------- checkpointing is switched on here
    ...
    97 | trainer.save_model(out)
       | ^^^^^^^^^^^^^^^^^^^^^^^ saved here with the cache off

A place of several rows is marked on its first one: that is where people look, and the frame stays short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def draw(lines: LineIndex, marks: Sequence[Mark], width: int, paint: Paint) -> list[str]:
    """The rows of a frame, between two empty gutters. `width` is the room for row numbers."""
    by_row: dict[int, list[Mark]] = {}
    for mark in marks:
        by_row.setdefault(mark.span.start.row, []).append(mark)
    empty = paint("gutter", f"{'':{width}} |")
    drawn = [empty]
    last = 0
    for row in _shown_rows(lines, sorted(by_row)):
        if last and row > last + 1:
            drawn.append(paint("gutter", "..."))
        text, cells = lay(lines.line(row))
        drawn.append(f"{paint('gutter', f'{row:{width}} |')} {text}".rstrip())
        for below in _underline(by_row.get(row, ()), row, cells, paint):
            drawn.append(f"{empty} {below}")
        last = row
    drawn.append(empty)
    return drawn


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


def _underline(marks: Sequence[Mark], row: int, cells: Sequence[int], paint: Paint) -> list[str]:
    """The rows below a source row: its marks, and their labels where they do not run into each other."""
    placed = sorted(((*_extent(mark, row, cells), mark) for mark in marks), key=lambda place: (place[0], place[1]))
    if not placed:
        return []
    # the finding itself is drawn last, over what belongs to it
    canvas: list[_Cell] = []
    for start, end, mark in sorted(placed, key=lambda place: place[2].sign == "^"):
        _put(canvas, start, mark.sign * (end - start), mark.style)
    hanging = [(start, mark) for start, _, mark in placed if mark.label]
    start, end, mark = placed[-1]
    if mark.label and end == max(other for _, other, _ in placed):
        hanging.pop()
        _put(canvas, len(canvas) + 1, clean(mark.label), mark.style)
    rows = [canvas]
    if hanging:
        rows.append(_stems(hanging))
    while hanging:
        start, mark = hanging.pop()
        labelled = _stems([(other, its) for other, its in hanging if other < start])
        _put(labelled, start, clean(mark.label), mark.style)
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
