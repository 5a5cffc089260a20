"""A hostile client: thousands of random messages, and the memory that the language server and its processes hold meanwhile.

    python -m tests.robustness.storm [MESSAGES] [SEED]

Texts are opened and never closed, changed, mangled and huge; URIs are wrong; requests are cancelled, doubled and refused; headers
lie, lack a length or never end. In the end one script is opened and has to be judged as ever.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.lsp.editor import SCRIPT

SERVER: Final = [sys.executable, "-m", "gcheck_lint", "server"]
WORST: Final = 4_000_000_000  # bytes: what holds more is ended, and told
_STRANGE: Final = (
    *("file://[", "", "::", "untitled:x", "file:///%00", "http://x/y.py"),
    *("file:///" + "x" * 5000 + ".py", "a b.py", "\ud83d"),
)
_REQUESTS: Final = ("hover", "codeAction", "diagnostic", "inlayHint", "definition", "no/such")
_JUNK: Final = (
    b"{",
    b"[]",
    b"null",
    b'{"jsonrpc": "2.0"}',
    b"[" * 50_000,
    b'{"jsonrpc":"2.0","id":1,"result":{"a":1}}',
    b"\xff" * 100,
    b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"contentChanges":[' + b"{}," * 20_000 + b"{}]}}",
)
_UNFRAMED: Final = (
    b"Content-Length: nine\r\n\r\n",
    b"X-Other: 1\r\n\r\n",
    b"\r\n\r\n",
    b"Content-Length: 0\r\n\r\n",
    b"Content-Length: 999999999999\r\n\r\n",
    b'{"jsonrpc":"2.0","method":"initialized","params":{}}',
    b"x" * 100_000,
)


class Client:
    """One connection to one server, with somebody who reads what it says, and somebody who looks at its memory."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.process = subprocess.Popen(
            SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, bufsize=0
        )
        self.folder = folder
        self.peak = 0
        self.answers: dict[object, dict[str, Any]] = {}
        self.published: dict[str, list[dict[str, Any]]] = {}
        self.open: list[str] = []
        self._number = 0
        self._came = threading.Condition()
        for work in (self._read, self._watch):
            threading.Thread(target=work, daemon=True).start()

    # --- what it does -----------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        while data:
            data = data[self.process.stdin.write(data) :]

    def send(self, message: object) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: object) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object) -> int:
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self._number

    def answer(self, number: int, seconds: float = 120) -> dict[str, Any]:
        with self._came:
            assert self._came.wait_for(lambda: number in self.answers, seconds), "no answer"
            return self.answers[number]

    def shown(self, uri: str, seconds: float = 120) -> list[str]:
        """The codes that are shown in a text in the end."""
        with self._came:
            self._came.wait_for(lambda: bool(self.published.get(uri)), seconds)
            return [one.get("code", "") for one in self.published.get(uri, [])]

    # --- a storm ----------------------------------------------------------------------------------------------------------

    def storm(self, messages: int) -> None:
        kinds = (
            [self._opens] * 4
            + [self._changes] * 6
            + [self._asks] * 8
            + [self._closes]
            + [self._rest] * 3
            + [self._notebook]
            + [self._garbage]
        )
        for _ in range(messages):
            self.chance.choice(kinds)()

    def _text(self) -> str:
        chance = self.chance
        kind = chance.random()
        if kind < 0.02:
            return SCRIPT + "".join(f"x{n} = {n}\n" for n in range(chance.randrange(3_000)))
        if kind < 0.03:
            return "# " + "x" * chance.choice((100_000, 1_500_000))
        start = chance.randrange(len(SCRIPT))
        return (
            f"# {chance.random()}\n" + SCRIPT[:start] + chance.choice(("", "(", "\x00", '"""', "\\\n", "\ud83d")) + SCRIPT[start:]
        )

    def _uri(self) -> str:
        if self.chance.random() < 0.05:
            return self.chance.choice(_STRANGE)
        if self.open and self.chance.random() < 0.8:
            return self.chance.choice(self.open[-50:])
        return (self.folder / f"{self.chance.randrange(10**9)}.py").as_uri()

    def _opens(self) -> None:
        uri = self._uri() if self.chance.random() < 0.2 else (self.folder / f"{self.chance.randrange(10**9)}.py").as_uri()
        self.open.append(uri)
        item = {"uri": uri, "languageId": "python", "version": 1, "text": self._text()}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def _changes(self) -> None:
        document = {"uri": self._uri(), "version": self.chance.randrange(-1, 10**6)}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": self._text()}]})

    def _closes(self) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": self._uri()}})

    def _asks(self) -> None:
        place = {"line": self.chance.randrange(-1, 20), "character": self.chance.randrange(60)}
        params = {
            "textDocument": {"uri": self._uri()},
            "position": place,
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        }
        number = self.request(f"textDocument/{self.chance.choice(_REQUESTS)}", params)
        if self.chance.random() < 0.3:
            self.notify("$/cancelRequest", {"id": self.chance.choice((number, 10**9, "x"))})

    def _rest(self) -> None:
        uri = self._uri()
        self.notify(
            *self.chance.choice(
                (
                    ("textDocument/didSave", {"textDocument": {"uri": uri}}),
                    ("workspace/didChangeConfiguration", {"settings": {"gclint": {"lint": {"run": self.chance.random()}}}}),
                    ("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": self.chance.randrange(1, 4)}]}),
                    ("workspace/didChangeWorkspaceFolders", {"event": {"added": [{"uri": uri, "name": "x"}], "removed": []}}),
                    ("initialized", {}),
                    ("no/such", {"a": [{"b": self.chance.random()}]}),
                    ("textDocument/didOpen", {"textDocument": {"uri": 5}}),
                )
            )
        )

    def _notebook(self) -> None:
        name = f"{self.folder.as_uri()}/{self.chance.randrange(10**9)}.ipynb"
        cells = [f"vscode-notebook-cell:{name[7:]}#{n}" for n in range(self.chance.randrange(1, 5))]
        texts = [{"uri": uri, "languageId": "python", "version": 1, "text": self._text()} for uri in cells]
        book = {
            "uri": name,
            "notebookType": "jupyter-notebook",
            "version": 1,
            "cells": [{"kind": 2, "document": uri} for uri in cells],
        }
        self.notify("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": texts})
        structure = {"array": {"start": 0, "deleteCount": 1, "cells": []}, "didClose": [{"uri": cells[0]}]}
        change = {"notebookDocument": {"uri": name, "version": 2}, "change": {"cells": {"structure": structure}}}
        self.notify("notebookDocument/didChange", change)

    def _garbage(self) -> None:
        if self.chance.random() < 0.5:
            self.send(self.chance.choice(_JUNK))
        else:
            self.write(self.chance.choice(_UNFRAMED))

    # --- who reads and who looks ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            length = 0
            while line.strip():
                if line.startswith(b"Content-Length:"):
                    length = int(line.split()[1])
                line = stream.readline()
            body = b""
            while len(body) < length and (more := stream.read(length - len(body))):
                body += more
            message = json.loads(body)
            with self._came:
                if "method" not in message:
                    self.answers[message.get("id")] = message
                elif message["method"] == "textDocument/publishDiagnostics":
                    self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
                self._came.notify_all()

    def _watch(self) -> None:
        while self.process.poll() is None:
            held = sum(memory(number) for number in tree(self.process.pid))
            self.peak = max(self.peak, held)
            if held > WORST:
                self.process.kill()
            time.sleep(0.05)


