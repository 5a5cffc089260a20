"""What is open in the editor, as texts that the engine can check: a script is one part, a notebook one for each code cell.

A notebook's cells are checked as one program in the order of the document, and places are carried back into the cells.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from lsprotocol import types
from pygls import uris

from gcheck_lint.lsp.units import Units
from gcheck_lint.records import dataclass
from gcheck_lint.run.discover import SUFFIXES
from gcheck_lint.text import notebook
from gcheck_lint.text.notebook import Notebook
from gcheck_lint.text.source import Source, UnreadableError, read
from gcheck_lint.text.spans import LineIndex, Position, Span

if TYPE_CHECKING:  # an engine needs none of it
    from pygls.workspace import Workspace

TEXTS: Final = 5_000  # that may be open at once; a cell counts as two, since it stands in its notebook besides
_REMEMBERED: Final = 1_000  # letters of a URI whose path is remembered
LETTERS: Final = 64_000_000  # of all of them together


class _Told:
    """A dataclass that goes to another process without what was worked out of it."""

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # each of them is one


@dataclass(frozen=True)
class Part(_Told):
    """One text of the client's: a script, or a cell."""

    uri: str
    version: int | None
    text: str

    @functools.cached_property
    def lines(self) -> LineIndex:
        """The rows of the text as the client has it."""
        return LineIndex(self.text)


@dataclass(frozen=True, slots=True)
class Placed:
    """A part, and where it begins in the text that is checked: `start` characters and `row` rows down."""

    part: Part
    start: int
    row: int


@dataclass(frozen=True)
class Document(_Told):
    """A document at one moment. `path` is what the engine calls it, `folder` where its settings are looked for."""

    uri: str
    path: str
    folder: Path
    parts: tuple[Part, ...]
    is_notebook: bool = False

    @functools.cached_property
    def notebook(self) -> Notebook | None:
        """A notebook as the engine reads it from a file; its cells are the parts, in order."""
        if not self.is_notebook:
            return None
        cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": part.text} for part in self.parts]
        content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return notebook.from_bytes(self.path, json.dumps(content).encode())

    @functools.cached_property
    def source(self) -> Source:
        """The text for the engine."""
        return Source(self.path, self.parts[0].text) if self.notebook is None else self.notebook.source

    @property
    def text(self) -> str:
        """What is checked."""
        return self.source.text

    @functools.cached_property
    def placed(self) -> tuple[Placed, ...]:
        """The parts in the text that is checked."""
        if self.notebook is None:
            return (Placed(self.parts[0], 0, 0),)
        return tuple(Placed(self.parts[cell.number - 1], cell.start, cell.row - 1) for cell in self.notebook.cells)

    def part_of(self, uri: str) -> Part | None:
        """The part that the client knows by this name."""
        return next((part for part in self.parts if same(part.uri) == same(uri)), None)

    def at(self, row: int) -> Placed:
        """The part that holds a row (1-based) of the text."""
        return next((one for one in reversed(self.placed) if row > one.row), self.placed[0])

    def place(self, span: Span, units: Units, cell: int | None = None) -> types.Location:
        """A span of the text where the client has it; with `cell` (1-based) it is a span of that cell."""
        one = self.at(span.start.row) if cell is None else Placed(self.parts[cell - 1], 0, 0)
        start, end = (Position(place.row - one.row, place.column) for place in (span.start, span.end))
        return types.Location(one.part.uri, units.range(one.part.lines, Span(start, end)))

    def offset(self, uri: str, place: types.Position, units: Units) -> int | None:
        """The offset in the text of a place of the client's."""
        part = self.part_of(uri)
        return (
            next((one.start + units.offset(part.lines, place) for one in self.placed if one.part is part), None) if part else None
        )


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The world as the user sees it: open texts first, then what is on disk. `texts` and `uris` go by absolute path.

    Whatever looks at a file besides the one that is checked (a related place, a fix that lands elsewhere, another module
    of the program) asks here.
    """

    texts: Mapping[str, str]
    uris: Mapping[str, str]

    def text(self, path: str) -> str | None:
        """What a file holds for the user; None when it can't be read."""
        path = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps `..`
        if path in self.texts:
            return self.texts[path]
        try:
            return read(path).text
        except (UnreadableError, ValueError):
            return None

    def uri(self, path: str) -> str:
        """The URI of a file, the client's own one if it is open."""
        path = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps `..`
        return self.uris.get(path) or Path(path).as_uri()


