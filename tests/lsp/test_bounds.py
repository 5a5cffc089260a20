"""What a client can have the server hold and do: large texts, many texts, many requests, broken frames, dying processes."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint.lsp import documents, lanes, server, session, transport
from gcheck_lint.lsp.analysis import Analysis
from gcheck_lint.lsp.documents import Document, Part, Unsaved
from gcheck_lint.lsp.engine import Question
from gcheck_lint.lsp.lanes import DROPPED, Lanes, LostError
from gcheck_lint.lsp.options import Options
from gcheck_lint.lsp.server import create
from tests.lsp.editor import SCRIPT, Editor
from tests.lsp.questions import ends, fails, process, sleeps, wears
from tests.lsp.test_robustness import INITIALIZE, SERVER, Line, framed, notice, opening, request
from tests.robustness import storm

FOUND = ("GCK101", "GCK203", "GCK104", "GCK003", "GCK201")
# a megabyte that is about models: its parse alone takes many seconds
LARGE = SCRIPT + "".join(f"value_{n} = [{n}, {n} + 1, {n} * 2]\n" for n in range(30_000))[:990_000].rpartition("\n")[0] + "\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


def wait(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def engines(number: int) -> list[int]:
    return [one for one in storm.tree(number) if one != number]


# --- time ---------------------------------------------------------------------------------------------------------------------


def shown(line: Line, uri: str) -> list[dict[str, Any]]:
    """What is published of a text next."""
    while True:
        message = line.next()
        if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
            found: list[dict[str, Any]] = message["params"]["diagnostics"]
            return found


@linux
def test_one_text_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    assert 900_000 < len(LARGE) < 1_000_000
    line = Line(tmp_path)
    line.ask("initialize", INITIALIZE)
    long, short = ((tmp_path / name).as_uri() for name in ("long.py", "short.py"))
    line.send(opening(long, LARGE))
    wait(lambda: len(engines(line.process.pid)) == 2)  # it has one of its own
    line.send(opening(short, SCRIPT))
    message = line.next()
    while message.get("method") != "textDocument/publishDiagnostics":
        message = line.next()
    assert message["params"]["uri"] == short
    assert [one["code"] for one in message["params"]["diagnostics"]] == [*FOUND]
    assert line.close() == 0


@pytest.mark.parametrize("text", [LARGE, SCRIPT], ids=["large", "small"])
def test_the_limit_of_time_holds(text: str, tmp_path: Path) -> None:
    (tmp_path / "gclint.toml").write_text("timeout = 0.01\n")
    line = Line(tmp_path)
    line.ask("initialize", INITIALIZE)
    uri = (tmp_path / "a.py").as_uri()
    line.send(opening(uri, text))
    told, *more = shown(line, uri)
    assert not more, (told, more)
    assert told["message"] == "this file was not checked: it takes longer than 0.01 s (`--timeout`)"
    assert told["range"]["start"] == {"line": 0, "character": 0}
    assert line.close() == 0


def document(name: str, folder: Path) -> Document:
    path = folder / name
    return Document(path.as_uri(), str(path), folder, (Part(path.as_uri(), 1, "x = 1\n"),))


class Asks:
    """Asks the lanes about small documents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lanes = Lanes()

    def __call__(self, name: str, what: Callable[[Analysis], Any], letters: int = 6) -> asyncio.Task[Any]:
        one = document(name, self.folder)
        question = Question(one, Options(), self.folder, Unsaved({}, {}), (0, 0, 0), what)
        return asyncio.ensure_future(self.lanes.ask(one.uri, letters, lambda: question))

    def drop(self, name: str) -> None:
        self.lanes.drop(document(name, self.folder).uri)


@pytest.fixture
def asks(tmp_path: Path) -> Asks:
    return Asks(tmp_path)


@pytest.mark.asyncio
async def test_a_slow_text_makes_way_for_the_others(asks: Asks) -> None:
    slow = asks("slow.py", partial(sleeps, seconds=3600))
    others = [asks(f"{n}.py", process) for n in range(5)]
    first = await asyncio.gather(*others)
    assert len({*first}) == 1
    assert not slow.done()
    again = asks("slow.py", process)  # it waits for the other one: both are for the slow ones
    assert await asks("6.py", process) == first[0]
    assert not again.done()
    asks.drop("slow.py")
    assert (await slow, await again) == (DROPPED, DROPPED)
    assert await asks("slow.py", process) not in first
    await asks.lanes.stop()


