"""The cache: what a file was told stays true while everything that it rests on is as it was.

One entry for each file, in `<version>/` below the user's own cache folder. It is known by the file's bytes and place, the
settings, the versions that the file is judged for and gclint itself; and it holds what the story asked of the rest of the
program, with the answers.

Findings that are believed and edits that are applied must be our own: each entry is sealed with a secret of the user, which
lies in the user's cache folder wherever the entries lie, so nobody who brings a folder can bring an entry. One that is damaged,
sealed by somebody else, a link or no regular file, or that says what can't be (`run.entries`), is no entry.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint import __version__
from gcheck_lint.config.settings import Ignores, Settings
from gcheck_lint.errors import GclintError, UsageError
from gcheck_lint.run import aims, pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text import writing
from gcheck_lint.text.reading import RECORD, read_bytes, read_text

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


class Cache:
    """The entries below one folder. Whatever goes wrong with the disk, the files are checked all the same."""

    def __init__(self, root: Path, secret: bytes) -> None:
        self.root = root
        self._secret = secret
        self._folder = root / __version__
        self._own: str | None = None
        self._is_prepared = False
        self._settings: dict[int, str] = {}
        self._here = str(Path.cwd())  # places are shown relative to it

    def key(self, path: str, data: bytes, settings: Settings) -> str:
        """What an entry has to be known by to speak of this file."""
        if self._own is None:
            self._own = _own()
        if id(settings) not in self._settings:
            self._settings[id(settings)] = repr([(name, _plain(getattr(settings, name))) for name in _counting()])
        parts = (self._own, self._here, path, self._settings[id(settings)], *aims.with_warnings(path, settings))
        return hashlib.blake2b(repr(parts).encode(errors="surrogateescape") + data, digest_size=20).hexdigest()

    def load(self, path: str, key: str, data: bytes, variant: str = "") -> FileReport | None:
        """What the file was told, if that still holds. `variant`: what it was told under, where it is told several times."""
        place = self._entry(path, variant)
        try:
            status = place.lstat()
            if not stat.S_ISREG(status.st_mode):
                return None
            seal, _, text = read_bytes(place, RECORD).partition(b"\n")
            if not hmac.compare_digest(seal, self._seal(text)):
                return None
            from gcheck_lint.run import entries

            entry = entries.read(entries.Entry, json.loads(text))
            if entry.key != key or not pipeline.program().still(entry.met(), Path(path).absolute()):
                return None
            source = _source(path, data)
            report = None if source is None else entry.report(source)
        except (OSError, ValueError, GclintError, RecursionError):
            return None
        if time.time() - status.st_mtime > _DAY:  # so that what is in use is not taken for old
            with contextlib.suppress(OSError):
                os.utime(place)
        return report

    def save(self, key: str, report: FileReport, met: Met, variant: str = "") -> None:
        """Writes an entry, unless a bug of ours is in it, a notebook that was not read as a whole, or an edit of another file."""
        if report.failures or report.source is None or _is_partial(report.source):
            return
        from gcheck_lint.run import entries

        if not entries.is_of_one_file(report):
            return
        text = json.dumps(entries.written(entries.Entry.of(key, report, met)), separators=(",", ":")).encode()
        with contextlib.suppress(OSError):  # several may check the same files at once, and nobody may see half of an entry
            self._prepare()
            writing.replace(self._entry(report.path, variant), self._seal(text) + b"\n" + text, private=True)

    def _seal(self, text: bytes) -> bytes:
        return hmac.digest(self._secret, text, "sha256").hex().encode()

    def _entry(self, path: str, variant: str) -> Path:
        place = f"{self._here}\0{Path(path).absolute()}\0{variant}".encode(errors="surrogateescape")
        return self._folder / f"{hashlib.blake2b(place, digest_size=16).hexdigest()}.json"

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
        """Once a day: entries that nobody has asked for in a month, also those of other versions."""
        note, now = self.root / "cleared", time.time()
        if note.exists() and now - note.lstat().st_mtime < _DAY:
            return
        writing.replace(note, b"", private=True)
        for folder in self.root.iterdir():
            if folder.is_dir() and not folder.is_symlink():
                for entry in os.scandir(folder):
                    if entry.name.endswith(".json") and now - entry.stat(follow_symlinks=False).st_mtime > 30 * _DAY:
                        Path(entry.path).unlink()


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
        raise UsageError(f"{root} is no cache of gclint (its {TAG} says so), and is left alone")
    import shutil

    try:
        shutil.rmtree(root)
    except OSError as error:
        raise UsageError(f"cannot delete {root}: {error.strerror or error}") from error
    return True


def _own() -> str:
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
