"""The bar of a long run, where somebody looks on."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gcheck_lint.cli import progress
from tests.support.samples import DEFECT


class _Terminal:
    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    made = _Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=made))
    monkeypatch.setattr(progress, "_AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    return made


def test_bar(terminal: _Terminal) -> None:
    with progress.Progress(4, hidden=False) as bar:
        bar.tell(1)
        bar.tell(3)
    assert "Checking" in terminal.text
    assert "3/4" in terminal.text
    assert terminal.text.endswith("\r\x1b[K\x1b[?25h"), "nothing of it is left"


def test_no_bar_for_a_short_run(terminal: _Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_AFTER", 1.0)
    with progress.Progress(4, hidden=False) as bar:
        bar.tell(3)
    assert terminal.text == ""


@pytest.mark.parametrize("why", ["quiet", "CI", "TERM", "pipe"])
def test_no_bar(why: str, terminal: _Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "CI":
        monkeypatch.setenv("CI", "true")
    if why == "TERM":
        monkeypatch.setenv("TERM", "dumb")
    if why == "pipe":
        monkeypatch.setattr(_Terminal, "isatty", lambda self: False)
    with progress.Progress(4, hidden=why == "quiet") as bar:
        bar.tell(3)
    assert terminal.text == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_bar_on_a_real_terminal(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(DEFECT, encoding="utf-8")
    code = "from gcheck_lint.cli import progress, main; progress._AFTER = 0.0; main()"
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm"}
    command = [sys.executable, "-c", code, "--no-cache", "--statistics", "."]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, env=environment, check=False, timeout=120)
    os.close(theirs)
    shown = os.read(ours, 65_536)
    os.close(ours)
    assert done.returncode == 1
    assert b"Checking" in shown
    assert b"Checking" not in done.stdout
    assert shown.endswith(b"\r\x1b[K\x1b[?25h")