@pytest.mark.asyncio
async def test_what_nobody_waits_for_is_stopped(asks: Asks) -> None:
    for letters in (6, lanes.LARGE + 1):
        running = asks("a.py", partial(sleeps, seconds=3600), letters)
        waiting = asks("b.py", partial(sleeps, seconds=3600), letters)
        await asyncio.sleep(0.1)
        for one in (running, waiting):
            one.cancel()
        assert isinstance(await asks("a.py", process, letters), int)
    await asks.lanes.stop()


@pytest.mark.asyncio
async def test_an_engine_that_dies_costs_one_answer(asks: Asks) -> None:
    with pytest.raises(LostError, match="its process exited with 9: out of memory"):
        await asks("a.py", ends)
    first = await asks("a.py", process)
    os.kill(first, 9)
    found: object = None
    while not isinstance(found, int):  # it may be gone before it is asked, or after
        with contextlib.suppress(LostError):
            found = await asks("a.py", process)
    assert found != first
    with pytest.raises(LostError, match="KeyError: 'x'"):
        await asks("a.py", fails)
    assert await asks("a.py", process) == found
    await asks.lanes.stop()


@pytest.mark.asyncio
async def test_an_engine_that_hangs_is_ended(asks: Asks, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one in the midst of a parse, where no timer gets to it."""
    monkeypatch.setattr(lanes, "_GRACE", 0.2)
    (asks.folder / "gclint.toml").write_text("timeout = 0.1\n")
    with pytest.raises(LostError, match=r"it (?:takes longer|needs more) than "):
        await asks("a.py", partial(sleeps, seconds=3600))
    assert isinstance(await asks("a.py", process), int)
    await asks.lanes.stop()


@pytest.mark.asyncio
async def test_an_engine_that_is_worn_is_replaced(asks: Asks, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await asks("a.py", process)
    assert await asks("a.py", process) == first
    await asks("a.py", wears)
    assert await asks("a.py", process) != first
    await asks.lanes.stop()


@pytest.mark.asyncio
async def test_what_is_left_out_is_told_once_and_quietly(vscode: Editor) -> None:
    deep = vscode.open("deep.py", SCRIPT + "x = " + "[" * 1500 + "]" * 1500)
    (told,) = await vscode.diagnostics(deep, bool)
    assert (told.code, told.message) == (None, "this file was not checked: too deeply nested to be followed")
    assert await vscode.hover(deep, 3, 8) is None
    large = vscode.open("large.py", SCRIPT + "#" * 1_000_000)
    (told,) = await vscode.diagnostics(large, bool)
    assert told.message.startswith("this file was not checked: too large: ")
    vscode.type(large, SCRIPT)
    await vscode.codes(large, *FOUND)


# --- processes ----------------------------------------------------------------------------------------------------------------


@linux
def test_a_client_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.ask("initialize", INITIALIZE)
    line.send(opening((tmp_path / "a.py").as_uri(), LARGE))
    wait(lambda: len(engines(line.process.pid)) == 2)
    left = engines(line.process.pid)
    line.to.close()
    line.back.close()
    line.process.wait(20)
    wait(lambda: not any(Path(f"/proc/{one}").exists() for one in left), 10)


def test_only_one_client_is_served_over_tcp(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([*SERVER, "--tcp", f"localhost:{port}"], stdin=subprocess.DEVNULL, cwd=tmp_path)

    def connect() -> socket.socket | None:
        try:
            return socket.create_connection(("localhost", port), timeout=60)
        except OSError:
            return None

    found: list[socket.socket] = []
    wait(lambda: found or found.extend(filter(None, [connect()])))
    with found[0] as connection:
        connection.sendall(framed(request(1, "initialize", INITIALIZE)))
        assert b"serverInfo" in connection.recv(65536)
        assert connect() is None
        connection.sendall(framed(request(2, "shutdown")) + framed(notice("exit")))
        assert process.wait(60) == 0


# --- frames -------------------------------------------------------------------------------------------------------------------


def bodies(data: bytes) -> list[bytes]:
    reader = transport.Reader(io.BytesIO(data))
    found = []
    while (body := reader.body()) is not None:
        found.append(body)
        try:
            json.loads(body)
        except ValueError:
            reader.look_within(body)
    return found


GOOD = framed(b'{"good": 1}') + framed(b'{"good": 2}')


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"X-Other: 1\r\n\r\n",
        b"\r\n\r\n",
        b'{"without": "a header"}',
        b'X-Other: 1\r\n\r\n{"without": "a length"}',
        b'X-Other: 1\r\n\r\n{"without": "a length"}\n',
        b"Content-Length: nine\r\n\r\n{}",
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: 999999999999\r\n\r\n",
        b"Content-Length: 99999999999999999999999999\r\n\r\n{}",
        b"Content-Length: -5\r\n\r\n{}",
        b'Content-Length: 2\r\n\r\n{"too": "short"}',
        b'Content-Length: 40\r\n\r\n{"too": "long"}',
        b"x" * 100_000,
        b"x" * (4096 - 9),  # the next header is cut in two
        b"\xff\x00" * 5000 + b"\n",
    ],
)
def test_a_broken_frame_costs_no_other(broken: bytes) -> None:
    found = bodies(broken + GOOD)
    assert found[-2:] == [b'{"good": 1}', b'{"good": 2}']
    assert len(found) <= 3


def test_ways_to_write_a_header() -> None:
    kind = b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"
    for head in (
        b"content-length:2\r\n\r\n",
        kind + b"Content-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\n" + kind + b"\r\n",
        b"Content-Length: 2\n\n",
    ):
        assert bodies(head + b"{}" + GOOD) == [b"{}", b'{"good": 1}', b'{"good": 2}']
    assert bodies(framed(b"{}")[:-1]) == []  # the end of the stream in its midst


def test_a_header_without_a_length_in_a_session(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.ask("initialize", INITIALIZE)
    line.to.write(b'X-Other: 1\r\n\r\n{"jsonrpc":"2.0","method":"initialized","params":{}}')
    assert line.ask("initialize", INITIALIZE)["error"]["message"] == "already initialized"
    assert line.close() == 0


# --- what is kept -------------------------------------------------------------------------------------------------------------


class Within:
    """A server within the test, which never checks anything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session.Lanes, "begin", lambda self: None)
        monkeypatch.setattr(session.Lanes, "ask", self._ask)
        self.written = io.BytesIO()
        self.server = create()
        self.server.protocol.set_writer(transport.StdoutWriter(self.written))
        self.say(request(0, "initialize", INITIALIZE))

    @staticmethod
    async def _ask(*_: object) -> None:
        await asyncio.sleep(3600)

    def say(self, message: object) -> None:
        self.server.protocol.receive(json.dumps(message).encode())

    def opens(self, uri: str, text: str = SCRIPT) -> None:
        self.say(opening(uri, text))

    @property
    def texts(self) -> set[str]:
        return {*self.server.workspace.text_documents}

    @property
    def told(self) -> str:
        return self.written.getvalue().decode()


