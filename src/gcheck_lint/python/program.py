"""The other modules of a program: which file of the repository an import means, and its parsed tree.

A name is looked for where Python would look for it: beside the script that is run, on what the script itself puts on `sys.path`,
and in the folders above it up to the repository's root, with the layouts that packaging knows (`src`, `package_dir`). What is
found nowhere there is a library, and a library is never followed. Where the source of a library that works on models is itself
checked (transformers, TRL), its modules do not follow each other either: what they do is in knowledge.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint.prefilter import triage
from gcheck_lint.prefilter.words import HARMLESS, LIBRARIES, PACKAGES
from gcheck_lint.python import folders
from gcheck_lint.python.folders import in_folder, only_one, package
from gcheck_lint.python.packaging import declared
from gcheck_lint.records import dataclass
from gcheck_lint.text.reading import can_exist, read_bytes

if TYPE_CHECKING:
    from gcheck_lint.python.syntax import Module

_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
# what lies at a repository's root, too, where none of those is: a copy without its history
_FILES_AT_ROOT = (
    "requirements.txt",
    "environment.yml",
    "environment.yaml",
    "Pipfile",
    ".gitignore",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
)
_LAYOUTS = ("", "src", "lib", "python")
_LARGEST = 400_000  # bytes; what is larger is data or generated
_KEPT = 2_500_000  # bytes of parsed modules; their trees, as far as they are asked for, take some ten times as much room
_REMEMBERED = 4_000  # modules whose words are kept
_FOLLOWED = 400  # modules that are looked through for what a file lacks
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<from>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\r\n#]*)|import[ \t]+(?P<plain>[^\r\n#]+))",
    re.MULTILINE,
)
_WORD = re.compile(rb"[A-Za-z_]\w*")
ANYWHERE: Final = "*"  # on the path: the script puts a folder there, and which one may not be known
_STDLIB = frozenset(sys.stdlib_module_names)


def forget() -> None:
    """Forgets where modules lie, for a process that outlives a run: files and folders have come or gone."""
    folders.forget()
    for found in (in_library, _packages_around, _roots, _renamed, ancestors, _is_repository):
        found.cache_clear()


def is_library(name: str) -> bool:
    """Whether a top-level name is one that knowledge speaks of, and so no module of the repository."""
    return name in PACKAGES or name in HARMLESS


@dataclass(slots=True)
class Met:
    """What a program was asked while a story was told, and what it answered. While the answers hold, so does the story.

    `named`: the name, the importing file and what was on `sys.path`, with the file that was meant. `held`: whether the script
    lies in the repository of a library. `read`: each module's bytes, in short. `around`: what else lies in the packages met.
    """

    named: dict[tuple[str, str, tuple[str, ...]], str] = field(default_factory=dict)
    held: dict[str, bool] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    around: dict[str, str] = field(default_factory=dict)


class Program:
    """The modules of a run. `unsaved` holds the texts of open documents, by absolute path, that stand for the files on disk."""

    def __init__(self, unsaved: Mapping[str, str] | None = None) -> None:
        self._unsaved = {} if unsaved is None else unsaved
        self._parsed: OrderedDict[tuple[Path, object], tuple[Module | None, bytes | None]] = OrderedDict()
        self._weight = 0
        self._met: Met | None = None
        self._searched: dict[tuple[Path, object], tuple[frozenset[str], tuple[str, ...]]] = {}
        self._located: dict[tuple[str, Path, Path, tuple[str, ...]], Path | None] = {}

    def forget(self) -> None:
        """Forgets all that was read and found: it was left in the midst of that, or the files are others by now."""
        self._parsed.clear()
        self._weight = 0
        self._searched.clear()
        self._located.clear()

    def locate(self, name: str, importer: Path, script: Path, added: tuple[str, ...] = ()) -> Path | None:
        """The file (or, for a package without one, the folder) that a dotted name means; relative names begin with dots."""
        if not can_exist(name.replace(".", "/")):
            return None
        key = (name, importer.parent, script.parent, added)
        if key not in self._located:
            if len(self._located) > 8 * _REMEMBERED:
                self._located.clear()
            self._located[key] = self._locate(name, importer, script, added)
        found = self._located[key]
        if self._met is not None:
            self._met.named[name, str(importer), added] = "" if found is None else str(found)
            self._look_around(found)
        return found

    @contextlib.contextmanager
    def recording(self) -> Iterator[Met]:
        """Notes what is asked, and what the answers are."""
        self._met = Met()
        try:
            yield self._met
        finally:
            self._met = None

    def still(self, met: Met, script: Path) -> bool:
        """Whether the program would answer as it did."""
        if any(self.holds(library, script) is not held for library, held in met.held.items()):
            return False
        for (name, importer, added), meant in met.named.items():
            found = self.locate(name, Path(importer), script, added)
            if ("" if found is None else str(found)) != meant:
                return False
        return all(_digest(_content(Path(path))) == read for path, read in met.read.items()) and all(
            _neighbours(folder) == names for folder, names in met.around.items()
        )

    def _look_around(self, found: Path | None) -> None:
        """A module below a package may be reached as its attribute, without an import that names it."""
        if self._met is None or found is None or (found.suffix == ".py" and found.name != "__init__.py"):
            return
        folder = str(found.parent if found.suffix == ".py" else found)
        if folder not in self._met.around:
            self._met.around[folder] = _neighbours(folder)

    def holds(self, library: str, script: Path) -> bool:
        """Whether a script lies in the repository of a library itself: then it runs with that library as it is there."""
        held = any(in_folder(folder, library, loose=False) is not None for folder in _roots(script.parent))
        if self._met is not None:
            self._met.held[library] = held
        return held

    def module(self, path: Path) -> Module | None:
        """A parsed file; None when it cannot be read or parsed."""
        key = self._key(path)
        if key not in self._parsed:
            data = self._bytes(path)
            self._parsed[key] = (None if data is None else _parse(path, data), data)
            self._weight += len(data or b"")
            while self._weight > _KEPT and len(self._parsed) > 1:
                _, (_, dropped) = self._parsed.popitem(last=False)
                self._weight -= len(dropped or b"")
        self._parsed.move_to_end(key)
        module, data = self._parsed[key]
        if self._met is not None and (name := str(path)) not in self._met.read:
            self._met.read[name] = _digest(data)
            self._look_around(path)
        return module

    def may_concern(self, path: str, text: bytes, held: triage.Text | None = None) -> bool:
        """Whether a file, with all that it imports of its program, says what any rule needs to find something.

        `held`: what is known of the text already.
        """
        held = triage.Text(text) if held is None else held
        if triage.is_enough(held):
            return True
        place = os.path.abspath(path)  # noqa: PTH100 - a Path for every file of a run costs as much as reading it
        if in_library(os.path.dirname(place)) or not held.leads_on():  # noqa: PTH120
            return False
        # what lies in folders that a script adds by itself is only found while its story is told
        return b"sys.path" in text or self._reaches(Path(path).absolute(), text, held.words())

    def _reaches(self, path: Path, text: bytes, said: frozenset[str]) -> bool:
        seen: set[Path] = {path}
        waiting = [(path, imported_names(text))]
        while waiting:
            importer, names = waiting.pop()
            for name in names:
                target = self.locate(name, importer, path)
                if target is None or target in seen or target.suffix != ".py":
                    continue
                seen.add(target)
                words, inner = self._words(target)
                said |= words
                if triage.are_enough(said) or len(seen) > _FOLLOWED:
                    return True
                waiting.append((target, inner))
        return False

    def _key(self, path: Path) -> tuple[Path, object]:
        """A file as it is now. One that was emptied in an editor is not the one on disk."""
        unsaved = self._unsaved.get(str(path))
        return path, _stamp(path) if unsaved is None else unsaved

    def _bytes(self, path: Path) -> bytes | None:
        unsaved = self._unsaved.get(str(path))
        return _content(path) if unsaved is None else unsaved.encode(errors="replace")

    def _words(self, path: Path) -> tuple[frozenset[str], tuple[str, ...]]:
        """The words of needs in a module, and the names that it imports."""
        key = self._key(path)
        if key not in self._searched:
            if len(self._searched) > _REMEMBERED:
                self._searched.clear()  # a run over a whole disk needs no more room than one over a repository
            text = self._bytes(path) or b""
            self._searched[key] = (triage.Text(text).words(), imported_names(text))
        return self._searched[key]

    def _locate(self, name: str, importer: Path, script: Path, added: tuple[str, ...]) -> Path | None:
        if in_library(str(importer.parent)):
            return None
        if name.startswith("."):
            dots = len(name) - len(name.lstrip("."))
            folder = importer.parent
            for _ in range(dots - 1):
                folder = folder.parent
            rest = name.lstrip(".")
            return in_folder(folder, rest, loose=True) if rest else package(folder, loose=True)
        first = name.split(".", 1)[0]
        foreign = is_library(first) or first in _STDLIB
        for folder in (script.parent, *_added_folders(added, script)):
            found = in_folder(folder, name, loose=not foreign)
            if found is not None and not (foreign and is_library(first) and found.name == "__init__.py"):
                return found
        if foreign:
            return None
        for folder in (*_roots(script.parent), *_roots(importer.parent)):
            found = in_folder(folder, name, loose=True)
            if found is not None:
                return found
        found = _in_renamed(script.parent, name) or _in_renamed(importer.parent, name)
        if found is None and _is_repository(script.parent):
            found = only_one(ancestors(script.parent)[-1], name, short=ANYWHERE in added)
        return found


def imported_names(text: bytes) -> tuple[str, ...]:
    """The dotted names that a text imports; a member of a module may be a module, too."""
    names: dict[str, None] = {}
    for match in _IMPORT.finditer(text):
        if match["plain"] is not None:
            names.update((part.split()[0].decode("ascii", "ignore"), None) for part in match["plain"].split(b",") if part.split())
            continue
        base = match["from"].decode("ascii", "ignore")
        joint = "" if base.endswith(".") else "."
        members = [word.decode() for word in _WORD.findall(match["names"])]
        names.update(dict.fromkeys([base, *(f"{base}{joint}{member}" for member in members[:40])]))
    return tuple(names)


@functools.lru_cache(maxsize=4096)
def in_library(folder: str) -> bool:
    """Whether a folder (absolute) lies in a package of a library that works on models."""
    return any(package in LIBRARIES for package in _packages_around(folder))


@functools.lru_cache(maxsize=4096)
def _packages_around(folder: str) -> tuple[str, ...]:
    """The dotted names of the packages that a folder lies in, the innermost last."""
    above, name = os.path.split(folder)
    if not name or not os.path.isfile(os.path.join(folder, "__init__.py")):  # noqa: PTH113, PTH118
        return ()
    outer = _packages_around(above)
    return (*outer, f"{outer[-1]}.{name}" if outer else name)


def _added_folders(added: tuple[str, ...], script: Path) -> Iterator[Path]:
    """What the script puts on `sys.path`; a relative path may be meant from its own folder or from the root.

    A folder of another machine is the one of this repository whose path ends alike, as far as it goes.
    """
    for text in added:
        if text == ANYWHERE or not can_exist(text):
            continue
        above, path = ancestors(script.parent), Path(text)
        if path.is_absolute() and not path.is_dir():
            ends = (path.parts[start:] for start in range(1, len(path.parts)))
            folders = (base.joinpath(*end) for end in ends for base in above)
            yield from itertools.islice((folder.resolve() for folder in folders if folder.is_dir()), 1)
            continue
        for base in dict.fromkeys((script.parent, *above[-1:])):
            yield (base / text).resolve()


@functools.lru_cache(maxsize=1024)
def _roots(folder: Path) -> tuple[Path, ...]:
    """The folders in which packages of the repository lie, nearest first."""
    found: list[Path] = []
    for ancestor in ancestors(folder):
        found += [ancestor / layout if layout else ancestor for layout in (*_LAYOUTS, *declared(ancestor).roots)]
    return tuple(dict.fromkeys(path for path in found if path.is_dir()))


@functools.lru_cache(maxsize=1024)
def _renamed(folder: Path) -> dict[str, Path]:
    """The packages of the repository that lie in a folder of another name, or are the repository itself."""
    above = ancestors(folder)
    found = {above[-1].name: above[-1]} if (above[-1] / "__init__.py").is_file() else {}
    for ancestor in reversed(above):
        found.update({name: ancestor / place for name, place in declared(ancestor).named.items()})
    return found


def _in_renamed(folder: Path, name: str) -> Path | None:
    first, _, rest = name.partition(".")
    place = _renamed(folder).get(first)
    return None if place is None else in_folder(place, rest, loose=True) if rest else package(place, loose=True)


@functools.lru_cache(maxsize=1024)
def ancestors(folder: Path) -> tuple[Path, ...]:
    """The folder and those above it, up to the root of its repository; the folder alone when there is no such root."""
    above: list[Path] = []
    last = weak = 0
    for ancestor in (folder, *folder.parents):
        above.append(ancestor)
        if any((ancestor / name).exists() for name in _PROJECT_FILES):
            last = len(above)
        elif len(above) < 6 and any((ancestor / name).exists() for name in _FILES_AT_ROOT):
            weak = len(above)
        if (ancestor / ".git").exists() or len(above) > 12:
            break
    return tuple(above[: max(last or weak, 1)])


@functools.lru_cache(maxsize=1024)
def _is_repository(folder: Path) -> bool:
    """Whether a folder lies in something that has a root, so that it makes sense to look through all of it."""
    root = ancestors(folder)[-1]
    return any((root / name).exists() for name in (*_PROJECT_FILES, *_FILES_AT_ROOT))


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is written: a fix may change a module while others that import it are still waiting."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _content(path: Path) -> bytes | None:
    """The bytes of a module; None when it can't be read, or is no module that somebody wrote."""
    try:
        return read_bytes(path, _LARGEST)
    except OSError:
        return None


def _parse(path: Path, data: bytes) -> Module | None:
    # LibCST takes long to import, and locating needs none of it
    from gcheck_lint.python.syntax import ParseError, parse_indexed
    from gcheck_lint.text.nesting import TooDeepError
    from gcheck_lint.text.source import UnreadableError, from_bytes

    try:
        return parse_indexed(from_bytes(_shown(path), data))
    except (UnreadableError, ParseError, TooDeepError):
        return None


def _digest(data: bytes | None) -> str:
    import hashlib

    return "" if data is None else hashlib.blake2b(data, digest_size=16).hexdigest()


def _neighbours(folder: str) -> str:
    """The modules and packages in a folder, in short."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(".py") or _is_package(entry))
    except OSError:
        return ""
    return _digest("/".join(names).encode(errors="surrogateescape"))


def _is_package(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir() and os.path.isfile(os.path.join(entry.path, "__init__.py"))  # noqa: PTH113, PTH118 - as above


def _shown(path: Path) -> str:
    """A path as it is shown: relative to the working directory where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
