"""The real Neovim, Emacs and Helix, set up with the very blocks of docs/editors.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.editor import SCRIPT
from tests.support.clients import missing
from tests.support.paths import ROOT
from tests.support.screens import DOWN, ENTER, ESCAPE, Screen

HERE = Path(__file__).resolve().parent
FIXED = SCRIPT.replace('trainer.save_model("out")', 'trainer.model.config.use_cache = True\ntrainer.save_model("out")')


def block(heading: str, language: str, number: int = 0) -> str:
    """A block of docs/editors.md, as a reader would copy it."""
    text = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    section = text[text.index(f"## {heading}\n") :].split("\n## ", 1)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[number]


def neovims() -> list[str]:
    """The Neovim on the PATH, and those that the environment variable GCLINT_NVIM names besides."""
    named = os.environ.get("GCLINT_NVIM", "").split(os.pathsep)
    found = [path for one in ("nvim", *named) if one and (path := shutil.which(one))]
    return list(dict.fromkeys(found)) or ["nvim"]


def environment(folder: Path) -> dict[str, str]:
    """`gclint` on the PATH is the one under test."""
    tools = folder / "bin"
    tools.mkdir()
    command = tools / "gclint"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gcheck_lint "$@"\n')
    command.chmod(0o755)
    home = folder / "home"
    home.mkdir()
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_STATE_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "GCLINT_SEEN": str(folder / "seen.json"),
    }


def project(folder: Path) -> Path:
    script = folder / "work" / "train.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    (script.parent / "pyproject.toml").write_text("[project]\nname = 'work'\n")
    return script


@pytest.mark.parametrize("nvim", neovims(), ids=lambda path: path.replace("/", "_"))
def test_neovim(nvim: str, tmp_path: Path) -> None:
    if shutil.which(nvim) is None:
        missing("Neovim", "apt-get install neovim, or name it in GCLINT_NVIM")
    told = subprocess.run([nvim, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.findall(r"v(\d+)\.(\d+)", told)[0])
    script = project(tmp_path)
    start = tmp_path / "init.lua"
    start.write_text(block("Neovim", "lua", 0 if (major, minor) >= (0, 11) else 1))
    variables = environment(tmp_path)
    command = [nvim, "--headless", "-n", "-u", str(start), "-c", f"luafile {HERE / 'drive.lua'}", str(script)]
    subprocess.run(command, env=variables, timeout=120, check=False, stdin=subprocess.DEVNULL, cwd=script.parent)
    seen: dict[str, Any] = json.loads(Path(variables["GCLINT_SEEN"]).read_text())
    assert seen.get("problem") is None, seen
    codes = sorted((one["row"] + 1, one["code"]) for one in seen["diagnostics"])
    assert codes == [(4, "GCK101"), (8, "GCK203"), (9, "GCK003"), (9, "GCK104"), (10, "GCK201")]
    assert "\n".join(seen["after_fix"]) + "\n" == FIXED
    everything = "\n".join(seen["after_all"]) + "\n"
    assert "model.eval()\nmodel.generate" in everything
    assert "# noqa" not in everything
    assert script.read_text() == everything
    assert "checkpointing on" in seen["hover"]


def test_emacs(tmp_path: Path) -> None:
    emacs = shutil.which("emacs")
    if emacs is None:
        missing("Emacs", "apt-get install emacs-nox elpa-eglot")
    if subprocess.run([emacs, "--batch", "-l", "eglot"], capture_output=True, check=False).returncode:
        asked = subprocess.run([emacs, "--batch", "-f", "package-initialize", "-l", "eglot"], capture_output=True, check=False)
        if asked.returncode:
            missing("eglot", "apt-get install elpa-eglot")
    script = project(tmp_path)
    start = tmp_path / "init.el"
    start.write_text(block("Emacs", "elisp"))
    variables = {**environment(tmp_path), "GCLINT_SCRIPT": str(script)}
    command = [emacs, "--batch", "-f", "package-initialize", "-l", str(start), "-l", str(HERE / "drive.el")]
    done = subprocess.run(command, env=variables, timeout=120, check=False, capture_output=True, text=True, cwd=script.parent)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(Path(variables["GCLINT_SEEN"]).read_text())
    assert len(seen["diagnostics"]) == 5
    assert any("Disable for this line" in one for one in seen["actions"])
    assert seen["after"] == FIXED
    assert script.read_text() == FIXED


def helix(folder: Path, ignored: str = "") -> tuple[Path, Screen]:
    """A script of a project, and Helix with it open; the server is told to ignore a rule, if one is named."""
    program = shutil.which("hx") or shutil.which("helix")
    if program is None:
        missing("Helix", "apt-get install hx (Debian 13), or .ci/helix FOLDER, and FOLDER on the PATH")
    script = project(folder)
    variables = environment(folder)
    languages = folder / "home" / "helix" / "languages.toml"
    languages.parent.mkdir()
    written = block("Helix", "toml")
    languages.write_text(written.replace('run = "onType"', f'run = "onType", ignore = ["{ignored}"]') if ignored else written)
    return script, Screen([program, str(script)], script.parent, variables)


def choose(screen: Screen, title: str) -> None:
    """Takes a code action from Helix' menu at the cursor."""
    screen.press(" ", "a")
    shown = screen.until(lambda text: title in text)
    titles = [line for line in shown.splitlines() if " gclint" in line and ": " in line and not re.match(r"\W*\d+ ", line)]
    screen.press(*[DOWN] * next(number for number, line in enumerate(titles) if title in line), ENTER)


def test_helix(tmp_path: Path) -> None:
    script, screen = helix(tmp_path)
    with screen:
        screen.until(lambda text: text.count("●") > 4)
        screen.press(" ", "d")
        listed = re.findall(r"(ERROR|WARN|INFO) +(GCK\d+) ", screen.until(lambda text: "5/5" in text))
        assert sorted(code for _, code in listed) == ["GCK003", "GCK101", "GCK104", "GCK201", "GCK203"]
        screen.press(ESCAPE, ":4", ENTER, "9l", " ", "k")
        screen.until(lambda text: "AutoModelForCausalLM #1: checkpointing on" in text)
        screen.press(ESCAPE, ":10", ENTER)
        choose(screen, "gclint (GCK201): Add")
        screen.press(":w", ENTER)
        screen.until(lambda _: script.read_text() == FIXED)
        screen.until(lambda text: not re.search(r"●  11", text))
        choose(screen, "Fix all")
        screen.press(":wq", ENTER)
        assert screen.ended() == 0
    after = script.read_text()
    assert "model.eval()\nmodel.generate" in after
    assert "# noqa" not in after


def test_what_helix_is_told_in_its_file_reaches_the_server(tmp_path: Path) -> None:
    _, screen = helix(tmp_path, ignored="GCK203")
    with screen:
        screen.until(lambda text: "●" in text)
        screen.press(" ", "d")
        assert "GCK203" not in screen.until(lambda text: "GCK201" in text)
