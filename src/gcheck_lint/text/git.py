"""Asks git about repositories that may be anybody's, and lets none of them say what git does.

Git obeys the config of the repository that it is in: it runs what stands there as `core.fsmonitor`, as a filter, as the pager, as
the helper of a remote from which an object is missing. So that config never reaches it. Git is given a directory of ours in place
of the repository's own, in which the objects, the references and the index are links, HEAD is a copy, and the config is written
anew out of the few keys that change what is read and run nothing (`_KEPT`). Which repository is meant is found here and not by
git, so no folder that merely looks like a repository is taken for one. A house test holds that nobody else starts a process.

Whoever calls this can do without the answer, or says so to the user.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gcheck_lint.records import dataclass
from gcheck_lint.text import locks, reading

_PREFIX: Final = "gclint-git-"
_LOCK: Final = "gclint.lock"
_PATIENCE: Final = 60.0  # seconds; an ignore file may be a pipe that nobody writes to
# of the variables that git reads, those of the user's own config and installation; a hook's would make it answer for elsewhere
_OWN: Final = ("GIT_CONFIG_", "GIT_EXEC_PATH")
_VARIABLES: Final = {
    "GIT_ALLOW_PROTOCOL": "",  # no remote is asked for what is missing, whatever a config says of single protocols
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# what a user's own config may say, and is of no use here
_OPTIONS: Final = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit"),
)
_LINKED: Final = re.compile(r"objects|refs|packed-refs|info|logs|shallow|reftable|index|sharedindex\.[0-9a-f]+")
_COPIED: Final = re.compile(r"HEAD|[A-Z]+_HEAD")
_OF_WORK_TREE: Final = re.compile(r"index|sharedindex\..*|logs|HEAD|[A-Z]+_HEAD")  # has each work tree for itself
# keys of a config that are handed on, and what they may say
_KEPT: Final = (
    (re.compile(r"extensions\.objectformat"), re.compile("sha1|sha256")),
    (re.compile(r"extensions\.refstorage"), re.compile("files|reftable")),
    (re.compile(r"core\.(ignorecase|precomposeunicode)"), re.compile("true|false")),
    # what `@{upstream}` means
    (re.compile(r"branch\..+\.(remote|merge)|remote\..+\.fetch", re.DOTALL), re.compile(r"[^\0\n:]*(:[^\0\n:]*)?")),
)
_TELLING: Final = re.compile(rb"extensions|ignorecase|precomposeunicode|branch", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree: its uppermost folder, the directory of its HEAD and index, and that of all its work trees."""

    top: Path
    directory: Path
    common: Path

    def ask(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[bytes] | None:
        """Runs git for this repository, in a folder of it; None when there is no git, or it comes to no end."""
        program = installed()
        place = _stand_in(self) if program is not None else None
        if program is None or place is None:
            return None
        variables = {"GIT_DIR": place, "GIT_WORK_TREE": str(self.top)}
        return _run(program, [*_OPTIONS, *arguments], str(folder or self.top), variables)


def of(folder: str | os.PathLike[str]) -> Repository | None:
    """The repository of the work tree that a folder lies in."""
    place = Path(os.path.realpath(folder))
    return next((found for one in (place, *place.parents) if (found := _safely_at(one)) is not None), None)


def installed() -> str | None:
    """Where git is. Only folders with a whole name are looked into: `.` in PATH would mean what is being linted."""
    return _in(os.environ.get("PATH", os.defpath))


@functools.cache
def _in(path: str) -> str | None:
    name = "git.exe" if sys.platform == "win32" else "git"
    folders = [Path(text) for text in path.split(os.pathsep)]
    found = (folder / name for folder in folders if folder.is_absolute())
    return next((str(path) for path in found if path.is_file() and os.access(path, os.X_OK)), None)


def _safely_at(folder: Path) -> Repository | None:
    try:
        return _at(folder)
    except (OSError, ValueError):  # what may not be entered; a NUL where a path should stand
        return None


def _at(folder: Path) -> Repository | None:
    place = folder / ".git"
    if place.is_file():  # a submodule, or one of several work trees
        told = _told(place)
        if not told.startswith("gitdir:"):
            return None
        place = Path(os.path.normpath(folder / told.removeprefix("gitdir:").strip()))
    if not (place / "HEAD").is_file():
        return None
    common = Path(os.path.normpath(place / (_told(place / "commondir") or ".")))
    return Repository(folder, place, common) if (common / "objects").is_dir() else None


def _told(path: Path) -> str:
    """The line that stands in a small file; empty where there is none."""
    try:
        return os.fsdecode(reading.read_bytes(path, reading.SETTINGS)).strip()
    except OSError:
        return ""


# --- the directory that git is given -----------------------------------------------------------------------------------------

_places: Final[dict[Repository, str]] = {}
_locks: Final[dict[str, int | None]] = {}


def tidy() -> None:
    """Removes the directories that git was given in this process, for one that ends without Python's own last words."""
    for place in _places.values():
        _remove(place, _locks.pop(place, None), os.getpid())
    _places.clear()


def _stand_in(repository: Repository) -> str | None:
    place = _places.get(repository)
    try:
        if place is None:
            place = _make(repository)
            _places[repository] = place
        for name, source in _entries(repository, _COPIED):  # they may have changed since, in a run that goes on and on
            with contextlib.suppress(reading.NotReadError):
                Path(place, name).write_bytes(reading.read_bytes(source, reading.SETTINGS))
    except OSError:
        return None
    return place


def _make(repository: Repository) -> str:
    _clear_those_of_the_dead()
    place = tempfile.mkdtemp(prefix=_PREFIX)
    lock = locks.hold(f"{place}/{_LOCK}")
    _locks[place] = lock
    atexit.register(_remove, place, lock, os.getpid())
    for name, source in _entries(repository, _LINKED):
        _link(source, Path(place, name))
    for name in ("objects", "refs"):
        Path(place, name).mkdir(exist_ok=True)
    Path(place, "HEAD").write_bytes(b"ref: refs/heads/main\n")
    Path(place, "config").write_text("", encoding="utf-8")
    Path(place, "config").write_text(_config(repository, place), encoding="utf-8", errors="surrogateescape")
    return place


def _entries(repository: Repository, wanted: re.Pattern[str]) -> Iterator[tuple[str, Path]]:
    """Names and places of what is wanted of a repository's directory."""
    is_one_of_several = repository.directory != repository.common
    for folder in dict.fromkeys((repository.common, repository.directory)):
        for path in folder.iterdir():
            is_own = bool(_OF_WORK_TREE.fullmatch(path.name))
            if wanted.fullmatch(path.name) and not (is_one_of_several and is_own == (folder == repository.common)):
                yield path.name, path


def _link(source: Path, place: Path) -> None:
    try:
        place.symlink_to(source)
    except OSError:
        if os.name != "nt":
            raise
        if source.is_dir():  # links take a privilege there, junctions do not
            importlib.import_module("_winapi").CreateJunction(str(source), str(place))
        else:
            shutil.copyfile(source, place)


def _config(repository: Repository, place: str) -> str:
    """The config that git is given."""
    kept = [(key, value) for key, value in _own_config(repository, place) if _is_kept(key, value)]
    version = int(any(key.startswith("extensions.") for key, _ in kept))
    lines = ["[core]", f"\trepositoryformatversion = {version}", "\tbare = false"]
    for key, value in kept:
        section, _, rest = key.partition(".")
        part, _, name = rest.rpartition(".")
        lines += [f"[{section} {_quoted(part)}]" if part else f"[{section}]", f"\t{name} = {_quoted(value)}"]
    return "".join(f"{line}\n" for line in lines)


def _own_config(repository: Repository, place: str) -> Iterator[tuple[str, str]]:
    """What a repository's config says. Git reads it as a mere file, without the files that it includes."""
    try:
        data = reading.read_bytes(repository.common / "config", reading.SETTINGS)
    except OSError:
        return
    program = installed()
    if program is None or not _TELLING.search(data):
        return
    words = ["config", "--file", "-", "--no-includes", "--list", "-z"]
    told = _run(program, [*_OPTIONS, *words], place, {"GIT_DIR": place}, data)
    if told is not None and told.returncode == 0:
        for entry in os.fsdecode(told.stdout).split("\0"):
            key, newline, value = entry.partition("\n")
            if newline:
                yield key, value


def _is_kept(key: str, value: str) -> bool:
    return any(keys.fullmatch(key) and values.fullmatch(value) for keys, values in _KEPT)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _remove(place: str, lock: int | None, process: int) -> None:
    if os.getpid() == process:  # a fork has not made it
        shutil.rmtree(place, ignore_errors=True)
        locks.release(lock)


def _clear_those_of_the_dead() -> None:
    """Removes what runs have left behind that were killed."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False) and locks.is_ours(entry.path):
                lock = Path(entry.path, _LOCK)
                if locks.is_left_behind(str(lock) if lock.exists() else entry.path):
                    shutil.rmtree(entry.path, ignore_errors=True)


# --- clones --------------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """A folder of our own for what is not kept. One of a process that was killed is removed by the next that makes one."""
    _clear_those_of_the_dead()
    place = tempfile.mkdtemp(prefix=_PREFIX)
    lock = locks.hold(f"{place}/{_LOCK}")
    try:
        yield place
    finally:
        _remove(place, lock, os.getpid())


def clone(address: str, folder: Path, patience: float) -> str | None:
    """Clones the newest commit of an address (`https://`, `file://`) into a new folder. Gives why not, else None.

    No hook, no template, no submodule, no other protocol, and nothing that LFS keeps elsewhere.
    """
    program = installed()
    if program is None:
        return "git is not installed"
    words = ["clone", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--template=", "--", address, str(folder)]
    variables = {"GIT_ALLOW_PROTOCOL": "file:https", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
    told = _run(program, [*_OPTIONS, *words], str(folder.parent), variables, patience=patience)
    if told is None:
        return f"it did not finish within {patience:g} s"
    lines = os.fsdecode(told.stderr).strip().splitlines()
    return None if told.returncode == 0 else lines[-1] if lines else f"it exited with {told.returncode}"


def _run(
    program: str,
    arguments: list[str],
    folder: str,
    variables: dict[str, str],
    data: bytes = b"",
    patience: float | None = None,
) -> subprocess.CompletedProcess[bytes] | None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_") or name.startswith(_OWN)}
    try:
        return subprocess.run(
            [program, *arguments],
            cwd=folder,
            capture_output=True,
            env=environment | _VARIABLES | variables,
            input=data,
            timeout=_PATIENCE if patience is None else patience,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
