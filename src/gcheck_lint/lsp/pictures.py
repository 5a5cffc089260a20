"""The story of a document as a picture for a panel beside it: the request `gclint/story`, which the protocol does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.text.spans import LineIndex

if TYPE_CHECKING:
    from gcheck_lint.lsp.units import Units
    from gcheck_lint.report.lanes import Place

METHOD: Final = "gclint/story"


def draw(analysis: Analysis, units: Units) -> dict[str, Any]:
    """The answer, as plain JSON.

    `title` names the file, `svg` is the picture, `style` its style sheet, and `places` says for each `data-row` where it leads to
    (null: to no text that can be read).
    """
    from gcheck_lint.report import picture, stories  # they import LibCST, which takes 0.16 s

    document = analysis.document
    story = None if analysis.left_out else analysis.story(is_asked_for=True)
    told = stories.Told(document.path, story, "" if story else _reason(analysis), analysis.diagnostics)
    svg, rows = picture.beside(told)
    title = document.path.replace("\\", "/").rpartition("/")[2]
    return {"title": title, "svg": svg, "style": picture.STYLE, "places": _places(analysis, rows, units)}


def _reason(analysis: Analysis) -> str:
    """Why there is no story."""
    if analysis.left_out:
        return "gclint is turned off for this file: it is excluded, or the settings say so"
    if analysis.report.skipped:
        return f"this file was not checked: {analysis.report.skipped}"
    return "this file cannot be parsed"


def _places(analysis: Analysis, rows: Sequence[Place], units: Units) -> list[dict[str, Any] | None]:
    return [None if (place := _place(analysis, row, units)) is None else plain(place) for row in rows]


def _place(analysis: Analysis, row: Place, units: Units) -> types.Location | None:
    document = analysis.document
    if row.path == document.path:
        return document.place(row.span, units, row.cell)
    text = analysis.unsaved.text(row.path)
    return None if text is None else types.Location(analysis.unsaved.uri(row.path), units.range(LineIndex(text), row.span))


def plain(place: types.Location) -> dict[str, Any]:
    """A place as plain JSON."""
    ends = {"start": place.range.start, "end": place.range.end}
    return {
        "uri": place.uri,
        "range": {name: {"line": end.line, "character": end.character} for name, end in ends.items()},
    }
