"""What the editor shows beside the code: a rule's card, what happens at a place, and the state of the models after a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from gcheck_lint.findings import comments
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.lsp.messages import Client
from gcheck_lint.lsp.units import Units
from gcheck_lint.rulebook import cards, pages
from gcheck_lint.run import pipeline
from gcheck_lint.text.spans import LineIndex, Position, Span

if TYPE_CHECKING:
    from gcheck_lint.story import Moment

_PLAIN: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def hover(analysis: Analysis, uri: str, place: types.Position, client: Client) -> types.Hover | None:
    """The card of a code in a comment; else what happens to which model at this place, and which rules speak of it."""
    offset = analysis.document.offset(uri, place, client.units)
    if offset is None or analysis.left_out or analysis.report.skipped:
        return None
    found = _of_comment(analysis, offset) or _of_place(analysis, offset)
    if found is None:
        return None
    text, span = found
    kind = types.MarkupKind.Markdown if client.markdown else types.MarkupKind.PlainText
    shown = text if client.markdown else _plain(text)
    return types.Hover(types.MarkupContent(kind, shown), analysis.document.place(span, client.units).range)


def hints(analysis: Analysis, uri: str, shown: types.Range, units: Units) -> list[types.InlayHint]:
    """The state of the models after each line on which something happens to them."""
    return list(_hints(analysis, uri, shown, units))


def _hints(analysis: Analysis, uri: str, shown: types.Range, units: Units) -> Iterator[types.InlayHint]:
    part = analysis.document.part_of(uri)
    if part is None or analysis.left_out:
        return
    last: dict[int, list[Moment]] = {}
    for moment, span in _moments(analysis):
        placed = analysis.document.at(span.end.row)
        if moment.after and placed.part is part:
            last.setdefault(span.end.row - placed.row, []).append(moment)
    for row, moments in sorted(last.items()):
        if shown.start.line <= row - 1 <= shown.end.line:
            end = types.Position(row - 1, units.width(part.lines.line(row)))
            after = {moment.who: moment.after for moment in moments}
            label = (
                " | ".join(dict.fromkeys(after.values())) if len(after) == 1 else "; ".join(f"{w}: {a}" for w, a in after.items())
            )
            yield types.InlayHint(end, label, padding_left=True, tooltip=", ".join(dict.fromkeys(m.told for m in moments)))


def card_text(code: str, whole: bool) -> str:
    """A rule in words: its card, or no more than what happens, with a link to the rest."""
    card = cards.load()[code]
    link = pages.document(code)
    head = f"**{card.code}** `{card.slug}` ({card.severity})\n\n{card.sentence}"
    more = f"[Rule documentation]({link}), or `gclint rule {card.code}`"
    if not whole:
        return f"{head} {more}"
    parts = [f"**{name}**\n\n{card.sections[name]}" for name in ("Why", "Versions", "What does not help", "When to ignore")]
    return "\n\n".join([head, *parts, more])


def _of_comment(analysis: Analysis, offset: int) -> tuple[str, Span] | None:
    source = analysis.document.source
    known = pipeline.known_rules()
    for directive in comments.read(source, known):
        for named in directive.named or ():
            if named.start <= offset <= named.end and named.codes:
                codes = sorted(named.codes)
                text = "\n\n---\n\n".join(card_text(code, whole=len(codes) == 1) for code in codes)
                return text, LineIndex(source.text).span(named.start, named.end)
    return None


def _of_place(analysis: Analysis, offset: int) -> tuple[str, Span] | None:
    position = LineIndex(analysis.document.text).position(offset)
    here = [(moment, span) for moment, span in _moments(analysis) if _holds(span, position)]
    if not here:
        return None
    # the innermost of the places around the cursor
    span = min((span for _, span in here), key=lambda one: (one.end.row - one.start.row, one.end.column - one.start.column))
    lines = [_line(moment) for moment, its in here if its == span]
    speaking = [one for one in analysis.diagnostics if _speaks_of(one, span, analysis)]
    parts = ["\n".join(dict.fromkeys(lines))]
    for code in dict.fromkeys(one.code for one in speaking):
        told = [f"- {one.message}" for one in speaking if one.code == code]
        parts.append("\n\n".join([card_text(code, whole=False), "\n".join(dict.fromkeys(told))]))
    return "\n\n---\n\n".join(parts), span


def _line(moment: Moment) -> str:
    text = f"- **{moment.who}**: {moment.told}"
    if moment.after:
        text += f" → {moment.after}"
    return f"{text} ({moment.condition})" if moment.condition else text


def _moments(analysis: Analysis) -> Iterator[tuple[Moment, Span]]:
    """What happens in this very file, with its places."""
    story = analysis.story()
    if story is None:
        return
    from gcheck_lint.story import moments  # LibCST takes 0.16 s to import; there is a story, so it is there by now

    for moment in moments(story):
        if moment.site.path == analysis.document.path:
            yield moment, moment.site.span


def _speaks_of(one: Diagnostic, span: Span, analysis: Analysis) -> bool:
    related = (place.span for place in one.related if place.path == analysis.document.path)
    return any(span.start.row <= other.start.row <= span.end.row for other in (one.span, *related))


def _holds(span: Span, position: Position) -> bool:
    return span.start <= position <= span.end


def _plain(text: str) -> str:
    return _PLAIN.sub(r"\1", text).replace("**", "").replace("`", "")
