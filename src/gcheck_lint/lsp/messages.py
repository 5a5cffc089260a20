"""Findings as the client shows them, each field only where the client has said that it understands it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from lsprotocol import types

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Severity
from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.lsp.documents import Document
from gcheck_lint.lsp.rewriting import differences
from gcheck_lint.lsp.units import Units
from gcheck_lint.records import dataclass
from gcheck_lint.rulebook import pages
from gcheck_lint.text.notebook import Notebook, RefusedError
from gcheck_lint.text.spans import Edit, LineIndex, Position, Span

SOURCE: Final = "gclint"
# what stands there does nothing, so it may be shown faded
NO_OPS: Final = frozenset({"GCK003", "GCK104", "GCK204", "GCK403"})
_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Client:
    """What the client can do, and how it counts columns."""

    units: Units = field(default_factory=Units)
    pulls: bool = False
    related: bool = False
    links: bool = False
    data: bool = False
    tags: frozenset[int] = frozenset()
    versions: bool = False
    document_changes: bool = False
    resolves_edits: bool = False
    action_literals: bool = False
    preferred: bool = False
    markdown: bool = False
    configuration: bool = False
    watches: bool = False
    refreshes_diagnostics: bool = False
    refreshes_hints: bool = False

    @classmethod
    def of(cls, said: types.ClientCapabilities, encoding: str) -> Client:
        """Reads the capabilities. A branch that is missing means no."""
        text, workspace = said.text_document, said.workspace
        publish = text.publish_diagnostics if text else None
        pull = text.diagnostic if text else None
        action = text.code_action if text else None
        hover = text.hover if text else None
        shown: tuple[Any, ...] = (publish, pull)  # a client may say it in either place

        def any_says(name: str) -> bool:
            return any(getattr(one, name, None) for one in shown)

        tags = {int(tag) for one in shown if (support := getattr(one, "tag_support", None)) for tag in support.value_set}
        resolve = action.resolve_support.properties if action and action.resolve_support else []
        edit = workspace.workspace_edit if workspace else None
        watched = workspace.did_change_watched_files if workspace else None
        return cls(
            units=Units(encoding),
            pulls=pull is not None,
            related=any_says("related_information"),
            links=any_says("code_description_support"),
            data=any_says("data_support"),
            tags=frozenset(tags),
            versions=bool(publish and publish.version_support),
            document_changes=bool(edit and edit.document_changes),
            resolves_edits=bool(action and action.data_support and "edit" in resolve),
            action_literals=bool(action and action.code_action_literal_support),
            preferred=bool(action and action.is_preferred_support),
            markdown=bool(hover and types.MarkupKind.Markdown in (hover.content_format or ())),
            configuration=bool(workspace and workspace.configuration),
            watches=bool(watched and watched.dynamic_registration),
            refreshes_diagnostics=bool(workspace and workspace.diagnostics and workspace.diagnostics.refresh_support),
            refreshes_hints=bool(workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support),
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What a client is told of a document: the findings by text (or cell), and `troubles`, which the user has to know.

    `met` are the other files that it rests on; `unchecked` says why nothing was found out.
    """

    parts: Mapping[str, list[types.Diagnostic]]
    met: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    unchecked: str = ""


def told(analysis: Analysis, client: Client) -> Told:
    """What is told of an analysis."""
    if analysis.report.skipped:
        return replace(unchecked(analysis.document, analysis.report.skipped, client), met=analysis.met)
    return Told(by_part(analysis, client), analysis.met, analysis.troubles)


def unchecked(document: Document, reason: str, client: Client) -> Told:
    """What is told of a document that was not checked, with a diagnostic at its beginning: no finding is not the same."""
    found: dict[str, list[types.Diagnostic]] = {part.uri: [] for part in document.parts}
    first = document.parts[0]
    place = client.units.range(first.lines, Span(Position(1, 1), Position(1, len(first.lines.line(1)) + 1)))
    text = f"this file was not checked: {reason}"
    found[first.uri].append(types.Diagnostic(place, text, types.DiagnosticSeverity.Information, source=SOURCE))
    return Told(found, unchecked=reason)


def by_part(analysis: Analysis, client: Client) -> Mapping[str, list[types.Diagnostic]]:
    """The findings of a document, under the text (or cell) that each lies in; a text without one has an empty list."""
    found: dict[str, list[types.Diagnostic]] = {part.uri: [] for part in analysis.document.parts}
    for one in analysis.diagnostics:
        place = analysis.document.place(one.span, client.units, one.cell)
        found[place.uri].append(_diagnostic(one, place.range, analysis, client))
    return found


