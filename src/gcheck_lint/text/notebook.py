"""A notebook as one Python program, and edits of that program put back into the notebook.

The code cells stand in document order, each followed by a newline. What is not Python is blanked (magics), so a place in the
program is a place in a cell. Only the strings that hold the source of an edited cell are written: see notebook_json.
"""

from __future__ import annotations

import bisect
import codecs
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Final

from gcheck_lint.errors import GclintError
from gcheck_lint.records import dataclass
from gcheck_lint.text import magics, reading
from gcheck_lint.text.notebook_json import Document, NotANotebookError, Patch, RawCell, locate, patches, scan
from gcheck_lint.text.source import Source, UnreadableError
from gcheck_lint.text.source import from_bytes as source_from_bytes
from gcheck_lint.text.spans import Edit, LineIndex, Position, Span

SUFFIX: Final = ".ipynb"
PYTHON: Final = "python"
_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
_OTHER_KERNEL: Final = re.compile(r"(?P<language>ir|julia|bash|javascript|tslab|deno|scala|sparkr|xcpp|\.net|octave)\b")
_LINE: Final = re.compile(r"[^\n]*(?:\n|\Z)")


class RefusedError(GclintError):
    """Edits that a notebook cannot take: across cells, into a magic, or into what would then read otherwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a cell. `cell` is 1-based over all cells, markdown too, as ruff and nbconvert count; `index` is 0-based."""

    cell: int
    position: Position

    @property
    def index(self) -> int:
        """The cell's index in the JSON's list of cells."""
        return self.cell - 1


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell that is no Python: it is left out of the program. `position` is within the cell."""

    cell: int
    message: str
    position: Position


@dataclass(frozen=True)  # no slots: `lines` is kept
class Cell:
    """A code cell. In the program its code starts at `start`, on row `row`; `tail` is the newline that follows it there."""

    number: int
    raw: RawCell
    reading: magics.Reading
    start: int
    row: int
    tail: str

    @property
    def text(self) -> str:
        """The cell as it is written, magics and all."""
        return self.raw.text

    @property
    def count(self) -> int | None:
        """The number that Jupyter shows beside the cell, `[3]:`, once it has run."""
        number = self.raw.values.get("execution_count", self.raw.values.get("prompt_number"))
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    @functools.cached_property
    def lines(self) -> LineIndex:
        """The rows of the cell."""
        return LineIndex(self.text)


@dataclass(frozen=True, slots=True)
class Program(Source):
    """The program of a notebook. To its bytes it goes by way of the notebook. `notebook` is the one it was read from."""

    notebook: Notebook = field(kw_only=True, compare=False, repr=False)

    def to_bytes(self, text: str) -> bytes:
        """The notebook whose program is `text`. Raises RefusedError."""
        return self.notebook.edited(changes(self.path, self.text, text))

    def with_text(self, text: str) -> Program:
        """The program of that notebook. Raises RefusedError."""
        return self if text == self.text else from_bytes(self.path, self.to_bytes(text)).source


class Notebook:
    """A notebook that was read. `language` is `python`, or the name of another one: then it has no program and no cells.

    `cells` are the code cells, `broken` those that are left out of the program.
    """

    def __init__(self, path: str, document: Document, bom: bool, faults: Mapping[int, magics.Fault]) -> None:
        self.language = _language(document.values)
        self._document = document
        self._bom = bom
        self._faults = faults
        self.cells: tuple[Cell, ...] = tuple(self._read()) if self.language == PYTHON else ()
        text = "".join(cell.reading.lead + cell.reading.code + cell.tail for cell in self.cells)
        self.source = Program(path, text, bom=bom, notebook=self)
        self.broken = tuple(
            BrokenCell(cell.number, cell.reading.fault.message, _clamped(cell, cell.reading.fault.position))
            for cell in self.cells
            if cell.reading.fault is not None
        )
        self._rows = [cell.row for cell in self.cells]
        self._starts = [cell.start for cell in self.cells]

    @property
    def written(self) -> Source:
        """All code cells as they are written, also what is no Python."""
        return Source(self.source.path, "".join(cell.text + cell.tail for cell in self.cells))

    def _read(self) -> Iterator[Cell]:
        at, row = 0, 1
        for number, raw in enumerate(self._document.cells, 1):
            if raw.values.get("cell_type") != "code" or not _is_python(raw.values):
                continue
            text = raw.text
            fault = self._faults.get(number)
            reading = magics.read(text) if fault is None else magics.Reading(magics.blank(text), ((0, len(text)),), fault)
            newline = _NEWLINE.search(text)
            # always one more, so that the end of a cell is no place of the next; and the one that the cell itself uses
            tail = "\r\n" if text.endswith("\r") or (newline and newline.group() == "\r\n") else "\n"
            at += len(reading.lead)
            row += bool(reading.lead)
            yield Cell(number, raw, reading, at, row, tail)
            at += len(text) + len(tail)
            row += len(_NEWLINE.findall(text + tail))

    def place(self, position: Position) -> Place:
        """Where a position of the program is. What is past the end of a cell is at its end. Raises LookupError without cells."""
        if not self.cells:
            raise LookupError("the notebook has no code")
        cell = self.cells[max(0, bisect.bisect_right(self._rows, position.row) - 1)]
        return Place(cell.number, _clamped(cell, Position(position.row - cell.row + 1, position.column)))

    def within(self, span: Span) -> tuple[int, Span]:
        """The number of the cell in which a span of the program starts, and the part of the span in that cell."""
        start, end = self.place(span.start), self.place(span.end)
        if end.cell != start.cell:
            end = Place(start.cell, _end(self.cell(start.cell)))
        return start.cell, Span(start.position, max(start.position, end.position))

    def position(self, place: Place) -> Position:
        """Where in the program a place in a cell is."""
        return Position(self.cell(place.cell).row + place.position.row - 1, place.position.column)

    def json_line(self, cell: int, row: int) -> int:
        """The line of the file on which a row of a cell is written."""
        code = self.cell(cell)
        offset = code.lines.offset(Position(row, 1))
        source = locate(self._document, code.raw)
        at = source.start
        for literal in source.literals:
            at = literal.start
            if offset < len(literal.text):
                break
            offset -= len(literal.text)
        return bisect.bisect_right(self._line_starts, at)

    def without(self, position: Position, message: str) -> Notebook:
        """The same notebook, but the cell at a position of the program counts as broken: for a parser that is more strict."""
        place = self.place(position)
        faults = {**self._faults, place.cell: magics.Fault(message, place.position)}
        return Notebook(self.source.path, self._document, self._bom, faults)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The notebook after edits of its program that don't overlap. Raises RefusedError."""
        wanted: dict[int, list[Patch]] = {}
        for edit in sorted(edits):
            number, change = self._local(edit)
            wanted.setdefault(number, []).append(change)
        found: list[Patch] = []
        for number, its_changes in wanted.items():
            found += self._patches(self.cell(number), its_changes)
        text = _patched(self._document.text, sorted(found))
        return (codecs.BOM_UTF8 if self._bom else b"") + text.encode("utf-8")

    def with_edits(self, edits: Iterable[Edit]) -> Notebook:
        """The notebook read again after edits of its program. Raises RefusedError."""
        return from_bytes(self.source.path, self.edited(edits))

    def _local(self, edit: Edit) -> tuple[int, Patch]:
        """The cell that an edit is in, and the edit of the cell's own text."""
        number = bisect.bisect_right(self._starts, edit.start) - 1
        if number < 0:
            raise self._refusal("it is outside all cells")
        cell = self.cells[number]
        start, end, content, size = edit.start - cell.start, edit.end - cell.start, edit.content, len(cell.text)
        if end > size + len(cell.tail) or start > size + len(cell.tail):
            raise self._refusal(f"it goes beyond cell {cell.number}")
        if end > size:  # over the newline that stands in the program only
            if start > size:
                start, content = size, cell.tail + content
            newline = re.search(r"(?:\r\n|\r|\n)\Z", content)
            if newline:
                content = content[: newline.start()]
            elif content:
                raise self._refusal(f"it joins cell {cell.number} and the next")
            elif start:
                before = re.search(r"(?:\r\n|\r|\n)?\Z", cell.text[:start])
                start = before.start() if before else start
            end = size
        if any(start < until and since < end for since, until in cell.reading.blanked):
            raise self._refusal(f"it is in what IPython reads in cell {cell.number}")
        return cell.number, (start, end, content)

    def _patches(self, cell: Cell, its_changes: list[Patch]) -> list[Patch]:
        if any(before[1] > after[0] for before, after in itertools.pairwise(its_changes)):
            raise self._refusal(f"edits overlap in cell {cell.number}")
        expected = _patched(cell.reading.code, its_changes)
        reading = magics.read(_patched(cell.text, its_changes))
        if reading.fault is not None:
            raise self._refusal(f"cell {cell.number} would not parse: {reading.fault.message}")
        if (reading.code, reading.lead) != (expected, cell.reading.lead):
            raise self._refusal(f"IPython would read cell {cell.number} otherwise")
        found = patches(self._document, cell.raw, its_changes)
        if found is None:
            raise self._refusal(f"cell {cell.number} is empty")
        return found

    def cell(self, number: int) -> Cell:
        """A code cell by its number."""
        return self._by_number[number]

    def _refusal(self, reason: str) -> RefusedError:
        return RefusedError(f"{self.source.path}: the notebook can't take the edit: {reason}")

    @functools.cached_property
    def _by_number(self) -> dict[int, Cell]:
        return {cell.number: cell for cell in self.cells}

    @functools.cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._document.text))]


