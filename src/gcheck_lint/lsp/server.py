"""The methods of the protocol, each handed on to the session. Nothing here looks at a text."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import cattrs
import lsprotocol.converters
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    _params_field_structure_hook,
    _result_field_structure_hook,
)

from gcheck_lint import __version__
from gcheck_lint.lsp import actions, hovers, pictures
from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.lsp.documents import Document
from gcheck_lint.lsp.session import Session

_log = logging.getLogger(__name__)
_NOTEBOOKS: Final = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(notebook="jupyter-notebook", cells=[types.NotebookCellLanguage(language="python")]),
        types.NotebookDocumentFilterWithCells(notebook="interactive", cells=[types.NotebookCellLanguage(language="python")]),
    ],
    save=True,
)


PENDING: Final = 300  # requests that may wait for their answer
REQUEST: Final = 1_000_000  # bytes of one; only texts are larger
_UNKNOWN: Final = -32601  # what JSON-RPC and the protocol say of a request that is refused
_INVALID: Final = -32600
_FAILED: Final = -32803


class Protocol(LanguageServerProtocol):
    """The protocol, with an answer for every request, and an end to what a client can have it hold."""

    _server: Server

    def receive(self, body: bytes) -> bool:
        """Reads and handles a message. Gives whether it was JSON."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            _log.warning("a message of %d bytes is not JSON: %s", len(body), error)
            return False
        try:
            if isinstance(data, dict) and data.get("jsonrpc") == self.VERSION and not self._refuses(data, len(body)):
                self.handle_message(self.structure_message(data))
        except Exception as error:
            _log.warning("invalid message: %s", error)
        return True

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Reads a message. Raises JsonRpcException; the client hears of it, if it waits for an answer."""
        try:
            return super().structure_message(data)
        except JsonRpcException:
            self._refuse(data, JsonRpcInvalidParams.CODE, "invalid parameters")
            raise

    def _refuses(self, data: dict[str, Any], size: int) -> bool:
        """Whether a message is not even looked at, of which the client then hears if it waits for an answer."""
        method = data.get("method")
        if method is None:  # an answer
            return data.get("id") not in self._request_futures
        self._request_futures = {name: one for name, one in self._request_futures.items() if not one.done()}
        if method not in self.fm.features and method not in self.fm.builtin_features and method != types.CANCEL_REQUEST:
            return self._refuse(data, _UNKNOWN, "no such method")
        if "id" not in data:
            return False
        if not isinstance(data["id"], (int, str)) or len(str(data["id"])) > 1000:
            return True
        if method == types.INITIALIZE and self._workspace is not None:
            return self._refuse(data, _INVALID, "already initialized")
        if method != types.INITIALIZE and size > REQUEST:
            return self._refuse(data, _FAILED, "the request is too large")
        if len(self._request_futures) >= PENDING and method != types.SHUTDOWN:
            return self._refuse(data, _FAILED, "too many requests at once")
        return False

    def _refuse(self, data: dict[str, Any], code: int, reason: str) -> bool:
        if isinstance(data.get("id"), (int, str)):
            self._send_response(data["id"], error=types.ResponseError(code, reason))
        return True

    def handle_message(self, message: Any) -> None:
        """Handles a message, unless there is no room for what it brings."""
        if self._workspace is None or self._server.session.room.takes(
            getattr(message, "method", None), getattr(message, "params", None)
        ):
            super().handle_message(message)

    def send_request(self, method: str, params: Any = None, callback: Any = None, msg_id: Any = None) -> Any:
        """Asks the client. Nothing is kept of a request that it does not answer in time."""
        number = msg_id if msg_id is not None else str(uuid.uuid4())
        future = super().send_request(method, params, callback, number)

        def forget(_: object) -> None:
            self._request_futures.pop(number, None)
            self._result_types.pop(number, None)

        future.add_done_callback(forget)
        return future


def _converter() -> cattrs.Converter:
    """That of pygls, without an exception for each item of a list that is wrong: a client may send a million of them."""
    converter = lsprotocol.converters.get_converter(cattrs.Converter(detailed_validation=False))
    converter.register_structure_hook(JsonRPCRequestMessage, _params_field_structure_hook)
    converter.register_structure_hook(JsonRPCResponseMessage, _result_field_structure_hook)
    converter.register_structure_hook(JsonRPCNotification, _params_field_structure_hook)
    return converter


class Server(LanguageServer):
    """The server; `code` is what the process is to exit with.

    Texts come whole with each change: pygls ends lines where the protocol does not (form feeds, U+2028).
    """

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__(
            "gclint",
            __version__,
            protocol_cls=Protocol,
            converter_factory=_converter,
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
            await session.watch_files()
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
        return await session.ask(uri, lambda _: partial(hovers.hover, uri=uri, place=params.position, client=session.client))

    @feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        uri = params.text_document.uri
        document = session.documents.find(uri)
        if document is None or not session.options(document).inlay_hints:
            return []
        units = session.client.units
        return await session.ask(uri, lambda _: partial(hovers.hints, uri=uri, shown=params.range, units=units)) or []

    @feature(pictures.METHOD)
    async def story(params: Any) -> dict[str, Any] | None:
        uri = getattr(getattr(params, "textDocument", None), "uri", None)
        if not isinstance(uri, str):
            raise JsonRpcInvalidParams("`textDocument` names no text")
        return await session.ask(uri, lambda _: partial(pictures.draw, units=session.client.units))


def _answer_actions(server: Server) -> None:
    session, feature = server.session, server.feature

    @feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=list(actions.KINDS), resolve_provider=session.client.resolves_edits),
    )
    async def offer(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri

        def question(document: Document) -> Callable[[Analysis], list[types.CodeAction]]:
            return partial(actions.offer, uri=uri, place=params.range, context=params.context, **now(document))

        return await session.ask(uri, question) or []

    def now(document: Document) -> dict[str, Any]:
        versions = actions.versions_of(session.documents)
        return {"client": session.client, "options": session.options(document), "versions": versions}

    if not session.client.resolves_edits:
        return

    @feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        uri = action.data.get("uri") if isinstance(action.data, dict) else None
        if isinstance(uri, str) and action.edit is None:
            action.edit = await session.ask(uri, lambda document: partial(actions.fix_all_edit, **now(document)))
        return action


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
