"""Findings for people: `full` with source frames and fixes, `concise` a line each, `grouped` by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Safety
from gcheck_lint.fixing.selection import is_applicable
from gcheck_lint.records import dataclass
from gcheck_lint.report import frame, patch, width
from gcheck_lint.report.paint import Paint, clean, named
from gcheck_lint.report.places import changed, lines_of, shown
from gcheck_lint.rulebook import pages
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position

_INDENT = 4  # of what does not fit into a line
_PROMISE = {
    Safety.UNSAFE: "This fix is unsafe and may change what the script does",
    Safety.DISPLAY: "This fix is display-only; `--fix` never applies it",
}


@dataclass(frozen=True, slots=True)
class View:
    """What a text report needs besides the findings: the texts, and how they are shown.

    `width`: the cells of the terminal's rows; None where there is none.
    """

    sources: Mapping[str, Source]
    unsafe: bool
    paint: Paint
    width: int | None = None


def full(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Each finding with its places, its remedy and its fix."""
    return "".join("\n".join(_block(diagnostic, view)) + "\n\n" for diagnostic in diagnostics)


def concise(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """One line each: `path:row:column: severity[CODE]: message`."""
    found = [shown(diagnostic, view.sources) for diagnostic in diagnostics]
    lines: list[str] = []
    for one in found:
        path, place = named(one.path), f":{_place(one)}: "
        lines += _headed(one, view, width.of(path + place), f"{view.paint('bold', path)}{place}")
    return "".join(f"{line}\n" for line in lines)


def grouped(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """The findings of a file under its name."""
    parts: list[str] = []
    for path, group in groupby(diagnostics, key=lambda diagnostic: diagnostic.path):
        found = [shown(diagnostic, view.sources) for diagnostic in group]
        room = max(len(_place(diagnostic)) for diagnostic in found)
        parts.append(f"{view.paint('bold', named(path))}:\n")
        for one in found:
            begin = f"  {_place(one):{room}} "
            parts += (f"{line}\n" for line in _headed(one, view, len(begin), begin))
        parts.append("\n")
    return "".join(parts)


def _headed(diagnostic: Diagnostic, view: View, taken: int, begin: str = "", style: str = "") -> list[str]:
    """`severity[CODE] [*]: message` behind the `begin` of a line, which takes some cells; what is too long goes on below."""
    severity = f"{diagnostic.severity}[{diagnostic.code}]"
    code = view.paint.link(diagnostic.code, pages.url(diagnostic.code) if view.paint.links else None)
    star = is_applicable(diagnostic, view.unsafe)
    head = view.paint.severity(diagnostic.severity, f"{diagnostic.severity}[{code}]") + (
        f" [{view.paint('star', '*')}]: " if star else ": "
    )
    taken += len(severity) + (len(" [*]: ") if star else len(": "))
    first, *others = width.fold(clean(diagnostic.message), view.width, taken, _INDENT)
    return [f"{begin}{head}{view.paint(style, first)}".rstrip(), *(view.paint(style, line) for line in others)]


def _place(diagnostic: Diagnostic) -> str:
    cell = f"cell {diagnostic.cell}:" if diagnostic.cell is not None else ""
    return f"{cell}{diagnostic.span.start.row}:{diagnostic.span.start.column}"


def _block(diagnostic: Diagnostic, view: View) -> Iterator[str]:
    diagnostic = shown(diagnostic, view.sources)
    paint = view.paint
    frames = _frames(diagnostic, view)
    changes = _changes(diagnostic.fix, view)
    rows = [frame.widest_row(lines, marks) for _, _, lines, marks in frames]
    rows += [patch.last_row(before, after) for _, before, after in changes]
    gutter = len(str(max(rows, default=1)))
    yield from _headed(diagnostic, view, 0, style="bold")
    yield f"{paint('gutter', f'{chr(32) * gutter}-->')} {clean(diagnostic.path)}:{_place(diagnostic)}"
    for path, place, lines, marks in frames:
        if path != _named(diagnostic.path, diagnostic.cell):
            yield f"{paint('gutter', f'{chr(32) * gutter}:::')} {clean(path)}:{place.row}:{place.column}"
        yield from frame.draw(lines, marks, gutter, paint, view.width)
    for one in diagnostic.related:
        if one.path not in view.sources:  # of a file that was not checked: its text is not at hand
            where = f"{clean(_named(one.path, one.cell))}:{one.span.start.row}:{one.span.start.column}"
            yield f"{paint('gutter', f'{chr(32) * gutter}:::')} {where} {clean(one.message)}"
    for note in _notes(diagnostic):
        first, *others = width.fold(clean(note), view.width, gutter + len(" = note: "), gutter + len(" = "))
        yield f"{paint('gutter', f'{chr(32) * gutter} =')} {paint('bold', 'note')}: {first}"
        yield from others
    # the title of the fix says in words what the diff below shows; it is needed where nothing else leads up to the diff
    remedy = diagnostic.help or (diagnostic.fix.title if diagnostic.fix is not None else "")
    if remedy:
        yield from _said("help", "help", remedy, view)
    for path, before, after in changes:
        if path != diagnostic.path:
            yield f"{paint('gutter', f'{chr(32) * gutter}:::')} {clean(path)}"
        yield from patch.inline(before, after, gutter, paint, view.width)
    if diagnostic.fix is not None and diagnostic.fix.safety in _PROMISE:
        yield from _said("warning", "note", _PROMISE[diagnostic.fix.safety], view)


def _said(style: str, what: str, words: str, view: View) -> Iterator[str]:
    first, *others = width.fold(f": {clean(words)}", view.width, len(what), _INDENT)
    yield f"{view.paint(style, what)}{view.paint('bold', first)}"
    yield from (view.paint("bold", line) for line in others)


def _notes(diagnostic: Diagnostic) -> Iterator[str]:
    if diagnostic.versions:
        yield f"affects {diagnostic.versions}"
    if diagnostic.condition:
        yield diagnostic.condition
    if diagnostic.certainty is Certainty.POSSIBLE:
        yield "this finding is possible, not sure"


def _frames(diagnostic: Diagnostic, view: View) -> list[tuple[str, Position, LineIndex, list[frame.Mark]]]:
    """The places of a finding, file by file (cell by cell), its own file first."""
    style = str(diagnostic.severity)
    marks = {(diagnostic.path, diagnostic.cell): [frame.Mark(diagnostic.span, diagnostic.label, style, "^")]}
    for related in diagnostic.related:
        mark = frame.Mark(related.span, related.message, "related", "-")
        marks.setdefault((related.path, related.cell), []).append(mark)
    return [
        (_named(path, cell), its[0].span.start, lines_of(view.sources[path], cell), its)
        for (path, cell), its in marks.items()
        if path in view.sources
    ]


def _named(path: str, cell: int | None) -> str:
    return path if cell is None else f"{path}:cell {cell}"


def _changes(fix: Fix | None, view: View) -> list[tuple[str, str, str]]:
    if fix is None:
        return []
    changes: list[tuple[str, str, str]] = []
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        if path in view.sources:
            changes.append((path, *changed(view.sources[path], [edit for edit in fix.edits if edit.path == path])))
    return changes
