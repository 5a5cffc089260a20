"""What is open in the editor, as texts that the engine can check: a script is one part, a notebook one for each code cell.

A notebook's cells are checked as one program in the order of the document, and places are carried back into the cells.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.workspace import Workspace

from gcheck_lint.discover import SUFFIXES
from gcheck_lint.lsp import cells
from gcheck_lint.lsp.units import Units
from gcheck_lint.source import Source, UnreadableError, read
from gcheck_lint.spans import LineIndex, Position, Span

_NO_CODE = frozenset({"json", "jsonc", "markdown", "plaintext", "raw", "toml", "yaml"})


@dataclass(frozen=True)
class Part:
    """One text of the client's, and where it begins in the text that is checked: `start` characters and `row` rows down."""

    uri: str
    version: int | None
    text: str
    start: int = 0
    row: int = 0

    @functools.cached_property
    def lines(self) -> LineIndex:
        """The rows of the text as the client has it."""
        return LineIndex(self.text)


@dataclass(frozen=True)
class Document:
    """A document at one moment. `text` is what is checked, `path` what the engine calls it, `broken` the cells left out of it."""

    uri: str
    path: str
    folder: Path
    text: str
    parts: tuple[Part, ...]
    is_notebook: bool = False
    broken: tuple[Part, ...] = field(default=(), compare=False)

    @property
    def source(self) -> Source:
        """The text for the engine."""
        return Source(self.path, self.text)

    def part_at(self, row: int) -> Part:
        """The part that holds a row (1-based) of the text."""
        return next(part for part in reversed(self.parts) if row > part.row or part is self.parts[0])

    def part_of(self, uri: str) -> Part | None:
        """The part that the client knows by this name."""
        return next((part for part in self.parts if _key(part.uri) == _key(uri)), None)

    def place(self, span: Span, units: Units) -> types.Location:
        """A span of the text where the client has it."""
        part = self.part_at(span.start.row)
        here = Span(
            Position(span.start.row - part.row, span.start.column), Position(span.end.row - part.row, span.end.column)
        )
        return types.Location(part.uri, units.range(part.lines, here))

    def offset(self, uri: str, place: types.Position, units: Units) -> int | None:
        """The offset in the text of a place of the client's."""
        part = self.part_of(uri)
        return None if part is None else part.start + units.offset(part.lines, place)

    def part_around(self, start: int, end: int) -> Part | None:
        """The part that two offsets lie in; None when a cell ends between them."""
        found = [part for part in self.parts if part.start <= start and end <= part.start + len(part.text)]
        return found[0] if found else None


class Documents:
    """The open documents of a session. Reads pygls' workspace, which is kept on the event loop."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def find(self, uri: str) -> Document | None:
        """The document that this text or cell belongs to, if it is open and may hold code."""
        notebook = self._workspace.get_notebook_document(notebook_uri=uri, cell_uri=None)
        notebook = notebook or self._workspace.get_notebook_document(cell_uri=uri)
        if notebook is not None:
            return self._notebook(notebook)
        text = self._workspace.text_documents.get(_key(uri))
        if text is None or not _is_code(text.language_id, text.uri):
            return None
        path = path_of(text.uri)
        part = Part(text.uri, text.version, text.source)
        return Document(text.uri, path or text.uri, self._folder(path), part.text, (part,))

    def all(self) -> list[Document]:
        """Every open document that may hold code."""
        notebooks = [self._notebook(notebook) for notebook in self._workspace.notebook_documents.values()]
        cells_of = {_key(cell.document) for one in self._workspace.notebook_documents.values() for cell in one.cells}
        names = [text.uri for uri, text in self._workspace.text_documents.items() if uri not in cells_of]
        return [*notebooks, *(found for name in names if (found := self.find(name)) is not None)]

    def texts(self) -> Mapping[str, str]:
        """The unsaved world: path -> text of every open document.

        Whatever looks at a file besides the one that is checked (a related place, a fix that lands elsewhere, another
        module of the program) asks here before it reads from disk.
        """
        return {document.path: document.text for document in self.all() if not document.is_notebook}

    def version(self, uri: str) -> int | None:
        """The version of an open text; None when it is not open."""
        text = self._workspace.text_documents.get(_key(uri))
        return None if text is None else text.version

    def root(self, path: Path | None) -> Path | None:
        """The workspace folder around a path, the innermost one; without a path the first of all."""
        folders = [Path(found) for uri in self._workspace.folders if (found := path_of(uri))]
        if not folders and self._workspace.root_path:
            folders = [Path(self._workspace.root_path)]
        around = [folder for folder in folders if path is None or folder == path or folder in path.parents]
        return next(iter(around if path is None else sorted(around, key=lambda folder: -len(folder.parts))), None)

    def _folder(self, path: str | None) -> Path:
        """The folder whose settings hold."""
        return Path(path).parent if path else (self.root(None) or Path.cwd())

    def _notebook(self, notebook: types.NotebookDocument) -> Document:
        texts: list[tuple[str, int | None, str]] = []
        for cell in notebook.cells:
            text = self._workspace.text_documents.get(_key(cell.document))
            if cell.kind == types.NotebookCellKind.Code and text is not None and text.language_id in {"python", None, ""}:
                texts.append((text.uri, text.version, text.source))
        path = path_of(notebook.uri)
        parts: list[Part] = []
        broken: list[Part] = []
        checked: list[str] = []
        start = row = 0
        for uri, version, text in texts:
            parts.append(Part(uri, version, text, start, row))
            code = cells.code(text)
            if code is None:
                broken.append(parts[-1])
            checked.append(cells.blank(text) if code is None else code)
            start += len(text) + 1
            row += len(LineIndex(text))
        return Document(
            notebook.uri, path or notebook.uri, self._folder(path), "\n".join(checked), tuple(parts), True, tuple(broken)
        )


def path_of(uri: str) -> str | None:
    """The file that a URI names; None when it names no file."""
    try:
        return uris.to_fs_path(uri) or None
    except ValueError:  # `file://[` and the like
        return None


def uri_of(path: str) -> str:
    """The URI of a file; what is no absolute path was a URI from the beginning."""
    return Path(path).as_uri() if Path(path).is_absolute() else path


def text_of(path: str, texts: Mapping[str, str]) -> str | None:
    """What a file holds for the user: the open text, else what is on disk; None when that can't be read."""
    if path in texts:
        return texts[path]
    try:
        return read(path).text
    except (UnreadableError, ValueError):
        return None


def rows_of(parts: Iterable[Part]) -> Iterator[int]:
    """The last row of each part in the text that is checked."""
    for part in parts:
        yield part.row + len(part.lines)


def _key(uri: str) -> str:
    from urllib.parse import unquote

    return unquote(uri)


def _is_code(language: str | None, uri: str) -> bool:
    if Path(path_of(uri) or uri).suffix in SUFFIXES or (language or "").startswith("python"):
        return True
    return not language
