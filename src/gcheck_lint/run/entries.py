"""What an entry of the cache holds, as JSON and back. Each value is held against its type, and each place against the text.

A value that is not of the type that stands in the dataclass, a place outside of the text, an edit of another file: ValueError,
and the entry is none.
"""

from __future__ import annotations

import enum
import functools
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, Union

from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.python.program import Met
from gcheck_lint.recipes.asked import Asks
from gcheck_lint.records import dataclass
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Span

T_ = TypeVar("T_")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file was told, and what that rests on."""

    key: str
    diagnostics: tuple[Diagnostic, ...]
    possible: int
    suppressed: int
    given_up: int
    unjudged: int
    warnings: tuple[str, ...]
    is_template: bool
    named: tuple[tuple[str, str, tuple[str, ...], str], ...]
    held: dict[str, bool]
    read: dict[str, str]
    around: dict[str, str]
    asks: Asks | None = None
    withheld: tuple[tuple[str, Span], ...] = ()

    @classmethod
    def of(cls, key: str, report: FileReport, met: Met) -> Entry:
        """Of a report, and what the program around the file was asked for it."""
        named = tuple((name, importer, added, found) for (name, importer, added), found in met.named.items())
        counts = (report.possible, report.suppressed, report.given_up, report.unjudged)
        return cls(
            key,
            report.diagnostics,
            *counts,
            report.warnings,
            report.is_template,
            named,
            met.held,
            met.read,
            met.around,
            report.asks,
        )

    def met(self) -> Met:
        """What the program was asked, with its answers."""
        named = {(name, importer, added): found for name, importer, added, found in self.named}
        return Met(named, self.held, self.read, self.around)

    def report(self, source: Source) -> FileReport:
        """The report about a text. Raises ValueError when a place is not one of it."""
        lines = LineIndex(source.text)
        for one in self.diagnostics:
            _see_that_it_fits(one, source, lines)
        counts = (self.possible, self.suppressed)
        told = FileReport(source.path, source, self.diagnostics, *counts, (), self.given_up, self.unjudged, self.warnings)
        return replace(told, is_template=self.is_template, asks=self.asks, withheld=self.withheld)


def is_of_one_file(report: FileReport) -> bool:
    """Whether no fix changes another file: such a report is not kept."""
    edits = (edit for one in report.diagnostics if one.fix is not None for edit in one.fix.edits)
    return all(edit.path == report.path for edit in edits) and all(one.path == report.path for one in report.diagnostics)


def _see_that_it_fits(one: Diagnostic, source: Source, lines: LineIndex) -> None:
    if one.path != source.path or one.code not in RULES or RULES[one.code] != one.name:
        raise ValueError("a finding of something else")
    last = None if one.cell is not None else len(lines) + 1
    spans = [(one.span, last), (one.statement, last)]
    spans += [(related.span, last if related.path == one.path else None) for related in one.related]
    if not all(_is_span(span, most) for span, most in spans):
        raise ValueError("no place of the text")
    for edit in one.fix.edits if one.fix is not None else ():
        if edit.path != source.path or not 0 <= edit.start <= edit.end <= len(source.text):
            raise ValueError("no edit of the text")


def _is_span(span: Span, most: int | None) -> bool:
    start, end = span.start, span.end
    return min(start.row, start.column, end.column) >= 1 and start <= end and (most is None or end.row <= most)


def written(value: object) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, enum.Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return [written(getattr(value, name)) for name in _kinds(value.__class__)]
    if isinstance(value, (tuple, list)):
        return [written(one) for one in value]
    if isinstance(value, dict):
        return {name: written(one) for name, one in value.items()}
    return value


def read(kind: type[T_], told: object) -> T_:
    """A value of this type, which `written` has made. Raises ValueError."""
    return typing.cast(T_, _reader(typing.cast(Any, kind))(told))


Reader = Callable[[Any], Any]


@functools.cache
def _reader(kind: Any) -> Reader:
    """What reads values of one type. Made once: there are thousands of values, and few types."""
    if typing.get_origin(kind) is not None:
        return _reader_of_composed(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        made: Reader = kind
        readers = [_reader(its) for its in _kinds(kind).values()]
        return lambda told: made(*(read(one) for read, one in zip(readers, _list(told), strict=True)))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    return functools.partial(_plain, kind)


def _reader_of_composed(kind: Any) -> Reader:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):  # with None, and nothing else
        (some,) = (_reader(part) for part in parts if part is not type(None))
        return lambda told: None if told is None else some(told)
    if origin is tuple and parts[-1] is Ellipsis:
        item = _reader(parts[0])
        return lambda told: tuple(map(item, _list(told)))
    if origin is tuple:
        readers = [_reader(part) for part in parts]
        return lambda told: tuple(read(one) for read, one in zip(readers, _list(told), strict=True))
    assert origin is dict, kind
    name, value = map(_reader, parts)
    return lambda told: {name(key): value(one) for key, one in _dict(told).items()}


def _plain(kind: type, told: object) -> object:
    if type(told) is not kind:
        raise ValueError(f"{told!r} is no {kind}")
    return told


def _list(told: object) -> list[Any]:
    if type(told) is not list:
        raise ValueError(f"{told!r} is no list")
    return told


def _dict(told: object) -> dict[Any, Any]:
    if type(told) is not dict:
        raise ValueError(f"{told!r} is no dict")
    return told


@functools.cache
def _kinds(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}
