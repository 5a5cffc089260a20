"""What a client can have the server hold: a message is taken only where there is room for what it brings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from lsprotocol import types

from gcheck_lint.lsp.documents import Documents

_FOLDERS: Final = 200  # of a workspace
_log = logging.getLogger(__name__)


class Room:
    """The open texts of a server, and whether there may be more. `closed` and `warn` are those of its session."""

    def __init__(self, server: Any, closed: Callable[[list[str]], None], warn: Callable[[str], None]) -> None:
        self._server = server
        self._closed = closed
        self._warn = warn

    def takes(self, method: object, params: Any) -> bool:
        """Whether there is room for what a message brings. A text whose change has none is closed: it would be another one."""
        workspace = self._server.workspace
        documents = Documents(workspace)
        if method == types.TEXT_DOCUMENT_DID_OPEN:
            text = params.text_document
            return documents.has_room([text]) or self._left_out(text.uri)
        if method == types.NOTEBOOK_DOCUMENT_DID_OPEN:
            _without_metadata(params.notebook_document)
            texts = [*params.cell_text_documents, *params.notebook_document.cells]
            return documents.has_room(texts) or self._left_out(params.notebook_document.uri)
        if method == types.TEXT_DOCUMENT_DID_CHANGE:
            uri = params.text_document.uri
            if not documents.is_open(uri) or documents.has_room(params.content_changes):
                return documents.is_open(uri)
            workspace.remove_text_document(uri)
            self._closed([uri])
            return self._left_out(uri)
        if method == types.NOTEBOOK_DOCUMENT_DID_CHANGE:
            uri = params.notebook_document.uri
            found = workspace.get_notebook_document(notebook_uri=uri)
            if found is None:
                return False
            brought = _brought(params.change)
            if documents.has_room(brought):
                return True
            cells = [types.TextDocumentIdentifier(cell.document) for cell in found.cells]
            workspace.remove_notebook_document(types.DidCloseNotebookDocumentParams(found, cells))
            self._closed([uri, *(cell.uri for cell in cells)])
            return self._left_out(uri)
        if method == types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS:
            return len(workspace.folders) + len(params.event.added) <= _FOLDERS
        return True

    def _left_out(self, uri: str) -> bool:
        _log.warning("not enough memory for %s", uri[:200])
        self._warn("gclint skips the documents opened last: too many are open")
        return False


def _without_metadata(notebook: types.NotebookDocument) -> None:
    """Nothing is made of it, and it may be anything."""
    notebook.metadata = None
    for cell in notebook.cells:
        cell.metadata, cell.execution_summary = None, None


def _brought(change: types.NotebookDocumentChangeEvent) -> list[Any]:
    """What a change of a notebook brings: cells and texts."""
    change.metadata = None
    if change.cells is None:
        return []
    change.cells.data = None
    structure = change.cells.structure
    cells = list(structure.array.cells or ()) if structure is not None else []
    for cell in cells:
        cell.metadata, cell.execution_summary = None, None
    texts = list(structure.did_open or ()) if structure is not None else []
    return [*cells, *texts, *(one for text in change.cells.text_content or () for one in text.changes)]
