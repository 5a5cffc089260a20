"""The page of a rule, out of its card: first what happens, then the fix, then everything that proves it."""

from __future__ import annotations

import charts
import references

from gcheck_lint.prefilter.words import SENTENCES
from gcheck_lint.report import explained
from gcheck_lint.rulebook import cards, observed
from gcheck_lint.rulebook.cards import Card

_INTRODUCTION = """\
Each rule has a page: what happens, how to fix it, which versions are affected, and the evidence.
`gclint rule CODE` prints the same on the command line."""
STORY = "Line by line"
_STORY = """\
The story of the first example, as drawn by `gclint story --output-format svg`: bars are the states after a line,
dots are actions, triangles are the locations of the finding ([how to read it](../docs/guide.md#read-a-finding))."""
FAMILIES = {
    "GCK0": "Files and comments",
    "GCK1": "The cache while training",
    "GCK2": "Saving and generating",
    "GCK3": "Gradients and checkpointing",
    "GCK4": "Names, arguments and versions",
    "GCK5": "Recipes of frameworks",
}


def page(card: Card, drawn: str = "") -> str:
    """Markdown for the site. `drawn` stands for the pictures of its story."""
    parts = [f"# {card.code} {card.slug}", _head(card), card.sentence]
    parts += ["## How to fix it", card.remedy, explained.fix_words(card), explained.change(card)]
    parts += ["## Example", explained.section(card, "Examples")]
    parts += [f"## {STORY} {{ data-search-exclude }}", _STORY, drawn] if drawn else []
    parts += ["## Why", card.sections["Why"].strip()]
    parts += ["## What it detects", SENTENCES[card.code]] if card.code in SENTENCES else []
    parts += ["## Versions", _chart(card), card.sections["Versions"].strip()]
    parts += ["## What the log says", explained.messages(card)] if card.messages else []
    parts += ["## Evidence", _evidence(card)]
    parts += [f"## {name}\n\n{card.sections[name].strip()}" for name in ("What does not help", "When to ignore")]
    parts += ["## References", _references(card)]
    return references.linked("\n\n".join(part for part in parts if part) + "\n", card.code)


def index() -> str:
    """All rules by family."""
    parts = ["# Rules", _INTRODUCTION]
    for prefix, title in FAMILIES.items():
        family = [card for code, card in cards.load().items() if code.startswith(prefix)]
        rows = ["| rule | severity | fix | what happens |", "| --- | --- | --- | --- |"]
        rows += [_row(card) for card in family]
        parts += [f"## {title}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def _row(card: Card) -> str:
    sentence = card.sentence.replace("|", "\\|")
    return f"| [{card.code}]({card.path.name}) {card.slug} | {card.severity} | {card.fix or '–'} | {sentence} |"


def _head(card: Card) -> str:
    fix = "no fix" if card.fix is None else f"[{card.fix} fix](../docs/guide.md#fix)"
    return f"**{card.severity}** · {fix} · since {card.since} · `gclint rule {card.code}`"


def _chart(card: Card) -> str:
    one = observed.of(card.code)
    if one is None:
        return ""
    told = "Effect by version of transformers, from runs of the examples on this page:"
    return f'{told}\n\n<div class="gclint-wide">{charts.chart(one)}</div>'


def _evidence(card: Card) -> str:
    one = observed.of(card.code)
    link = f"[All runs of this rule's examples](../docs/evidence.md#{card.code.lower()}-{card.slug}) are listed separately."
    return "\n\n".join((one.words, link, card.sections["Evidence"].strip()) if one else (card.sections["Evidence"].strip(),))


def _references(card: Card) -> str:
    named = [f"- [{name}]({where})" for name, where in references.listed(card.text)]
    runs = [f"- [{name}](../docs/evidence.md#{name.lower()}), a run" for name in card.facts]
    rule = f"- The source of this page is `rules/{card.path.name}` ([template](README.md))."
    return "\n".join((*named, *runs, rule))
