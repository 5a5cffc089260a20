"""Pipes, devices and files without an end: whatever leads to them, nothing hangs, and one line says why they are not read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gcheck_lint.config.dependencies import read_folder
from gcheck_lint.text import reading
from tests.robustness.scripts import SCRIPT
from tests.support.forks import gclint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names of pipes and devices are POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def place(folder: Path, name: str, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(folder / name)
    elif kind == "device":
        (folder / name).symlink_to("/dev/zero")
    else:
        with (folder / name).open("wb") as file:
            file.truncate(200 * reading.MEGABYTE)


KINDS = ("pipe", "device", "large")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.py", "a.ipynb"])
def test_a_named_file(folder: Path, name: str, kind: str) -> None:
    place(folder, name, kind)
    told = gclint(folder, name, "--output-format", "concise")
    if kind == "large":
        most = "100 MB" if name.endswith(".ipynb") else "16 MB"
        assert told.stderr == f"warning: {name} is not checked: too large: 200 MB, and the limit is {most}\n"
        assert (told.returncode, told.stdout) == (0, "1 file could not be fully checked.\n")
    else:
        assert told.stdout.startswith(f"{name}:1:1: error[GCK001]: the file cannot be read: not a regular file\n")
        assert told.returncode == 1


@pytest.mark.parametrize("kind", KINDS)
def test_beside_others_in_a_folder(folder: Path, kind: str) -> None:
    """The others are checked, by however many processes."""
    place(folder, "a.py", kind)
    for jobs in ("1", "2"):
        told = gclint(folder, ".", "--output-format", "concise", "--no-cache", "-j", jobs)
        assert (told.returncode, told.stdout.count("GCK201")) == (1, 1), told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["pyproject.toml", "gclint.toml"])
def test_settings(folder: Path, name: str, kind: str) -> None:
    place(folder, name, kind)
    told = gclint(folder, "train.py")
    assert "Traceback" not in told.stderr
    if kind == "large":
        assert told.stderr == f"error: cannot read {name}: too large: 200 MB, and the limit is 2 MB\n"
        assert told.returncode == 2
    else:  # it is no file, so there are no settings
        assert told.returncode == 1


@pytest.mark.parametrize("kind", KINDS)
def test_extended_settings(folder: Path, kind: str) -> None:
    place(folder, "other.toml", kind)
    (folder / "gclint.toml").write_text('extend = "other.toml"\n', encoding="utf-8")
    told = gclint(folder, "train.py")
    reason = "too large: 200 MB, and the limit is 2 MB" if kind == "large" else "not a regular file"
    assert (told.returncode, told.stderr) == (2, f"error: cannot read other.toml: {reason}\n")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["requirements.txt", "setup.py", "setup.cfg", "uv.lock", "environment.yml"])
def test_dependency_files(folder: Path, name: str, kind: str) -> None:
    place(folder, name, kind)
    assert len(read_folder(folder).warnings) == (kind == "large")
    assert gclint(folder, "train.py").returncode == 1


@pytest.mark.parametrize("kind", KINDS)
def test_included_requirements(folder: Path, kind: str) -> None:
    place(folder, "more.txt", kind)
    (folder / "requirements.txt").write_text("-r more.txt\ntransformers>=4.50\n", encoding="utf-8")
    assert len(read_folder(folder).warnings) == (kind == "large")


@pytest.mark.parametrize("kind", KINDS)
def test_baseline(folder: Path, kind: str) -> None:
    place(folder, "known.json", kind)
    told = gclint(folder, "train.py", "--baseline", "known.json")
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "known.json" in told.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_imported_modules(folder: Path, kind: str) -> None:
    place(folder, "helper.py", kind)
    (folder / "train.py").write_text(f"import helper\n{SCRIPT}helper.save(model)\n", encoding="utf-8")
    assert gclint(folder, "train.py").returncode == 1


def test_stdin_without_an_end() -> None:
    with Path("/dev/zero").open("rb") as endless:
        words = [sys.executable, "-m", "gcheck_lint", "-"]
        told = subprocess.run(words, stdin=endless, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stderr) == (2, "error: stdin: more than the limit of 16 MB\n")


def test_one_that_grows_while_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "grows.py"
    file.write_bytes(b"x = 1\n")
    monkeypatch.setattr(os, "read", lambda descriptor, size: b"#" * 100)
    with pytest.raises(reading.TooLargeError, match="too large"):
        reading.read_bytes(file, 1000)


@pytest.mark.parametrize("name", ["a\0b", "\udcff", "x" * 5000])
def test_names_that_no_file_has(name: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - which one is the system's
        reading.read_bytes(name)
