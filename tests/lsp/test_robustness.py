"""Garbage, half-typed code, cancelled requests: the server lives, and stdout holds nothing but the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.lsp.editor import SCRIPT, Editor, line_range

SERVER = [sys.executable, "-m", "gcheck_lint", "server"]
INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}


def framed(message: object) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def request(number: int, method: str, params: object = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notice(method: str, params: object = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def opening(uri: str, text: str) -> dict[str, Any]:
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    return notice("textDocument/didOpen", {"textDocument": item})


def talk(messages: list[object], environment: dict[str, str] | None = None) -> tuple[list[dict[str, Any]], str, int]:
    """Sends everything at once, then reads what came back: only framed messages may have come."""
    process = subprocess.run(
        SERVER,
        input=b"".join(framed(message) for message in messages),
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return unframed(process.stdout), process.stderr.decode(), process.returncode


def unframed(data: bytes) -> list[dict[str, Any]]:
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        length = re.match(rb"Content-Length: (\d+)\r\n", head + b"\r\n")
        assert length is not None, f"not the protocol: {data[:80]!r}"
        found.append(json.loads(rest[: int(length[1])]))
        data = rest[int(length[1]) :]
    return found


class Line:
    """A raw connection, one message at a time."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, bufsize=0
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.to, self.back = self.process.stdin, self.process.stdout
        self.number = 0

    def send(self, message: object) -> None:
        self.to.write(framed(message))

    def ask(self, method: str, params: object = None) -> dict[str, Any]:
        self.number += 1
        self.send(request(self.number, method, params))
        return self.answer(self.number)

    def answer(self, number: int) -> dict[str, Any]:
        while True:
            message = self.next()
            if message.get("id") == number and "method" not in message:
                return message

    def next(self) -> dict[str, Any]:
        length = 0
        while (line := self.back.readline()) != b"\r\n":
            assert line, "the server is gone"
            if line.startswith(b"Content-Length:"):
                length = int(line.split()[1])
        body = b""
        while len(body) < length:
            body += self.back.read(length - len(body))
        found: dict[str, Any] = json.loads(body)
        return found

    def close(self) -> int:
        self.ask("shutdown")
        self.send(notice("exit"))
        return self.process.wait(20)


def test_garbage_is_survived(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.ask("initialize", INITIALIZE)
    line.send(notice("initialized", {}))
    for garbage in (
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"17",
        b'"text"',
        b"{}",
        b'{"jsonrpc": "2.0"}',
        b'{"jsonrpc": "1.0", "method": "x"}',
        b'{"jsonrpc": "2.0", "id": 77, "result": []}',
        b'{"jsonrpc": "2.0", "id": 78, "error": {"code": 1, "message": "x"}}',
        b"[" * 100_000,
    ):
        line.send(garbage)
    for method in ("textDocument/didOpen", "textDocument/didChange", "workspace/didChangeConfiguration", "$/setTrace", "no/such"):
        for params in (None, [], {}, 17, {"textDocument": None}, {"textDocument": {"uri": 5}}):
            line.send(notice(method, params))
    line.to.write(b"Content-Length: nine\r\nX-Other: 1\r\n\r\n")
    uri = (tmp_path / "a.py").as_uri()
    change = {"textDocument": {"uri": uri, "version": 9}, "contentChanges": [{"text": "x"}]}
    line.send(notice("textDocument/didChange", change))  # never opened
    line.send(notice("textDocument/didClose", {"textDocument": {"uri": uri}}))
    for bad in ("file://[", "", "::", "untitled:x", "file:///%00", "http://x/y.py"):
        line.send(opening(bad, SCRIPT))
    line.send(opening(uri, SCRIPT))
    for place in ({"line": 10**6, "character": 10**6}, {"line": 2, "character": 10**6}):
        found = line.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": place})
        assert "error" not in found
    for place in ({"line": -1, "character": 0}, {"line": 2**31, "character": 0}, {"line": "x"}, {}):
        refused = line.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": place})
        assert refused["error"]["code"] in {-32602, -32800}  # never no answer: the client would wait for it
    assert line.ask("no/such/request")["error"]["code"] == -32601
    found = line.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 8}})
    assert "checkpointing on" in found["result"]["contents"]["value"]
    assert line.close() == 0


