"""gclint within flake8: the same findings under the same settings, and nothing that flake8 does better itself.

flake8 need not be installed, and is not imported. It pays for a plugin in every file, so a file that holds none of our
words costs a search and no import of LibCST. An exception would end the whole run of flake8, so none gets out.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gcheck_lint import __version__

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Settings

_NOQA: Final = re.compile("noqa", re.IGNORECASE)


class Checker:
    """One file. flake8 hands the arguments over by their names, and calls `run`."""

    name: ClassVar[str] = "gclint"
    version: ClassVar[str] = __version__
    _disable_noqa: ClassVar[bool] = False
    _warned: ClassVar[set[str]] = set()

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        # the tree is what makes flake8 call this once a file; the text says more, comments included
        self._filename = filename
        self._lines = lines

    @classmethod
    def parse_options(cls, options: Any) -> None:
        """Called once, before the first file and the fork."""
        cls._disable_noqa = bool(getattr(options, "disable_noqa", False))

    def run(self) -> Iterator[tuple[int, int, str, type[Checker]]]:
        """Row (1-based), column (0-based), text, and this class, for each finding."""
        try:
            yield from self._run()
        except Exception as error:  # flake8 would end with a traceback, over all the other files too
            self._warn(f"gclint failed on {self._filename}: {type(error).__name__}: {error}")

    def _run(self) -> Iterator[tuple[int, int, str, type[Checker]]]:
        from gcheck_lint.prefilter import triage  # not above: `flake8 --version` and files without our words do without the cards
        from gcheck_lint.run import origins, pipeline
        from gcheck_lint.text.source import Source

        text = "".join(self._lines)
        path = "-" if self._filename in {"-", "stdin"} else self._filename
        source = Source(path, text)
        if not pipeline.concerns(source) and not triage.may_silence(text.encode(errors="replace")):
            return
        if self._disable_noqa:
            # flake8 would show what a noqa comment silences, and we look at these comments too; no place moves by this
            source = source.with_text(_NOQA.sub("----", text))
        settings = self._settings(path)
        report = origins.own(pipeline.check(source, settings))
        for failure in report.failures:
            self._warn(f"gclint failed on {self._filename} ({failure.rule}); `gclint -v` shows more")
        for diagnostic in report.diagnostics:
            if not settings.shows(diagnostic.severity):
                continue
            start = diagnostic.span.start
            yield start.row, start.column - 1, f"{diagnostic.code} {diagnostic.message}", type(self)

    def _settings(self, path: str) -> Settings:
        from gcheck_lint.config.settings import Resolver
        from gcheck_lint.errors import SettingsError
        from gcheck_lint.run import pipeline

        known = pipeline.known_rules()
        folder = Path.cwd() if path == "-" else Path(path).absolute().parent
        try:
            return Resolver(known).at(folder)
        except SettingsError as error:
            self._warn(f"gclint uses its default settings: {error}")
            return Resolver(known, isolated=True).at(folder)

    @classmethod
    def _warn(cls, text: str) -> None:
        if text not in cls._warned:
            cls._warned.add(text)
            print(text, file=sys.stderr)
