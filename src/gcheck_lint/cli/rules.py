"""`gclint rule` and `gclint rules`: the cards, read aloud."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from gcheck_lint.cli.completion import rule_names
from gcheck_lint.cli.terminal import columns, hand_over, say
from gcheck_lint.config.selectors import suggest
from gcheck_lint.errors import UsageError
from gcheck_lint.prefilter.words import SENTENCES
from gcheck_lint.report import explained
from gcheck_lint.report import width as widths
from gcheck_lint.report.paint import Paint, wants_color, wants_links
from gcheck_lint.report.rendered import rendered
from gcheck_lint.rulebook import cards, facts, observed, pages
from gcheck_lint.rulebook.cards import Card
from gcheck_lint.rulebook.facts import Fact

_INDENT: Final = 4  # of what goes on below
_LEAST: Final = 30  # cells that a sentence needs beside what is said of its rule

_FORMAT = click.option("--output-format", type=click.Choice(["text", "markdown", "json"]), default="text", help="Output format")
_COLOR = click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to use colours")


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, short_help="Explain rules (also `gclint explain`)")
@click.argument("names", metavar="CODE|NAME...", nargs=-1, shell_complete=rule_names)
@click.option("--all", "every", is_flag=True, help="Explain all rules")
@_FORMAT
@_COLOR
def rule(names: tuple[str, ...], every: bool, output_format: str, color: str) -> None:
    """Explain rules, by code or by name.

    A prefix of a code (GCK2) lists its rules. The id of a run that a rule cites (S19) shows what was run and its results.
    `gclint explain` is an alias.
    """
    if every == bool(names):
        raise UsageError("name a rule (`gclint rules` lists them), or use --all")
    known = cards.load()
    chosen = [list(known.values())] if every else [_found(name) for name in names]
    if output_format == "json":
        items = [_json(one) for group in chosen for one in group]
        single = len(chosen) == 1 and len(chosen[0]) == 1 and not every
        say(json.dumps(items[0] if single else items, indent=2))
        return
    paint, width = Paint(wants_color(color, sys.stdout), wants_links(sys.stdout)), columns(sys.stdout)
    parts: list[str] = []
    for group in chosen:
        if len(group) > 1 and not every:
            cards_of_it = [one for one in group if isinstance(one, Card)]
            parts.append(_table(cards_of_it) if output_format == "markdown" else _listed(cards_of_it, paint, width))
            continue
        told = [explained.markdown(one) if isinstance(one, Card) else explained.of_fact(one) for one in group]
        if output_format == "markdown":
            parts += [f"{one}\n" for one in told]
        else:
            parts += [rendered(text, paint, width) + _page(one) for text, one in zip(told, group, strict=True)]
    hand_over("\n".join(parts), sys.stdout, paint.color)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@_FORMAT
@_COLOR
def rules(output_format: str, color: str) -> None:
    """List all rules."""
    known = list(cards.load().values())
    if output_format == "json":
        say(json.dumps([_json(card) for card in known], indent=2))
        return
    paint, width = Paint(wants_color(color, sys.stdout), wants_links(sys.stdout)), columns(sys.stdout)
    hand_over(_table(known) if output_format == "markdown" else _listed(known, paint, width), sys.stdout, paint.color)


def _page(one: Card | Fact) -> str:
    """Where a rule can be read in a browser, and what shows it of a script."""
    if not isinstance(one, Card):
        return ""
    told = "In your script: `gclint story FILE` shows what happens to each model, line by line"
    return f"\nIn a browser: {pages.url(one.code)}\n{told}\n"


def _listed(known: Sequence[Card], paint: Paint, width: int | None) -> str:
    """A line for each; on a terminal what does not fit into it goes on below."""
    room = max(len(card.slug) for card in cards.load().values())
    lines: list[str] = []
    for card in known:
        begin = f"{card.code}  {card.slug:{room}}  {card.severity!s:7}  {explained.fix(card):10}  "
        if width is None or width - len(begin) >= _LEAST:
            first, *others = widths.fold(card.sentence, width, len(begin), len(begin))
        else:
            first, others = "", [f"{'':{_INDENT}}{line}" for line in widths.fold(card.sentence, width - _INDENT)]
        code = paint.link(card.code, pages.url(card.code))
        head = f"{paint('bold', code)}  {card.slug:{room}}  {paint.severity(card.severity, f'{card.severity!s:7}')}"
        lines += [f"{head}  {explained.fix(card):10}  {first}".rstrip(), *others]
    return "".join(f"{line}\n" for line in lines)


def _table(known: Sequence[Card]) -> str:
    rows = [f"| {card.code} | {card.slug} | {card.severity} | {explained.fix(card)} | {card.sentence} |" for card in known]
    return "".join(
        f"{row}\n" for row in ("| code | name | severity | fix | what happens |", "| --- | --- | --- | --- | --- |", *rows)
    )


def _found(name: str) -> Sequence[Card | Fact]:
    """What a word names: a rule by code or name, rules by the beginning of a code, a run by its id. Raises UsageError."""
    card = cards.find(name)
    if card is not None:
        return [card]
    known, runs = cards.load(), facts.load().by_name
    word = name.strip().upper()
    if word in runs:
        return [runs[word]]
    family = [one for code, one in known.items() if word and code.startswith(word)]
    if family:
        return family
    raise UsageError(f"no rule is called `{name}`{suggest(name, [*known, *(one.slug for one in known.values())])}")


def _json(card: Card | Fact) -> dict[str, Any]:
    if isinstance(card, Fact):
        return {
            "id": card.name,
            "title": card.title,
            "versions": list(card.versions),
            "run": card.run,
            "seen": list(card.seen),
            "explanation": explained.of_fact(card),
        }
    seen = observed.of(card.code)
    return {
        "code": card.code,
        "name": card.slug,
        "severity": str(card.severity),
        "since": card.since,
        "url": pages.url(card.code),
        "fix": None if card.fix is None else str(card.fix),
        "summary": card.sentence,
        "remedy": card.remedy,
        "rule": SENTENCES.get(card.code),
        "explanation": explained.markdown(card),
        "versions": card.sections["Versions"].strip(),
        "evidence": card.sections["Evidence"].strip(),
        "observed": None if seen is None else seen.as_json(),
        "facts": list(card.facts),
        "messages": [{"versions": message.versions, "text": message.text} for message in card.messages],
    }
