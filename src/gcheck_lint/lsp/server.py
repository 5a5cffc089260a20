"""The methods of the protocol, each handed on to the session. Nothing here looks at a text."""

from __future__ import annotations

import hashlib
import logging
from typing import Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter

from gcheck_lint import __version__
from gcheck_lint.config import dependencies
from gcheck_lint.lsp import actions, hovers
from gcheck_lint.lsp.session import SETTINGS_NAMES, Session

_log = logging.getLogger(__name__)
_NOTEBOOKS: Final = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(notebook="jupyter-notebook", cells=[types.NotebookCellLanguage(language="python")]),
        types.NotebookDocumentFilterWithCells(notebook="interactive", cells=[types.NotebookCellLanguage(language="python")]),
    ],
    save=True,
)


class Protocol(LanguageServerProtocol):
    """The protocol, with an answer for every request: pygls leaves one that it can't read without any."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Reads a message. Raises JsonRpcException."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), (int, str)):
                self._send_response(data["id"], error=error.to_response_error())
            raise


class Server(LanguageServer):
    """The server; `code` is what the process is to exit with.

    Texts come whole with each change: pygls ends lines where the protocol does not (form feeds, U+2028).
    """

    def __init__(self) -> None:
        super().__init__(
            "gclint",
            __version__,
            protocol_cls=Protocol,
            converter_factory=default_converter,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            notebook_document_sync=_NOTEBOOKS,
        )
        self.session = Session(self)
        self.code = 0

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What a client sends amiss is for the log, not for a window in front of the user."""
        _log.error("%s: %s", getattr(source, "__name__", source), error)


def create() -> Server:
    """A server with all its methods."""
    server = Server()
    session = server.session
    feature = server.feature

    @feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        session.begin(params)
        if session.client.pulls:
            _answer_pulls(server)
        if session.client.action_literals:
            _answer_actions(server)

    @feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        await session.configure()
        if session.client.watches:
            watchers = [types.FileSystemWatcher(f"**/{name}") for name in (*SETTINGS_NAMES, *dependencies.NAMES, "*.py")]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("gclint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(types.RegistrationParams([registration]))
        session.refresh()

    @feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        session.stop()

    @feature(types.EXIT)
    def leave(params: None) -> None:
        server.code = 0 if session.stopped else 1

    _keep_documents(server)
    _keep_settings(server)
    _answer_questions(server)
    return server


def _keep_documents(server: Server) -> None:
    session, feature = server.session, server.feature

    @feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        session.opened(params.text_document.uri)

    @feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        session.changed(params.text_document.uri)

    @feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        session.saved(params.text_document.uri)

    @feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        session.closed([params.text_document.uri])

    @feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def notebook_opened(params: types.DidOpenNotebookDocumentParams) -> None:
        session.opened(params.notebook_document.uri)

    @feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def notebook_changed(params: types.DidChangeNotebookDocumentParams) -> None:
        structure = params.change.cells.structure if params.change.cells else None
        if structure is not None:
            session.closed([cell.uri for cell in structure.did_close or ()])
        session.changed(params.notebook_document.uri)

    @feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    async def notebook_saved(params: types.DidSaveNotebookDocumentParams) -> None:
        session.saved(params.notebook_document.uri)

    @feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        session.closed([params.notebook_document.uri, *(cell.uri for cell in params.cell_text_documents)])


def _keep_settings(server: Server) -> None:
    session, feature = server.session, server.feature

    @feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: types.DidChangeConfigurationParams) -> None:
        await session.configure(params.settings)
        session.refresh(files_came_or_went=False)

    @feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        await session.configure()
        session.refresh()

    @feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def files(params: types.DidChangeWatchedFilesParams) -> None:
        session.files_changed(params.changes)


def _answer_questions(server: Server) -> None:
    session, feature = server.session, server.feature

    @feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        found = await session.current(uri)
        return None if found is None else await session.work(hovers.hover, found, uri, params.position, session.client)

    @feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        uri = params.text_document.uri
        document = session.documents.find(uri)
        if document is None or not session.options(document).inlay_hints:
            return []
        found = await session.current(uri)
        if found is None:
            return []
        return await session.work(lambda: list(hovers.hints(found, uri, params.range, session.client.units)))


def _answer_actions(server: Server) -> None:
    session, feature = server.session, server.feature

    @feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=list(actions.KINDS), resolve_provider=session.client.resolves_edits),
    )
    async def offer(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        workshop = await _workshop(session, uri)
        return [] if workshop is None else await session.work(workshop.offer, uri, params.range, params.context)

    if not session.client.resolves_edits:
        return

    @feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        uri = action.data.get("uri") if isinstance(action.data, dict) else None
        workshop = await _workshop(session, uri) if isinstance(uri, str) else None
        if workshop is not None and action.edit is None:
            action.edit = await session.work(workshop.fix_all_edit)
        return action


async def _workshop(session: Session, uri: str) -> actions.Workshop | None:
    found = await session.current(uri)
    if found is None or found.left_out:
        return None
    return actions.Workshop(found, session.client, session.options(found.document), actions.versions_of(session.documents))


def _answer_pulls(server: Server) -> None:
    session = server.session
    options = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier="gclint")

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)
    async def pull(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        items = await session.pulled(params.text_document.uri)
        name = hashlib.blake2b(repr(items).encode(errors="replace"), digest_size=8).hexdigest()
        if params.previous_result_id == name:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=name)
        return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=name)
