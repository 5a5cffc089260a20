"""What is told about a rule: its card as Markdown, for a person and not for the tests.

First what happens, then what puts it right, then why. Examples are shown without the marks by which the tests run them.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

from gcheck_lint.findings.diagnostics import Safety
from gcheck_lint.prefilter.words import SENTENCES
from gcheck_lint.rulebook import cards, facts, observed
from gcheck_lint.rulebook.cards import Card, Fence
from gcheck_lint.rulebook.facts import Fact

_FENCE: Final = re.compile(
    r"^```(?P<language>python|yaml) (?P<kind>[^`\n]*?)(?: target=\"(?P<target>[^\"]+)\")?\n(?P<code>.*?)^```$", re.M | re.S
)
_MARKER: Final = re.compile(r"\s*# expect: [^\n]*")
_CAPTIONS: Final = {
    "bad": "Wrong",
    "fixed": "With the fix (`gclint --fix`)",
    "fixed unsafe": "With the fix (`gclint --fix --unsafe-fixes`)",
    "good": "Right",
}
_FIXES: Final = {
    None: "`gclint --fix` has no fix for this rule.",
    Safety.SAFE: "`gclint --fix` applies this fix where it is safe:",
    Safety.UNSAFE: "`gclint --fix --unsafe-fixes` applies this fix; review the result:",
}


def markdown(card: Card) -> str:
    """All about a rule."""
    parts = [f"# {card.code} {card.slug}", f"{card.severity} · {fix(card)} · since {card.since}", card.sentence]
    parts += ["## How to fix it", card.remedy, fix_words(card), change(card)]
    parts += ["## Why", card.sections["Why"].strip()]
    parts += ["## What it detects", SENTENCES[card.code]] if card.code in SENTENCES else []
    parts += ["## What the log says", messages(card)] if card.messages else []
    for heading in card.sections:
        if heading != "Why":
            parts += [f"## {heading}", section(card, heading)]
    return "\n\n".join(part for part in parts if part)


def messages(card: Card) -> str:
    """The messages that `gclint log` knows, each with its versions."""
    return "\n".join(f"- {_code(one.text)} (transformers {one.versions})" for one in card.messages)


def _code(text: str) -> str:
    left, right = " " * text.startswith("`"), " " * text.endswith("`")
    return f"``{left}{text}{right}``" if "`" in text else f"`{text}`"


def of_fact(fact: Fact) -> str:
    """All about a run that cards name by its id."""
    known = [card.code for card in cards.load().values() if fact.name in card.facts]
    runs = [f"- {line}" for line in fact.seen]
    return "\n\n".join(
        (
            f"# {fact.name} {fact.title}",
            fact.run,
            "## Results",
            "\n".join(runs),
            "## Versions",
            f"transformers {', '.join(fact.versions)}",
            facts.load().about.strip(),
            *([f"Cited by {', '.join(known)}."] if known else []),
        )
    )


def fix(card: Card) -> str:
    """Which fix there is, in two words."""
    return "no fix" if card.fix is None else f"{card.fix} fix"


def fix_words(card: Card) -> str:
    """How a fix is applied, or that there is none."""
    return _FIXES[card.fix]


def change(card: Card) -> str:
    """The first fix that the examples show, as a diff."""
    for bad, fixed in zip(card.fences, card.fences[1:], strict=False):
        if fixed.kind.startswith("fixed"):
            old, new = (bare(fence).splitlines() for fence in (bad, fixed))
            lines = list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]
            return "\n".join(("```diff", *("..." if line.startswith("@@") else line for line in lines[1:]), "```"))
    return ""


def section(card: Card, heading: str) -> str:
    """A section of a card as it is shown: examples without their marks, the evidence with what was observed."""
    text = card.sections[heading]
    if heading == "Examples":
        return _FENCE.sub(_example, text.strip())
    if heading != "Evidence":
        return text.strip()
    seen, known = observed.of(card.code), facts.load().by_name
    told = [] if seen is None else [seen.words]
    runs = [f"- {name}: {known[name].title} ({known[name].place})" for name in card.facts]
    named = ["Runs cited above (`gclint rule " + card.facts[0] + "` shows one):", "\n".join(runs)] if runs else []
    return "\n\n".join((*told, text.strip(), *named))


def caption(kind: str, target: str | None) -> str:
    """What stands above an example."""
    return f"{_CAPTIONS[kind]}{f', with transformers {target}' if target not in (None, cards.DEFAULT_TARGET) else ''}:"


def bare(fence: Fence) -> str:
    """An example without the marks by which the tests run it."""
    return _MARKER.sub("", fence.text)


def _example(match: re.Match[str]) -> str:
    above = caption(match["kind"], match["target"])
    return f"{above}\n\n```{match['language']}\n{_MARKER.sub('', match['code'])}```"