def read(path: str) -> Notebook:
    """Reads a notebook. Raises UnreadableError."""
    try:
        data = reading.read_bytes(path, reading.NOTEBOOK)
    except OSError as error:
        raise UnreadableError(path, error.strerror or str(error)) from error
    return from_bytes(path, data)


def from_bytes(path: str, data: bytes) -> Notebook:
    """Reads a notebook's bytes; none at all are a notebook without cells. Raises UnreadableError."""
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    try:
        text = body.decode("utf-8")
        document = scan(text) if text.strip() else Document(text, {}, ())
    except UnicodeDecodeError as error:
        row = 1 + body.count(b"\n", 0, error.start)
        raise UnreadableError(path, f"not valid utf-8: byte 0x{body[error.start]:02x}", row, data) from error
    except NotANotebookError as error:
        raise UnreadableError(path, f"not a notebook: {error}", 1, data) from error
    except ValueError as error:
        message, row = getattr(error, "msg", str(error)), getattr(error, "lineno", 1)
        raise UnreadableError(path, f"not a notebook: {message}", row, data) from error
    except RecursionError as error:
        raise UnreadableError(path, "not a notebook: too deeply nested", 1, data) from error
    return Notebook(path, document, bom, {})


def source_of(path: str, data: bytes) -> Source | None:
    """The text of any file that is checked: a script's, or a notebook's program; None for a notebook of another language."""
    if not path.endswith(SUFFIX):
        return source_from_bytes(path, data)
    notebook = from_bytes(path, data)
    return notebook.source if notebook.language == PYTHON else None


