"""The VS Code extension: its settings are those of the server and of the documentation, and it compiles and packs.

What it does is tried by `npm test` in VS Code's own extension host (editors/vscode/test); with GCLINT_CODE_SERVER also from here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gcheck_lint import __version__
from gcheck_lint.config.settings import Settings
from gcheck_lint.lsp import messages, options
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import known_rules
from gcheck_lint.text import source
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


def test_settings_say_what_the_schema_says() -> None:
    schema = json.loads((resources.files("gcheck_lint.config") / "schema.json").read_text(encoding="utf-8"))
    ours = settings()
    for name, key in options.KEYS.items():
        assert ours[name]["markdownDescription"] == f"{schema['properties'][key]['description']} In `gclint.toml`: `{key}`."
    assert set(ours["configuration"]["properties"]) == set(schema["properties"])
    assert ours["configurationPreference"]["enum"] == list(options.PREFERENCES)
    assert ours["lint.run"]["enum"] == list(options.RUNS)


@pytest.mark.parametrize("setting", ["lint.select", "lint.extendSelect", "lint.ignore"])
def test_settings_take_the_selectors_that_gclint_takes(setting: str) -> None:
    """The editor underlines the others, as gclint reports them."""
    pattern = re.compile(settings()[setting]["items"]["pattern"])
    for selector in (
        "ALL",
        "GCK",
        "gck2",
        "GCK20",
        "GCK203",
        "cache-off-saved",
        "GCK9",
        "GCK2034",
        "cache-off",
        "all the rules",
    ):
        assert (pattern.search(selector) is not None) is (options.read({setting: [selector]}).problems == ()), selector


def test_the_object_of_settings_is_checked_as_the_file_is() -> None:
    validator = jsonschema.Draft7Validator(settings()["configuration"])
    jsonschema.Draft7Validator.check_schema(settings()["configuration"])
    for good in (
        None,
        "gclint.toml",
        {"select": ["GCK2"], "per-file-ignores": {"a*": ["GCK201"]}, "possible": True, "timeout": 3},
    ):
        assert validator.is_valid(good), good
    for wrong in ({"selekt": []}, {"select": "GCK2"}, {"select": ["GCK9"]}, {"possible": "yes"}, 3):
        assert not validator.is_valid(wrong), wrong


def test_the_page_names_what_is_faded() -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith("| lines without effect |"))
    assert set(re.findall(r"GCK\d{3}", row)) == messages.NO_OPS
    assert set(known_rules()) >= messages.NO_OPS
    assert {code for code, name in known_rules().items() if name.endswith("-without-effect")} < messages.NO_OPS


def test_version_is_that_of_the_package() -> None:
    assert manifest()["version"] == __version__
    changes = (EXTENSION / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", changes, re.M)[0] == __version__


def files(media: str | dict[str, str]) -> list[str]:
    """The files of a picture: one, or one for each kind of theme."""
    return [media] if isinstance(media, str) else list(media.values())


def test_every_command_is_registered() -> None:
    """What the manifest names is in the source, and the other way round; the walkthrough leads to nothing else."""
    contributes = manifest()["contributes"]
    named = {one["command"] for one in contributes["commands"]}
    text = (EXTENSION / "src" / "extension.ts").read_text(encoding="utf-8")
    assert set(re.findall(r'registerCommand\("([\w.]+)"', text)) == named
    places = [place["command"] for menu in contributes["menus"].values() for place in menu]
    assert set(places) <= named
    (walkthrough,) = contributes["walkthroughs"]
    for step in walkthrough["steps"]:
        commands = re.findall(r"\(command:([\w.]+)\)", step["description"])
        assert [one for one in commands if one.startswith("gclint.") and one not in named] == []
        done = [event.removeprefix("onCommand:") for event in step["completionEvents"] if event.startswith("onCommand:")]
        assert set(done) <= set(commands)
        media = [one for key, name in step["media"].items() if key != "altText" for one in files(name)]
        assert media
        assert all((EXTENSION / name).is_file() for name in media)


def test_pictures_are_of_today() -> None:
    """The icon has the size that the Marketplace asks for, and the README's picture shows what gclint finds."""
    png = (EXTENSION / manifest()["icon"]).read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (128, 128)
    shown = json.loads((EXTENSION / "media" / "screenshot.json").read_text(encoding="utf-8"))
    settings = Settings(target_transformers=">=4.53,<5")
    report = pipeline.check(source.read(str(EXTENSION / "media" / "example.py")), settings)
    found = [{"code": one.code, "line": one.span.start.row} for one in report.diagnostics]
    assert found == shown, "npm run pictures takes the picture anew"


def test_names_no_registry() -> None:
    tracked = subprocess.run(["git", "ls-files", "editors"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in tracked:
        assert not name.endswith("package-lock.json")
        assert b"registry" not in (ROOT / name).read_bytes()


def copied(place: Path) -> str:
    """Copies the extension's source, gets what it is built with, and gives npm."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm", "apt-get install npm; without it the VS Code extension is not built")
    shutil.copytree(EXTENSION, place, ignore=shutil.ignore_patterns("node_modules", "dist", "*.vsix"))
    subprocess.run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=place, check=True, timeout=300)
    return npm


def packed(npm: str, place: Path) -> zipfile.ZipFile:
    subprocess.run([npm, "run", "package"], cwd=place, check=True, timeout=300)
    return zipfile.ZipFile(place / "gclint.vsix")


def test_compiles_and_packs(tmp_path: Path) -> None:
    place = tmp_path / "vscode"
    npm = copied(place)
    package = packed(npm, place)
    assert not (place / "package-lock.json").exists()
    assert {name.removeprefix("extension/") for name in package.namelist() if name.startswith("extension/")} == {
        "LICENSE.txt",
        "changelog.md",
        "dist/extension.js",
        "dist/panel.js",
        "media/example.py",
        "media/finding.svg",
        "media/fix.md",
        "media/icon.png",
        "media/install.md",
        "media/panel.css",
        "media/screenshot.png",
        "media/story-dark.svg",
        "media/story-light.svg",
        "package.json",
        "readme.md",
        "start.py",
    }
    assert "](media/screenshot.png)" in package.read("extension/readme.md").decode()
    said = json.loads((place / "package.json").read_text(encoding="utf-8"))
    said["repository"] = {"type": "git", "url": "https://github.com/someone/gclint.git", "directory": "editors/vscode"}
    del said["scripts"]["vscode:prepublish"]  # it is built already
    (place / "package.json").write_text(json.dumps(said), encoding="utf-8")
    shown = packed(npm, place).read("extension/readme.md").decode()
    assert f"](https://github.com/someone/gclint/raw/v{__version__}/editors/vscode/media/screenshot.png)" in shown


@pytest.mark.skipif(
    "GCLINT_CODE_SERVER" not in os.environ, reason="`npm test` in editors/vscode runs these; GCLINT_CODE_SERVER has them run here"
)
def test_works_in_the_extension_host(tmp_path: Path) -> None:
    npm = copied(tmp_path / "vscode")
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    done = subprocess.run(
        [npm, "test"],
        cwd=tmp_path / "vscode",
        env={**os.environ, "PATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    suite = (EXTENSION / "test" / "suite.js").read_text(encoding="utf-8")
    within = len(re.findall(r'^test\("', suite, re.M))
    assert len(re.findall(r"^ok  ", done.stdout, re.M)) == within + 1, "and one from without, in the next window"