@pytest.mark.asyncio
async def test_as_many_texts_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Within(monkeypatch)
    monkeypatch.setattr(documents, "TEXTS", 3)
    for name in "abcd":
        one.opens(f"file:///{name}.py")
    assert one.texts == {"file:///a.py", "file:///b.py", "file:///c.py"}
    assert one.told.count("too many are open") == 2  # shown and logged, once
    one.say(
        notice(
            "textDocument/didChange", {"textDocument": {"uri": "file:///d.py", "version": 2}, "contentChanges": [{"text": ""}]}
        )
    )
    one.say(notice("textDocument/didClose", {"textDocument": {"uri": "file:///a.py"}}))
    one.opens("file:///d.py")
    assert "file:///d.py" in one.texts
    await one.server.session.ended()


@pytest.mark.asyncio
async def test_a_text_that_grows_beyond_what_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Within(monkeypatch)
    one.opens("file:///a.py")
    monkeypatch.setattr(documents, "LETTERS", 2 * len(SCRIPT))
    one.say(
        notice(
            "textDocument/didChange",
            {"textDocument": {"uri": "file:///a.py", "version": 2}, "contentChanges": [{"text": SCRIPT * 2}]},
        )
    )
    assert one.texts == set()
    cells = [{"kind": 2, "document": f"cell:{n}", "metadata": {"x": "y" * 100}} for n in range(3)]
    book = {"uri": "file:///a.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": cells, "metadata": {"x": 1}}
    texts = [{"uri": f"cell:{n}", "languageId": "python", "version": 1, "text": SCRIPT[:200]} for n in range(3)]
    one.say(notice("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": texts}))
    (kept,) = one.server.workspace.notebook_documents.values()
    assert (kept.metadata, {cell.metadata for cell in kept.cells}) == (None, {None})
    more = {"uri": "cell:9", "languageId": "python", "version": 1, "text": SCRIPT * 2}
    structure = {"array": {"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": "cell:9"}]}, "didOpen": [more]}
    change = {"notebookDocument": {"uri": "file:///a.ipynb", "version": 2}, "change": {"cells": {"structure": structure}}}
    one.say(notice("notebookDocument/didChange", change))
    assert (one.texts, {*one.server.workspace.notebook_documents}) == (set(), set())
    await one.server.session.ended()


