"""Places as people find them: in a notebook a cell and a row of it, elsewhere a row of the file.

Inside of a run all places are those of the text that was checked, for a notebook its program. Only here they become the cell's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gcheck_lint.findings.diagnostics import Diagnostic, Related
from gcheck_lint.fixing.selection import edited
from gcheck_lint.text.notebook import Notebook, Program
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Span


def shown(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> Diagnostic:
    """The same finding with its places, and those that belong to it, in cells where they lie in a notebook."""
    related = tuple(_related(one, sources) for one in diagnostic.related)
    notebook = _notebook(sources.get(diagnostic.path))
    if notebook is None or diagnostic.cell is not None:
        return replace(diagnostic, related=related)
    cell, span = notebook.within(diagnostic.span)
    _, statement = notebook.within(diagnostic.statement)
    row = diagnostic.noqa_row
    if row is not None:
        row = notebook.place(replace(diagnostic.span.start, row=row)).position.row
    return replace(diagnostic, cell=cell, span=span, statement=statement, related=related, noqa_row=row)


def lines_of(source: Source, cell: int | None) -> LineIndex:
    """The rows among which a shown place lies."""
    notebook = _notebook(source)
    return LineIndex(source.text) if notebook is None or cell is None else LineIndex(notebook.cell(cell).text)


def span_of(source: Source, edit: Edit) -> tuple[int | None, Span]:
    """Where an edit lands, as it is shown."""
    span = LineIndex(source.text).span(edit.start, edit.end)
    notebook = _notebook(source)
    return (None, span) if notebook is None else notebook.within(span)


def changed(source: Source, edits: Sequence[Edit]) -> tuple[str, str]:
    """A text before and after edits: the whole file, or the notebook's cell that they touch."""
    notebook = _notebook(source)
    if notebook is None or not edits:
        return source.text, edited(source.text, edits)
    number, _ = notebook.within(LineIndex(source.text).span(edits[0].start, edits[0].end))
    cell = notebook.cell(number)
    local = [replace(edit, start=edit.start - cell.start, end=edit.end - cell.start) for edit in edits]
    return cell.text, edited(cell.text, local)


def _related(one: Related, sources: Mapping[str, Source]) -> Related:
    notebook = _notebook(sources.get(one.path))
    if notebook is None or one.cell is not None:
        return one
    cell, span = notebook.within(one.span)
    return replace(one, cell=cell, span=span)


def _notebook(source: Source | None) -> Notebook | None:
    return source.notebook if isinstance(source, Program) else None
