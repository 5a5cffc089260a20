"""The cache: what a file was told stays true while everything that it rests on is as it was.

One file for each folder that gclint runs in, in `<version>/` below the user's own cache folder (`run.store`). It has an entry for
each linted file that was parsed, which is known by the file's bytes and place, the settings, the versions that the file is judged
for and gclint itself; and it holds what the story asked of the rest of the program, with the answers. Of texts that are ruled out
by their bytes alone it has the digests.

Findings that are believed and edits that are applied must be our own: each entry is sealed with a secret of the user, which
lies in the user's cache folder wherever the entries lie, so nobody who brings a folder can bring an entry. One that is damaged,
sealed by somebody else, in a link or no regular file, or that says what can't be (`run.entries`), is no entry.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint import __version__
from gcheck_lint.config.settings import Ignores, Settings
from gcheck_lint.errors import GclintError, UsageError
from gcheck_lint.records import dataclass
from gcheck_lint.run import aims, pipeline, store
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.run.store import DIGEST, Store
from gcheck_lint.text import writing
from gcheck_lint.text.reading import read_bytes, read_text

if TYPE_CHECKING:
    from gcheck_lint.python.program import Met
    from gcheck_lint.text.source import Source

TAG: Final = "CACHEDIR.TAG"
_TAG: Final = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of gclint. It can be deleted at any time: `gclint clean`.
# For information about cache directory tags see https://bford.info/cachedir/
"""
_SECRET: Final = 32  # bytes
_DAY: Final = 86_400  # seconds
_EVERY: Final = 10.0  # seconds after which a long run writes what it has
_ROOM: Final = 256_000_000  # bytes of all files
# which files are linted, and how findings are shown: neither changes what a file is told
_NO_PART: Final = frozenset(
    {
        "include",
        "exclude",
        "extend_exclude",
        "force_exclude",
        "respect_gitignore",
        "min_severity",
        "fail_on",
        "timeout",
        "fix",
        "unsafe_fixes",
        "jobs",
        "cache_dir",
        "required_version",
        "output_format",
        "origins",
        "file",
    }
    | {
        "target_transformers",
        "target_trl",
        "target_peft",
        "target_torch",
        "target_lightning",
        "target_diffusers",
    }  # with what dependency files say
    | {"select", "ignore", "extend_select", "fixable", "unfixable"}  # as `enabled` and `fixable_codes`
)


@dataclass(slots=True)
class Keys:
    """What entries have to be known by. Workers have it without the cache."""

    here: str  # places are shown relative to it
    own: str
    settings: dict[int, str] = field(default_factory=dict)  # as they count, by identity: a run keeps them

    def of(self, path: str, data: bytes, settings: Settings) -> str:
        """What an entry has to be known by to speak of this file."""
        if id(settings) not in self.settings:
            self.settings[id(settings)] = repr([(name, _plain(getattr(settings, name))) for name in _counting()])
        parts = (self.own, self.here, path, self.settings[id(settings)], *aims.with_warnings(path, settings))
        return hashlib.blake2b(repr(parts).encode(errors="surrogateescape") + data, digest_size=20).hexdigest()

    def __getstate__(self) -> tuple[str, str]:
        return self.here, self.own  # in another process the settings have another identity

    def __setstate__(self, state: tuple[str, str]) -> None:
        self.here, self.own = state
        self.settings = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a worker gives back to be kept."""

    key: str
    text: bytes


class Cache:
    """The entries of the folder that gclint runs in. Whatever goes wrong with the disk, the files are checked all the same."""

    def __init__(self, root: Path, secret: bytes) -> None:
        self.root = root
        self.keys = Keys(str(Path.cwd()), own())
        self._folder = root / __version__
        name = hashlib.blake2b(self.keys.here.encode(errors="surrogateescape"), digest_size=16).hexdigest()
        self._store = Store(self._folder / f"{name}{store.SUFFIX}", secret)
        self._salt = hashlib.blake2b(self.keys.own.encode(), digest_size=16).digest()
        self._is_prepared = False
        self._written = time.monotonic()

    def load(self, path: str, data: bytes, settings: Settings, mark: str = "") -> FileReport | None:
        """What the file was told, if that still holds. `mark`: under what, where it is told several times."""
        key = self.keys.of(path, data + mark.encode(), settings)
        text = self._store.text(_name(path + mark), key)
        if text is None:
            return None
        from gcheck_lint.run import entries

        try:
            entry = entries.read(entries.Entry, json.loads(text))
            if entry.key != key or not pipeline.program().still(entry.met(), Path(path).absolute()):
                return None
            source = _source(path, data)
            return None if source is None else entry.report(source)
        except (OSError, ValueError, GclintError, RecursionError):
            return None

    def save(self, path: str, entry: Entry | None, mark: str = "") -> None:
        """Keeps what `entry` has made. It is on disk after some seconds, or with `close`."""
        if entry is not None:
            self._store.put(_name(path + mark), entry.key, entry.text)
            if time.monotonic() - self._written > _EVERY:
                self.close()

    def digest(self, data: bytes, in_library: bool) -> bytes:
        """By what a text is known that is ruled out by its bytes, and by where it lies if that is a library."""
        return hashlib.blake2b(data, digest_size=DIGEST, key=self._salt, person=b"library" if in_library else b"").digest()

    def rules_out(self, digest: bytes) -> bool:
        """Whether a text of this digest was ruled out before."""
        return self._store.knows(digest)

    def rule_out(self, digest: bytes) -> None:
        """Keeps that it is."""
        self._store.note(digest)

    def close(self) -> None:
        """Writes what is new."""
        self._written = time.monotonic()
        if not self._store.is_changed:
            store.freshen(self._store.place)
            return
        with contextlib.suppress(OSError):
            self._prepare()
            self._store.write()

    def _prepare(self) -> None:
        if self._is_prepared:
            return
        self._is_prepared = True
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True)
            _mark(self.root)
        writing.clear(self._folder)
        writing.clear(self.root)
        self._drop_what_is_old()

    def _drop_what_is_old(self) -> None:
        """Once a day: what nobody has asked for in a month, also of other versions; and what there is no room for."""
        note, now = self.root / "cleared", time.time()
        if note.exists() and now - note.lstat().st_mtime < _DAY:
            return
        writing.replace(note, b"", private=True)
        room = _ROOM
        for time_, size, path in sorted(self._files(), reverse=True):
            room -= size
            if now - time_ > 30 * _DAY or room < 0:
                path.unlink()

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for folder in self.root.iterdir():
            if folder.is_dir() and not folder.is_symlink():
                for one in os.scandir(folder):
                    if one.name.endswith((store.SUFFIX, ".json")):  # the latter are those of earlier versions
                        told = one.stat(follow_symlinks=False)
                        yield told.st_mtime, told.st_size, Path(one.path)


def entry(keys: Keys, data: bytes, settings: Settings, report: FileReport, met: Met) -> Entry | None:
    """Makes an entry, unless a bug of ours is in it, a notebook that was not read as a whole, or an edit of another file."""
    if report.failures or report.source is None or _is_partial(report.source):
        return None
    from gcheck_lint.run import entries

    if not entries.is_of_one_file(report):
        return None
    key = keys.of(report.path, data, settings)
    text = json.dumps(entries.written(entries.Entry.of(key, report, met)), separators=(",", ":")).encode()
    return Entry(key, text)


def _name(path: str) -> str:
    return hashlib.blake2b(os.path.abspath(path).encode(errors="surrogateescape"), digest_size=16).hexdigest()  # noqa: PTH100


def _mark(root: Path) -> None:
    """Says that a folder is a cache, for those who make backups, for git, and for `clean`."""
    for name, text in ((TAG, _TAG), (".gitignore", "# made by gclint\n*\n")):
        if not (root / name).exists():
            writing.replace(root / name, text.encode(), private=True)


def folder() -> Path | None:
    """The user's own cache folder."""
    import platformdirs

    place = platformdirs.user_cache_path("gclint", appauthor=False)
    return place if place.is_absolute() else None


