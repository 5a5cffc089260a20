"""The command as a process: what it imports, and how it ends where its streams do."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import forks, invocation
from tests.support.samples import DEFECT


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["rules"], ["rule", "GCK101"], ["config"], ["clean"], ["."]])
def test_libcst_is_not_imported_without_need(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print('no word of ours')\n")
    result = run("-X", "importtime", "-m", "gcheck_lint", *args, cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "libcst" not in result.stderr


def test_a_clean_file_brings_next_to_no_imports(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("import torch\n\nmodel.train()\n")
    result = run("-X", "importtime", "-m", "gcheck_lint", "--isolated", "plain.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}
    needless = {"difflib", "json", "libcst", "multiprocessing", "packaging", "subprocess", "tempfile", "tomli", "traceback"}
    names = {"checks", "config.dependencies", "findings.diagnostics", "findings.suppressions", "fixing.apply", "knowledge"}
    ours = {f"gcheck_lint.{name}" for name in names | {"report.text", "rulebook.cards", "text.notebook"}}
    assert [name for name in sorted(ours) if importlib.util.find_spec(name) is None] == [], "these have other names now"
    assert sorted(imported & (needless | ours)) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("args", ["rules", "bad.py", "-o /dev/full bad.py", "story bad.py", "log bad.py"])
def test_output_that_cannot_be_written(args: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import transformers\nmodel.gradient_checkpointing_enable()\nmodel.use_cache = 1\n")
    command = f"{sys.executable} -m gcheck_lint {args} > /dev/full"
    result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("error: cannot write ")
    assert result.stderr.count("\n") == 1


def test_closed_streams(tmp_path: Path) -> None:
    for command in ("rules >&-", "rules 2>&-", "- <&-", ". >&- 2>&-"):
        result = subprocess.run(
            f"{sys.executable} -m gcheck_lint {command}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (result.returncode, "Traceback" in result.stderr) == (0, False), command


def test_a_reader_that_leaves_is_no_finding(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with os.fdopen(write, "wb") as stdout:
        result = subprocess.run(
            [sys.executable, "-m", "gcheck_lint", "rule", "--all"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
    assert (result.returncode, result.stderr) == (141, b"")


def test_broken_pipe_ends_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m gcheck_lint rule --all | head -n 1"
    result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.stderr == ""


@pytest.mark.parametrize(
    "words", [("bad.py",), ("nowhere.py",), ("--no-cache", "-j2", "."), ("--help",), ("--diff", "-"), ("story", "bad.py")]
)
def test_a_fork_says_what_a_python_of_its_own_says(words: tuple[str, ...], tmp_path: Path) -> None:
    """So that other tests may fork."""
    for name in ("bad.py", "worse.py"):
        (tmp_path / name).write_text(DEFECT)
    alone, forked = (one.gclint(tmp_path, *words, stdin=DEFECT, NO_COLOR="1") for one in (invocation, forks))
    assert (forked.returncode, forked.stdout, forked.stderr) == (alone.returncode, alone.stdout, alone.stderr)
