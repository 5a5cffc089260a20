"""An editor: how long it is from a keystroke until the diagnostics are there, in a server that is warm.

A client of its own, since all that it needs is to write a message and wait for its answer. Diagnostics are pulled, as VS
Code does.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any


class Editor:
    """A language server and what is open in it. Used as a context manager."""

    def __init__(self, command: list[str], root: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._number = 0
        capabilities = {"textDocument": {"diagnostic": {"dynamicRegistration": False}}}
        self.ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": capabilities})
        self.say("initialized", {})

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.ask("shutdown", None)
            self.say("exit", None)
            self._process.wait(10)
        self._process.kill()

    def processor(self) -> float:
        """Seconds of processor time that the server and its engines have taken; 0 where the system does not say it by file."""
        total, waiting = 0, [self._process.pid]
        while waiting:
            folder = Path(f"/proc/{waiting.pop()}")
            try:
                fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                for task in (folder / "task").iterdir():
                    waiting += map(int, (task / "children").read_text(encoding="utf-8").split())
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK") if total else 0.0

    def say(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """Sends a request, and gives its result. Raises RuntimeError for an error."""
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        while True:
            told = self._receive()
            if told.get("id") == self._number and "method" not in told:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return told.get("result")
            if "id" in told and "method" in told:  # the server asks for the editor's settings: there are none
                self._send({"jsonrpc": "2.0", "id": told["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        stream = self._process.stdout
        assert stream is not None
        size = 0
        while (line := stream.readline()) != b"\r\n":
            if not line:
                raise RuntimeError("the server has ended")
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        told = json.loads(stream.read(size))
        assert isinstance(told, dict)
        return told


def keystrokes(editor: Editor, script: Path, count: int, warm: int = 3) -> tuple[list[float], float, int]:
    """Types digits. Gives each keystroke's seconds, the processor's for all of them, and how many diagnostics are shown."""
    text, uri = script.read_text(encoding="utf-8"), script.as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    editor.say("textDocument/didOpen", {"textDocument": document})
    found: list[float] = []
    shown, taken = 0, 0.0
    for number in range(count + warm):
        changed = text.replace("batch = 1\n", f"batch = 1{number}\n")
        if number == warm:
            taken = editor.processor()
        begun = time.perf_counter()
        editor.say(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": number + 2}, "contentChanges": [{"text": changed}]},
        )
        told = editor.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        if number >= warm:
            found.append(time.perf_counter() - begun)
        shown = len(told["items"])
    return found, editor.processor() - taken, shown
