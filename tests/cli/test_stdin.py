"""`gclint -`: a script from standard input, whatever name it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import fakes
from tests.support.invocation import Invoke, gclint


def test_stdin(invoke: Invoke) -> None:
    result = invoke("-", "--stdin-filename", "src/train.py", "--output-format", "concise", "-q", stdin=fakes.SCRIPT)
    assert (result.exit_code, result.stdout) == (1, "src/train.py:2:1: warning[GCK101] [*]: `model` trains with the cache on\n")


def test_stdin_fix_writes_the_text_to_stdout(invoke: Invoke) -> None:
    crlf = fakes.SCRIPT.replace("\n", "\r\n").encode()
    result = invoke("-", "--fix", stdin=crlf)
    assert result.stdout_bytes == fakes.FIXED.replace("\n", "\r\n").encode()
    assert "1 fixed, 0 remaining" in result.stderr


def test_stdin_that_cannot_be_read_comes_back_unchanged(invoke: Invoke) -> None:
    data = b"use_cache = '\xff'\n"
    result = invoke("-", "--fix", stdin=data)
    assert result.stdout_bytes == data
    assert "GCK001" in result.stderr
    assert result.exit_code == 1


def test_stdin_left_out_by_force_exclude(invoke: Invoke) -> None:
    args = ("-", "--stdin-filename", "venv/train.py", "--force-exclude", "--fix")
    result = invoke(*args, stdin=fakes.SCRIPT)
    assert (result.exit_code, result.stdout) == (0, fakes.SCRIPT)


def test_show_files_and_settings_of_stdin(invoke: Invoke) -> None:
    assert invoke("-", "--show-files", "--stdin-filename", "a/b.py").stdout == "a/b.py\n"
    assert invoke("-", "--show-settings").stdout.startswith("# no settings file\nselect = ")


@pytest.mark.parametrize("option", ["--watch", "--diff-base=HEAD", "--add-noqa", "--write-baseline=b.json"])
def test_stdin_is_no_file(repo: Path, option: str) -> None:
    assert gclint(repo, option, "-", stdin="").returncode == 2
