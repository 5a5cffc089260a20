"""What is taken out of the reports (`--baseline`, `--diff-base`), and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcheck_lint.cli.run import Choices, say_failures
from gcheck_lint.cli.terminal import say
from gcheck_lint.records import dataclass
from gcheck_lint.run.pipeline import FileReport

if TYPE_CHECKING:
    from gcheck_lint.run.baseline import Baseline
    from gcheck_lint.run.diff_base import Changes

_LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class Sieve:
    """Lets through what is neither known nor old. The modules behind it are imported when there is something to sift."""

    known: Baseline | None = None
    changes: Changes | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any], folder: Path) -> Sieve:
        """What a command's options ask for. `folder` is one of the repository. Raises UsageError."""
        known: Baseline | None = None
        changes: Changes | None = None
        if options["baseline_file"]:
            from gcheck_lint.run import baseline

            known = baseline.load(options["baseline_file"])
        if options["diff_base"] is not None:
            from gcheck_lint.run.diff_base import Changes

            changes = Changes(options["diff_base"], folder)
        return cls(known, changes)

    def sift(self, report: FileReport) -> FileReport:
        """What is left of a report."""
        report = report if self.known is None else self.known.sift(report)
        return report if self.changes is None else self.changes.sift(report)

    def tell(self, quiet: bool) -> None:
        """Says how many findings the baseline held back, and what can be taken out of it."""
        known = self.known
        if known is None or quiet:
            return
        if known.hidden:
            verb = "is" if known.hidden == 1 else "are"
            say(f"{_count(known.hidden)} of {known.file} {verb} not shown.", err=True)
        fixed = known.fixed()
        if not fixed:
            return
        verb = "is" if len(fixed) == 1 else "are"
        say(f"{_count(len(fixed))} of {known.file} {verb} fixed (`--write-baseline` removes them):", err=True)
        for entry in fixed[:_LISTED]:
            say(f"  {entry.path}: {entry.rule} {entry.statement}", err=True)
        if len(fixed) > _LISTED:
            say(f"  ... and {len(fixed) - _LISTED} more", err=True)


def write_baseline(name: str, reports: Sequence[FileReport], choices: Choices) -> int:
    """Writes a baseline. Gives the exit code."""
    from gcheck_lint.run import baseline

    count = baseline.load(name, missing_is_empty=True).write(reports)
    if not choices.quiet:
        say(f"Wrote {_count(count)} to {name}.", err=True)
    return 2 if say_failures(reports, choices.verbose) else 0


def _count(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"