def text_edits(edits: Sequence[Edit], analysis: Analysis, units: Units) -> Mapping[str, list[types.TextEdit]] | None:
    """Edits as the client's, by URI; None when a text can't take them."""
    found: dict[str, list[types.TextEdit]] = {}
    document = analysis.document
    if document.notebook is not None:
        try:
            after = document.notebook.with_edits([edit for edit in edits if edit.path == document.path])
        except RefusedError:
            return None
        found.update(cell_edits(document, after, units))
        edits = [edit for edit in edits if edit.path != document.path]
    for edit in edits:
        own = edit.path == document.path
        text = document.text if own else analysis.unsaved.text(edit.path)
        if text is None:
            return None
        lines = LineIndex(text)
        uri = document.uri if own else analysis.unsaved.uri(edit.path)
        text_edit = types.TextEdit(units.range(lines, lines.span(edit.start, edit.end)), edit.content)
        found.setdefault(uri, []).append(text_edit)
    return found


def cell_edits(document: Document, after: Notebook, units: Units) -> dict[str, list[types.TextEdit]]:
    """What makes the cells of a document those of a notebook."""
    found: dict[str, list[types.TextEdit]] = {}
    for cell in after.cells:
        part = document.parts[cell.number - 1]
        for edit in differences(part.uri, part.text, cell.text):
            span = part.lines.span(edit.start, edit.end)
            found.setdefault(part.uri, []).append(types.TextEdit(units.range(part.lines, span), edit.content))
    return found


def message(diagnostic: Diagnostic) -> str:
    """What is said of a finding: what happens, and below it the remedy and how far it holds."""
    text = diagnostic.message
    notes = [f"affects {diagnostic.versions}"] if diagnostic.versions else []
    notes += [diagnostic.condition] if diagnostic.condition else []
    notes += ["this finding is possible, not sure"] if diagnostic.certainty is Certainty.POSSIBLE else []
    if diagnostic.help:
        text += f"\n\nhelp: {diagnostic.help}"
    if notes:
        text += f"\n{'' if diagnostic.help else chr(10)}note: {'; '.join(notes)}"
    return text


def _diagnostic(one: Diagnostic, place: types.Range, analysis: Analysis, client: Client) -> types.Diagnostic:
    text = message(one)
    related = list(_related(one, analysis, client.units))
    if related and not client.related:
        text += "".join(f"\n{_where(place, analysis.document)}: {place.message}" for place in related)
    link = pages.document(one.code)
    no_op = one.code in NO_OPS and int(types.DiagnosticTag.Unnecessary) in client.tags
    return types.Diagnostic(
        range=place,
        message=text,
        severity=_SEVERITIES[one.severity],
        code=one.code,
        code_description=types.CodeDescription(link) if link and client.links else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if no_op else None,
        related_information=related if related and client.related else None,
        data=_data(one, analysis, client.units) if client.data else None,
    )


def _where(place: types.DiagnosticRelatedInformation, document: Document) -> str:
    """A place in words: its row, or what stands there, since the rows of a notebook have no number that its reader sees."""
    row = place.location.range.start.line + 1
    part = document.part_of(place.location.uri)
    if part is not None and (document.is_notebook or document.path.endswith(".ipynb")):
        return f"`{part.lines.line(row).strip()}`"
    return f"{place.location.uri.rpartition('/')[2]}:{row}"


def _related(one: Diagnostic, analysis: Analysis, units: Units) -> Iterable[types.DiagnosticRelatedInformation]:
    for related in one.related:
        if related.path == analysis.document.path:
            yield types.DiagnosticRelatedInformation(analysis.document.place(related.span, units), related.message)
        elif (text := analysis.unsaved.text(related.path)) is not None:
            location = types.Location(analysis.unsaved.uri(related.path), units.range(LineIndex(text), related.span))
            yield types.DiagnosticRelatedInformation(location, related.message)


def _data(one: Diagnostic, analysis: Analysis, units: Units) -> dict[str, Any]:
    """For clients that make something of it: the rule's name, and the fix as it would be offered."""
    data: dict[str, Any] = {"code": one.code, "name": one.name, "certainty": str(one.certainty)}
    if one.fix is not None and one.fix.edits:
        changes = text_edits(one.fix.edits, analysis, units)
        if changes is not None:
            data["fix"] = fix_data(one.fix, changes)
    return data


def fix_data(fix: Fix, changes: Mapping[str, list[types.TextEdit]]) -> dict[str, Any]:
    """A fix as plain JSON."""

    def place(position: types.Position) -> dict[str, int]:
        return {"line": position.line, "character": position.character}

    edits = [
        {"uri": uri, "range": {"start": place(one.range.start), "end": place(one.range.end)}, "newText": one.new_text}
        for uri, its in changes.items()
        for one in its
    ]
    return {"title": fix.title, "safety": str(fix.safety), "edits": edits}
