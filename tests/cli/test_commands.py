"""The sub-commands beside the check, and which one is meant."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from gcheck_lint import __version__
from gcheck_lint.cli.check import check
from gcheck_lint.cli.sections import Option, Section
from gcheck_lint.config.keys import FORMATS
from gcheck_lint.rulebook import cards
from tests.support import fakes
from tests.support.invocation import Invoke, gclint


def test_explicit_check_and_folder_named_like_a_command(invoke: Invoke) -> None:
    fakes.script("rules/train.py")
    assert "rules/train.py:2:1" in invoke("check", "--output-format", "concise", "rules").stdout
    assert "rules/train.py:2:1" in invoke("./rules", "--output-format=concise").stdout
    assert "checkpointing-with-cache" in invoke("rules").stdout


def test_sub_command_behind_an_option(invoke: Invoke) -> None:
    result = invoke("-q", "rules")
    assert result.exit_code == 2
    assert "a sub-command comes first: `gclint rules`" in result.stderr


def test_rule(invoke: Invoke) -> None:
    assert invoke("rule", "GCK101").stdout == invoke("rule", "checkpointing-with-cache").stdout
    assert invoke("rule", "GCK101").stdout.startswith("GCK101 checkpointing-with-cache\n")
    assert json.loads(invoke("rule", "gck101", "--output-format", "json").stdout)["name"] == "checkpointing-with-cache"
    codes = [item["code"] for item in json.loads(invoke("rule", "--all", "--output-format", "json").stdout)]
    assert codes == sorted(codes)
    assert "GCK201" in codes
    wrong = invoke("rule", "cache-of-saved")
    assert wrong.exit_code == 2
    assert "did you mean `cache-off-saved`?" in wrong.stderr
    assert invoke("rule").exit_code == 2


def test_a_rule_says_its_law_its_versions_and_what_was_seen(invoke: Invoke) -> None:
    text = invoke("rule", "GCK203").stdout
    assert "\n\nWhat it detects\n\nA model generates in train mode" in text
    assert "Observed with the examples of the rule on transformers" in text
    (one,) = [item for item in json.loads(invoke("rule", "--all", "--output-format", "json").stdout) if item["code"] == "GCK203"]
    assert one["rule"]
    assert one["versions"].startswith("|")
    assert "5.23.0" in one["observed"]["seen"]
    assert any("wrong text" in effect for effect in one["observed"]["effects"])
    about_files = json.loads(invoke("rule", "GCK002", "--output-format", "json").stdout)
    assert (about_files["rule"], about_files["observed"]) == (None, None)


def test_a_rule_opens_with_what_happens_and_how_to_fix_it(invoke: Invoke) -> None:
    for form, sign in (("text", ""), ("markdown", "## ")):
        text = invoke("rule", "GCK203", "--output-format", form).stdout
        order = [
            "The generated text is wrong",
            "Call `eval()` on the model",
            "+model.eval()",
            "`generate()` passes one token per step",
        ]
        assert sorted(order, key=text.index) == order
        headings = ["How to fix it", "Why", "What it detects", *cards.SECTIONS[1:]]
        assert [line for line in text.splitlines() if line in {f"{sign}{name}" for name in headings}] == [
            f"{sign}{name}" for name in headings
        ]
    assert "```python\n" in text
    assert "| transformers | effect |" in text


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_no_mark_of_the_tests_is_shown(invoke: Invoke, form: str) -> None:
    text = invoke("rule", "--all", "--output-format", form).stdout
    assert not re.findall(r"# expect|target=\"|```python \w|\bfixed unsafe\b", text)
    assert "Wrong, with transformers >=5.0:" in text
    if form == "text":
        assert not re.findall(r"^(#+ |```|\|)", text, re.MULTILINE)
        assert "\n    for step, batch in enumerate(" in text  # code stands in, and is as it was
        assert "\n        loss = model(**batch" in text


def test_the_beginning_of_a_code_lists_its_rules(invoke: Invoke) -> None:
    twos = [code for code in cards.load() if code.startswith("GCK2")]
    assert re.findall(r"^GCK\d{3}", invoke("rule", "gck2").stdout, re.MULTILINE) == twos
    assert [one["code"] for one in json.loads(invoke("rule", "GCK2", "--output-format", "json").stdout)] == twos
    assert re.findall(r"^\| (GCK\d{3}) ", invoke("rule", "GCK2", "--output-format", "markdown").stdout, re.MULTILINE) == twos
    assert invoke("rule", "GCK9").exit_code == 2
    both = invoke("rule", "GCK1", "GCK203").stdout
    assert "GCK104  cache-switch-without-effect" in both
    assert "\n\nGCK203 generate-while-checkpointing\n\n" in both


def test_a_run_that_a_card_names_is_told(invoke: Invoke) -> None:
    text = invoke("rule", "S19").stdout
    assert text.startswith("S19 what ends the state of S6")
    assert "4.57.1, 5.0.0, 5.23.0" in text
    assert "Cited by GCK203" in text
    assert json.loads(invoke("rule", "s19", "--output-format", "json").stdout)["id"] == "S19"
    for card in cards.load().values():
        for name in set(re.findall(r"\bS\d+\b", card.text)):
            assert invoke("rule", name).exit_code == 0, (card.code, name)


def test_config_command(invoke: Invoke) -> None:
    Path("pyproject.toml").write_text("[tool.gclint]\ntarget-transformers = '>=4.53'\n")
    shown = invoke("config").stdout
    assert 'target-transformers = ">=4.53"  # pyproject.toml [tool.gclint] target-transformers\n' in shown
    explained = invoke("config", "target-transformers").stdout
    assert 'Now: ">=4.53" (pyproject.toml [tool.gclint] target-transformers)' in explained
    assert invoke("config", "target-transformer").exit_code == 2


def test_version_and_help(invoke: Invoke) -> None:
    assert invoke("--version").stdout == f"gclint {__version__}\n"
    shown = invoke("--help")
    assert shown.exit_code == 0
    assert "--unsafe-fixes" in shown.stdout
    assert "story" in shown.stdout
    assert invoke("--no-such-option").exit_code == 2


def test_help_has_sections_and_names_the_formats(invoke: Invoke) -> None:
    shown = invoke("--help").stdout
    headings = re.findall(r"^(\S.*):$", shown, re.MULTILINE)
    assert headings == [*(section.value for section in Section), "Commands"]
    fixes = shown.split("\nFixes:\n")[1].split("\n\n")[0]
    assert re.findall(r"^  (--[\w-]+)", fixes, re.MULTILINE)[:2] == ["--fix", "--fix-only"]
    assert "--unsafe-fixes" in fixes
    assert "-V, --version" in shown
    words = " ".join(shown.split())
    assert ", ".join(FORMATS) in words
    assert "..." not in shown.split("\nCommands:\n")[1], "no sentence is cut"


def test_every_option_of_the_check_has_a_section(invoke: Invoke) -> None:
    options = [param for param in check.params if isinstance(param, click.Option)]
    assert [param.name for param in options if not isinstance(param, Option)] == []


def test_a_sub_command_has_only_options_that_do_something_there(invoke: Invoke, tmp_path: Path) -> None:
    fakes.script()
    shown = invoke("story", "--help").stdout
    found = set(re.findall(r"--[\w-]+", shown))
    assert found == {f"--target-{name}" for name in ("transformers", "trl", "peft", "torch", "lightning", "diffusers")} | {
        "--config",
        "--isolated",
        "--output-format",
        "--help",
    }
    assert invoke("story", "train.py", "--select", "GCK1").exit_code == 2
    assert gclint(tmp_path, "story", "train.py", "--target-transformers", ">=5", "--isolated").returncode == 0


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("chekc", "check"),
        ("storry", "story"),
        ("explian", "explain"),
        ("help", "--help"),
        ("fix", "--fix"),
        ("GCK203", "rule GCK203"),
        ("cache-off-saved", "rule cache-off-saved"),
    ],
)
def test_a_word_that_is_no_path_gets_a_hint(invoke: Invoke, word: str, meant: str) -> None:
    result = invoke(word, "train.py")
    assert result.exit_code == 2
    assert result.stderr == f"error: no such file or directory: {word}; did you mean `gclint {meant}`?\n"
    fakes.script(f"{word}/train.py")
    fakes.script()
    assert invoke(word, "train.py").exit_code == 1  # what is there is meant


@pytest.mark.parametrize("words", [("models",), ("chekc.py",), ("./chekc",), ("train.py", "chekc")])
def test_no_hint_for_what_looks_like_a_path(invoke: Invoke, words: tuple[str, ...]) -> None:
    fakes.script()
    result = invoke(*words)
    assert (result.exit_code, "did you mean" in result.stderr) == (2, False)
    assert f"no such file or directory: {words[-1]}" in result.stderr


def test_explain_is_rule(invoke: Invoke) -> None:
    assert invoke("explain", "GCK203").stdout == invoke("rule", "GCK203").stdout
    assert invoke("explain").exit_code == 2
    fakes.script("explain/train.py")
    assert "explain/train.py:2:1" in invoke("./explain", "--output-format=concise").stdout
