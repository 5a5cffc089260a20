"""The VS Code extension: its settings are those of the server and of the documentation, and it compiles and packs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from gcheck_lint import __version__
from gcheck_lint.lsp import messages, options
from gcheck_lint.run.pipeline import known_rules
from tests.support.clients import missing
from tests.support.paths import ROOT

EXTENSION = ROOT / "editors" / "vscode"
# these choose and watch the server; it never hears of them
CLIENTS_OWN = {"path", "interpreter", "trace.server"}


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    return found


def settings() -> dict[str, Any]:
    return {name.removeprefix("gclint."): one for name, one in manifest()["contributes"]["configuration"]["properties"].items()}


def test_every_setting_is_documented_and_read() -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    table = page[page.index("## Settings") : page.index("## VS Code")]
    cells = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert {name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)} == set(settings()) - CLIENTS_OWN
    text = Path(options.__file__).read_text(encoding="utf-8")
    assert [name for name in set(settings()) - CLIENTS_OWN if f'"{name}"' not in text] == []


def test_defaults_are_those_of_the_server() -> None:
    nothing = options.read({})
    assert nothing.problems == ()
    assert options.read({name: one["default"] for name, one in settings().items()}) == nothing


def test_the_page_names_what_is_faded() -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith("| lines without effect |"))
    assert set(re.findall(r"GCK\d{3}", row)) == messages.NO_OPS
    assert set(known_rules()) >= messages.NO_OPS
    assert {code for code, name in known_rules().items() if name.endswith("-without-effect")} < messages.NO_OPS


def test_version_is_that_of_the_package() -> None:
    assert manifest()["version"] == __version__


def test_names_no_registry() -> None:
    tracked = subprocess.run(["git", "ls-files", "editors"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in tracked:
        assert not name.endswith("package-lock.json")
        assert "registry" not in (ROOT / name).read_text(encoding="utf-8")


def test_compiles_and_packs(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        missing("npm", "apt-get install npm; without it the VS Code extension is not built")
    place = tmp_path / "vscode"
    shutil.copytree(EXTENSION, place, ignore=shutil.ignore_patterns("node_modules", "dist", "*.vsix"))
    subprocess.run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=place, check=True, timeout=300)
    subprocess.run([npm, "run", "package"], cwd=place, check=True, timeout=300)
    assert not (place / "package-lock.json").exists()
    names = set(zipfile.ZipFile(place / "gclint.vsix").namelist())
    assert {name for name in names if name.startswith("extension/")} == {
        "extension/package.json",
        "extension/readme.md",
        "extension/dist/extension.js",
        "extension/start.py",
    }