def test_a_client_that_goes_away_ends_the_server(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.ask("initialize", INITIALIZE)
    line.send(opening((tmp_path / "a.py").as_uri(), SCRIPT))
    line.to.close()
    assert line.process.wait(20) == 0


def test_nothing_but_the_protocol_on_stdout(tmp_path: Path) -> None:
    """Even a print within the process, or a program that it starts, does not get through."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os, sys\n"
        "import threading\n"
        "def shout():\n"
        "    print('SHOUT'); os.write(1, b'SHOUT'); os.system('echo SHOUT')\n"
        "class Hook:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in {'pygls.progress', 'gcheck_lint.checks'}: shout()\n"  # the server's process, and an engine's
        "sys.meta_path.insert(0, Hook())\n"
    )
    uri = (tmp_path / "a.py").as_uri()
    messages = [
        request(1, "initialize", INITIALIZE),
        notice("initialized", {}),
        opening(uri, SCRIPT),
        request(2, "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 8}}),
    ]
    line = subprocess.Popen(
        SERVER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    assert line.stdin is not None
    assert line.stdout is not None
    line.stdin.write(b"".join(framed(message) for message in messages))
    line.stdin.flush()
    out = b""
    while b"checkpointing on" not in out:  # the answer of an engine
        out += line.stdout.read1()
    more, err = line.communicate(framed(request(3, "shutdown")) + framed(notice("exit")), timeout=30)
    answers = unframed(out + more)
    assert {one["id"] for one in answers if "result" in one or "error" in one} >= {1, 2, 3}
    assert err.count(b"SHOUT") == 6
    assert line.returncode == 0


def test_exit_without_shutdown_is_an_error() -> None:
    answers, _, code = talk([request(1, "initialize", INITIALIZE), notice("exit")])
    assert code == 1
    assert answers[0]["result"]["serverInfo"]["name"] == "gclint"


def test_tcp(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([*SERVER, "--tcp", str(port)], stdin=subprocess.DEVNULL)
    for _ in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
            break
        except OSError:
            time.sleep(0.1)
    with connection:
        connection.sendall(framed(request(1, "initialize", INITIALIZE)))
        connection.sendall(framed(opening((tmp_path / "a.py").as_uri(), SCRIPT)))
        data = b""
        while b"publishDiagnostics" not in data or b"GCK201" not in data:
            data += connection.recv(65536)
        connection.sendall(framed(request(2, "shutdown")) + framed(notice("exit")))
        assert process.wait(20) == 0


@pytest.mark.parametrize("arguments", [["--tcp", "nowhere"], ["--tcp", "1:2:x"], ["--tcp", "9", "--stdio"], ["--tcp", "99999"]])
def test_wrong_options(arguments: list[str]) -> None:
    found = subprocess.run([*SERVER, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 2
    assert "--tcp" in found.stderr
    assert "Traceback" not in found.stderr


def test_without_pygls_the_rest_works_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hook:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'pygls', 'lsprotocol'}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hook())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    rules = subprocess.run([sys.executable, "-m", "gcheck_lint", "rules"], env=environment, capture_output=True, check=False)
    assert rules.returncode == 0
    found = subprocess.run(SERVER, env=environment, capture_output=True, text=True, check=False, input="")
    assert found.returncode == 2
    assert 'pip install "gcheck-lint[lsp]"' in found.stderr


@pytest.mark.asyncio
async def test_half_typed_code(editor: Editor) -> None:
    """A script typed letter by letter, and cut and mangled anywhere: every request is answered, and in the end all is right."""
    chance = random.Random(5)
    uri = editor.open("train.py", "")
    for end in range(0, len(SCRIPT), 17):
        editor.type(uri, SCRIPT[:end])
        if end % 51 == 0:
            await editor.hover(uri, SCRIPT[:end].count("\n"), 3)
    for _ in range(40):
        start = chance.randrange(len(SCRIPT))
        middle = chance.choice(["(", '"""', "\x00", "\n    ", "if", "😀", "\ud83d", "# noqa: GCK", "\\", "\x0c", "def f(:"])
        editor.type(uri, SCRIPT[:start] + middle + SCRIPT[start + chance.randrange(9) :])
        await editor.actions(uri, line_range(chance.randrange(14)))
        await editor.hover(uri, chance.randrange(14), chance.randrange(60))
    editor.type(uri, SCRIPT)
    await editor.codes(uri, "GCK101", "GCK203", "GCK104", "GCK003", "GCK201")


@pytest.mark.asyncio
async def test_deep_and_strange_texts(vscode: Editor) -> None:
    # deeper than Python's own limit; what LibCST needs for an expression grows with the square of its depth
    for number, text in enumerate(
        (
            "use_cache = " + "(" * 1500 + ")" * 1500,
            "use_cache = " + "-" * 1500 + "1",
            "use_cache = 1" + " + 1" * 1500,
            "use_cache\n" + "if x:\n" * 90 + "pass",
            "use_cache" * 100_000,
            "\ufeff" + SCRIPT,
            SCRIPT + "\x00",
        )
    ):
        await vscode.diagnostics(vscode.open(f"{number}.py", text))
    uri = vscode.open("train.py", SCRIPT)
    await vscode.codes(uri, "GCK101", "GCK203", "GCK104", "GCK003", "GCK201")


@pytest.mark.asyncio
async def test_cancelled_requests(vscode: Editor) -> None:
    uri = vscode.open("train.py", SCRIPT)
    hover = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(3, 8))
    protocol = vscode.client.protocol
    for number in range(40):
        vscode.type(uri, SCRIPT + f"# {number}\n")
        waiting = protocol.send_request_async(types.TEXT_DOCUMENT_HOVER, hover, msg_id=f"cancel-{number}")
        vscode.client.cancel_request(types.CancelParams(f"cancel-{number}"))
        result = (await asyncio.wait_for(asyncio.gather(waiting, return_exceptions=True), 20))[0]
        assert result is None or isinstance(result, (types.Hover, Exception))
    assert "checkpointing on" in str(await vscode.hover(uri, 3, 8))
    await vscode.codes(uri, "GCK101", "GCK203", "GCK104", "GCK003", "GCK201")


@pytest.mark.asyncio
async def test_a_client_that_refuses_what_it_is_asked(vscode: Editor) -> None:
    """The server works with what it has."""

    def refuse(params: object) -> object:
        raise RuntimeError("no")

    vscode.client.protocol.fm.features[types.WORKSPACE_CONFIGURATION] = refuse
    vscode.client.protocol.fm.features[types.WORKSPACE_DIAGNOSTIC_REFRESH] = refuse
    vscode.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await vscode.codes(vscode.open("train.py", SCRIPT), "GCK101", "GCK203", "GCK104", "GCK003", "GCK201")
