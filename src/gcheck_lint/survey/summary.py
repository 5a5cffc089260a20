"""The summary of a survey: a page with a table by rule, and a picture of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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

_MOST: Final = 10  # repositories that are named
_COLOURS: Final = {"error": "#cf222e", "warning": "#bf8700", "info": "#57606a"}
_FONT: Final = 'font-family="system-ui, sans-serif" font-size="12"'
_PICTURE: Final = "findings.svg"


@dataclass(slots=True)
class Tally:
    """What is counted over all repositories. Sure and possible findings count alike, as they were asked for."""

    repositories: int = 0
    files: int = 0
    parsed: int = 0
    followed: int = 0
    seconds: float = 0.0
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    holding: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    most: list[tuple[int, str]] = field(default_factory=list)
    with_any: int = 0
    with_severity: Counter[str] = field(default_factory=Counter)

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
        shown = sum(one["severity"] != "info" for one in outcome.findings)
        self.with_any += bool(shown)
        self.with_severity.update({one["severity"] for one in outcome.findings})
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
        f"{tally.parsed:,} were worth a parse, and {unfollowed:,} of these were not followed to their end. "
        f"The checks took {tally.seconds:,.0f} s.",
        "",
        f"{tally.with_any:,} repositories ({share}) have a finding of severity error or warning; "
        f"{tally.with_severity['error']:,} ({_share(tally.with_severity['error'], tally.repositories)}) have an error.",
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
    rows = ["| rule | | repositories | share | errors | warnings | infos |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]
    for code, count in _ordered(tally.holding):
        share = _share(count, tally.repositories)
        by_severity = (f"{tally.findings[code, severity]:,}" for severity in ("error", "warning", "info"))
        said = (code, RULES.get(code, ""), f"{count:,}", share, *by_severity)
        rows.append(f"| {' | '.join(said)} |")
    return rows


def _ordered(holding: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(holding.items(), key=lambda one: (-one[1], one[0]))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0.0%"


def _cell(name: str) -> str:
    """Somebody's name in a cell of a table: as code, so that nothing in it is a link or a tag."""
    return f"`{clean(name).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def picture(tally: Tally) -> str:
    """How many repositories have a finding of each rule, as bars in the colour of its worst one, in an SVG."""
    left, width, step = 290, 760, 22
    rows = _ordered(tally.holding)
    height = 34 + step * len(rows)
    most = max((count for _, count in rows), default=1)
    title = f"Repositories with findings, of {tally.repositories:,}"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_FONT} role="img">',
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{left}" y="18" fill="#57606a">{escape(title)}</text>',
    ]
    for number, (code, count) in enumerate(rows):
        top, long = 28 + step * number, max((width - left - 60) * count / most, 1)
        worst = max((severity for its, severity in tally.findings if its == code), key=SEVERITIES.index)
        parts.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{escape(f"{code} {RULES.get(code, str())}")}</text>')
        parts.append(f'<rect x="{left}" y="{top + 2}" width="{long:.1f}" height="{step - 7}" fill="{_COLOURS[worst]}"/>')
        parts.append(f'<text x="{left + long + 5:.1f}" y="{top + 13}">{count:,}</text>')
    return "\n".join([*parts, "</svg>", ""])
