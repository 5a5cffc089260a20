"""Files that say whether the process that made them still lives: it holds a lock, which the system takes back when it ends.

So what a killed run has left behind is told from what another run is at. Where there are no such locks, the age has to do.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from typing import Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_YOUNG: Final = 60.0  # seconds in which a file may not be locked yet
_OLD: Final = 86_400.0  # seconds after which nobody works on it any more, where there are no locks
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


def hold(path: str) -> int | None:
    """Makes a file and locks it for the rest of the process's life, or until `release`."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _FLAGS, 0o600)
    lock(descriptor)
    return descriptor


def lock(descriptor: int) -> None:
    """Locks an open file."""
    if fcntl is not None:
        with contextlib.suppress(OSError):  # a file system without locks: the age has to do
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def release(descriptor: int | None) -> None:
    """Gives a lock back."""
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.close(descriptor)


@contextlib.contextmanager
def turn(folder: str, patience: float) -> Iterator[None]:
    """Holds the lock of a folder, so that those who read, change and write a file in it take turns.

    Who has waited for so many seconds goes on without it, as where there are no locks.
    """
    descriptor = None if fcntl is None else os.open(folder, os.O_RDONLY | _FLAGS)
    try:
        end = time.monotonic() + patience
        while descriptor is not None and not _is_taken(descriptor) and time.monotonic() < end:
            time.sleep(0.01)
        yield
    finally:
        release(descriptor)


def _is_taken(descriptor: int) -> bool:
    """Takes a lock, and says whether there is nothing to wait for: it is ours, or there are no locks here."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN)
    return True


def is_ours(path: str) -> bool:
    """Whether a name, and not what it links to, belongs to this user."""
    try:
        owner = os.lstat(path).st_uid
    except OSError:
        return False
    return not hasattr(os, "getuid") or owner == os.getuid()


def is_left_behind(path: str) -> bool:
    """Whether nobody works on a file any more. Of anything but a regular file the age alone counts."""
    try:
        told = os.lstat(path)
        age = time.time() - told.st_mtime
        if not stat.S_ISREG(told.st_mode) or fcntl is None:
            return age > (_OLD if fcntl is None else _YOUNG)
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
