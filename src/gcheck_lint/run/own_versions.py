"""The versions that a file asks for itself, where the newest release is one that knowledge names."""

from __future__ import annotations

from gcheck_lint import knowledge
from gcheck_lint.config import installs
from gcheck_lint.config.targets import Aim
from gcheck_lint.text.notebook import Program
from gcheck_lint.text.source import Source


def own_aims(source: Source) -> dict[str, Aim]:
    """By library, and where it says so: the header of a script before what the cells of a notebook install."""
    cells = [cell.text for cell in source.notebook.cells] if isinstance(source, Program) else [source.text]
    found = {library: Aim(text, "pip install in the file") for library, text in installs.of_cells(cells).items()}
    found.update({library: Aim(text, "the header of the script") for library, text in installs.of_header(source.text).items()})
    return {library: _dated(library, aim) for library, aim in found.items()}


def _dated(library: str, aim: Aim) -> Aim:
    if aim.wanted != installs.NEWEST:
        return aim
    releases = knowledge.load().releases(library)
    return Aim(f">={releases[-1]}" if releases else None, aim.where)
