"""The sub-commands beside the check, and which one is meant."""

from __future__ import annotations

import json
from pathlib import Path

from gcheck_lint import __version__
from tests.support import fakes
from tests.support.invocation import Invoke


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
    assert invoke("rule", "GCK101").stdout.startswith("# GCK101 checkpointing-with-cache\n")
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
    assert "Rule: " in text
    assert "Observed with the examples of the card on transformers" in text
    (one,) = [item for item in json.loads(invoke("rule", "--all", "--output-format", "json").stdout) if item["code"] == "GCK203"]
    assert one["rule"]
    assert one["versions"].startswith("|")
    assert "5.23.0" in one["observed"]["seen"]
    assert any("wrong text" in effect for effect in one["observed"]["effects"])
    about_files = json.loads(invoke("rule", "GCK002", "--output-format", "json").stdout)
    assert (about_files["rule"], about_files["observed"]) == (None, None)


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
