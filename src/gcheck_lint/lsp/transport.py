"""How the server is reached: over stdin and stdout, or over TCP for one client.

Over stdio the two streams belong to the protocol alone. They are moved to file descriptors of their own before anything else
runs; whoever prints, or starts a program that does, writes to stderr.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import select
import socket
import sys
from typing import BinaryIO, Final

from pygls.io_ import StdoutWriter

from gcheck_lint.errors import UsageError
from gcheck_lint.lsp.engine import take_streams
from gcheck_lint.lsp.server import Server, create

LARGEST: Final = 20_000_000  # bytes of one message
_LINE: Final = 4096
_LENGTH: Final = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n\Z", re.IGNORECASE)
_HEADER: Final = re.compile(rb"content-length[ \t]*:[ \t]*\d{1,18}[ \t]*\r?\n", re.IGNORECASE)
_log = logging.getLogger(__name__)


def serve_stdio() -> int:
    """Serves until the client says exit, or goes away. Gives the exit code: 1 for an exit without a shutdown before."""
    return _serve(*take_streams())


def serve_tcp(address: str) -> int:
    """Serves one client at `PORT` or `HOST:PORT`, as over stdio. Raises UsageError."""
    host, _, port = address.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise UsageError(f"--tcp: not a port: {address} (use PORT or HOST:PORT)")
    try:
        connection = _accept(host.strip("[]") or "127.0.0.1", int(port))
    except OSError as error:
        raise UsageError(f"--tcp: cannot listen on {address}: {error.strerror or error}") from error
    with connection:
        return _serve(connection.makefile("rb"), connection.makefile("wb"))


def _accept(host: str, port: int) -> socket.socket:
    """The first that comes, whichever of the host's addresses he takes; nobody comes after him."""
    with contextlib.ExitStack() as stack:
        known = dict.fromkeys((family, place) for family, *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        listening = []
        for family, place in known:
            one = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            if os.name == "posix":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(place)
            one.listen(1)
            listening.append(one)
        ready, _, _ = select.select(listening, [], [])
        return socket.socket.accept(ready[0])[0]


def _serve(stdin: BinaryIO, stdout: BinaryIO) -> int:
    server = create()
    with contextlib.suppress(SystemExit):  # its code is that of the server
        asyncio.run(_converse(server, stdin, stdout))
    return server.code


async def _converse(server: Server, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Reads messages, one at a time: what has not been read yet waits in the pipe, and a client that sends too fast with it."""
    loop = asyncio.get_running_loop()
    server.protocol.set_writer(StdoutWriter(stdout))
    reader = Reader(stdin)
    try:
        while (body := await loop.run_in_executor(None, reader.body)) is not None:
            if not server.protocol.receive(body):
                reader.look_within(body)
    except OSError as error:
        _log.warning("the client disconnected: %s", error)
    except asyncio.CancelledError:  # Ctrl-C; nothing but the client's next word would end the thread that waits for it
        await server.session.ended()
        os._exit(130)
    finally:
        await server.session.ended()


class Reader:
    """Takes messages out of a stream. What is no message is passed over, up to the next header that says how long one is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ahead = b""

    def body(self) -> bytes | None:
        """The next message, without its header; None at the end."""
        length, rest = None, b""
        while line := self._line():
            rest = (rest + line)[-_LINE:]  # a header may stand behind something without an end, and be cut in two
            found = _LENGTH.search(rest)
            if found is not None:
                length = int(found[1])
                rest = b""
            elif not line.strip() and length is not None:
                if 0 < length <= LARGEST:
                    return self._exactly(length)
                _log.warning("skipped a message of %d bytes", length)
                length = None
            if rest.endswith(b"\n"):
                rest = b""
        return None

    def look_within(self, body: bytes) -> None:
        """What was read is no message. If its header has said too much, others are in it."""
        found = _HEADER.search(body)
        if found is not None:
            self._ahead = body[found.start() :] + self._ahead

    def _line(self) -> bytes:
        if not self._ahead:
            return self._stream.readline(_LINE)
        end = self._ahead.find(b"\n", 0, _LINE) + 1
        line = self._ahead[: end or _LINE]
        self._ahead = self._ahead[len(line) :]
        return line if end or len(line) == _LINE else line + self._stream.readline(_LINE)

    def _exactly(self, length: int) -> bytes | None:
        found, self._ahead = self._ahead[:length], self._ahead[length:]
        found += self._stream.read(length - len(found))
        return found if len(found) == length else None


def log_to_stderr(verbose: bool) -> None:
    """The log goes where the editor shows a server's errors; without `verbose` only what went wrong."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("gcheck_lint").setLevel(logging.DEBUG if verbose else logging.WARNING)
    # pygls logs each message it can't read with a traceback, and each cancelled request as a warning
    logging.getLogger("pygls").setLevel(logging.INFO if verbose else logging.ERROR)
