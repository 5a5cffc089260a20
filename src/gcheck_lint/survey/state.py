"""The folder of a survey: what came of each repository, one file each, written as soon as it is known.

A second survey with the same folder goes on from here. The Parquet data sets beside it are made of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gcheck_lint.errors import UsageError
from gcheck_lint.survey.outcome import PASSING, Outcome
from gcheck_lint.text import locks, reading, writing

PLACE: Final = ".survey"
_VERSION: Final = 1
_FIELDS: Final = ("name", "key", "row", "findings", "failures")


class State:
    """What is known of each repository. One process writes it: `open_` takes a lock."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / PLACE
        self._lock: int | None = None

    def begin(self) -> None:
        """Makes the folder, or takes up that of an earlier survey. Raises UsageError for any other that is not empty."""
        folder = self._place.parent
        try:
            if not self._place.is_dir() and folder.exists() and any(folder.iterdir()):
                raise UsageError(f"{folder} is not empty and is not a survey")
            self._place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write {folder}: {error.strerror or error}") from error
        self._take(self._place / "lock")

    def _take(self, lock: Path) -> None:
        if lock.exists():
            if not locks.is_left_behind(str(lock)):
                raise UsageError(f"another survey is writing {self._place.parent}")
            lock.unlink()
        self._lock = locks.hold(str(lock))

    def end(self) -> None:
        """Lets another survey have the folder."""
        with contextlib.suppress(OSError):
            (self._place / "lock").unlink()
        locks.release(self._lock)

    def put(self, outcome: Outcome) -> None:
        """Keeps an outcome in place of an earlier one."""
        path = self._path(outcome.name)
        path.parent.mkdir(exist_ok=True)
        told = {"version": _VERSION, **{name: getattr(outcome, name) for name in _FIELDS}}
        writing.replace(path, json.dumps(told).encode(), private=True)

    def get(self, name: str) -> Outcome | None:
        """The outcome that is kept of a repository; None where there is none, or it cannot be read."""
        try:
            told: Any = json.loads(reading.read_bytes(self._path(name), reading.RECORD))
        except (OSError, ValueError):
            return None
        if not isinstance(told, dict) or told.get("version") != _VERSION or told.get("name") != name:
            return None
        return Outcome(**{field: told[field] for field in _FIELDS})

    def key(self, name: str) -> str:
        """The key of the outcome that is kept, empty where the repository is to be checked whatever it holds."""
        known = self.get(name)
        if known is None or (not known.row and any(one["kind"] in PASSING for one in known.failures)):
            return ""
        return known.key

    def keep_only(self, names: set[str]) -> None:
        """Forgets the repositories that the SOURCE names no more."""
        kept = {self._path(name) for name in names}
        for path in self._files():
            if path not in kept:
                path.unlink()

    def _files(self) -> Iterator[Path]:
        for folder in sorted(self._place.iterdir()):
            if folder.is_dir():
                yield from sorted(folder.glob("*.json"))

    def _path(self, name: str) -> Path:
        mark = hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        return self._place / mark[:2] / f"{mark}.json"


def bucket(name: str, count: int) -> int:
    """In which of so many partitions a repository lies: the same in each of the data sets."""
    return int.from_bytes(hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest(), "big") % count
