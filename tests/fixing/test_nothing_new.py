"""What `--fix` leaves was there before: no finding is new in a script that is fixed, be it only possible.

All scripts of the fixtures, the examples and the bad examples of the cards, fixed as safely as can be and then with all that
there is. A finding is known by its code and its row in the text as it was; one whose first place is mended may be told of another
of its places. What may be new is less grave than all that was fixed: a request for checkpointing that is heard at last may
bring a line in the log along. And what an exception hid: where a frozen base raised in one process, that it raises in several
(GCK308, possible). Of a model made of several a restore shows that Trainer 5 left the whole's config off (GCK201, possible).
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.fixing import apply
from gcheck_lint.fixing.bench import Check
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.rulebook import cards
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from tests.support import markers
from tests.support.paths import FIXTURES, ROOT

FOLDERS = ("scripts", "quiet", "versions", "fixes", "notebooks")
# a name of a day, which a script about something else may use
NAMES = frozenset({"GCK401", "GCK402"})
# possible findings that a fix brings to light: what is fixed, and what was hidden behind it
HIDDEN = {"GCK302": "GCK308", "GCK303": "GCK308", "GCK102": "GCK201"}


def _texts() -> list[tuple[str, bytes]]:
    found = [path for folder in FOLDERS for path in sorted((FIXTURES / folder).rglob("*")) if path.suffix in {".py", ".ipynb"}]
    found += sorted((ROOT / "examples").glob("*.py"))
    texts = [(path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in found]
    for card in (card for card in cards.load().values() if not card.code.startswith("GCK0")):
        for number, fence in enumerate(fence for fence in card.fences if fence.kind == "bad"):
            texts.append((f"{card.code}-{number}.py", f"# target: {fence.target}\n{markers.strip(fence.text)}".encode()))
    return texts


TEXTS = _texts()


def _check(settings: Settings) -> Check:
    return lambda source: pipeline.check(source, settings)


def _rows(before: str, after: str) -> dict[int, int]:
    """For each row of the text after the fixes the row of the text before them that it was."""
    rows = {}
    one, other = before.splitlines(), after.splitlines()
    for _, start, end, now, stop in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        rows.update({row + 1: min(start + row - now, max(end - 1, start)) + 1 for row in range(now, stop)})
    return rows


def _places(one: Diagnostic, rows: dict[int, int]) -> list[tuple[str, int]]:
    spans = [one.span, *(related.span for related in one.related if related.path == one.path)]
    return [(one.code, rows.get(span.start.row, span.start.row)) for span in spans]


def _new(before: pipeline.FileReport, outcome: apply.Outcome, look: Check) -> list[str]:
    """What is found after the fixes, and was not before them."""
    assert before.source is not None
    after = outcome.changed[before.path][1]
    any_place = {place for one in before.diagnostics for place in _places(one, {})}
    sure = {place for one in before.diagnostics if one.certainty is Certainty.SURE for place in _places(one, {})}
    rows = _rows(before.source.text, after.text)
    least = min(one.severity for one in outcome.applied)
    found = []
    shown = {HIDDEN.get(one.code) for one in outcome.applied}
    for one in look(after).diagnostics:
        if one.certainty is Certainty.POSSIBLE and one.code in shown:
            continue
        known = sure if one.certainty is Certainty.SURE else any_place
        if one.severity >= least and not known & set(_places(one, rows)):
            found.append(f"{one.code} ({one.certainty}) at row {one.span.start.row}: {one.message}, {one.versions}")
    return found


@pytest.mark.parametrize(("name", "data"), TEXTS, ids=[name for name, _ in TEXTS])
def test_nothing_is_new_in_what_is_fixed(name: str, data: bytes) -> None:
    source = from_bytes(f"script{Path(name).suffix}", data)  # whatever lies in a folder of tests is only possible
    settings = Settings(target_transformers=markers.target(source.text), enabled=frozenset(RULES) - NAMES)
    shown, look = _check(settings), _check(replace(settings, possible=True))
    plain, before = shown(source), look(source)
    ways = {"safe": (plain, shown, False), "unsafe": (plain, shown, True), "unsafe and possible": (before, look, True)}
    for way, (report, check, unsafe) in ways.items():
        outcome = apply.fix([report], check, unsafe)
        assert not outcome.changed or (way, _new(before, outcome, look)) == (way, [])


def test_there_are_fixes_to_be_looked_at() -> None:
    changed = 0
    for name, data in TEXTS[:80]:
        source = from_bytes(f"script{Path(name).suffix}", data)
        check = _check(Settings(target_transformers=markers.target(source.text)))
        changed += bool(apply.fix([check(source)], check, unsafe=True).changed)
    assert changed >= 20