def memory(number: int) -> int:
    """What a process holds, shared pages left out."""
    try:
        resident, shared = Path(f"/proc/{number}/statm").read_text().split()[1:3]
    except OSError:
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def tree(number: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield number
    try:
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree(int(child))


def main(messages: int = 10_000, seed: int = 1) -> int:
    """Runs a storm, and tells what it took. Gives 1 where the server did not come through it."""
    with tempfile.TemporaryDirectory() as place:
        client = Client(Path(place), seed)
        capabilities = {"textDocument": {"diagnostic": {}, "publishDiagnostics": {}}} if seed % 2 else {}
        client.answer(
            client.request("initialize", {"processId": None, "rootUri": Path(place).as_uri(), "capabilities": capabilities})
        )
        begun = time.monotonic()
        try:
            client.storm(messages)
            sent = time.monotonic() - begun
            print(f"{messages} messages sent in {sent:.0f} s, peak {client.peak / 1e6:.0f} MB", flush=True)
            uri = (Path(place) / "end.py").as_uri()
            for name in client.open:
                client.notify("textDocument/didClose", {"textDocument": {"uri": name}})
            client.notify(
                "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": SCRIPT}}
            )
            place_of = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 8}}
            found = client.answer(client.request("textDocument/hover", place_of))
            told = "checkpointing on" in json.dumps(found.get("result"))
            verdict = "right" if told else f"wrong: {found}"
            print(f"answered after {time.monotonic() - begun:.0f} s, {verdict}, peak {client.peak / 1e6:.0f} MB", flush=True)
            client.answer(client.request("shutdown", None))
            client.notify("exit", None)
            code = client.process.wait(60)
        except (BrokenPipeError, AssertionError) as error:
            print(f"the server is gone: {error!r}, peak {client.peak / 1e6:.0f} MB, exit {client.process.poll()}")
            client.process.kill()
            return 1
        print(f"exit {code}, peak {client.peak / 1e6:.0f} MB")
        return 0 if told and code == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
