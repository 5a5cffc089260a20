"""The one place where files are written: as a whole or not at all, by way of a new one beside the old one.

A run that is killed leaves at most such a new file behind. Its name says that it is ours and its lock that somebody is at it
(`text.locks`), so the next run that writes in the folder removes it. A house test holds that nobody writes past this module.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import Final

from gcheck_lint.text import locks

_NAME: Final = re.compile(r"\.gclint-[0-9a-f]{16}\.tmp")
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
_SYSTEMS: Final = ("/dev/", "/proc/")  # what is named there is not a file of a folder, whatever it is


def replace(path: Path, data: bytes, like: os.stat_result | None = None, private: bool = False) -> None:
    """Writes a file. Raises OSError.

    `like`: whose owner and mode it gets. `private`: a note of ours that nobody else needs to read, nor to survive a power cut.
    """
    for attempt in (1, 2):
        new = path.with_name(f".gclint-{os.urandom(8).hex()}.tmp")
        try:
            _write(new, path, data, like, private)
        except FileNotFoundError:  # taken for one left behind, in the moment before it was locked
            if attempt == 2:
                raise
        else:
            return


def output(name: str, data: bytes) -> None:
    """Writes what the user has given a name for: a file, or whatever else can be written to. Raises OSError."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        told = path.stat()
    except FileNotFoundError:
        told = None
    if str(path.absolute()).startswith(_SYSTEMS) or (told is not None and not stat.S_ISREG(told.st_mode)):
        _in_place(path, data)
        return
    real = Path(os.path.realpath(path))  # a link stays
    clear(real.parent)
    try:
        replace(real, data, told)
    except OSError:
        if told is None:
            raise
        _in_place(real, data)  # a file that is mounted by itself, or lies in a folder that may not be written


def clear(folder: Path) -> None:
    """Removes what killed runs have left in a folder."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_one = _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            if is_one and locks.is_ours(entry.path) and locks.is_left_behind(entry.path):
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()


def _write(new: Path, path: Path, data: bytes, like: os.stat_result | None, private: bool) -> None:
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _FLAGS, 0o600 if private or like is not None else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            locks.lock(descriptor)
            file.write(data)
            file.flush()
            if not private:
                os.fsync(descriptor)
            if like is not None:
                _become(new, like)
            if os.name != "nt":  # where an open file can be renamed, the lock is held until it has its name
                new.replace(path)
        if os.name == "nt":
            new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _become(path: Path, like: os.stat_result) -> None:
    for owner in (-1, like.st_uid):  # the group may be ours to keep where the owner is not
        with contextlib.suppress(OSError, AttributeError):  # or there is no such call on this system
            os.chown(path, owner, like.st_gid)
    path.chmod(like.st_mode & 0o7777)


def _in_place(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
