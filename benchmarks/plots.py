"""Plots as SVG, without a library: bars beside their goals, and lines of growth. A plot needs nothing but itself to be shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_INK, _FAINT, _GOOD, _BAD, _BEFORE = "#24292f", "#8c959f", "#2da44e", "#cf222e", "#afb8c1"
_FONT = 'font-family="system-ui, sans-serif" font-size="12"'


@dataclass(frozen=True)
class Bar:
    """A measure as a multiple of its goal: 1 is there, less is better. `before` is an earlier measurement, or None."""

    name: str
    now: float
    before: float | None
    label: str


def _page(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {_FONT} '
        f'role="img"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashed}/>'


def bars(title: str, found: Sequence[Bar]) -> str:
    """Bars on a logarithmic scale around the goal."""
    left, width, step = 330, 820, 30
    values = [value for bar in found for value in (bar.now, bar.before) if value]
    low, high = min([0.25, *values]) * 0.9, max([2.0, *values]) * 1.6
    height = 46 + step * len(found)

    def place(value: float) -> float:
        return left + (width - left - 20) * math.log(value / low) / math.log(high / low)

    parts = [_text(left, 18, "multiple of the goal: left of the line is better", colour=_FAINT)]
    for number, bar in enumerate(found):
        top = 30 + step * number
        parts.append(_text(left - 8, top + 14, bar.name, "end"))
        if bar.before:
            parts.append(
                f'<rect x="{left}" y="{top}" width="{max(place(bar.before) - left, 1):.1f}" height="8" fill="{_BEFORE}"/>'
            )
        colour = _GOOD if bar.now <= 1 else _BAD
        parts.append(f'<rect x="{left}" y="{top + 9}" width="{max(place(bar.now) - left, 1):.1f}" height="11" fill="{colour}"/>')
        parts.append(_text(max(place(bar.now), place(bar.before or low)) + 5, top + 17, bar.label))
    parts.append(_line(place(1), 24, place(1), height - 12, _INK, "4 3"))
    return _page(width, height, title, parts)


def lines(title: str, across: str, points: Sequence[tuple[float, float]], unit: str = "s") -> str:
    """Seconds, or what `unit` says, against a size, with the straight line through the two smallest."""
    left, top, width, height = 60, 30, 400, 260
    right, bottom = width - 20, height - 45
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points) * 1.1

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * x / most_x, bottom - (bottom - top) * y / most_y

    parts = [_text(left, 18, title), _line(left, bottom, right, bottom, _INK), _line(left, top, left, bottom, _INK)]
    for share in (0.5, 1.0):
        value = most_y * share
        parts.append(_text(left - 6, at(0, value)[1] + 4, f"{value:.3g} {unit}", "end", _FAINT))
    for x, _ in points:
        parts.append(_text(at(x, 0)[0], bottom + 16, f"{x:g}", "middle", _FAINT))
    parts.append(_text((left + right) / 2, bottom + 34, across, "middle"))
    (x0, y0), (x1, y1) = points[0], points[1]
    slope = (y1 - y0) / (x1 - x0)
    end = min(most_x, (most_y - y0) / slope + x0) if slope > 0 else most_x
    parts.append(_line(*at(x0, y0), *at(end, y0 + slope * (end - x0)), _FAINT, "4 3"))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_GOOD}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_GOOD}"/>' for x, y in (at(*point) for point in points)]
    return _page(width, height, title, parts)
