"""What is told of a text that is no Python (GCK002): one place and one sentence, and of a template nothing.

A template (of Jinja, cookiecutter or copier) becomes Python when somebody fills it in, so what stands there is no mistake.
It is one where its path holds a placeholder, or where the error is gone, or comes later, once the placeholders are filled in.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gcheck_lint.findings.diagnostics import Diagnostic, Severity
from gcheck_lint.prefilter.words import RULES, SEVERITIES
from gcheck_lint.text.nesting import TooDeepError, guard
from gcheck_lint.text.spans import LineIndex, Position, Span

if TYPE_CHECKING:
    from gcheck_lint.python.syntax import ParseError
    from gcheck_lint.text.notebook import Notebook
    from gcheck_lint.text.source import Source

CODE: Final = "GCK002"
_HOLES: Final = re.compile(r"\{\{[^{}\r\n]*\}\}|\{%[^\r\n]*?%\}|\{#[^\r\n]*?#\}")
_CONFLICT: Final = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |$)")
# what Python adds to its words: a guess, which is help and no part of the fault
_GUESS: Final = re.compile(r"\. (?P<guess>(?:Did you mean|Maybe you meant|Perhaps you forgot) .*\?)$")
_PYTHON_2: Final = re.compile(r"Missing parentheses in call to '(?P<name>\w+)'")


def of_file(source: Source, error: ParseError) -> Diagnostic | None:
    """The finding of a file; None for a template."""
    if _is_template(source.path, source.text, error.position):
        return None
    lines = LineIndex(source.text)
    end = lines.offset(Position(error.position.row, error.position.column + 1))
    span = lines.span(lines.offset(error.position), end)
    return _finding("the file", source.path, span, lines.line(error.position.row), error.message)


def of_cells(notebook: Notebook) -> Iterator[Diagnostic]:
    """The findings of a notebook's cells."""
    texts = {cell.number: cell.text for cell in notebook.cells}
    for broken in notebook.broken:
        text = texts[broken.cell]
        if not _is_template(notebook.source.path, text, broken.position):
            span = Span(broken.position, broken.position)
            row = LineIndex(text).line(broken.position.row)
            yield _finding("the cell", notebook.source.path, span, row, broken.message, broken.cell)


def _finding(what: str, path: str, span: Span, row: str, message: str, cell: int | None = None) -> Diagnostic:
    said, help_ = _words(row, message)
    severity = Severity[SEVERITIES[CODE].upper()]
    return Diagnostic(CODE, RULES[CODE], f"{what} cannot be parsed: {said}", severity, path, span, span, help=help_, cell=cell)


def _words(row: str, message: str) -> tuple[str, str]:
    """What is wrong, in one sentence, and what Python takes it for."""
    if _CONFLICT.match(row):
        return "it contains a merge conflict", ""
    if match := _PYTHON_2.match(message):
        return f"`{match['name']}` has no parentheses, as in Python 2", ""
    guess = _GUESS.search(message)
    if guess is None:
        return message, ""
    help_ = guess["guess"]
    return message[: guess.start()], help_[0].lower() + help_[1:]


def _is_template(path: str, text: str, place: Position) -> bool:
    """Whether a placeholder is what can't be parsed, or stands in the path."""
    if _HOLES.search(path):
        return True
    filled = _HOLES.sub(_filled, text)
    if filled == text:
        return False
    try:
        guard(filled)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(filled)
    except SyntaxError as error:
        return (error.lineno or 0) > place.row
    except (ValueError, RecursionError, MemoryError, TooDeepError):
        return False
    return True


def _filled(hole: re.Match[str]) -> str:
    """Something of the same length: a name for a value, nothing for a statement or a comment."""
    return ("_" if hole[0].startswith("{{") else " ") * len(hole[0])
