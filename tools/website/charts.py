"""On which versions of transformers a rule's examples show the effect, as a small picture within the page."""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from gcheck_lint.rulebook import cards, observed
from gcheck_lint.rulebook.observed import Observed

_WIDE, _HIGH = 88, 54  # pixels of a column
_WORDS: Final = {"seen": "happens", "silent": "does not", "not-run": "not run", "none": "–"}


def columns() -> list[str]:
    """The versions on which examples are run, oldest first."""
    known = [seen for code in cards.load() if (seen := observed.of(code)) is not None]
    return sorted({version for one in known for version in (*one.seen, *one.silent, *one.not_run)}, key=Version)


def state(one: Observed, version: str) -> str:
    """What was seen of a rule on a version: `seen`, `silent`, `not-run`, or `none` where no example is for it."""
    kinds = (("seen", one.seen), ("silent", one.silent), ("not-run", one.not_run))
    return next((kind for kind, versions in kinds if version in versions), "none")


def chart(one: Observed) -> str:
    """The picture; its words are those of the card's evidence."""
    parts: list[str] = []
    for number, version in enumerate(columns()):
        kind = state(one, version)
        left = number * _WIDE
        parts.append(
            f'<g class="{kind}"><rect x="{left + 2}" y="2" width="{_WIDE - 4}" height="28" rx="4"/>'
            f'<text class="word" x="{left + _WIDE // 2}" y="21">{_WORDS[kind]}</text>'
            f'<text class="version" x="{left + _WIDE // 2}" y="48">{version}</text></g>'
        )
    wide = len(columns()) * _WIDE
    size = f'viewBox="0 0 {wide} {_HIGH}" width="{wide}" height="{_HIGH}"'
    return f'<svg class="gclint-versions" {size} role="img" aria-label="{one.words}">{"".join(parts)}</svg>'


def table() -> str:
    """All rules by all versions, in Markdown."""
    versions = columns()
    rows = [f"| rule | {' | '.join(versions)} |", "| --- |" + " --- |" * len(versions)]
    for code, card in cards.load().items():
        one = observed.of(code)
        if one is not None:
            told = " | ".join(_WORDS[state(one, version)] for version in versions)
            rows.append(f"| [{code}](../rules/{card.path.name}) {card.slug} | {told} |")
    return "\n".join(rows)
