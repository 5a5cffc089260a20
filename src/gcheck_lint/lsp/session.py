"""One client's session: its options, what it has open, and the checks that wait, run and are kept.

Handlers run on the event loop and never check anything themselves. All checking is done by the engines (`lanes`); whoever asks
about the same text shares one check. A text that has changed meanwhile is checked no further.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar

from lsprotocol import types

from gcheck_lint.config import dependencies, documents, files
from gcheck_lint.lsp import options as client_options
from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.lsp.documents import Document, Documents, path_of, same
from gcheck_lint.lsp.engine import Question
from gcheck_lint.lsp.lanes import DROPPED, Lanes, LostError
from gcheck_lint.lsp.messages import Client, Told, told, unchecked
from gcheck_lint.lsp.once import Again
from gcheck_lint.lsp.options import Options
from gcheck_lint.lsp.room import Room
from gcheck_lint.records import dataclass

T_ = TypeVar("T_")
DEBOUNCE: Final = 0.2  # seconds of silence before a text that is being typed is checked
SETTINGS_NAMES: Final = files.NAMES
_PATIENCE: Final = 5.0  # seconds for a client to answer
_REFRESH: Final = 0.05  # seconds in which what changes is one change
_WARNINGS: Final = 100  # that one session shows
_LONGEST: Final = 2_000  # letters of one
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Key:
    """What a check is good for."""

    document: Document
    options: Options
    stamp: tuple[int, int, int]


class Session:
    """See the module's docstring. `tell` sends to the client; it is called on the event loop only."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.client = Client()
        self._given: object = None  # initializationOptions
        self._global = Options()
        self._by_folder: dict[str, Options] = {}
        self._lanes = Lanes()
        self._epoch = 0  # how often all has to be looked at again
        self._modules = 0  # how often files have come or gone
        self._stamps: dict[str, int] = {}  # another number each time that what a document rests on has changed
        self._count = itertools.count(1)
        self._checks: dict[str, tuple[_Key, asyncio.Task[Told | None]]] = {}
        self._saved: dict[str, Document] = {}
        self._changed: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._rests_on: dict[str, frozenset[str]] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._pushed: set[str] = set()
        self._told: set[str] = set()
        self._configuring = Again(self._configure)
        requests = server.workspace_diagnostic_refresh_async, server.workspace_inlay_hint_refresh_async
        self._asking = [Again(partial(self._ask_again, request)) for request in requests]
        self._refreshing: asyncio.TimerHandle | None = None
        self._watching = False
        self.room = Room(server, self.closed, self.warn)
        self.stopped = False

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
        self._lanes.begin()

    async def configure(self, pushed: object = None) -> None:
        """Asks for the settings, of each workspace folder, or takes those that came along."""
        if isinstance(pushed, dict):
            pushed = pushed.get("gclint", pushed)
        if self.client.configuration:
            await self._configuring.run()
        elif pushed is not None:
            self._global = self._understood(self._given, pushed)

    async def _configure(self) -> None:
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
            os.path.normpath(path): self._understood(self._given, answers[0], answer)
            for folder, answer in zip(folders, answers[1:], strict=False)
            if (path := path_of(folder.uri))
        }

    def options(self, document: Document) -> Options:
        """The client's options for a document."""
        return self._by_folder.get(str(self.root(document)), self._global) if self._by_folder else self._global

    def root(self, document: Document) -> Path:
        """The workspace folder of a document, or the folder that it lies in."""
        path = Path(document.path) if Path(document.path).is_absolute() else None
        return self.documents.root(path) or document.folder

    # --- checks ----------------------------------------------------------------------------------------------------------

    async def check(self, document: Document) -> Told | None:
        """What is found in a document; None when it has changed before that was known."""
        key = self._key(document)
        known = self._checks.get(document.uri)
        if known is None or known[0] != key or (known[1].done() and _done(known[1]) is None):
            if known is not None:
                known[1].cancel()  # nobody waits for what it was
            known = key, self.start(self._check(key))
            self._checks[document.uri] = known
        try:
            return await asyncio.shield(known[1])
        except asyncio.CancelledError:
            if known[1].cancelled() and not self.stopped:
                return None
            raise

    async def ask(self, uri: str, what: Callable[[Document], Callable[[Analysis], T_]]) -> T_ | None:
        """What is made of the text that the client has now; None when it is closed, no code, or too much to be checked.

        `what` makes the question for a document; both go to another process, and the answer comes from there.
        """
        while not self.stopped and (document := self.documents.find(uri)) is not None:
            key = self._key(document)
            known = self._checks.get(document.uri)
            if known is not None and known[0] == key and (done := _done(known[1])) is not None and done.unchecked:
                return None
            try:
                answer = await self._ask(key, what(document))
            except LostError as error:
                _log.warning("%s: %s", document.path, error)
                return None
            if answer is not DROPPED:
                return answer  # type: ignore[no-any-return]  # what comes from another process has no type here
        return None

    def _key(self, document: Document) -> _Key:
        stamp = self._epoch, self._modules, self._stamps.get(document.uri, 0)
        return _Key(document, self.options(document), stamp)

    async def _ask(self, key: _Key, what: Callable[[Analysis], Any]) -> Any:
        document = key.document
        root = self.root(document)

        def question() -> Question:
            return Question(document, key.options, root, self.documents.unsaved(), key.stamp, what)

        return await self._lanes.ask(document.uri, sum(len(part.text) for part in document.parts), question)

    async def _check(self, key: _Key) -> Told | None:
        document = key.document
        try:
            found = await self._ask(key, partial(told, client=self.client))
        except LostError as error:
            found = unchecked(document, str(error), self.client)
        if found is DROPPED or not self.documents.is_open(document.uri):
            return None
        if found is None:
            found = unchecked(document, "it needs too much time or memory", self.client)
        assert isinstance(found, Told)
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
            event.uri.endswith(SETTINGS_NAMES) or documents.says_versions(PurePath(path_of(event.uri) or "")) for event in events
        )
        met = {path for files in self._rests_on.values() for path in files}
        if settings or came_or_went or any(path_of(event.uri) in met for event in events):
            self.refresh(came_or_went)

    def opened(self, uri: str) -> None:
        """A document was opened, or saved."""
        document = self.documents.find(uri)
        if document is None:
            return
        self._stamps.setdefault(document.uri, next(self._count))
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
        if self.options(document).run == "onType":
            self._lanes.drop(document.uri)
        self._forget_those_that_rest_on(document.uri, document.path)
        if self.options(document).run == "onType":
            self._push_later(document, DEBOUNCE)

    def closed(self, uris: list[str]) -> None:
        """Texts were closed: nothing is known of them any more, and what was not saved no longer counts for others."""
        others = [self._forget_those_that_rest_on(uri, path) for uri in uris if (path := path_of(uri)) is not None]
        if any(others) and self.client.refreshes_diagnostics:  # a client that pulls does not know of it
            self.start(self._asking[0].run())
        for uri in uris:
            known = {*self._checks, *self._waiting, *self._pushed, *self._stamps, *self._changed}
            gone = [one for one in known if same(one) == same(uri)]
            for one in {uri, *gone}:
                self._lanes.closed(one)
                for task in (self._waiting.pop(one, None), self._checks.pop(one, (None, None))[1]):
                    if task is not None:
                        task.cancel()
                for kept in (self._saved, self._changed, self._rests_on, self._stamps):
                    kept.pop(one, None)
                if one in self._pushed:
                    self._publish(one, None, [])
                    self._pushed.discard(one)

    async def watch_files(self) -> None:
        """Asks the client, once, to say when files change."""
        if self._watching:
            return
        self._watching = True
        watchers = [
            types.FileSystemWatcher(f"**/{name}") for name in (*SETTINGS_NAMES, *dependencies.NAMES, *documents.NAMES, "*.py")
        ]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        registration = types.Registration("gclint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        request = self.server.client_register_capability_async(types.RegistrationParams([registration]))
        try:
            await asyncio.wait_for(request, _PATIENCE)
        except Exception as error:
            _log.warning("the client does not report file changes: %r", error)

    def refresh(self, files_came_or_went: bool = True) -> None:
        """Settings or files have changed: everything that is open is looked at again."""
        self._epoch += 1
        self._modules += files_came_or_went
        if self._refreshing is None:
            self._refreshing = asyncio.get_running_loop().call_later(_REFRESH, self._look_again)

    def _look_again(self) -> None:
        self._refreshing = None
        if self.client.refreshes_diagnostics:
            self.start(self._asking[0].run())
        for document in self.documents.all():
            self._push_later(document, 0)
        if self.client.refreshes_hints:
            self.start(self._asking[1].run())

    def _forget_those_that_rest_on(self, uri: str, path: str) -> bool:
        """Looks again at the open documents whose story leads through this one. Gives whether there are any."""
        those = [other for other, files in self._rests_on.items() if other != uri and path in files]
        for one in those:
            self._stamps[one] = next(self._count)
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
        found = None if document is None else await self.check(document)
        if document is not None and found is not None and self.documents.is_open(uri):
            for part, items in found.parts.items():
                self._publish(part, document.part_of(part), items)

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
        while not self.stopped and (document := self.looked_at(uri)) is not None and not self._pushes(document):
            rest = self._changed.get(document.uri, 0) + DEBOUNCE - asyncio.get_running_loop().time()
            if rest > 0 and self.options(document).run == "onType":
                await asyncio.sleep(rest)
                continue
            found = await self.check(document)
            if found is not None:
                part = document.part_of(uri)
                return found.parts[part.uri] if part is not None else []
        return []

    # --- the client ------------------------------------------------------------------------------------------------------

    def warn(self, text: str) -> None:
        """Says something once in a session: the first line to the user, all of it to the log."""
        text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        if text in self._told or len(self._told) >= _WARNINGS:
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

    async def ended(self) -> None:
        """Ends the engines, too."""
        self.stop()
        await self._lanes.stop()

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


def _done(task: asyncio.Task[T_]) -> T_ | None:
    """What a task has given, if it has."""
    return task.result() if task.done() and not task.cancelled() and task.exception() is None else None
