"""What a finding is known by when its lines have moved: rule, path, the text of its statement, and a number.

Blanks, comments and trailing commas do not count, so a formatter changes no fingerprint. Two findings that agree in
everything are told apart by their order. The text is not taken from Python's tokenizer, whose tokens differ between
versions: a fingerprint that was written by one Python is read by another.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gcheck_lint.findings.comments import lay_out
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.text.notebook import Program
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position, Span

KEY: Final = "gclint/v1"
_BLANK: Final = re.compile(r"\s+")
_TRAILING: Final = re.compile(r",(?=[)\]}])")


def of(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], name: Callable[[str], str]) -> list[str]:
    """The fingerprint of each finding, in their order. `name` turns a path into the one that is hashed."""
    met: Counter[tuple[str, str, str]] = Counter()
    found: list[str] = []
    for diagnostic in diagnostics:
        text = _TRAILING.sub("", _BLANK.sub("", statement(diagnostic, sources.get(diagnostic.path))))
        key = diagnostic.code, name(diagnostic.path), text
        found.append(hashlib.sha256("\0".join((*key, str(met[key]))).encode("utf-8", "surrogatepass")).hexdigest()[:32])
        met[key] += 1
    return found


def place(diagnostic: Diagnostic, source: Source | None) -> str:
    """What a finding is known by when the rest of its statement has changed: the text of the very place that it marks."""
    text = _TRAILING.sub("", _BLANK.sub("", _said(diagnostic, diagnostic.span, source)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def statement(diagnostic: Diagnostic, source: Source | None) -> str:
    """The statement of a finding without its comments, on one line; its message where there is no text."""
    return _said(diagnostic, diagnostic.statement, source)


def _said(diagnostic: Diagnostic, span: Span, source: Source | None) -> str:
    text = _text(diagnostic, source)
    if text is None:
        return diagnostic.message
    lines = LineIndex(text)
    start, end = lines.offset(span.start), lines.offset(span.end)
    cuts = {row: column for row, column, _ in lay_out(text).comments}
    kept: list[str] = []
    for row in span.rows():
        first = lines.offset(Position(row, 1))
        last = first + cuts.get(row, len(lines.line(row)))
        kept.append(text[max(start, first) : min(end, last)].strip())
    return _BLANK.sub(" ", " ".join(piece for piece in kept if piece))


def _text(diagnostic: Diagnostic, source: Source | None) -> str | None:
    """What the rows of a finding count in: the file, or a notebook's cell with its magics blanked."""
    if diagnostic.cell is None or source is None:
        return None if source is None else source.text
    cells = source.notebook.cells if isinstance(source, Program) else ()
    return next((cell.reading.code for cell in cells if cell.number == diagnostic.cell), None)
