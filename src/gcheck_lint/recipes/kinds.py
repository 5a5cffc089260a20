"""Which files may be recipes, by their names. Whoever looks for some needs none of the readers, which take long to import."""

from __future__ import annotations

import posixpath
from typing import Final

from gcheck_lint.recipes.model import Kind

SUFFIXES: Final[dict[str, Kind]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".sh": "shell",
    ".bash": "shell",
    ".zsh": "shell",
    ".slurm": "shell",
    ".sbatch": "shell",
    ".mk": "make",
}
NAMES: Final[dict[str, Kind]] = {"Makefile": "make", "makefile": "make", "GNUmakefile": "make"}


def kind_of(path: str) -> Kind | None:
    """Which kind of recipe a file is by its name; None for none."""
    folder, name = posixpath.split(path.replace("\\", "/"))
    if name == "launch.json" and posixpath.basename(folder) == ".vscode":
        return "launch"
    return NAMES.get(name) or SUFFIXES.get(posixpath.splitext(name)[1])
