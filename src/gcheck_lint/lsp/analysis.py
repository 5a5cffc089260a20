"""One document checked: what an engine does, one document at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gcheck_lint.config.settings import Settings
from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.fixing import apply
from gcheck_lint.lsp.documents import Document, Unsaved
from gcheck_lint.lsp.options import Options
from gcheck_lint.python.program import Program
from gcheck_lint.records import dataclass
from gcheck_lint.run import aims, discover, limits, origins, pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source

if TYPE_CHECKING:
    from gcheck_lint.story import Story


class OpenProgram(Program):
    """The modules of the workspace, the unsaved ones as they stand in the editor. `met` are the files that were looked for."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        super().__init__(self._open)
        self.met: set[str] = set()

    def lay(self, unsaved: Unsaved) -> None:
        """Lays the open texts over the files."""
        self._open.clear()
        self._open.update(unsaved.texts)

    def locate(self, name: str, importer: Path, script: Path, added: tuple[str, ...] = ()) -> Path | None:
        """As of `Program`, and remembers what was found."""
        found = super().locate(name, importer, script, added)
        if found is not None:
            self.met.add(str(found))
        return found


@dataclass(frozen=True)
class Analysis:
    """What was found in a document. `met` are the other files that it rests on; `troubles` is what the user has to be told."""

    document: Document
    settings: Settings
    report: FileReport
    modules: OpenProgram
    unsaved: Unsaved
    met: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    left_out: bool = False
    _told: list[Story | None] = field(default_factory=list, compare=False)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings, in order."""
        return self.report.diagnostics

    def story(self, is_asked_for: bool = False) -> Story | None:
        """What happens in the document; None when it can't be told. Told when somebody asks, once.

        Of a text without a switch nothing is told beside its lines, unless the user asks for it. Raises OverLimitError when that
        takes too long.
        """
        if self.report.skipped or not (is_asked_for or pipeline.is_about_models(self.document.source)):
            return None
        if not self._told:
            self._told.append(self._tell())
        return self._told[0]

    def _tell(self) -> Story | None:
        from gcheck_lint import story  # LibCST takes 0.16 s to import; a document without a switch needs none of it
        from gcheck_lint.python import syntax

        source = self.report.source or self.document.source  # of a notebook, without the cells that do not parse
        try:
            with limits.watched(self.settings.timeout):
                target = story.Target.of(**aims.wanted(self.document.path, self.settings, source))
                return story.interpret(syntax.parse(source), target, self.modules)
        except Exception:  # half-typed, too deep, or a bug that the report has told of already: there is nothing to show
            return None

    def fixed(self) -> Mapping[str, tuple[Source, Source]]:
        """Every safe fix applied until nothing changes: path -> what was there before and what is after.

        Raises OverLimitError when that takes too long.
        """
        touched = {edit.path for one in self.diagnostics if one.fix is not None for edit in one.fix.edits}
        others = [
            FileReport(path, Source(path, text))
            for path in sorted(touched - {self.document.path})
            if (text := self.unsaved.text(path)) is not None
        ]
        with limits.watched(self.settings.timeout):
            outcome = apply.fix([self.report, *others], self._again, unsafe=self.settings.unsafe_fixes)
        return outcome.changed

    def _again(self, source: Source) -> FileReport:
        return origins.own(pipeline.check(source, self.settings, self.modules))


def analyse(
    document: Document,
    options: Options,
    root: Path,
    unsaved: Unsaved,
    modules: OpenProgram,
    begun: Callable[[Settings], None] = lambda settings: None,
) -> Analysis:
    """Checks a document; `begun` hears its settings first. Never raises for anything that a user has typed."""
    troubles: list[str] = []
    try:
        settings = options.settings(document.folder, root)
        left_out = _is_left_out(document, options, root)
    except GclintError as error:
        troubles.append(f"gclint uses its default settings: {error}")
        settings, left_out = options.alone(root), False
    begun(settings)
    empty = FileReport(document.path, document.source)
    if left_out or not (options.enable and options.lint):
        return Analysis(document, settings, empty, modules, unsaved, left_out=True)
    modules.met.clear()
    modules.lay(unsaved)
    report = origins.own(pipeline.check(document.source, settings, modules))
    met = frozenset(modules.met)
    if not options.syntax_errors:
        shown = tuple(one for one in report.diagnostics if one.code != pipeline.SYNTAX_ERROR)
        report = replace(report, diagnostics=shown)
    troubles += [
        f"{failure.rule} failed on {failure.path}; this is a bug in gclint\n{failure.text}" for failure in report.failures
    ]
    return Analysis(document, settings, report, modules, unsaved, met, tuple(troubles))


def _is_left_out(document: Document, options: Options, root: Path) -> bool:
    path = Path(document.path)
    return path.is_absolute() and discover.is_left_out(path, options.resolver(root))