def secret() -> bytes | None:
    """What the user's entries are sealed with, made if there is none; None where none can be kept to oneself."""
    place = folder()
    if place is None:
        return None
    key = place / "key"
    found = _secret(key)
    if found is None:
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            writing.clear(place)
            _mark(place)
            writing.replace(key, os.urandom(_SECRET), private=True)
        found = _secret(key)  # another run's, if that came later
    return found


def _secret(key: Path) -> bytes | None:
    try:
        status = key.lstat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if hasattr(os, "getuid") and (status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077):
            return None  # others can read it, or have brought it: a checkout has no file that is its owner's alone
        found = read_bytes(key, _SECRET)
    except OSError:
        return None
    return found if len(found) == _SECRET else None


def clean(root: Path) -> bool:
    """Deletes a cache. Gives whether there was one. Raises UsageError for a folder that is something else."""
    if not root.is_dir():
        return False
    try:
        is_ours = read_text(root / TAG) == _TAG
    except (OSError, UnicodeDecodeError):
        is_ours = False
    if not is_ours or root.is_symlink():
        raise UsageError(f"{root} is not a gclint cache ({TAG} does not match) and was not deleted")
    import shutil

    try:
        shutil.rmtree(root)
    except OSError as error:
        raise UsageError(f"cannot delete {root}: {error.strerror or error}") from error
    return True


def own() -> str:
    """What gclint itself is made of: its files, LibCST's and Python's version. A checkout changes without a new version."""
    from gcheck_lint.rulebook import cards

    told: list[object] = [__version__, sys.version_info[:3]]
    package = Path(__file__).parents[1]
    for folder in (*(Path(place) for place, _, _ in os.walk(package) if not place.endswith("__pycache__")), cards.directory()):
        told += sorted(
            (entry.name, *_stamp(entry.path)) for entry in os.scandir(folder) if entry.name.endswith((".py", ".toml", ".md"))
        )
    told += [_stamp(place) for place in _libraries()]
    return repr(told)


def _libraries() -> Iterator[str]:
    from importlib.util import find_spec

    for name in ("libcst", "packaging"):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield spec.origin
            yield spec.origin.replace("__init__", "_version")


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - some hundred of them
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def _counting() -> tuple[str, ...]:
    return tuple(one.name for one in fields(Settings) if one.name not in _NO_PART)


def _plain(value: object) -> object:
    """A value of the settings as something that is written the same way in every process: the order of a set is not."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Ignores):
        codes = sorted(frozenset().union(*(selector.codes for selector in value.selectors)))
        return [value.pattern.text, str(value.pattern.root), value.negated, codes]
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    assert value is None or isinstance(value, (bool, int, str)), value
    return value


def _is_partial(source: Source) -> bool:
    from gcheck_lint.text.notebook import Program

    return isinstance(source, Program) and bool(source.notebook.broken)


def _source(path: str, data: bytes) -> Source | None:
    if path.endswith(".ipynb"):
        from gcheck_lint.text.notebook import source_of

        return source_of(path, data)
    from gcheck_lint.text.source import from_bytes

    return from_bytes(path, data)
