"""Findings for people: `full` with source frames and fixes, `concise` a line each, `grouped` by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Safety
from gcheck_lint.fixing.selection import is_applicable
from gcheck_lint.report import frame, patch
from gcheck_lint.report.paint import Paint, clean, named
from gcheck_lint.report.places import changed, lines_of, shown
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position

_PROMISE = {
    Safety.UNSAFE: "This is an unsafe fix and may change what the script does",
    Safety.DISPLAY: "This is advice; `--fix` never applies it",
}


@dataclass(frozen=True, slots=True)
class View:
    """What a text report needs besides the findings: the texts, and how they are shown."""

    sources: Mapping[str, Source]
    unsafe: bool
    paint: Paint


def full(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Each finding with its places, its remedy and its fix."""
    return "".join("\n".join(_block(diagnostic, view)) + "\n\n" for diagnostic in diagnostics)


def concise(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """One line each: `path:row:column: CODE message`."""
    paint = view.paint
    found = [shown(diagnostic, view.sources) for diagnostic in diagnostics]
    return "".join(f"{paint('bold', named(d.path))}:{_place(d)}: {_head(d, view)} {clean(d.message)}\n" for d in found)


def grouped(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """The findings of a file under its name."""
    parts: list[str] = []
    for path, group in groupby(diagnostics, key=lambda diagnostic: diagnostic.path):
        found = [shown(diagnostic, view.sources) for diagnostic in group]
        room = max(len(_place(diagnostic)) for diagnostic in found)
        parts.append(f"{view.paint('bold', named(path))}:\n")
        parts += (f"  {_place(d):{room}} {_head(d, view)} {clean(d.message)}\n" for d in found)
        parts.append("\n")
    return "".join(parts)


def _head(diagnostic: Diagnostic, view: View) -> str:
    code = view.paint.severity(diagnostic.severity, diagnostic.code)
    if is_applicable(diagnostic, view.unsafe):
        code += f" [{view.paint('star', '*')}]"
    return code


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
    width = len(str(max(rows, default=1)))
    yield f"{_head(diagnostic, view)} {paint('bold', clean(diagnostic.message))}"
    yield f"{paint('gutter', f'{chr(32) * width}-->')} {clean(diagnostic.path)}:{_place(diagnostic)}"
    for path, place, lines, marks in frames:
        if path != _named(diagnostic.path, diagnostic.cell):
            yield f"{paint('gutter', f'{chr(32) * width}:::')} {clean(path)}:{place.row}:{place.column}"
        yield from frame.draw(lines, marks, width, paint)
    for one in diagnostic.related:
        if one.path not in view.sources:  # of a file that was not checked: its text is not at hand
            where = f"{clean(_named(one.path, one.cell))}:{one.span.start.row}:{one.span.start.column}"
            yield f"{paint('gutter', f'{chr(32) * width}:::')} {where} {clean(one.message)}"
    for note in _notes(diagnostic):
        yield f"{paint('gutter', f'{chr(32) * width} =')} {paint('bold', 'note')}: {clean(note)}"
    # the title of the fix says in words what the diff below shows; it is needed where nothing else leads up to the diff
    remedy = diagnostic.help or (diagnostic.fix.title if diagnostic.fix is not None else "")
    if remedy:
        yield f"{paint('help', 'help')}{paint('bold', f': {clean(remedy)}')}"
    for path, before, after in changes:
        if path != diagnostic.path:
            yield f"{paint('gutter', f'{chr(32) * width}:::')} {clean(path)}"
        yield from patch.inline(before, after, width, paint)
    if diagnostic.fix is not None and diagnostic.fix.safety in _PROMISE:
        yield f"{paint('warning', 'note')}{paint('bold', f': {_PROMISE[diagnostic.fix.safety]}')}"


def _notes(diagnostic: Diagnostic) -> Iterator[str]:
    if diagnostic.versions:
        yield f"affects {diagnostic.versions}"
    if diagnostic.condition:
        yield diagnostic.condition
    if diagnostic.certainty is Certainty.POSSIBLE:
        yield "this is possible, not sure"


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
