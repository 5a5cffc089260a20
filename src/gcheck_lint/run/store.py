"""The file in which a cache is kept: one for each folder that gclint runs in, written as a whole when a run ends.

First a seal and what it seals: an index in a line of JSON, then the digests of texts that are ruled out by their bytes alone.
Then the entries, each with a seal of its own, so that only those that are asked for are looked at. What is damaged, sealed by
somebody else, a link or no regular file holds nothing. Runs at the same time add to what the others have written.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import stat
import time
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from gcheck_lint.records import dataclass
from gcheck_lint.text import locks, writing
from gcheck_lint.text.reading import RECORD, read_bytes

SUFFIX: Final = ".cache"
MOST: Final = 32_000_000  # bytes of entries; what was not asked for the longest goes
DIGEST: Final = 16  # bytes of one
_DIGESTS: Final = 100_000
_SEAL: Final = 64  # letters, and a line break behind them
_DAY: Final = 86_400  # seconds
_DAYS: Final = 30  # after which an entry that nobody has asked for goes
_PATIENCE: Final = 2.0  # seconds to wait for another run that writes


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry: what it is known by, the day on which it was last asked for, and its bytes with their seal."""

    key: str
    day: int
    sealed: bytes


@dataclass(slots=True)
class Content:
    """What is in a file: entries by name, and the digests of texts that are ruled out, the last ones seen first."""

    entries: dict[str, Kept] = field(default_factory=dict)
    digests: dict[bytes, None] = field(default_factory=dict)


class Store:
    """One file. It is read when it is first asked, and written by `write`."""

    def __init__(self, place: Path, secret: bytes) -> None:
        self.place = place
        self._secret = secret
        self._today = int(time.time() // _DAY)
        self._found: Content | None = None
        self._new: dict[str, Kept] = {}
        self._seen: dict[bytes, None] = {}
        self._is_new = False

    def text(self, name: str, key: str) -> bytes | None:
        """What is kept under a name, if that is its key and the seal is ours."""
        kept = self._new.get(name) or self._content.entries.get(name)
        if kept is None or kept.key != key:
            return None
        text = opened(kept.sealed, self._secret)
        if text is not None and kept.day != self._today:
            self._new[name] = Kept(key, self._today, kept.sealed)
        return text

    def put(self, name: str, key: str, text: bytes) -> None:
        """Keeps a text."""
        self._new[name] = Kept(key, self._today, sealed(text, self._secret))

    def knows(self, digest: bytes) -> bool:
        """Whether a text of this digest is ruled out."""
        if digest not in self._content.digests and digest not in self._seen:
            return False
        self._seen[digest] = None
        return True

    def note(self, digest: bytes) -> None:
        """Keeps that a text of this digest is ruled out."""
        self._seen[digest] = None
        self._is_new = True

    @property
    def is_changed(self) -> bool:
        """Whether there is something to write."""
        return bool(self._new) or self._is_new

    def write(self) -> None:
        """Writes what is new beside what others have written meanwhile. Raises OSError."""
        with locks.turn(str(self.place.parent), _PATIENCE):
            found = read(self.place, self._secret)
            entries = {name: kept for name, kept in found.entries.items() if kept.day > self._today - _DAYS} | self._new
            digests = list({**self._seen, **found.digests})[:_DIGESTS]
            whole = packed(_within(entries, MOST), digests, self._secret)
            writing.replace(self.place, whole, private=True)
        self._found = Content(entries, dict.fromkeys(digests))
        self._new, self._is_new = {}, False

    @property
    def _content(self) -> Content:
        if self._found is None:
            self._found = read(self.place, self._secret)
        return self._found


def read(place: Path, secret: bytes) -> Content:
    """What is in a file; nothing if it is not ours."""
    try:
        if not stat.S_ISREG(place.lstat().st_mode):
            return Content()
        data = read_bytes(place, RECORD)
        seal, rest = data[:_SEAL], data[_SEAL + 1 :]
        index, _, body = rest.partition(b"\n")
        size = int(json.loads(index)["digests"]) * DIGEST
        if not hmac.compare_digest(seal, _seal(index + body[:size], secret)):
            return Content()
        return _content(json.loads(index)["entries"], body[:size], memoryview(body)[size:])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Content()


def packed(entries: Mapping[str, Kept], digests: Iterable[bytes], secret: bytes) -> bytes:
    """The bytes of a file."""
    noted = b"".join(digests)
    rows = {name: [kept.key, kept.day, len(kept.sealed)] for name, kept in entries.items()}
    index = json.dumps({"digests": len(noted) // DIGEST, "entries": rows}, separators=(",", ":")).encode()
    return b"".join([_seal(index + noted, secret), b"\n", index, b"\n", noted, *(kept.sealed for kept in entries.values())])


def sealed(text: bytes, secret: bytes) -> bytes:
    """A text behind its seal."""
    return _seal(text, secret) + b"\n" + text


def opened(data: bytes, secret: bytes) -> bytes | None:
    """What is behind a seal, if that is ours."""
    seal, _, text = data.partition(b"\n")
    return text if hmac.compare_digest(seal, _seal(text, secret)) else None


def freshen(place: Path) -> None:
    """Says once a day that a file is in use, so that it is not taken for old."""
    with contextlib.suppress(OSError):
        if time.time() - place.lstat().st_mtime > _DAY:
            os.utime(place, follow_symlinks=False)


def _seal(text: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256").hex().encode()


def _content(rows: Mapping[str, Any], noted: bytes, body: memoryview) -> Content:
    entries: dict[str, Kept] = {}
    at = 0
    for name, (key, day, size) in rows.items():
        entries[name] = Kept(str(key), int(day), bytes(body[at : at + size]))
        at += size
    return Content(entries, dict.fromkeys(noted[start : start + DIGEST] for start in range(0, len(noted), DIGEST)))


def _within(entries: Mapping[str, Kept], most: int) -> dict[str, Kept]:
    """As many entries as there is room for, those that were asked for last first."""
    kept: dict[str, Kept] = {}
    for name, one in sorted(entries.items(), key=lambda item: (-item[1].day, item[0])):
        most -= len(one.sealed)
        if most < 0:
            break
        kept[name] = one
    return kept
