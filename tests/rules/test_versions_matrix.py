"""One script, five targets: the verdict that was observed for each. The scenario stands in the script's docstring.

A marker says in which columns a finding is expected, how grave it is: `# expect: GCK201 [4.36-4.57: warning, 5.0-5.23: info]`.
A line `# with: 4.57 trl ==0.24.0` names the other libraries that a column ran with.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Safety
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from tests.support import markers
from tests.support.paths import FIXTURES

SCRIPTS = sorted((FIXTURES / "versions").glob("*.py"))
TARGETS = {"4.36": "==4.36.2", "4.46": "==4.46.3", "4.57": "==4.57.1", "5.0": ">=5.0,<5.23", "5.23": ">=5.23"}
NAMES = {"GCK301", "GCK401", "GCK402"}
WITH = re.compile(r"^# with: (.*)$", re.MULTILINE)


def settings_of(text: str, column: str) -> Settings:
    """The target of a column, with the other libraries that the script names for it."""
    named = WITH.search(text)
    others = dict(re.findall(rf"\b{re.escape(column)} (\w+) ([^,]+)", named[1])) if named else {}
    return Settings(target_transformers=TARGETS[column], **{f"target_{name}": wanted for name, wanted in others.items()})


def findings(name: str, settings: Settings) -> list[Diagnostic]:
    path = next(path for path in SCRIPTS if path.stem == name)
    report = pipeline.check(from_bytes(path.name, path.read_bytes()), settings)
    assert not report.failures, report.failures[0].text
    # a script about something else uses the names of its day, and says no more than was asked for
    named = path.read_text(encoding="utf-8")
    sure = [one for one in report.diagnostics if one.certainty is Certainty.SURE]
    return [one for one in sure if one.code not in NAMES or one.code in named]


@pytest.mark.parametrize("column", TARGETS)
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_verdict_is_the_observed_one(path: Path, column: str) -> None:
    text = path.read_text(encoding="utf-8")
    found = findings(path.stem, settings_of(text, column))
    expected = markers.in_column(text, column, list(TARGETS))
    told = sorted((one.span.start.row, one.code, one.severity.name.lower()) for one in found)
    assert told == expected


def test_the_matrix_is_as_wide_as_it_has_to_be() -> None:
    assert len(SCRIPTS) >= 12
    assert all(re.search(r'^"""S\d+', path.read_text(encoding="utf-8")) for path in SCRIPTS)