class Documents:
    """The open documents of a session. Reads pygls' workspace, which is kept on the event loop."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def find(self, uri: str) -> Document | None:
        """The document that this text or cell belongs to, if it is open and may hold code."""
        around = self._workspace.get_notebook_document(notebook_uri=uri)
        around = around or self._workspace.get_notebook_document(cell_uri=uri)
        if around is not None:
            return self._notebook(around)
        text = self._workspace.text_documents.get(same(uri))
        if text is None or not _is_code(text.language_id, text.uri):
            return None
        path = path_of(text.uri)
        return Document(text.uri, path or text.uri, self._folder(path), (Part(text.uri, text.version, text.source),))

    def all(self) -> list[Document]:
        """Every open document that may hold code."""
        notebooks = [found for one in self._workspace.notebook_documents.values() if (found := self._notebook(one)) is not None]
        cells_of = {same(cell.document) for one in self._workspace.notebook_documents.values() for cell in one.cells}
        names = [text.uri for uri, text in self._workspace.text_documents.items() if uri not in cells_of]
        return [*notebooks, *(found for name in names if (found := self.find(name)) is not None)]

    def unsaved(self) -> Unsaved:
        """What is open, by path. Notebooks are left out: nothing imports them."""
        cells_of = {same(cell.document) for one in self._workspace.notebook_documents.values() for cell in one.cells}
        found = [text for uri, text in self._workspace.text_documents.items() if uri not in cells_of]
        named = [(path, text) for text in found if (path := path_of(text.uri)) is not None]
        return Unsaved({path: text.source for path, text in named}, {path: text.uri for path, text in named})

    def has_room(self, brought: Iterable[Any]) -> bool:
        """Whether these texts and cells may be open, too."""
        letters = number = 0
        for one in (*self._workspace.text_documents.values(), *brought):
            number += 1
            letters += sum(len(getattr(one, name, None) or "") for name in ("source", "text", "uri", "document", "language_id"))
        number += sum(len(one.cells) for one in self._workspace.notebook_documents.values())
        return number <= TEXTS and letters <= LETTERS

    def is_open(self, uri: str) -> bool:
        """Whether the client has this text or notebook open."""
        return same(uri) in self._workspace.text_documents or same(uri) in self._workspace.notebook_documents

    def root(self, path: Path | None) -> Path | None:
        """The workspace folder around a path, the innermost one; without a path the first of all."""
        folders = [found for uri in self._workspace.folders if (found := path_of(uri))]
        if not folders and self._workspace.root_path:
            folders = [self._workspace.root_path]
        if path is None:
            return Path(folders[0]) if folders else None
        known = {os.path.normpath(folder) for folder in folders}
        return next((around for around in (path, *path.parents) if str(around) in known), None)

    def _folder(self, path: str | None) -> Path:
        """The folder whose settings hold."""
        return Path(path).parent if path else (self.root(None) or Path.cwd())

    def _notebook(self, opened: types.NotebookDocument) -> Document | None:
        parts: list[Part] = []
        for cell in opened.cells:
            text = self._workspace.text_documents.get(same(cell.document))
            if cell.kind == types.NotebookCellKind.Code and text is not None and text.language_id in {"python", None, ""}:
                parts.append(Part(text.uri, text.version, text.source))
        path = path_of(opened.uri)
        if not parts:
            return None
        return Document(opened.uri, path or opened.uri, self._folder(path), tuple(parts), is_notebook=True)


def path_of(uri: str) -> str | None:
    """The file that a URI names; None when it names no file."""
    return _path_of(uri) if len(uri) <= _REMEMBERED else _path_of.__wrapped__(uri)


@functools.lru_cache(4096)
def _path_of(uri: str) -> str | None:
    try:
        return uris.to_fs_path(uri) or None
    except ValueError:  # `file://[` and the like
        return None


def same(uri: str) -> str:
    """What the ways to write a URI have in common, and how pygls files a text."""
    return unquote(uri)


def _is_code(language: str | None, uri: str) -> bool:
    if Path(path_of(uri) or uri).suffix in SUFFIXES or (language or "").startswith("python"):
        return True
    return not language