def changes(path: str, before: str, after: str) -> list[Edit]:
    """Edits, line by line, that make one text of another."""
    if before == after:
        return []
    old, new = _LINE.findall(before), _LINE.findall(after)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    edits: list[Edit] = []
    import difflib  # for an edit alone

    for tag, start, end, since, until in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace" and end - start == until - since:
            pairs = [(at, at + 1, new[since + at - start]) for at in range(start, end)]
        elif tag != "equal":
            pairs = [(start, end, "".join(new[since:until]))]
        else:
            continue
        edits += [_trimmed(path, before, starts[first], starts[last], content) for first, last, content in pairs]
    return edits


def _trimmed(path: str, before: str, start: int, end: int, content: str) -> Edit:
    """An edit without the letters at its ends that stay."""
    while start < end and content and before[start] == content[0]:
        start, content = start + 1, content[1:]
    while start < end and content and before[end - 1] == content[-1]:
        end, content = end - 1, content[:-1]
    return Edit(path, start, end, content)


def _patched(text: str, its_patches: Iterable[Patch]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, content in its_patches:
        parts += (text[at:start], content)
        at = end
    return "".join((*parts, text[at:]))


def _end(cell: Cell) -> Position:
    return cell.lines.position(len(cell.text))


def _clamped(cell: Cell, position: Position) -> Position:
    if position.row < 1:
        return Position(1, 1)
    return min(position, _end(cell))


def _language(values: Mapping[str, Any]) -> str:
    """The language that a notebook names, in lower case; Python if it names none."""
    metadata = values.get("metadata")
    if not isinstance(metadata, dict):
        return PYTHON
    info, kernel = metadata.get("language_info"), metadata.get("kernelspec")
    named = [
        info.get("name") if isinstance(info, dict) else None,
        kernel.get("language") if isinstance(kernel, dict) else None,
        metadata.get("language"),
    ]
    names = [name.lower() for name in named if isinstance(name, str) and name]
    if not names and isinstance(kernel, dict) and (other := _OTHER_KERNEL.match(str(kernel.get("name", "")).lower())):
        return other["language"]
    return PYTHON if not names or any(map(_means_python, names)) else names[0]


def _is_python(values: Mapping[str, Any]) -> bool:
    """Whether a code cell is in the notebook's own language."""
    metadata = values.get("metadata")
    editor = metadata.get("vscode") if isinstance(metadata, dict) else None
    names = [values.get("language"), editor.get("languageId") if isinstance(editor, dict) else None]
    return all(_means_python(name.lower()) for name in names if isinstance(name, str) and name)


def _means_python(name: str) -> bool:
    return bool(re.fullmatch(r"i?python[\d.]*", name))
