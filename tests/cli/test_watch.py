"""`--watch`: files are checked again when they change, or what they rest on does."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint.cli import watch
from gcheck_lint.config import settings
from gcheck_lint.run import pipeline
from tests.support.clients import needs
from tests.support.invocation import gclint
from tests.support.samples import CLEAN, DEFECT


def test_watch_checks_again(repo: Path) -> None:
    needs("watchfiles")
    out = repo / ".git" / "out"  # where nothing is watched for
    with out.open("w", encoding="utf-8") as stream:
        words = [sys.executable, "-u", "-m", "gcheck_lint", "--watch", "--output-format", "concise", "train.py"]
        process = subprocess.Popen(words, cwd=repo, stdout=stream, stderr=subprocess.STDOUT, preexec_fn=_interruptible)
    try:
        _wait(out, "Found 2 findings")
        (repo / "pyproject.toml").write_text("[tool.gclint\n", encoding="utf-8")
        _wait(out, "changed: pyproject.toml", "is not valid TOML")
        (repo / "pyproject.toml").write_text('[tool.gclint]\nignore = ["GCK203"]\n', encoding="utf-8")
        _wait(out, "Found 1 finding ")
        (repo / "train.py").write_text(CLEAN, encoding="utf-8")
        _wait(out, "changed: train.py", "All checks passed!")
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in out.read_text(encoding="utf-8")


def _interruptible() -> None:
    """A shell starts what runs in its background with the interrupt ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait(out: Path, *words: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        text = out.read_text(encoding="utf-8")
        if all(word in text for word in words):
            return
        time.sleep(0.1)
    raise AssertionError(f"{words} not in {out.read_text(encoding='utf-8')!r}")


@pytest.mark.parametrize("other", ["--fix", "--diff", "--add-noqa", "--write-baseline=b.json"])
def test_watch_writes_nothing(repo: Path, other: str) -> None:
    done = gclint(repo, "--watch", other)
    assert done.returncode == 2
    assert "--watch only reports" in done.stderr


def test_watch_sees_modules_and_requirements_come_and_go(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("watchfiles")
    import watchfiles

    monkeypatch.chdir(repo)
    settled = settings.Resolver(pipeline.known_rules())
    told: list[list[str]] = []

    def check() -> int:
        told.append([one.code for one in pipeline.check_file("train.py", settled.at(repo)).diagnostics])
        return 0

    def changes(*places: Path, watch_filter: Any, **_: object) -> Any:
        assert set(places) == {repo, repo / "train.py"}
        assert not told, "what changes during the first round is missed"
        yield set()
        for name, text in (
            ("switches.py", "def off(model):\n    model.config.use_cache = False\n"),
            ("requirements.txt", "transformers==4.36\n"),
            ("switches.py", None),
        ):
            (repo / name).write_text(text) if text else (repo / name).unlink()
            assert watch_filter(None, str(repo / name))
            yield {(1, str(repo / name))}
        assert not watch_filter(None, str(repo / ".venv" / "lib" / "x.py"))
        assert not watch_filter(None, str(repo / "notes.txt"))
        assert watch_filter(None, str(repo / "conf" / "small.yaml"))

    monkeypatch.setattr(watchfiles, "watch", changes)
    text = DEFECT.replace("model.config.use_cache = False", "off(model)")
    (repo / "train.py").write_text(f"from switches import off\n{text}", encoding="utf-8")
    watch.watch(["train.py"], check)
    assert ["GCK201" in codes for codes in told] == [False, True, True, False]
