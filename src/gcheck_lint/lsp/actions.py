"""Code actions: a finding's fix, all safe fixes, and comments that silence a rule on a line or in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lsprotocol import types

from gcheck_lint.findings import comments, suppressions
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Safety
from gcheck_lint.fixing.selection import is_applicable
from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.lsp.documents import Documents
from gcheck_lint.lsp.messages import Client, text_edits
from gcheck_lint.lsp.options import Options
from gcheck_lint.lsp.rewriting import differences
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Position

FIX_ALL: Final = "source.fixAll.gclint"
NOTEBOOK_FIX_ALL: Final = "notebook.source.fixAll.gclint"
KINDS: Final = (types.CodeActionKind.QuickFix, FIX_ALL, NOTEBOOK_FIX_ALL)
_HEAD: Final = re.compile(r"#!|[ \t\f]*#.*?coding[:=]")


def offer(
    analysis: Analysis,
    uri: str,
    place: types.Range,
    context: types.CodeActionContext,
    client: Client,
    options: Options,
    versions: Mapping[str, int | None],
) -> list[types.CodeAction]:
    """The actions for a range of a text."""
    return [] if analysis.left_out else Workshop(analysis, client, options, versions).offer(uri, place, context)


def fix_all_edit(
    analysis: Analysis, client: Client, options: Options, versions: Mapping[str, int | None]
) -> types.WorkspaceEdit | None:
    """What all safe fixes together change; None when that is nothing, or can't be said."""
    return None if analysis.left_out else Workshop(analysis, client, options, versions).fix_all_edit()


class Workshop:
    """Makes the actions of one document."""

    def __init__(self, analysis: Analysis, client: Client, options: Options, versions: Mapping[str, int | None]) -> None:
        self.analysis = analysis
        self.client = client
        self.options = options
        self.versions = versions

    def offer(self, uri: str, place: types.Range, context: types.CodeActionContext) -> list[types.CodeAction]:
        """The actions for a range of a text."""
        offered: list[types.CodeAction] = []
        if _asks(context.only, types.CodeActionKind.QuickFix):
            offered += self._quick_fixes(uri, place, context.diagnostics)
        for kind in (FIX_ALL, NOTEBOOK_FIX_ALL):
            if _asks(context.only, kind) and (kind == FIX_ALL or self.analysis.document.is_notebook):
                offered += self._fix_all(uri, kind)
        return offered

    def fix_all_edit(self) -> types.WorkspaceEdit | None:
        """What all safe fixes together change; None when that is nothing, or can't be said."""
        edits: list[Edit] = []
        for path, (before, after) in self.analysis.fixed().items():
            if path != self.analysis.document.path and self.analysis.unsaved.text(path) != before.text:
                return None
            edits += differences(path, before.text, after.text)
        return self._workspace_edit(edits) if edits else None

    def _quick_fixes(self, uri: str, place: types.Range, shown: Sequence[types.Diagnostic]) -> Iterator[types.CodeAction]:
        document, units = self.analysis.document, self.client.units
        found: list[tuple[Diagnostic, types.Diagnostic | None]] = []
        for one in self.analysis.diagnostics:
            location = document.place(one.span, units, one.cell)
            statement = document.place(one.statement, units, one.cell)
            if location.uri == uri and (_overlap(location.range, place) or _overlap(statement.range, place)):
                same = (d for d in shown if d.code == one.code and d.range == location.range)
                found.append((one, next(same, None)))
        if self.options.fix_actions:
            for one, theirs in found:
                yield from self._fix(one, theirs)
        if self.options.disable_actions:
            for one, theirs in found:
                yield from self._disable(one, theirs)

    def _fix(self, one: Diagnostic, theirs: types.Diagnostic | None) -> Iterator[types.CodeAction]:
        if one.fix is None or not one.fix.edits:
            return
        edit = self._workspace_edit(one.fix.edits)
        if edit is None:
            return
        warning = " (review the result)" if one.fix.safety is Safety.UNSAFE else ""
        preferred = one.fix.safety is Safety.SAFE and one.certainty is Certainty.SURE
        yield self._action(f"gclint ({one.code}): {one.fix.title}{warning}", edit, theirs, preferred)

    def _disable(self, one: Diagnostic, theirs: types.Diagnostic | None) -> Iterator[types.CodeAction]:
        source, known = self.analysis.document.source, pipeline.known_rules()
        text, count = suppressions.add_noqa(source, [one], known)
        if not count:  # GCK0 speaks of the file, or of comments: no comment answers it
            return
        edit = self._workspace_edit(differences(source.path, source.text, text))
        if edit is not None:
            yield self._action(f"gclint ({one.code}): Disable for this line", edit, theirs, False)
        row = self._first_row()
        edit = None if row is None else self._workspace_edit([file_ignore(source, one.code, known, row)])
        if edit is not None:
            yield self._action(f"gclint ({one.code}): Disable for this file", edit, theirs, False)

    def _first_row(self) -> int | None:
        """The first row that a comment may stand on; a cell's `%%` magic has to stay its first line."""
        placed = self.analysis.document.placed
        return next((one.row + 1 for one in placed if not one.part.text.lstrip().startswith("%%")), None)

    def _fix_all(self, uri: str, kind: str) -> Iterator[types.CodeAction]:
        unsafe = self.analysis.settings.unsafe_fixes
        if not self.options.fix_all or not any(is_applicable(one, unsafe) for one in self.analysis.diagnostics):
            return
        action = types.CodeAction("gclint: Fix all auto-fixable problems", kind=kind)
        if self.client.resolves_edits:
            action.data = {"uri": uri}
            yield action
            return
        action.edit = self.fix_all_edit()
        if action.edit is not None:
            yield action

    def _action(
        self, title: str, edit: types.WorkspaceEdit, theirs: types.Diagnostic | None, preferred: bool
    ) -> types.CodeAction:
        return types.CodeAction(
            title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=None if theirs is None else [theirs],
            is_preferred=True if preferred and self.client.preferred else None,
            edit=edit,
        )

    def _workspace_edit(self, edits: Sequence[Edit]) -> types.WorkspaceEdit | None:
        changes = text_edits(edits, self.analysis, self.client.units)
        if changes is None:
            return None
        if not self.client.document_changes:
            return types.WorkspaceEdit(changes=dict(changes))
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, self._version(uri)), list(its))
                for uri, its in changes.items()
            ]
        )

    def _version(self, uri: str) -> int | None:
        part = self.analysis.document.part_of(uri)
        return self.versions.get(uri) if part is None else part.version


