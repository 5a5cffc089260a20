"""A program on a terminal of its own, driven by keys, and what a person sees of it there."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from tests.support.clients import needs

ESCAPE, ENTER, DOWN = "\x1b", "\r", "\x1b[B"
_QUIET = 0.12  # seconds without a letter after which a screen stands still


class Screen:
    """A full-screen program; `lines` is what it shows now."""

    def __init__(self, command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        needs("pyte")
        import pyte

        columns, rows = 160, 45
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._ours = ours
        self._program = subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._program.kill()
        self._program.wait(30)
        os.close(self._ours)

    @property
    def lines(self) -> list[str]:
        """What is to be read, row by row."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """What is to be read."""
        return "\n".join(self.lines)

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other; each finds the screen as the one before has left it."""
        for key in keys:
            os.write(self._ours, key.encode())
            self.settle()

    def settle(self, longest: float = 5) -> None:
        """Reads until the program writes no more."""
        end = time.monotonic() + longest
        while self._read(_QUIET) and time.monotonic() < end:
            pass

    def until(self, seen: Callable[[str], bool], longest: float = 60) -> str:
        """Reads until the screen is as wanted, and gives it."""
        end = time.monotonic() + longest
        while not seen(self.text):
            assert time.monotonic() < end, f"never seen; the screen:\n{self.text}"
            self._read(0.1)
        return self.text

    def ended(self, longest: float = 30) -> int:
        """The exit code of a program that has been told to end."""
        end = time.monotonic() + longest
        while self._program.poll() is None:
            assert time.monotonic() < end, f"it does not end; the screen:\n{self.text}"
            self._read(0.1)
        return int(self._program.returncode)

    def _read(self, patience: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], patience)
        if not ready:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # nobody writes any more
            time.sleep(patience)
            return False
        self._stream.feed(data)
        return bool(data)
