"""What a report is made of, and where its places are for a reader outside: relative to the repository, row by row."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.records import dataclass
from gcheck_lint.report import places
from gcheck_lint.report.paint import Paint
from gcheck_lint.text.notebook import Program
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Span

if TYPE_CHECKING:
    from gcheck_lint.story import Story

_WORKSPACES: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file. The columns are None where only the rows are known: in a notebook's JSON."""

    row: int
    end_row: int
    column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings of a run.

    `root` is what paths are relative to in the formats that a forge reads. `broken` says what went wrong on the way,
    `skipped` which files were not looked at, each with the reason, and `unseen` what of the others was not. `width`: the cells of
    the terminal's rows; None where the report goes elsewhere. `story` tells what a script does (raises GclintError), and gives
    None for what is no script.
    """

    diagnostics: Sequence[Diagnostic]
    sources: Mapping[str, Source]
    root: Path
    unsafe: bool = False
    paint: Paint = field(default_factory=lambda: Paint(color=False))
    broken: Sequence[str] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    width: int | None = None
    story: Callable[[str], Story | None] = lambda path: None

    def in_cells(self) -> Findings:
        """The same with the places in notebooks as places in their cells."""
        return replace(self, diagnostics=[places.shown(diagnostic, self.sources) for diagnostic in self.diagnostics])

    def is_notebook(self, path: str) -> bool:
        """Whether a file's places are those of cells."""
        return isinstance(self.sources.get(path), Program)

    def name(self, path: str) -> str:
        """A path relative to the root, with forward slashes; absolute when it lies elsewhere."""
        if path == "-":
            return path
        place = Path(path).resolve()
        try:
            return place.relative_to(self.root).as_posix()
        except ValueError:
            return place.as_posix()

    def uri(self, path: str) -> str:
        """The same as a URI reference."""
        name = self.name(path)
        from urllib.parse import quote  # for SARIF alone

        prefix = "file://" if name.startswith("/") else "file:///" if Path(name).is_absolute() else ""
        return prefix + quote(os.fsencode(name), safe="/:" if prefix else "/")

    def place(self, path: str, span: Span, cell: int | None = None) -> Place:
        """Where a span is in the file itself."""
        if cell is None:
            return Place(span.start.row, span.end.row, span.start.column, span.end.column)
        source = self.sources.get(path)
        if not isinstance(source, Program):
            return Place(1, 1)
        first, last = (source.notebook.json_line(cell, row) for row in (span.start.row, span.end.row))
        return Place(first, last)

    def fingerprints(self) -> list[str]:
        """What each finding is known by when its lines have moved."""
        from gcheck_lint.findings import fingerprints  # two formats ask for them, and nothing else of a plain run

        return fingerprints.of(self.diagnostics, self.sources, self.name)


def root(folder: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that a forge's paths are relative to: its workspace, else the repository around `folder`, else it itself."""
    folder = folder.resolve()
    around = (folder, *folder.parents)
    for name in _WORKSPACES:
        workspace = environment.get(name)
        if workspace and Path(workspace).resolve() in around:
            return Path(workspace).resolve()
    return next((place for place in around if (place / ".git").exists()), folder)


def notes(diagnostic: Diagnostic) -> list[str]:
    """What is to be said besides the message: versions, condition, certainty."""
    said = [f"affects {diagnostic.versions}"] if diagnostic.versions else []
    if diagnostic.condition:
        said.append(diagnostic.condition)
    if diagnostic.certainty is Certainty.POSSIBLE:
        said.append("this finding is possible, not sure")
    return said


def remedy(diagnostic: Diagnostic) -> str:
    """The way out in words; empty when there is none."""
    return diagnostic.help or (diagnostic.fix.title if diagnostic.fix is not None else "")