def file_ignore(source: Source, code: str, known: Mapping[str, str], row: int = 1) -> Edit:
    """A comment that silences a rule in the whole file: another code in one that is there, or a line of its own at `row`."""
    for directive in comments.read(source, known):
        if directive.rows is None and directive.own and directive.named:
            end = directive.named[-1].end
            return Edit(source.path, end, end, f", {code}")
    lines = LineIndex(source.text)
    while row <= 2 and _HEAD.match(lines.line(row)):
        row += 1
    at = lines.offset(Position(row, 1))
    newline = next((end for end in ("\r\n", "\n", "\r") if end in source.text), "\n")
    comment = f"# gclint: file-ignore[{code}]"
    if row > len(lines):  # a lone `#!` without a newline
        return Edit(source.path, len(source.text), len(source.text), newline + comment + newline)
    return Edit(source.path, at, at, comment + newline)


def versions_of(documents: Documents) -> Mapping[str, int | None]:
    """The version of every open text, by URI."""
    return {part.uri: part.version for document in documents.all() for part in document.parts}


def _overlap(one: types.Range, other: types.Range) -> bool:
    def key(place: types.Position) -> tuple[int, int]:
        return place.line, place.character

    # an editor that asks for a line ends it at the next one's first column
    return key(one.start) <= key(other.end) and key(other.start) <= key(one.end)


def _asks(only: Sequence[Any] | None, kind: str) -> bool:
    """Whether a client wants this kind: `source` and `source.fixAll` want `source.fixAll.gclint`, too."""
    if not only:
        return kind != NOTEBOOK_FIX_ALL
    wanted = [str(getattr(one, "value", one)) for one in only]
    return any(not one or kind == one or kind.startswith(f"{one}.") for one in wanted)
