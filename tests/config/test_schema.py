"""The JSON schema of the settings: what gclint takes it takes, and what is wrong in kind it refuses."""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from gcheck_lint.config.keys import KEYS, Key
from gcheck_lint.config.settings import read_layer
from gcheck_lint.errors import SettingsError
from gcheck_lint.prefilter.words import RULES
from tests.support.clients import needs
from tests.support.invocation import gclint, run
from tests.support.paths import ROOT

SCHEMA: dict[str, Any] = json.loads((resources.files("gcheck_lint.config") / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def is_valid(toml: str) -> bool:
    return bool(VALIDATOR.is_valid(tomli.loads(toml)))


def is_taken(toml: str) -> bool:
    try:
        read_layer(tomli.loads(toml), RULES, lambda key: key, Path("/x"))
    except SettingsError:
        return False
    return True


def test_it_is_a_schema_of_all_keys() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert list(SCHEMA["properties"]) == list(KEYS)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_defaults_and_examples_are_valid(key: Key) -> None:
    assert is_valid(f"{key.name} = {key.example}")
    assert is_taken(f"{key.name} = {key.example}")
    if key.default is not None:
        assert VALIDATOR.is_valid({key.name: key.default})


@pytest.mark.parametrize(
    ("toml", "right"),
    [
        ("select = ['GCK']", True),
        ("select = ['gck20', 'ALL', 'all', 'cache-off-saved', 'GCK101']", True),
        ("select = ['GCK2O1']", False),
        ("select = ['GCK9']", False),
        ("select = ['cache-off-safed']", False),
        ("select = 'GCK101'", False),
        ("per-file-ignores = { 'a' = ['GCK1'] }", True),
        ("per-file-ignores = { 'a' = ['ZZZ'] }", False),
        ("per-file-ignores = ['x']", False),
        ("fail-on = 'warn'", False),
        ("possible = 1", False),
        ("timeout = 0", True),
        ("timeout = 0.5", True),
        ("timeout = -1", False),
        ("timeout = 1000000", False),
        ("jobs = 1000", True),
        ("jobs = 1001", False),
        ("jobs = 0", False),
        ("exclude = [1]", False),
        ("extend = 1", False),
        ("target-trl = 1", False),
        ("selekt = []", False),
        ("lint = { select = [] }", False),
    ],
)
def test_it_agrees_with_gclint(toml: str, right: bool) -> None:
    assert (is_valid(toml), is_taken(toml)) == (right, right)


def test_it_is_printed(tmp_path: Path) -> None:
    done = gclint(tmp_path, "config", "--schema")
    assert (done.returncode, json.loads(done.stdout)) == (0, SCHEMA)


def test_the_tool_that_checks_files_by_schemas(tmp_path: Path) -> None:
    needs("check_jsonschema")
    file = ROOT / "src/gcheck_lint/config/schema.json"
    tool = [sys.executable, "-m", "check_jsonschema"]
    assert run([*tool, "--check-metaschema", str(file)], tmp_path).returncode == 0
    (tmp_path / "gclint.toml").write_text("select = ['GCK2']\nfail-on = 'error'\n", encoding="utf-8")
    done = run([*tool, "--schemafile", str(file), "gclint.toml"], tmp_path)
    assert done.returncode == 0, done.stdout
    (tmp_path / "gclint.toml").write_text("select = ['GCK2']\nfail_on = 'error'\n", encoding="utf-8")
    done = run([*tool, "--schemafile", str(file), "gclint.toml"], tmp_path)
    assert done.returncode == 1
    assert "fail_on" in done.stdout
