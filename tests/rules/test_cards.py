"""Every example of every card is run: bad ones meet their markers, fixes make what is shown, good ones are silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Diagnostic, Safety, Severity
from gcheck_lint.fixing import apply
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.rulebook import cards
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import Source, UnreadableError, from_bytes
from tests.support import markers

NAME = "example.py"
TEMPLATE = """# GCK999 some-mistake

```toml
severity = "warning"
since = "0.1.0"
remedy = "Do otherwise."
facts = ["S1"]
messages = [{ versions = ">=4.25", text = "a line of a log" }]
```

What happens.

## Why

Because.

## Versions

All.

## Evidence

Seen.

## Examples

```python bad
x = 1  # expect: GCK999
```

```python fixed
x = 2
```

```python good target=">=5.0"
x = 3
```

## What does not help

Nothing.

## When to ignore

Never.
"""


def examples(*kinds: str) -> list[object]:
    """The fences of some kinds with their cards, for parametrize."""
    found = []
    for card in cards.load().values():
        for position, fence in enumerate(card.fences):
            if fence.kind in kinds:
                found.append(pytest.param(card, position, id=f"{card.code}-row-{fence.row}"))
    return found


def settings_for(target: str, text: str) -> Settings:
    """An example without a target is about all versions; the names of a day are the business of those that name theirs."""
    if target != cards.DEFAULT_TARGET or "torch.utils.checkpoint" in text:
        return Settings(target_transformers=target)
    return Settings(target_transformers=target, enabled=frozenset(RULES) - {"GCK301", "GCK402"})


def lint(text: str, target: str) -> pipeline.FileReport:
    settings = settings_for(target, text)
    try:
        return pipeline.check(from_bytes(NAME, text.encode()), settings)
    except UnreadableError as error:
        return pipeline.unreadable(error, settings)


def fixed(text: str, target: str, unsafe: bool) -> str:
    """What is left when the fixes are applied until nothing changes."""

    def check(source: Source) -> pipeline.FileReport:
        return pipeline.check(source, settings_for(target, text))

    outcome = apply.fix([lint(text, target)], check, unsafe)
    assert not outcome.reverted, outcome.reverted
    source = outcome.reports[NAME].source
    assert source is not None
    return source.text


def told(report: pipeline.FileReport) -> list[str]:
    assert not report.failures, report.failures[0].text
    return [f"{one.code} at {one.span.start.row}: {one.message}" for one in report.diagnostics]


@pytest.mark.parametrize(("card", "position"), examples("bad"))
def test_bad_example_is_found(card: cards.Card, position: int) -> None:
    fence = card.fences[position]
    report = lint(fence.text, fence.target)
    assert not report.failures, report.failures[0].text
    assert markers.compare(fence.text, report.diagnostics) == []
    assert card.code in {marker.code for marker in markers.read(fence.text)}


@pytest.mark.parametrize(("card", "position"), examples("fixed", "fixed unsafe"))
def test_fixed_example_is_what_the_fixes_make(card: cards.Card, position: int) -> None:
    bad, fence = card.fences[position - 1], card.fences[position]
    assert fixed(markers.strip(bad.text), bad.target, unsafe=fence.kind == "fixed unsafe") == fence.text
    assert told(lint(fence.text, fence.target)) == []


@pytest.mark.parametrize(("card", "position"), examples("good"))
def test_good_example_is_silent(card: cards.Card, position: int) -> None:
    fence = card.fences[position]
    assert not markers.read(fence.text)
    assert told(lint(fence.text, fence.target)) == []


@pytest.mark.parametrize(("card", "position"), examples("bad"))
def test_fixed_example_exactly_where_a_fix_can_be_applied(card: cards.Card, position: int) -> None:
    fence = card.fences[position]
    after = card.fences[position + 1].kind if position + 1 < len(card.fences) else ""
    found = lint(markers.strip(fence.text), fence.target).diagnostics
    safeties = {one.fix.safety for one in found if one.fix is not None} - {Safety.DISPLAY}
    if not safeties:
        assert not after.startswith("fixed")
    elif Safety.UNSAFE in safeties:
        assert after == "fixed unsafe"
    else:
        assert after == "fixed"


@pytest.mark.parametrize("card", cards.load().values(), ids=lambda card: card.code)
def test_severity_is_the_worst_that_the_examples_show(card: cards.Card) -> None:
    if card.recipes:
        pytest.skip("of recipes: test_recipe_cards.py")
    found: list[Diagnostic] = []
    for fence in card.fences:
        if fence.kind == "bad":
            found += lint(fence.text, fence.target).diagnostics
    own = [one for one in found if one.code == card.code]
    assert own
    assert {one.name for one in own} == {card.slug}
    assert max(one.severity for one in own) == card.severity


@pytest.mark.parametrize("card", cards.load().values(), ids=lambda card: card.code)
def test_message_is_one_line_without_a_period(card: cards.Card) -> None:
    for fence in card.fences:
        if fence.kind == "bad":
            for one in lint(fence.text, fence.target).diagnostics:
                assert "\n" not in one.message
                assert not one.message.endswith(".")


def test_card_is_read_in_all_its_parts(tmp_path: Path) -> None:
    card = cards.parse(tmp_path / "GCK999-some-mistake.md", TEMPLATE)
    assert (card.code, card.slug, card.severity, card.since) == ("GCK999", "some-mistake", Severity.WARNING, "0.1.0")
    assert card.facts == ("S1",)
    assert card.remedy == "Do otherwise."
    assert card.messages == (cards.Message(">=4.25", "a line of a log"),)
    assert card.sentence == "What happens."
    assert tuple(card.sections) == cards.SECTIONS
    assert [(fence.kind, fence.target, fence.text) for fence in card.fences] == [
        ("bad", cards.DEFAULT_TARGET, "x = 1  # expect: GCK999\n"),
        ("fixed", cards.DEFAULT_TARGET, "x = 2\n"),
        ("good", ">=5.0", "x = 3\n"),
    ]
    assert card.fences[0].row == 28
    assert card.fixable
    assert card.fix is Safety.SAFE
    assert card.text == TEMPLATE


def test_only_an_unsafe_fix_is_said_to_be_one(tmp_path: Path) -> None:
    card = cards.parse(tmp_path / "x.md", TEMPLATE.replace("python fixed", "python fixed unsafe"))
    assert card.fix is Safety.UNSAFE
    without = TEMPLATE.replace("```python fixed\nx = 2\n```\n", "")
    assert cards.parse(tmp_path / "x.md", without).fix is None


@pytest.mark.parametrize(
    ("old", "new", "row", "reason"),
    [
        ("# GCK999 some-mistake", "# some-mistake", 1, "not a heading"),
        ('severity = "warning"', 'severity = "fatal"', 3, "no such severity"),
        ('since = "0.1.0"\n', "", 3, "lacks or has too many keys: since"),
        ('facts = ["S1"]', "facts = 1", 3, "a list of strings"),
        ('remedy = "Do otherwise."', 'remedy = "Do otherwise"', 3, "a sentence"),
        ('messages = [{ versions = ">=4.25", ', "messages = [{ ", 3, "`versions` and `text`"),
        ('severity = "warning"', "severity = ", 3, "can't be read"),
        ("```toml", "```yaml", 3, "one toml fence"),
        ("What happens.", "What happens", 11, "one sentence"),
        ("## Evidence", "## Proof", 21, "section 3 has to be `## Evidence`"),
        ("## When to ignore\n\nNever.\n", "", 42, "section 6 has to be `## When to ignore`"),
        ("Never.\n", "Never.\n\n## More\n\nText.\n", 47, "no section `More`"),
        ("Because.", "", 13, "is empty"),
        ("```python bad", "```python worse", 27, "`python worse`"),
        ("```python bad", "```python good", 31, "right below a `bad` one"),
        ("```python fixed", '```python fixed target=">=5.0"', 31, "has the target of"),
        ("Because.", "```python good\n```", 15, "belong into the section `Examples`"),
        ("x = 3\n```", "x = 3", 35, "never closed"),
        ('```python good target=">=5.0"', "```python bad", 35, "at least one `bad` and one `good` example"),
    ],
)
def test_malformed_card_is_an_error_with_its_place(tmp_path: Path, old: str, new: str, row: int, reason: str) -> None:
    assert old in TEMPLATE
    path = tmp_path / "GCK999-some-mistake.md"
    with pytest.raises(cards.CardError) as caught:
        cards.parse(path, TEMPLATE.replace(old, new, 1))
    assert str(caught.value).startswith(f"{path}:{row}: ")
    assert reason in str(caught.value)


def test_card_is_found_by_code_and_by_name() -> None:
    assert cards.find("GCK201") is cards.find("gck201") is cards.find(" cache-off-saved") is cards.load()["GCK201"]
    assert cards.find("GCK2") is None


def test_cards_come_in_the_order_of_their_codes() -> None:
    assert list(cards.load()) == sorted(cards.load())
