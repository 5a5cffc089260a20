"""The JSON of a notebook, with the place of every literal that holds source, and new text put into those literals alone.

A notebook is never written out anew: whatever writes JSON has its own opinion on indentation, key order and escapes. What is
changed is cut into the text that is there, and the characters of a literal that an edit leaves keep the escapes they have.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gcheck_lint.records import dataclass

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SPACES: Final = frozenset(" \t\r\n")
# a surrogate pair is one character; a lone surrogate is one too
_UNIT: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]")
_ESCAPED: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")
_SMALL: Final = frozenset({"cell_type", "execution_count", "language", "metadata", "nbformat", "prompt_number"})
_DECODER: Final = json.JSONDecoder()

Patch = tuple[int, int, str]  # replace the text from here to there


class NotANotebookError(ValueError):
    """JSON, but no notebook."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A string: its text, and where it stands, quotes included."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class RawSource:
    """A cell's source as it is written. `start` and `end` are those of a list's brackets, or of the quotes of a string."""

    literals: tuple[Literal, ...]
    listed: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell: where its object begins, the key of its source, that source as one text, and its small values."""

    start: int
    key: str
    text: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook's JSON: its text, the small values beside the cells, and all cells of all worksheets."""

    text: str
    values: dict[str, Any]
    cells: tuple[RawCell, ...]


def scan(text: str) -> Document:
    """Reads a notebook. Raises json.JSONDecodeError, RecursionError and NotANotebookError."""
    return _Scanner(text).document()


def locate(document: Document, cell: RawCell) -> RawSource:
    """Where the source of a cell is written."""
    return _Scanner(document.text, cell.start).source(cell.key)


class _Scanner:
    """Walks the objects that lead to the cells' sources, and leaves the rest to the decoder: linear in the text."""

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self._at = at

    def document(self) -> Document:
        values: dict[str, Any] = {}
        cells: list[RawCell] | None = None
        if self._peek() != "{":
            self._value()
            raise NotANotebookError("the JSON is not an object")
        for key in self._members():
            if key == "cells" and self._peek() == "[":
                cells = [self._cell() for _ in self._items()]
            elif key == "worksheets" and self._peek() == "[":  # nbformat 3
                cells = [*(cells or ()), *itertools.chain.from_iterable(self._worksheet() for _ in self._items())]
            else:
                value = self._value()
                if key in _SMALL:
                    values[key] = value
        if self._peek():
            raise json.JSONDecodeError("Extra data", self._text, self._at)
        if cells is None:
            raise NotANotebookError("the JSON has no cells")
        return Document(self._text, values, tuple(cells))

    def source(self, name: str) -> RawSource:
        """The source of the cell that begins here: the last one, if there are two, as for the decoder."""
        found = RawSource((), False, self._at, self._at)
        for key in self._members():
            if key != name:
                self._value()
                continue
            listed = self._peek() == "["
            start = self._at
            literals = [self._literal() for _ in self._items()] if listed else [self._literal()]
            found = RawSource(tuple(literals), listed, start, self._at)
        return found

    def _worksheet(self) -> list[RawCell]:
        cells: list[RawCell] = []
        if self._peek() != "{":
            self._value()
            return cells
        for key in self._members():
            if key == "cells" and self._peek() == "[":
                cells = [self._cell() for _ in self._items()]
            else:
                self._value()
        return cells

    def _cell(self) -> RawCell:
        self._peek()
        start = self._at
        cell = self._value()
        if not isinstance(cell, dict):
            raise NotANotebookError("a cell is not an object")
        name = "source" if "source" in cell else "input"  # nbformat 4 and 3
        source = cell.get(name) or ""
        lines = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            raise NotANotebookError("the source of a cell is not text")
        return RawCell(start, name, "".join(lines), {key: cell[key] for key in cell if key in _SMALL})

    def _literal(self) -> Literal:
        self._peek()
        start = self._at
        value = self._value()
        return Literal(start, self._at, value or "")  # null: no source

    def _members(self) -> Iterator[str]:
        """The keys of an object. Whoever takes one moves past its value."""
        self._at += 1
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._text, self._at)
            key = self._value()
            self._take(":")
            yield key
            if self._is_last("}"):
                return

    def _items(self) -> Iterator[None]:
        """The places of a list's items. Whoever takes one moves past it."""
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield None
            if self._is_last("]"):
                return

    def _is_last(self, closing: str) -> bool:
        if self._peek() == closing:
            self._at += 1
            return True
        self._take(",")
        return False

    def _value(self) -> Any:
        self._peek()
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        return value

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        character = self._text[self._at : self._at + 1]
        if character in _SPACES and (found := _SPACE.match(self._text, self._at)) is not None:
            self._at = found.end()
            character = self._text[self._at : self._at + 1]
        return character

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise json.JSONDecodeError(f"Expecting '{character}' delimiter", self._text, self._at)
        self._at += 1


