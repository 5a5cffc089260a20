"""The one place where files are read: regular ones alone, and of each no more than its kind may hold.

What is linted is other people's: a name may lead to a pipe that nobody writes to, to a device, or to a file without an end. A
house test holds that nobody reads past this module.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from typing import Final, Protocol

MEGABYTE: Final = 1_000_000
SCRIPT: Final = 16 * MEGABYTE  # a script, most of it data; what is worth a parse is smaller still (run.limits)
NOTEBOOK: Final = 100 * MEGABYTE  # pictures among the outputs
SETTINGS: Final = 2 * MEGABYTE
DEPENDENCIES: Final = 16 * MEGABYTE  # locks of large projects take some
RECORD: Final = 64 * MEGABYTE  # what gclint itself has written: baselines, entries of its cache

_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC"))
_PIECE: Final = 1 << 20
_LONGEST_PATH: Final = 4096
_LONGEST_NAME: Final = 255


class Input(Protocol):
    """What stdin is read from."""

    def read(self, size: int, /) -> bytes: ...


class NotReadError(OSError):
    """A name behind which there is nothing that is read. `strerror` says why."""


class NotRegularError(NotReadError):
    """A pipe, a device, a socket, a folder."""


class TooLargeError(NotReadError):
    """A file above the size that its kind may have."""


def read_bytes(path: str | os.PathLike[str], most: int = SCRIPT) -> bytes:
    """A file's bytes, by as few calls as there can be. Raises OSError; NotReadError for what is no regular file, or too large."""
    name = os.fspath(path)
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116 - a Path costs more than the look; before it is opened, which a device may obey
    except ValueError as error:  # a NUL, or a letter that no name can have
        raise NotReadError(errno.EINVAL, "no name of a file", name) from error
    if not stat.S_ISREG(mode):
        raise _not_regular(name)
    descriptor = os.open(name, os.O_RDONLY | _FLAGS)
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            raise _not_regular(name)
        if told.st_size > most:
            raise too_large(name, told.st_size, most)
        parts = [os.read(descriptor, told.st_size + 1)]
        size = len(parts[0])
        while parts[-1]:  # one that grows, or that says it is empty (/proc), comes in pieces
            parts.append(os.read(descriptor, _PIECE))
            size += len(parts[-1])
            if size > most:
                raise too_large(name, size, most)
        return b"".join(parts) if len(parts) > 2 else parts[0]
    finally:
        os.close(descriptor)


def read_text(path: str | os.PathLike[str], most: int = SETTINGS) -> str:
    """A file's text, UTF-8 with or without a mark. Raises OSError and UnicodeDecodeError."""
    return read_bytes(path, most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def read_input(stream: Input, most: int = SCRIPT) -> bytes:
    """What comes from stdin. Raises TooLargeError."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise TooLargeError(errno.EFBIG, f"more than the limit of {megabytes(most)}")
    return data


def read_linted(path: str) -> bytes:
    """The bytes of a script or a notebook. Raises OSError."""
    return read_bytes(path, most_of(path))


def pieces(path: str | os.PathLike[str], size: int) -> Iterator[bytes]:
    """A file of any length in pieces: a log; a pipe is waited for. Raises OSError; NotReadError for a device or a folder."""
    name = os.fspath(path)
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116
    except ValueError as error:
        raise NotReadError(errno.EINVAL, "no name of a file", name) from error
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise _not_regular(name)
    flags = _FLAGS if stat.S_ISREG(mode) else _FLAGS & ~getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(name, os.O_RDONLY | flags)
    try:
        while piece := os.read(descriptor, size):
            yield piece
    finally:
        os.close(descriptor)


def size_of(path: str) -> int:
    """The bytes of a regular file; 0 for what has no size, or is not there."""
    try:
        told = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return 0
    return told.st_size if stat.S_ISREG(told.st_mode) else 0


def can_exist(name: str) -> bool:
    """Whether a file can have this name at all: no NUL, no letter that is none, no part longer than any system takes."""
    try:
        data = os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return b"\0" not in data and len(data) < _LONGEST_PATH and all(len(part) <= _LONGEST_NAME for part in data.split(b"/"))


def most_of(path: str) -> int:
    """How much of a linted file is read, by its name."""
    return NOTEBOOK if path.endswith(".ipynb") else SCRIPT


def too_large(path: str, size: int, most: int) -> TooLargeError:
    """The error about a file of this size."""
    return TooLargeError(errno.EFBIG, f"too large: {megabytes(size)}, and the limit is {megabytes(most)}", path)


def megabytes(size: int) -> str:
    """A size in words."""
    return f"{size / MEGABYTE:.1f}".removesuffix(".0") + " MB"


def _not_regular(path: str) -> NotRegularError:
    return NotRegularError(errno.EINVAL, "not a regular file", path)
