"""`gclint rule` and `gclint rules`: the cards, read aloud."""

from __future__ import annotations

import json
from typing import Any

import click

from gcheck_lint.cli.completion import rule_names
from gcheck_lint.cli.terminal import say
from gcheck_lint.config.selectors import suggest
from gcheck_lint.errors import UsageError
from gcheck_lint.prefilter.words import SENTENCES
from gcheck_lint.rulebook import cards, facts, observed
from gcheck_lint.rulebook.cards import Card

_FORMAT = click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="How it is written")


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, short_help="Explain rules (also `gclint explain`)")
@click.argument("names", metavar="CODE|NAME...", nargs=-1, shell_complete=rule_names)
@click.option("--all", "every", is_flag=True, help="Explain all rules")
@_FORMAT
def rule(names: tuple[str, ...], every: bool, output_format: str) -> None:
    """Explain rules, by code or by name; the beginning of a code lists its rules. `gclint explain` is the same."""
    if every == bool(names):
        raise UsageError("name a rule (`gclint rules` lists them), or say --all")
    chosen = list(cards.load().values()) if every else [_find(name) for name in names]
    if output_format == "json":
        items = [_json(card) for card in chosen]
        say(json.dumps(items[0] if len(names) == 1 else items, indent=2))
    else:
        say("\n\n".join(_text(card) for card in chosen))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@_FORMAT
def rules(output_format: str) -> None:
    """List all rules."""
    known = list(cards.load().values())
    if output_format == "json":
        say(json.dumps([_json(card) for card in known], indent=2))
        return
    room = max(len(card.slug) for card in known)
    for card in known:
        say(f"{card.code}  {card.slug:{room}}  {card.severity!s:7}  {_fix(card):10}  {card.sentence}")


def _find(name: str) -> Card:
    card = cards.find(name)
    if card is None:
        known = cards.load()
        near = suggest(name, [*known, *(card.slug for card in known.values())])
        raise UsageError(f"no rule is called `{name}`{near}")
    return card


def _text(card: Card) -> str:
    head = [f"# {card.code} {card.slug}", f"{card.severity} · {_fix(card)} · since {card.since}", card.sentence]
    head += [f"Rule: {SENTENCES[card.code]}"] if card.code in SENTENCES else []
    sections = [f"## {heading}\n\n{_section(card, heading, text)}" for heading, text in card.sections.items()]
    return "\n\n".join((*head, *sections))


def _section(card: Card, heading: str, text: str) -> str:
    if heading != "Evidence":
        return text.strip()
    seen, known = observed.of(card.code), facts.load().by_name
    told = [] if seen is None else [seen.words]
    runs = [f"- {name}: {known[name].title} ({known[name].place})" for name in card.facts]
    return "\n\n".join((*told, text.strip(), *(["The runs that are named here:\n\n" + "\n".join(runs)] if runs else [])))


def _fix(card: Card) -> str:
    return "no fix" if card.fix is None else f"{card.fix} fix"


def _json(card: Card) -> dict[str, Any]:
    seen = observed.of(card.code)
    return {
        "code": card.code,
        "name": card.slug,
        "severity": str(card.severity),
        "since": card.since,
        "fix": None if card.fix is None else str(card.fix),
        "summary": card.sentence,
        "rule": SENTENCES.get(card.code),
        "explanation": _text(card),
        "versions": card.sections["Versions"].strip(),
        "evidence": card.sections["Evidence"].strip(),
        "observed": None if seen is None else seen.as_json(),
        "facts": list(card.facts),
        "messages": [{"versions": message.versions, "text": message.text} for message in card.messages],
    }