def patches(document: Document, cell: RawCell, changes: Sequence[tuple[int, int, str]]) -> list[Patch] | None:
    """What to change in the JSON so that a cell's text changes. `changes` are sorted and don't overlap.

    None: there is nothing to write into.
    """
    source = locate(document, cell)
    if not any(literal.end - literal.start and document.text[literal.start] == '"' for literal in source.literals):
        return None
    starts = [0, *itertools.accumulate(len(literal.text) for literal in source.literals)]
    groups: list[tuple[range, list[tuple[int, int, str]]]] = []
    for change in changes:
        touched = _touched(starts, *change[:2])
        if groups and touched.start < groups[-1][0].stop:
            before, its_changes = groups[-1]
            groups[-1] = (range(before.start, max(before.stop, touched.stop)), [*its_changes, change])
        else:
            groups.append((touched, [change]))
    emptied = set[int]()
    found: list[Patch] = []
    for touched, its_changes in groups:
        literals = [source.literals[number] for number in touched]
        shifted = [(start - starts[touched.start], end - starts[touched.start], content) for start, end, content in its_changes]
        written = _rewritten(document, source, literals, shifted)
        if written or not source.listed:
            between = _separator(document, source) if len(written) > 1 else ""
            found.append((literals[0].start, literals[-1].end, between.join(written) or '""'))
        else:
            emptied.update(touched)
    return [*found, *_removals(source, emptied)]


def _touched(starts: Sequence[int], start: int, end: int) -> range:
    """The numbers of the literals that a change from `start` to `end` touches."""
    last = len(starts) - 2
    touched = [at for at in range(last + 1) if starts[at] < end and start < starts[at + 1]]
    if not touched:  # an insertion between two literals belongs to the one that follows, at the end to the last one
        touched = [next((at for at in range(last + 1) if starts[at] == start < starts[at + 1]), last)]
    return range(touched[0], touched[-1] + 1)


def _rewritten(
    document: Document, source: RawSource, literals: Sequence[Literal], changes: Sequence[tuple[int, int, str]]
) -> list[str]:
    """Literals for the text that `changes` make of the text of some."""
    text = "".join(literal.text for literal in literals)
    units = [unit for literal in literals for unit in _UNIT.findall(document.text[literal.start + 1 : literal.end - 1])]
    ascii_only = _is_escaped(document, source)
    for start, end, content in reversed(changes):
        text = text[:start] + content + text[end:]
        units[start:end] = [json.dumps(character, ensure_ascii=ascii_only)[1:-1] for character in content]
    # one literal for each line, unless this file keeps lines together
    together = not source.listed or (len(literals) == 1 and "\n" in literals[0].text[:-1])
    cuts = [0, *(match.end() for match in re.finditer("\n", text) if not together and match.end() < len(text)), len(text)]
    return [f'"{"".join(units[start:end])}"' for start, end in itertools.pairwise(cuts) if start < end]


def _removals(source: RawSource, emptied: set[int]) -> Iterator[Patch]:
    """Takes literals out of a list, each with one comma."""
    literals = source.literals
    if len(emptied) == len(literals):
        yield source.start, source.end, "[]"
        return
    kept = max(number for number in range(len(literals)) if number not in emptied)
    for number in emptied:
        if number < kept:
            yield literals[number].start, literals[number + 1].start, ""
        else:
            yield literals[number - 1].end, literals[number].end, ""


def _separator(document: Document, source: RawSource) -> str:
    """What stands between two lines: here, or else in another cell."""
    for other in itertools.chain([source], (locate(document, cell) for cell in document.cells)):
        if other.listed and len(other.literals) > 1:
            return document.text[other.literals[0].end : other.literals[1].start]
    lead = document.text[source.start + 1 : source.literals[0].start]
    if lead:
        return "," + lead
    return ", " if ", " in document.text[: source.start] else ","


def _is_escaped(document: Document, source: RawSource) -> bool:
    """Whether letters beyond ASCII are written as escapes: in the source, or else in the file."""
    for text in (document.text[source.start : source.end], document.text):
        if not text.isascii():
            return False
        if _ESCAPED.search(text):
            return True
    return False
