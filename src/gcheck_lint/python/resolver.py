"""Where the modules of one script lie: names to files, for whoever follows its imports."""

from __future__ import annotations

import re
from pathlib import Path

from gcheck_lint.python.program import ANYWHERE, Program, imported_names
from gcheck_lint.python.syntax import Module

_ADDS = re.compile(r"\bsys\.path\b|\baddsitedir\(|\bPYTHONPATH\b")
_MODULES = 40  # modules of a program that are read whole


class Resolver:
    """Where the modules of one script lie. `added`: what the script has put on `sys.path` so far."""

    def __init__(self, program: Program, script: Module) -> None:
        self.program = program
        self.script = Path(script.path).absolute()
        self.added: list[str] = [ANYWHERE] if _ADDS.search(script.source.text) else []
        self._places: dict[str, Path] = {}
        self._found: dict[tuple[str, str, int], Path | None] = {}  # what is added is only ever added to

    def is_inside(self, library: str) -> bool:
        """Whether the script lies in the repository of a library itself."""
        return self.program.holds(library, self.script)

    def find(self, name: str, importer: Module) -> Path | None:
        """The file or folder that a dotted name means in a module."""
        key = name, importer.path, len(self.added)
        if key not in self._found:
            self._found[key] = self.program.locate(name, self.place_of(importer), self.script, tuple(self.added))
        return self._found[key]

    def place_of(self, module: Module) -> Path:
        """Where a module lies, absolute."""
        if module.path not in self._places:
            self._places[module.path] = Path(module.path).absolute()
        return self._places[module.path]

    def texts(self, script: Module) -> list[tuple[str, str]] | None:
        """What the script and all that it imports of its program say, by name; None where not all is to be had."""
        found, waiting = {self.script: script}, [(self.script, script)]
        while waiting:
            importer, module = waiting.pop()
            for name in imported_names(module.source.text.encode(errors="replace")):
                target = self.program.locate(name, importer, self.script, tuple(self.added))
                if target is None or target in found or target.suffix != ".py":
                    continue
                inner = self.program.module(target) if len(found) < _MODULES else None
                if inner is None:
                    return None
                found[target] = inner
                waiting.append((target, inner))
        return [(path.parent.name if path.stem == "__init__" else path.stem, one.plain) for path, one in found.items()]
