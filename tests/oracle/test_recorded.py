"""The recorded proof is about the cards as they are, and nothing in it fails. Needs no environment of the proof."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # props and watch stand alone, beside torch

import props
import watch

from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.rulebook import cards, observed

from . import claims, columns, cures, evidence, record
from .environments import NEWEST, PINS, VERSIONS

RECORDED = record.read()
RUN_AGAIN = "run `make oracle`"
NOTHING = {
    "lines": [],
    "raised": None,
    "stands_in": {},
    "trained": {},
    "changes": [],
    "forwards": [],
    "generations": [],
    "saved": [],
    "gradients": None,
    "adapters": [],
    "steps": 1,
}


def test_every_rule_about_runs_has_a_claim() -> None:
    assert [card.code for card in columns.runnable() if card.code not in claims.EFFECTS] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_column_is_about_the_texts_as_they_are(version: str) -> None:
    assert record.stale(RECORDED, version) == [], RUN_AGAIN


@pytest.mark.parametrize("version", VERSIONS)
def test_no_claim_fails(version: str) -> None:
    column = RECORDED[version]
    assert {name: one for name, one in column["examples"].items() if one["verdict"] == claims.FAILS} == {}
    assert {name: one["unnamed"] for name, one in column["examples"].items() if one["unnamed"]} == {}
    assert {name: both["fixed"] for name, both in column["scripts"].items() if both["fixed"]} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_no_fix_fails_to_cure(version: str) -> None:
    assert {name: one["fault"] for name, one in RECORDED[version]["cures"].items() if one["fault"]} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_fix_of_an_example_was_run(version: str) -> None:
    """As gclint makes it today for this version. What was not run could not be: the example itself says why."""
    column, no_run = RECORDED[version], {claims.NOT_HERE, claims.OUTSIDE}
    for pair in cures.pairs(columns.runnable(), version):
        for base in pair.bases:
            one = column["cures"].get(f"{pair.name}{base}")
            if one is None:
                assert pair.possible or no_run & {column["examples"][name]["verdict"] for name in pair.names}, pair.name
            else:
                assert one["text"] == columns.mark(pair.text), f"{pair.name}: {RUN_AGAIN}"


@pytest.mark.parametrize("card", columns.runnable(), ids=lambda card: card.code)
def test_every_fix_cures_on_some_version(card: cards.Card) -> None:
    for position, fence in enumerate(card.fences):
        name = columns.name_of(card, position)
        if fence.kind.startswith("fixed"):
            seen = [RECORDED[version]["cures"].get(name) for version in VERSIONS]
            assert any(one is not None and one["bad"] != one["fixed"] for one in seen), name


@pytest.mark.parametrize("card", columns.runnable(), ids=lambda card: card.code)
def test_every_claim_is_proven_on_some_version(card: cards.Card) -> None:
    if card.code in claims.UNPROVEN:
        assert card.severity <= Severity.WARNING
        return
    for position, fence in enumerate(card.fences):
        if fence.kind == "bad":
            name = columns.name_of(card, position)
            words = {RECORDED[version]["examples"].get(name, {}).get("verdict") for version in VERSIONS}
            assert claims.PROVEN in words, f"{name}: {words}"


def test_the_page_is_what_is_recorded() -> None:
    assert evidence.PAGE.read_text(encoding="utf-8") == evidence.page(RECORDED), "run `python tools/generate.py`"


def test_what_is_shipped_is_what_is_recorded() -> None:
    path = cards.directory() / observed.FILE
    assert path.read_text(encoding="utf-8") == record.shipped(RECORDED), "run `python tools/generate.py`"


def test_pins_are_known_for_every_column() -> None:
    assert set(RECORDED) <= set(PINS)


def test_a_proof_that_cannot_be_run_is_no_success(tmp_path: Path) -> None:
    nowhere = {"GCLINT_ORACLE_HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    command = [sys.executable, "-m", "tests.oracle", "--versions", "newest", "--check"]
    environment = {**os.environ, **nowhere}
    done = subprocess.run(command, cwd=columns.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"transformers {NEWEST} SKIPPED: torch-" in done.stderr


# the judges themselves


def case(**seen: object) -> claims.Case:
    return claims.Case("5.23.0", {**NOTHING, **seen}, frozenset({3}))


def generated(**note: object) -> list[dict[str, object]]:
    return [{"training": True, "checkpointing": True, "argument": None, "text": "right", "fed": "one token", **note}]


def test_a_claim_without_a_sight_fails() -> None:
    card = cards.load()["GCK203"]
    nothing = case(generations=generated())
    assert claims.judge(card, "bad", ">=4.25", nothing, Severity.ERROR).fails
    assert claims.judge(card, "bad", ">=4.25", nothing, None).word == claims.SILENT
    assert claims.judge(card, "bad", "<5", nothing, Severity.ERROR).word == claims.OUTSIDE


def test_a_sight_without_a_claim_fails() -> None:
    card = cards.load()["GCK203"]
    wrong = case(generations=generated(text="wrong"))
    assert claims.judge(card, "bad", ">=4.25", wrong, None).fails
    assert claims.judge(card, "fixed", ">=4.25", wrong, None).fails
    assert claims.judge(card, "bad", ">=4.25", wrong, Severity.WARNING).fails
    assert claims.judge(card, "bad", ">=4.25", wrong, Severity.ERROR).word == claims.PROVEN


def test_a_fixed_example_that_stops_fails() -> None:
    stopped = case(raised={"type": "ValueError", "text": "no", "row": 3, "in": ""})
    assert claims.judge(cards.load()["GCK101"], "fixed", ">=4.25", stopped, None).fails


def test_a_library_that_is_not_there_is_no_failure() -> None:
    stopped = case(raised={"type": "ModuleNotFoundError", "text": "No module named 'trl'", "row": 3, "in": ""})
    assert claims.judge(cards.load()["GCK101"], "bad", ">=4.25", stopped, Severity.WARNING).word == claims.NOT_HERE


def test_a_run_that_does_nothing_proves_nothing() -> None:
    assert claims.judge(cards.load()["GCK203"], "fixed", ">=4.25", case(), None).why == "nothing is generated"
    assert claims.judge(cards.load()["GCK201"], "good", ">=4.25", case(), None).why == "nothing is saved"
    assert claims.judge(cards.load()["GCK101"], "good", ">=4.25", case(steps=0), None).why == "nothing is trained"


def test_a_fix_that_leaves_the_fault_or_brings_another_does_not_cure() -> None:
    card = cards.load()["GCK203"]
    position = next(at for at, fence in enumerate(card.fences) if fence.kind == "fixed")
    (pair,) = (one for one in cures.pairs([card], NEWEST) if one.position == position)
    bad, right = case(generations=generated(text="wrong")).seen, generated(training=False)
    assert cures.fault(pair, "", bad, case(generations=right).seen) == ""
    assert cures.fault(pair, "", bad, bad).startswith("it is still there: wrong text")
    assert (
        cures.fault(pair, "", bad, case(generations=generated(training=False, text="wrong")).seen) == "a generated text is wrong"
    )
    assert cures.fault(pair, "", bad, case().seen) == "nothing is generated"
    slow = case(generations=generated(training=False, fed="whole sequence")).seen
    assert cures.fault(pair, "", bad, slow) == "it causes: a generation without the cache"
    assert cures.fault(pair, "", case(generations=right).seen, case(generations=right).seen) == "there was nothing to cure"


def test_a_switch_in_time_is_no_finding() -> None:
    change = {"row": 3, "model": 0, "switch": "config.use_cache", "from": True, "to": False, "forwards_before": 0}
    rows = {"trained": {"0": 2}, "forwards": [{"config": False}]}
    assert claims.EFFECTS["GCK104"](case(changes=[change], **rows)) is None
    late = {**change, "forwards_before": 2}
    assert claims.EFFECTS["GCK104"](case(changes=[late], **rows)) == "no switch of the trained model changes"


def test_tokens_fed_in_each_step() -> None:
    assert watch.fed([5, 1, 1, 1]) == "one token"
    assert watch.fed([5, 6, 7, 8]) == "whole sequence"
    assert watch.fed([5, 1]).startswith("too few")


def test_names_that_a_script_loads() -> None:
    text = 'parser.add_argument("--base", default="bigcode/starcoderbase-1b")\nAutoConfig.from_pretrained("gpt2")\n'
    text += 'load_from_disk("data/train")\nload_dataset("json", data_files="a.jsonl")\nmodel.from_pretrained("out/final")\n'
    assert props.names(text) == (["gpt2", "bigcode/starcoderbase-1b"], ["data/train", "a.jsonl"])
    assert props.family_of("bigcode/starcoderbase-1b") == "gpt_bigcode"
    assert props.family_of("google/flan-t5-small") == "t5"
