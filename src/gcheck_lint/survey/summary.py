"""The summary of a survey: a page with a table by rule, and a picture of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from html import escape
from pathlib import Path
from typing import Final

from gcheck_lint import __version__
from gcheck_lint.config.keys import SEVERITIES
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.records import dataclass
from gcheck_lint.report.paint import clean
from gcheck_lint.survey.outcome import Outcome
from gcheck_lint.text import writing

_OF_FILES: Final = "GCK0"  # what is told of files and comments, and not of models
_MOST: Final = 10  # repositories that are named
_COLOURS: Final = {"error": "#cf222e", "warning": "#bf8700", "info": "#afb8c1"}
_THICK: Final = 15
_FONT: Final = 'font-family="system-ui, sans-serif" font-size="12"'
_PICTURE: Final = "findings.svg"


@dataclass(slots=True)
class Tally:
    """What is counted over all repositories. Sure and possible findings count alike, as they were asked for.

    `holding`: repositories with a finding of a rule; `grave`: those of them where one of these is an error or a warning.
    """

    repositories: int = 0
    files: int = 0
    parsed: int = 0
    followed: int = 0
    seconds: float = 0.0
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    holding: Counter[str] = field(default_factory=Counter)
    grave: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    most: list[tuple[int, str]] = field(default_factory=list)
    with_any: int = 0
    with_error: int = 0

    def add(self, outcome: Outcome) -> None:
        """Counts a repository."""
        self.failures.update(one["kind"] for one in outcome.failures)
        row = outcome.row
        if not row:
            return
        self.repositories += 1
        self.files += row["files"]
        self.parsed += row["parsed"]
        self.followed += row["followed"]
        self.seconds += row["seconds"]
        self.findings.update((one["code"], one["severity"]) for one in outcome.findings)
        self.holding.update(row["by_rule"].keys())
        self.grave.update({one["code"] for one in outcome.findings if one["severity"] != "info"})
        of_models = [one["severity"] for one in outcome.findings if not one["code"].startswith(_OF_FILES)]
        shown = sum(severity != "info" for severity in of_models)
        self.with_any += bool(shown)
        self.with_error += "error" in of_models
        if shown:
            self.most = sorted([*self.most, (-shown, outcome.name)])[:_MOST]


def write(folder: Path, tally: Tally, total: int) -> None:
    """Writes the page and its picture."""
    writing.replace(folder / _PICTURE, picture(tally).encode())
    writing.replace(folder / "summary.md", page(tally, total).encode())


def page(tally: Tally, total: int) -> str:
    """The summary as Markdown."""
    share = _share(tally.with_any, tally.repositories)
    unfollowed = tally.parsed - tally.followed
    said = [
        "# Survey",
        "",
        f"gclint {__version__} checked {tally.repositories:,} of {total:,} repositories: {tally.files:,} files, of which "
        f"{tally.parsed:,} were parsed, and {unfollowed:,} of these were not followed to the end. "
        f"The checks took {tally.seconds:,.0f} s.",
        "",
        f"Repositories with an error or a warning about a model: {tally.with_any:,} ({share}). "
        f"With an error: {tally.with_error:,} ({_share(tally.with_error, tally.repositories)}).",
        "",
    ]
    if tally.findings:
        said += ["## By rule", "", f"![Repositories by rule]({_PICTURE})", "", *_by_rule(tally), ""]
    if tally.most:
        said += ["## Most findings", "", "| repository | errors and warnings |", "| --- | ---: |"]
        said += [*(f"| {_cell(name)} | {-count:,} |" for count, name in tally.most), ""]
    if tally.failures:
        said += ["## Not checked", "", "Repositories and files; `failures` names them.", "", "| kind | rows |", "| --- | ---: |"]
        said += [*(f"| {kind} | {count:,} |" for kind, count in sorted(tally.failures.items())), ""]
    return "\n".join(said)


def _by_rule(tally: Tally) -> list[str]:
    rows = ["| rule | | repositories | share | with infos alone | errors | warnings | infos |"]
    rows.append(f"| --- | ---{' | ---:' * 6} |")
    for code, count in _ordered(tally):
        grave = tally.grave[code]
        share = _share(grave, tally.repositories)
        by_severity = (f"{tally.findings[code, severity]:,}" for severity in ("error", "warning", "info"))
        said = (code, RULES.get(code, ""), f"{grave:,}", share, f"{count - grave:,}", *by_severity)
        rows.append(f"| {' | '.join(said)} |")
    return rows


def _ordered(tally: Tally) -> list[tuple[str, int]]:
    """Rules with the repositories that hold one: what is an error or a warning in most of them first."""
    return sorted(tally.holding.items(), key=lambda one: (-tally.grave[one[0]], -one[1], one[0]))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0.0%"


def _cell(name: str) -> str:
    """Somebody's name in a cell of a table: as code, so that nothing in it is a link or a tag."""
    return f"`{clean(name).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def picture(tally: Tally) -> str:
    """How many repositories have a finding of each rule, as bars; where it is an info alone, in grey. An SVG."""
    left, width, step = 290, 760, 22
    rows = _ordered(tally)
    height = 34 + step * len(rows)
    most = max((count for _, count in rows), default=1)
    title = f"Repositories with findings, of {tally.repositories:,}; grey: infos alone"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_FONT} role="img">',
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{left}" y="18" fill="#57606a">{escape(title)}</text>',
    ]
    for number, (code, count) in enumerate(rows):
        top, wide = 28 + step * number, (width - left - 90) / most
        grave, long = tally.grave[code] * wide, max(count * wide, 1)
        worst = max((severity for its, severity in tally.findings if its == code), key=SEVERITIES.index)
        parts.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{escape(f"{code} {RULES.get(code, str())}")}</text>')
        parts.append(_bar(left, top + 2, long, "info"))
        parts.append(_bar(left, top + 2, grave, worst) if grave else "")
        parts.append(f'<text x="{left + long + 5:.1f}" y="{top + 13}">{tally.grave[code]:,} of {count:,}</text>')
    return "\n".join([*filter(None, parts), "</svg>", ""])


def _bar(left: float, top: float, long: float, severity: str) -> str:
    return f'<rect x="{left}" y="{top}" width="{long:.1f}" height="{_THICK}" fill="{_COLOURS[severity]}"/>'
