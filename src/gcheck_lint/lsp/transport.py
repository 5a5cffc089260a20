"""How the server is reached: over stdin and stdout, or over TCP for one client.

Over stdio the two streams belong to the protocol alone. They are moved to file descriptors of their own before anything else
runs; whoever prints, or starts a program that does, writes to stderr.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import BinaryIO

from gcheck_lint.errors import UsageError
from gcheck_lint.lsp.server import create


def serve_stdio() -> int:
    """Serves until the client says exit, or goes away. Gives the exit code: 1 for an exit without a shutdown before."""
    stdin, stdout = _take_streams()
    server = create()
    server.start_io(stdin, stdout)
    return server.code


def serve_tcp(address: str) -> None:
    """Serves one client at `PORT` or `HOST:PORT`. Raises UsageError."""
    host, _, port = address.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise UsageError(f"--tcp: no port: {address} (it is PORT or HOST:PORT)")
    try:
        create().start_tcp(host.strip("[]") or "127.0.0.1", int(port))
    except OSError as error:
        raise UsageError(f"--tcp: cannot listen on {address}: {error.strerror or error}") from error


def log_to_stderr(verbose: bool) -> None:
    """The log goes where the editor shows a server's errors; without `verbose` only what went wrong."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("gcheck_lint").setLevel(logging.DEBUG if verbose else logging.WARNING)
    # pygls logs each message it can't read with a traceback, and each cancelled request as a warning
    logging.getLogger("pygls").setLevel(logging.INFO if verbose else logging.ERROR)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    stdin = os.fdopen(os.dup(0), "rb")
    stdout = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    with contextlib.suppress(OSError):  # a client may have closed stderr
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stdin, stdout
