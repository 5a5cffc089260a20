"""What has changed since a commit: `--diff-base` shows a finding when one of the places that make it has.

The commit is the common ancestor of HEAD and the one that is named, so that what others did on `main` meanwhile does
not count. Rows are compared here and not read out of `git diff`: so a text that was just fixed can be asked about too.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from gcheck_lint.errors import UsageError
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text import git, reading
from gcheck_lint.text.notebook import Place, Program, source_of
from gcheck_lint.text.source import Source, UnreadableError
from gcheck_lint.text.spans import Span

_NOTHING: Final = "0" * 40  # names no commit, so whatever is compared with it is new
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class Changes:
    """The work trees, compared with a commit."""

    def __init__(self, reference: str, folder: Path) -> None:
        if not reference or reference.startswith("-"):
            raise UsageError(f"--diff-base: `{reference}` is not a commit")
        self._reference = reference
        self._bases: dict[Path, tuple[str, dict[str, str]]] = {}
        self._tops: dict[Path, Path] = {}
        self._repositories: dict[Path, git.Repository] = {}
        self._others: dict[str, Source | None] = {}
        self._rows: dict[tuple[str, str], frozenset[int] | None] = {}
        self._start = self._top(folder)
        self._base(self._start)  # a mistyped name is an error even when there is nothing to compare

    def sift(self, report: FileReport) -> FileReport:
        """The report without the findings that have no place on a changed row."""
        kept = tuple(diagnostic for diagnostic in report.diagnostics if self._is_new(diagnostic, report.source))
        return replace(report, diagnostics=kept)

    def _is_new(self, diagnostic: Diagnostic, text: Source | None) -> bool:
        if text is None or self._has_changed(text, _rows(text, diagnostic.statement, diagnostic.cell)):
            return True
        for related in diagnostic.related:
            other = text if related.path == diagnostic.path else self._read(related.path)
            if other is not None and self._has_changed(other, _rows(other, related.span, related.cell)):
                return True
        return False

    def _has_changed(self, text: Source, rows: Iterable[int]) -> bool:
        key = text.path, text.text
        if key not in self._rows:
            self._rows[key] = self._compare(text)
        changed = self._rows[key]
        return changed is None or not changed.isdisjoint(rows)

    def _compare(self, text: Source) -> frozenset[int] | None:
        """The rows that have changed; None: the whole file is new. For a row that was taken out, the next one counts."""
        file = Path(text.path).resolve()
        top = self._top(file.parent)
        base, renamed = self._base(top)
        name = os.path.relpath(file, top).replace(os.sep, "/")
        blob = self._ask(top, "rev-parse", "--verify", "--quiet", f"{base}:{renamed.get(name, name)}")
        if blob is None:
            return None
        shown = self._repositories[top].ask("cat-file", "blob", blob)
        if shown is None or shown.returncode != 0:
            if self._ask(top, "cat-file", "-e", blob) is not None:
                return None  # a folder
            # a clone without all contents; git would fetch it, and gclint asks nobody on the network
            raise UsageError(f"--diff-base: the old content of {name} is missing from this clone, and gclint does not fetch")
        try:
            before = source_of(text.path, shown.stdout)
        except UnreadableError:
            return None
        if before is None:
            return None
        old, new = (_lines(one) for one in (before.text, text.text))
        rows: set[int] = set()
        for kind, _, _, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "delete":
                # what a line that is gone did, it did to what comes after it
                rows.add(next((row for row in range(start + 1, len(new) + 1) if _says_something(new[row - 1])), start))
            elif kind != "equal":
                rows.update(range(start + 1, end + 1))
        return frozenset(rows)

    def _read(self, path: str) -> Source | None:
        if path not in self._others:
            try:
                self._others[path] = source_of(path, reading.read_linted(path))
            except (OSError, UnreadableError):
                self._others[path] = None
        return self._others[path]

    def _top(self, folder: Path) -> Path:
        if folder not in self._tops:
            if git.installed() is None:
                raise UsageError("--diff-base needs git")
            found = git.of(folder)
            if found is None:
                raise UsageError(f"--diff-base: {folder} is not in a git repository")
            self._repositories[found.top] = found
            self._tops[folder] = found.top
        return self._tops[folder]

    def _ask(self, top: Path, *words: str) -> str | None:
        """What git says of a work tree; None where it can't."""
        told = self._repositories[top].ask(*words)
        return None if told is None or told.returncode != 0 else os.fsdecode(told.stdout).rstrip("\n")

    def _base(self, top: Path) -> tuple[str, dict[str, str]]:
        """The commit to compare with, and the old name of each file that was renamed since."""
        if top not in self._bases:
            reference = self._recorded(top)
            if reference == _NOTHING:
                self._bases[top] = _NOTHING, {}
                return self._bases[top]
            reference = reference or self._reference
            commit = self._ask(top, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
            if commit is None:
                raise UsageError(f"--diff-base: `{reference}` is not a commit in {top} (a shallow clone has few)")
            ancestors = (self._ask(top, "merge-base", commit, "HEAD") or "").split()
            if ancestors:
                commit = ancestors[0]
            self._bases[top] = commit, self._renamed(top, commit)
        return self._bases[top]

    def _recorded(self, top: Path) -> str | None:
        """For a submodule: the commit that was recorded for it, since the name is one of the repository around it.

        _NOTHING where it was not there yet; None for what is no submodule.
        """
        around = None if top == self._start or top.parent == top else git.of(top.parent)
        if around is None:
            return None
        outer = around.top
        self._repositories.setdefault(outer, around)
        name = os.path.relpath(top, outer).replace(os.sep, "/")
        if not (self._ask(outer, "ls-files", "--stage", "-z", "--", f":(top,literal){name}") or "").startswith("160000 "):
            return None
        return self._ask(outer, "rev-parse", "--verify", "--quiet", f"{self._base(outer)[0]}:{name}") or _NOTHING

    def _renamed(self, top: Path, commit: str) -> dict[str, str]:
        # the index and not the files: these would be sent through the filters that the repository asks for
        words = ("--name-status", "-M", "-z", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--diff-filter=R")
        told = self._ask(top, "diff-index", "--cached", *words, commit, "--")
        names = (told or "").split("\0")
        return {names[number + 2]: names[number + 1] for number in range(0, len(names) - 2, 3)}


def _rows(text: Source, span: Span, cell: int | None) -> range:
    """The rows of a span; of a span in a notebook's cell, the rows of the program that the notebook is."""
    if cell is None or not isinstance(text, Program):
        return span.rows()
    start, end = (text.notebook.position(Place(cell, position)).row for position in (span.start, span.end))
    return range(start, end + 1)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r\n") for line in _LINE.findall(text)]
