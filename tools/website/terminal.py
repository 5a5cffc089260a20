"""Pictures of a terminal, made of what a command has printed: SVG without fonts and scripts from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from gcheck_lint.report import width

_ESCAPE: Final = re.compile(r"\x1b\[([0-9;]*)m|\x1b\]8;;[^\x1b]*\x1b\\")
_CELL, _ROW, _SIZE, _PAD = 8.4, 19, 14, 16  # pixels: a cell, a row, the letters, the rim
# of a dark terminal, each at 4.5:1 or more on its background
_COLORS: Final = {31: "#ff8f8f", 32: "#8fdc8f", 36: "#7fd7e8", 91: "#ff8f8f", 93: "#f2cf66", 94: "#8ab8ff", 96: "#7fd7e8"}
_PAPER, _INK = "#1b1e28", "#e6e6ea"


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters of one style."""

    text: str
    bold: bool
    color: int | None


def svg(text: str, title: str, least: int = 0) -> str:
    """A picture of some lines, with the colours that are in them. `title` says what it shows, `least` how wide it is in cells."""
    lines = [list(_runs(line)) for line in text.rstrip("\n").split("\n")]
    cells = max(least, *(sum(width.of(run.text) for run in line) for line in lines))
    wide, high = round(cells * _CELL + 2 * _PAD), len(lines) * _ROW + 2 * _PAD
    rows = "\n".join(_row(line, _PAD + number * _ROW + _SIZE) for number, line in enumerate(lines) if line)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">
<title>{escape(title)}</title>
<rect width="{wide}" height="{high}" rx="8" fill="{_PAPER}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="{_SIZE}" fill="{_INK}">
{rows}
</g>
</svg>
"""


def plain(text: str) -> str:
    """The text without its colours."""
    return _ESCAPE.sub("", text)


def _runs(line: str) -> Iterator[_Run]:
    bold, color, last = False, None, 0
    for found in (*_ESCAPE.finditer(line), None):
        piece = line[last : found.start() if found else len(line)]
        if piece:
            yield _Run(piece, bold, color)
        if found is None:
            return
        last = found.end()
        for code in (int(one or 0) for one in (found[1] or "").split(";") if found[1] is not None):
            bold = {0: False, 1: True}.get(code, bold)
            color = None if code == 0 else code if code in _COLORS else color


def _row(runs: list[_Run], baseline: int) -> str:
    """Each run is as wide as its cells, whatever the font is: columns stay below each other."""
    parts: list[str] = []
    at = 0
    for run in runs:
        cells = width.of(run.text)
        style = (' font-weight="bold"' if run.bold else "") + (f' fill="{_COLORS[run.color]}"' if run.color else "")
        if run.text.strip():
            place = f'x="{_PAD + at * _CELL:.1f}" textLength="{cells * _CELL:.1f}"'
            parts.append(f'<tspan {place}{style} xml:space="preserve">{escape(run.text, quote=False)}</tspan>')
        at += cells
    return f'<text y="{baseline}">{"".join(parts)}</text>'
