"""The versions that a file is judged for: what the settings say, else the file itself, else its project."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a file that is ruled out by its bytes needs none of these
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.config.targets import Aim, Projects
    from gcheck_lint.text.source import Source


@functools.cache
def projects() -> Projects:
    """The dependency files of this process's runs."""
    from gcheck_lint.config.targets import Projects

    return Projects()


def of_file(path: str, settings: Settings, source: Source | None = None) -> dict[str, Aim]:
    """By library, and where they were said; with its text also what the file says itself."""
    own = None if source is None else of_text(source)
    return projects().aims(settings, Path(path).absolute().parent, own)


def of_text(source: Source) -> dict[str, Aim]:
    """What a file asks for itself: the header of a script before what the notebook installs that it is, or once was."""
    from gcheck_lint.config import installs
    from gcheck_lint.config.targets import Aim
    from gcheck_lint.text import magics
    from gcheck_lint.text.notebook import Program

    cells = [cell.text for cell in source.notebook.cells] if isinstance(source, Program) else magics.exported_shell(source.text)
    found = {library: Aim(text, "pip install in the file") for library, text in installs.of_cells(cells).items()}
    found.update({library: Aim(text, "the header of the script") for library, text in installs.of_header(source.text).items()})
    return found


def wanted(path: str, settings: Settings, source: Source | None = None) -> dict[str, str | None]:
    """By library; None where nobody has said any."""
    return _wanted(of_file(path, settings, source))


def with_warnings(path: str, settings: Settings, source: Source | None = None) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """The same, with what is to be said of these versions, and of the dependency files that name them."""
    found = of_file(path, settings, source)
    bent = (aim.warning for aim in found.values() if aim.warning is not None)
    return _wanted(found), (*projects().around(Path(path).absolute().parent).warnings, *bent)


def _wanted(found: dict[str, Aim]) -> dict[str, str | None]:
    return {library: aim.wanted if aim.is_said else None for library, aim in found.items()}