@pytest.mark.parametrize(
    ("name", "settings", "code", "affected", "words"),
    [
        ("generates_in_train_mode", Settings(), "GCK203", "transformers >=4.53", "the text is wrong"),
        ("generates_in_train_mode", Settings(target_transformers="<4.47"), "GCK203", "", "it runs without the cache, each token"),
        ("generates_in_train_mode", Settings(target_transformers=">=4.53"), "GCK203", "", "the text is wrong"),
        ("arguments_switch", Settings(), "GCK102", "transformers <5", "each process logs a line"),
        ("arguments_switch", Settings(target_transformers=">=4.57"), "GCK102", "transformers <5", "each process"),
        ("arguments_switch", Settings(target_transformers="==4.46.3 || >=5"), "GCK102", "transformers <5", "each process"),
        ("arguments_use_cache_true", Settings(), "GCK103", "transformers >=5", "each process"),
        ("sft_default_generates", Settings(), "GCK203", "trl >=0.22", "the text is wrong"),
        ("sft_default_generates", Settings(target_trl=">=0.20"), "GCK203", "trl >=0.22", "the text is wrong"),
        ("sft_default_generates", Settings(target_trl="==1.16.0"), "GCK203", "", "the text is wrong"),
        ("sft_switched_on", Settings(), "GCK102", "transformers <5 with trl <0.22", "each process"),
        ("sft_switched_on", Settings(target_trl="<0.22", target_transformers="<5"), "GCK102", "", "each process"),
        ("saved_off_by_trainer", Settings(target_transformers="==4.36.2"), "GCK201", "", "unless its base has a"),
        ("saved_off_by_trainer", Settings(target_transformers="==4.46.3"), "GCK201", "", "without its generation_config.json"),
        ("saved_off_since_load", Settings(target_transformers="==4.46.3"), "GCK201", "", "if its base has no gen"),
        ("saved_off_since_built", Settings(target_transformers=">=5"), "GCK201", "", "users who load it generate"),
        ("saved_off_by_trainer", Settings(target_transformers=">=5"), "GCK201", "", "without its generation_config.json"),
        ("imports_newer_class", Settings(), "GCK201", "transformers <5", "users who load it generate 7 to 9"),
        ("imports_newer_class", Settings(target_transformers="<5"), "GCK201", "", "256 tokens"),
        ("loaded_off_by_its_class", Settings(target_transformers=">=5"), "GCK201", "", "if its base has a gen"),
        ("loaded_off_by_its_class", Settings(target_transformers="<4.37"), "GCK202", "", "7 to 9 times slower at 256 tokens"),
        ("imports_newer_composite", Settings(), "GCK102", "", "each process"),
        ("asks_for_a_minimum", Settings(), "GCK203", "", "the text is wrong"),
        ("generates_config_off", Settings(target_transformers=">=4.25"), "GCK202", "transformers <4.37", "7 to 9 times slower"),
        ("generates_config_off", Settings(target_transformers="~=4.36.1"), "GCK202", "", "7 to 9 times slower"),
        (
            "generates_config_off",
            Settings(target_transformers=">=4.25", target_peft="==0.13.2"),
            "GCK202",
            "transformers <4.37",
            "7",
        ),
        ("says_nothing_of_reentrancy", Settings(target_transformers="==4.36.2"), "GCK301", "torch >=2.1", "torch warns"),
        ("says_nothing_of_reentrancy", Settings(target_transformers="==4.36.2", target_torch="==2.1.2"), "GCK301", "", "warns"),
    ],
)
def test_words_follow_the_target(name: str, settings: Settings, code: str, affected: str, words: str) -> None:
    (found,) = [one for one in findings(name, settings) if one.code == code]
    assert found.versions == affected
    assert words in found.message


def test_a_version_that_is_newer_than_what_is_known_counts() -> None:
    assert [one.code for one in findings("generates_in_train_mode", Settings(target_transformers=">=7.1"))] == ["GCK203"]
    assert findings("generates_in_train_mode", Settings(target_transformers="==4.20.1")) == findings(
        "generates_in_train_mode", Settings(target_transformers="==4.25.1")
    )


@pytest.mark.parametrize("wanted", ["==0.15.2", ">=0.15.2", "==0.18.1"])
def test_a_release_that_cannot_be_imported_beside_an_older_one_bounds_what_is_found(wanted: str) -> None:
    """PEFT 0.15.2 imports what transformers has since 4.43, and what harms only those before 4.37 harms nobody then."""
    assert findings("generates_config_off", Settings(target_transformers=">=4.25", target_peft=wanted)) == []


def test_a_release_that_cannot_be_imported_beside_a_newer_one_bounds_what_is_found() -> None:
    """PEFT 0.17.1 imports what 5.0 has no more: ImportError (run with 5.23.0)."""
    settings = Settings(target_transformers=">=4.57", target_peft="==0.17.1")
    assert [one.code for one in findings("arguments_use_cache_true", settings)] == []
    assert findings("arguments_use_cache_true", Settings(target_transformers=">=4.57", target_peft="==0.18.1")) != []
    broken = Settings(target_transformers=">=5", target_peft="==0.17.1")  # what cannot be is judged as it is written
    assert findings("arguments_use_cache_true", broken) != []


def test_versions_that_cannot_be_installed_together_are_no_target() -> None:
    assert findings("sft_default_generates", Settings(target_transformers="==4.46.3")) == []
    found = findings("sft_default_generates", Settings(target_trl="==0.22.0"))
    assert [(one.code, one.versions) for one in found] == [("GCK203", "")]


def test_the_restore_reaches_generation_config_where_it_counts() -> None:
    (found,) = findings("saved_off_since_built", Settings(target_transformers=">=4.37"))
    assert found.fix is not None
    assert found.fix.safety is Safety.SAFE
    assert "generation_config.use_cache = True" in found.fix.title
