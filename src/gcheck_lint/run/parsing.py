"""From a file, or the text that was read of it, to a parsed module; of a notebook what can be parsed.

LibCST takes long to import, so it is imported where something is parsed.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gcheck_lint.text import reading

if TYPE_CHECKING:
    from gcheck_lint.python.syntax import Module
    from gcheck_lint.text.source import Source


def parsed(path: str, source: Source | None = None) -> Module:
    """A parsed file, or the text that was read of it before. Raises UnreadableError and syntax.ParseError."""
    return of(read_source(path) if source is None else source)


def read_source(path: str) -> Source:
    """The text of a file, or of a notebook's cells. Raises UnreadableError."""
    from gcheck_lint.text.notebook import source_of
    from gcheck_lint.text.source import UnreadableError

    try:
        source = source_of(path, reading.read_linted(path))
    except OSError as error:
        raise UnreadableError(path, error.strerror or str(error)) from error
    if source is None:
        raise UnreadableError(path, "a notebook in another language")
    return source


def of(source: Source) -> Module:
    """A parsed text. Of a notebook, cells that LibCST does not take are left out one by one; the others still count."""
    from gcheck_lint.python import syntax
    from gcheck_lint.text.notebook import Program

    while True:
        try:
            return syntax.parse(source)
        except syntax.ParseError as error:
            if not isinstance(source, Program) or not source.notebook.cells:
                raise
            smaller = source.notebook.without(error.position, error.message)
            if len(smaller.broken) == len(source.notebook.broken):
                raise
            source = smaller.source


@functools.lru_cache(maxsize=1)
def shared(source: Source) -> Module:
    """A parsed text that is told under many bindings, one after the other."""
    return of(source)


def forget() -> None:
    """Drops the module that was kept."""
    shared.cache_clear()
