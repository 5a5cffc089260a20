"""gclint on a terminal: what its user sees there, which a pipe never shows."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
from pathlib import Path

from tests.support.forks import with_streams


def on_terminal(folder: Path, *words: str, columns: int = 80, **environment: str) -> tuple[int, str]:
    """The exit code, and what the terminal was sent, with the line ends of a text."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    sent: list[bytes] = []

    def read() -> None:
        while True:
            try:
                data = os.read(ours, 65_536)
            except OSError:  # nobody writes any more
                return
            if not data:
                return
            sent.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    variables = kept | {"TERM": "xterm", "CI": "true"} | environment  # CI: no bar, however long it takes
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        code = with_streams(folder, words, variables, [nothing.fileno(), theirs, theirs])
    os.close(theirs)
    reader.join(timeout=30)
    os.close(ours)
    return code, b"".join(sent).decode("utf-8").replace("\r\n", "\n")