@pytest.mark.asyncio
async def test_requests_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Within(monkeypatch)
    one.opens("file:///a.py")
    await asyncio.sleep(0.01)
    hover = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 3, "character": 8}}
    for number in range(server.PENDING + 5):
        one.say(request(1000 + number, "textDocument/hover", hover))
    await asyncio.sleep(0.01)
    assert one.told.count("too many requests at once") == 5
    for number in range(server.PENDING):
        one.say(notice("$/cancelRequest", {"id": 1000 + number}))
    await asyncio.sleep(0.01)
    assert one.told.count("canceled") == server.PENDING
    one.say(request(5000, "textDocument/hover", hover))
    assert one.told.count("too many requests at once") == 5
    one.say(request(5001, "textDocument/hover", {**hover, "x": "y" * server.REQUEST}))
    assert "the request is too large" in one.told
    await one.server.session.ended()


@pytest.mark.asyncio
async def test_nothing_is_kept_of_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PATIENCE", 0.01)
    one = Within(monkeypatch)
    one.server.session.client = session.Client(configuration=True, watches=True, refreshes_diagnostics=True, refreshes_hints=True)
    for number in range(300):
        one.opens(f"file:///some%20where/{number}.py")
        one.say(notice("workspace/didChangeConfiguration", {"settings": {"gclint": {"lint": {"run": number}}}}))
        one.say(notice("initialized", {}))
        one.say(notice("no/such", {"a": number}))
        one.say(notice("textDocument/didSave", {"textDocument": {"uri": f"file:///some%20where/{number}.py"}}))
        one.say(notice("textDocument/didClose", {"textDocument": {"uri": f"file:///some where/{number}.py"}}))  # the same one
        if number % 20 == 0:
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0.02)
    one.say(notice("initialized", {}))
    protocol, kept = one.server.protocol, one.server.session
    assert (len(protocol._request_futures), len(protocol._result_types)) < (5, 5)
    assert (kept._checks, kept._saved, kept._changed, kept._waiting, kept._stamps, kept._pushed) == ({}, {}, {}, {}, {}, set())
    assert len(kept._background) < 5
    assert one.told.count('"workspace/configuration"') < 50  # never two at once
    assert one.told.count('"client/registerCapability"') == 1
    await kept.ended()


@pytest.mark.asyncio
async def test_a_list_of_what_is_wrong_is_one_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Within(monkeypatch)
    changes = [{"range": n} for n in range(20_000)]
    one.say(request(7, "textDocument/hover", {"textDocument": changes, "position": changes}))
    assert one.told.count('"id": 7') == 1
    assert '"code": -32602' in one.told
    assert len(one.told) < 5_000
    await one.server.session.ended()


def test_warnings_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Within(monkeypatch)
    for number in range(300):
        one.server.session.warn(f"{number} {'x' * 100_000}")
    assert one.told.count("window/showMessage") == 100
    assert len(one.told) < 1_000_000


# --- all of it ----------------------------------------------------------------------------------------------------------------


@linux
@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The short form of `python -m tests.robustness.storm`: a client that pulls, and one that is told."""
    assert storm.main(500, seed) == 0
    peak = int(capsys.readouterr().out.rpartition("peak ")[2].split()[0])
    assert peak < 700
