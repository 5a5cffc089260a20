"""Where the modules of one script lie: names to files, for whoever follows its imports."""

from __future__ import annotations

import re
from pathlib import Path

from gcheck_lint.python.program import ANYWHERE, Program
from gcheck_lint.python.syntax import Module

_ADDS = re.compile(r"\bsys\.path\b|\baddsitedir\(|\bPYTHONPATH\b")


class Resolver:
    """Where the modules of one script lie. `added`: what the script has put on `sys.path` so far."""

    def __init__(self, program: Program, script: Module) -> None:
        self.program = program
        self.script = Path(script.path).absolute()
        self.added: list[str] = [ANYWHERE] if _ADDS.search(script.source.text) else []

    def is_inside(self, library: str) -> bool:
        """Whether the script lies in the repository of a library itself."""
        return self.program.holds(library, self.script)

    def find(self, name: str, importer: Module) -> Path | None:
        """The file or folder that a dotted name means in a module."""
        return self.program.locate(name, Path(importer.path).absolute(), self.script, tuple(self.added))
