"""One client's session: its options, what it has open, and the analyses that wait, run and are kept.

Handlers run on the event loop and never check anything themselves. All checking is done by one worker thread; whoever asks
about the same text shares one analysis. A text that has changed meanwhile is not checked at all.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar

from lsprotocol import types

from gcheck_lint.config import files
from gcheck_lint.config.dependencies import is_dependency_file
from gcheck_lint.lsp import options as client_options
from gcheck_lint.lsp.analysis import Analysis, OpenProgram, analyse
from gcheck_lint.lsp.documents import Document, Documents, path_of
from gcheck_lint.lsp.messages import Client, by_part
from gcheck_lint.lsp.options import Options
from gcheck_lint.run import aims, pipeline

T_ = TypeVar("T_")
DEBOUNCE: Final = 0.2  # seconds of silence before a text that is being typed is checked
SETTINGS_NAMES: Final = files.NAMES
_PATIENCE: Final = 5.0  # seconds for a client to answer
_STACK: Final = 64 * 1024 * 1024  # the story of a deep script needs more than the stack of a thread on macOS
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Key:
    """What an analysis is good for."""

    document: Document
    options: Options
    epoch: int


class Session:
    """See the module's docstring. `tell` sends to the client; it is called on the event loop only."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.client = Client()
        self._given: object = None  # initializationOptions
        self._global = Options()
        self._by_folder: dict[str, Options] = {}
        self._epoch = 0
        self._modules = OpenProgram()
        self._analyses: dict[str, tuple[_Key, asyncio.Task[Analysis | None]]] = {}
        self._saved: dict[str, Document] = {}
        self._changed: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._rests_on: dict[str, frozenset[str]] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._pushed: set[str] = set()
        self._told: set[str] = set()
        self.stopped = False
        before = threading.stack_size(_STACK)
        self._worker = ThreadPoolExecutor(1, "gclint")
        self._worker.submit(_warm_up)
        threading.stack_size(before)

    # --- what the client is and wants --------------------------------------------------------------------------------

    @property
    def documents(self) -> Documents:
        """What is open."""
        return Documents(self.server.workspace)

    def begin(self, params: types.InitializeParams) -> None:
        """Takes what the client says of itself."""
        encoding = str(getattr(self.server.workspace.position_encoding, "value", self.server.workspace.position_encoding))
        self.client = Client.of(params.capabilities, encoding)
        self._given = params.initialization_options
        self._global = self._understood(self._given)

    async def configure(self, pushed: object = None) -> None:
        """Asks for the settings, of each workspace folder, or takes those that came along."""
        if isinstance(pushed, dict):
            pushed = pushed.get("gclint", pushed)
        if not self.client.configuration:
            if pushed is not None:
                self._global = self._understood(self._given, pushed)
            return
        folders = list(self.server.workspace.folders.values())
        items = [types.ConfigurationItem(section="gclint")]
        items += [types.ConfigurationItem(scope_uri=folder.uri, section="gclint") for folder in folders]
        request = self.server.workspace_configuration_async(types.ConfigurationParams(items))
        try:
            answers = await asyncio.wait_for(request, _PATIENCE)
        except Exception as error:  # too late, refused or nonsense: the client's own affair
            _log.warning("no configuration from the client: %r", error)
            return
        if not isinstance(answers, (list, tuple)) or not answers:
            return
        self._global = self._understood(self._given, answers[0])
        self._by_folder = {
            folder.uri: self._understood(self._given, answers[0], answer)
            for folder, answer in zip(folders, answers[1:], strict=False)
        }

    def options(self, document: Document) -> Options:
        """The client's options for a document."""
        root = self.root(document)
        own = (found for uri, found in self._by_folder.items() if (path := path_of(uri)) and Path(path) == root)
        return next(own, self._global)

    def root(self, document: Document) -> Path:
        """The workspace folder of a document, or the folder that it lies in."""
        path = Path(document.path) if Path(document.path).is_absolute() else None
        return self.documents.root(path) or document.folder

    # --- analyses --------------------------------------------------------------------------------------------------------

    async def analysis(self, document: Document) -> Analysis | None:
        """What is found in a document; None when it has changed before anybody looked."""
        key = _Key(document, self.options(document), self._epoch)
        known = self._analyses.get(document.uri)
        if known is None or known[0] != key or known[1].cancelled():
            known = key, self.start(self._analyse(key))
            self._analyses[document.uri] = known
        return await asyncio.shield(known[1])

    async def current(self, uri: str) -> Analysis | None:
        """What is found in the text that the client has now; None when it is closed or no code."""
        while (document := self.documents.find(uri)) is not None:
            found = await self.analysis(document)
            if found is not None:
                return found
        return None

    async def work(self, what: Callable[..., T_], *arguments: Any) -> T_:
        """Runs something in the worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, what, *arguments)

    async def _analyse(self, key: _Key) -> Analysis | None:
        document = key.document
        unsaved, modules, root = self.documents.unsaved(), self._modules, self.root(document)

        def run() -> Analysis | None:
            known = self._analyses.get(document.uri)
            if known is not None and known[0] != key:  # the text has changed while this waited for its turn
                return None
            return analyse(document, key.options, root, unsaved, modules)

        found = await self.work(run)
        if found is not None:
            self._rests_on[document.uri] = found.met
            for trouble in found.troubles:
                self.warn(trouble)
        return found

    # --- pushed diagnostics ----------------------------------------------------------------------------------------------

    def saved(self, uri: str) -> None:
        """A document was saved. Of a client that watches no files this is also the time to read the settings anew."""
        self.opened(uri)
        if not self.client.watches:
            self.refresh()

    def files_changed(self, events: Sequence[types.FileEvent]) -> None:
        """Settings or modules have changed on disk."""
        came_or_went = any(event.type != types.FileChangeType.Changed for event in events)
        settings = any(
            event.uri.endswith(SETTINGS_NAMES) or is_dependency_file(PurePath(path_of(event.uri) or "")) for event in events
        )
        met = {path for files in self._rests_on.values() for path in files}
        if settings or came_or_went or any(path_of(event.uri) in met for event in events):
            self.refresh(came_or_went)

    def opened(self, uri: str) -> None:
        """A document was opened."""
        document = self.documents.find(uri)
        if document is None:
            return
        self._saved[document.uri] = document
        self._changed.pop(document.uri, None)
        self._forget_those_that_rest_on(document.uri, document.path)
        self._push_later(document, 0)

    def changed(self, uri: str) -> None:
        """A document was changed."""
        document = self.documents.find(uri)
        if document is None:
            return
        self._changed[document.uri] = asyncio.get_running_loop().time()
        self._forget_those_that_rest_on(document.uri, document.path)
        if self.options(document).run == "onType":
            self._push_later(document, DEBOUNCE)

    def closed(self, uris: list[str]) -> None:
        """Texts were closed: nothing is known of them any more, and what was not saved no longer counts for others."""
        others = [self._forget_those_that_rest_on(uri, path) for uri in uris if (path := path_of(uri)) is not None]
        if any(others) and self.client.refreshes_diagnostics:  # a client that pulls does not know of it
            self.start(self._ask_again(self.server.workspace_diagnostic_refresh_async))
        for uri in uris:
            for kept in (self._analyses, self._saved, self._changed, self._rests_on):
                kept.pop(uri, None)
            waiting = self._waiting.pop(uri, None)
            if waiting is not None:
                waiting.cancel()
            if uri in self._pushed:
                self._publish(uri, None, [])
                self._pushed.discard(uri)

    def refresh(self, files_came_or_went: bool = True) -> None:
        """Settings or files have changed: everything that is open is looked at again."""
        self._epoch += 1
        aims.projects.cache_clear()
        if files_came_or_went:
            pipeline.forget()
            self._modules = OpenProgram()
        if self.client.refreshes_diagnostics:
            self.start(self._ask_again(self.server.workspace_diagnostic_refresh_async))
        for document in self.documents.all():
            self._push_later(document, 0)
        if self.client.refreshes_hints:
            self.start(self._ask_again(self.server.workspace_inlay_hint_refresh_async))

    def _forget_those_that_rest_on(self, uri: str, path: str) -> bool:
        """Looks again at the open documents whose story leads through this one. Gives whether there are any."""
        those = [other for other, files in self._rests_on.items() if other != uri and path in files]
        for one in those:
            self._analyses.pop(one, None)
            other = self.documents.find(one)
            if other is not None:
                self._push_later(other, DEBOUNCE)
        return bool(those)

    def _pushes(self, document: Document) -> bool:
        """A text gets its diagnostics one way only. VS Code pulls for scripts, but not when a notebook's cell has changed."""
        return document.is_notebook or not self.client.pulls

    def _push_later(self, document: Document, delay: float) -> None:
        if not self._pushes(document):
            return
        waiting = self._waiting.pop(document.uri, None)
        if waiting is not None:
            waiting.cancel()
        self._waiting[document.uri] = self.start(self._push(document.uri, delay))

    async def _push(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        document = self.looked_at(uri)
        found = None if document is None else await self.analysis(document)
        if found is not None:
            for part, items in (await self.work(by_part, found, self.client)).items():
                self._publish(part, found.document.part_of(part), items)

    def _publish(self, uri: str, part: Any, items: list[types.Diagnostic]) -> None:
        self._pushed.add(uri)
        version = part.version if part is not None and self.client.versions else None
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, items, version))

    # --- pulled diagnostics ----------------------------------------------------------------------------------------------

    def looked_at(self, uri: str) -> Document | None:
        """The text that diagnostics are about: the current one, or with `lint.run = onSave` the one that was saved."""
        document = self.documents.find(uri)
        if document is not None and self.options(document).run == "onSave":
            return self._saved.get(document.uri, document)
        return document

    async def pulled(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of a text, once its user has stopped typing."""
        while (document := self.looked_at(uri)) is not None and not self._pushes(document):
            rest = self._changed.get(document.uri, 0) + DEBOUNCE - asyncio.get_running_loop().time()
            if rest > 0 and self.options(document).run == "onType":
                await asyncio.sleep(rest)
                continue
            found = await self.analysis(document)
            if found is not None:
                parts = await self.work(by_part, found, self.client)
                part = found.document.part_of(uri)
                return parts[part.uri] if part is not None else []
        return []

    # --- the client ------------------------------------------------------------------------------------------------------

    def warn(self, text: str) -> None:
        """Says something once in a session: the first line to the user, all of it to the log."""
        if text in self._told:
            return
        self._told.add(text)
        _log.warning("%s", text)
        kind = types.MessageType.Warning
        self.server.window_log_message(types.LogMessageParams(kind, text))
        self.server.window_show_message(types.ShowMessageParams(kind, text.split("\n", 1)[0]))

    def start(self, work: Coroutine[Any, Any, T_]) -> asyncio.Task[T_]:
        """Begins something that nobody waits for; an error in it is logged and no more."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._ended)
        return task

    def stop(self) -> None:
        """Ends the session: what has not begun never will."""
        self.stopped = True
        for task in list(self._background):
            task.cancel()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a bug in gclint", exc_info=error)

    async def _ask_again(self, request: Callable[[None], Any]) -> None:
        try:
            await asyncio.wait_for(request(None), _PATIENCE)
        except Exception as error:  # the client said that it can, and could not
            _log.warning("the client did not refresh: %r", error)

    def _understood(self, *given: object) -> Options:
        found = client_options.read(*given)
        for problem in found.problems:
            self.warn(problem)
        return found


def _warm_up() -> None:
    """LibCST takes 0.16 s to import, the knowledge some more: better before the first text than after it."""
    from gcheck_lint import checks, knowledge
    from gcheck_lint.rulebook import cards

    checks.registry()
    cards.load()
    knowledge.load()
