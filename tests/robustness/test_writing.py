"""Files are written as a whole or not at all, and what a killed run leaves behind the next one clears away."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gcheck_lint.text import locks, writing
from tests.support.forks import gclint
from tests.support.samples import DEFECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes are POSIX")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    writing.output(str(tmp_path / "deep" / "report.json"), b"1")
    assert (tmp_path / "deep" / "report.json").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert names(tmp_path / "deep") == ["report.json"]


def test_an_old_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    writing.output(str(tmp_path / "link"), b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o640


def test_pipes_and_devices_are_written_to(tmp_path: Path) -> None:
    writing.output(os.devnull, b"1")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    (tmp_path / "train.py").write_text(DEFECT)
    told = gclint(tmp_path, "train.py", "-o", "/dev/stdout")
    assert "GCK201" in told.stdout


def test_a_file_in_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report").write_text("old")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(writing, "replace", refuse)
    writing.output(str(tmp_path / "report"), b"new")
    assert (tmp_path / "report").read_text() == "new"
    with pytest.raises(PermissionError):
        writing.output(str(tmp_path / "another"), b"new")


def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        writing.replace(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_only_what_is_ours_and_left_behind_is_cleared(tmp_path: Path) -> None:
    ours = ".gclint-0123456789abcdef.tmp"
    busy = ".gclint-fedcba9876543210.tmp"
    others = [".gclint-0123.tmp", ".gclint.tmp", "x.gclint-0123456789abcdef.tmp"]
    for name in (ours, *others):
        (tmp_path / name).touch()
    (tmp_path / ".gclint-1111111111111111.tmp").mkdir()
    (tmp_path / ".gclint-2222222222222222.tmp").symlink_to(others[0])
    held = locks.hold(str(tmp_path / busy))
    writing.clear(tmp_path)
    assert ours not in names(tmp_path)
    assert len(names(tmp_path)) == 3 + len(others)
    locks.release(held)
    writing.clear(tmp_path)
    assert busy not in names(tmp_path)


def killed(folder: Path, seconds: float, *words: str) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "gcheck_lint", *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    run.send_signal(signal.SIGKILL)
    run.wait()


def test_killed_in_the_middle_of_fixing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slowed down where it hurts: a process that dies between the new file and its new name."""
    for number in range(4):
        (tmp_path / f"train{number}.py").write_text(DEFECT)
    code = (
        "import os, sys; from gcheck_lint.text import locks, writing; from pathlib import Path\n"
        "def die(*_): os.kill(os.getpid(), 9)\n"
        "writing.os.fsync = die\n"
        "sys.argv = ['gclint', '--fix', '.']\n"
        "from gcheck_lint.cli import main; main()\n"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL
        assert sum(name.endswith(".tmp") for name in names(tmp_path)) == 1, "the second one cleared what the first had left"
    assert {path.read_text() for path in tmp_path.glob("*.py")} == {DEFECT}
    gclint(tmp_path, "--fix", ".")
    assert names(tmp_path) == [f"train{number}.py" for number in range(4)]
    assert DEFECT not in {path.read_text() for path in tmp_path.glob("*.py")}


def test_killed_at_random(tmp_path: Path) -> None:
    chance = random.Random(14)
    for number in range(12):
        (tmp_path / f"train{number}.py").write_text(DEFECT)
    (tmp_path / "fixed").mkdir()
    (tmp_path / "fixed" / "train.py").write_text(DEFECT)
    gclint(tmp_path, "--fix", "fixed")
    fixed = (tmp_path / "fixed" / "train.py").read_text()
    for _ in range(5):
        killed(tmp_path, chance.uniform(0.2, 1.5), "--fix", "--no-cache", "-j1", ".")
        assert {path.read_text() for path in tmp_path.glob("*.py")} <= {DEFECT, fixed}
        killed(
            tmp_path, chance.uniform(0.2, 1.5), "--write-baseline", "known.json", "--output-format", "sarif=r.sarif", "-j1", "."
        )
        for name in ("known.json", "r.sarif"):
            if (tmp_path / name).exists():
                json.loads((tmp_path / name).read_text())
    gclint(tmp_path, "--fix", "--output-format", "sarif=r.sarif", ".")
    assert {path.read_text() for path in tmp_path.glob("*.py")} == {fixed}
    assert not [name for name in names(tmp_path) if name.startswith(".gclint")]


KILLED_AT_A_WRITE = """\
import os, sys
from pathlib import Path
left, replace = int(sys.argv.pop(1)), Path.replace
def last(self, target):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
    return replace(self, target)
Path.replace = last
from gcheck_lint.cli import main
main()
"""


@pytest.mark.parametrize(
    "words", [("--fix", "."), ("--write-baseline", "known.json", "--output-format", "sarif=r.sarif", ".")], ids=["fix", "reports"]
)
def test_killed_at_each_write(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Also where the user's key, the cache's notes and its entries are written."""
    for number in range(1, 30):
        place = tmp_path / str(number)
        work, cache = place / "work", place / "cache"
        work.mkdir(parents=True)
        (work / "train.py").write_text(DEFECT)
        environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
        command = [sys.executable, "-c", KILLED_AT_A_WRITE, str(number), *words]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, check=False)
        if done.returncode != -signal.SIGKILL:
            break
        left = list(place.rglob(".gclint-*"))
        assert len(left) == 1
        gclint(work, *words, XDG_CACHE_HOME=str(cache))
        assert not list(place.rglob(".gclint-*")), (number, left)
    assert number > 5, "the key, two or three notes of the cache, its entry, and what was asked for"


def test_workers_end_with_the_run_that_was_killed(tmp_path: Path) -> None:
    """They finish the file that they are at, say nothing about it, and are gone."""
    code = (
        "import os, sys, time; from gcheck_lint.run import workers\n"
        "def slow(thing): os.write(1, b'begun\\n'); time.sleep(0.5); return thing\n"
        "list(workers.work([1, 2, 3], 2, slow))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    run.send_signal(signal.SIGKILL)
    said, complained = run.communicate(timeout=60)  # which ends when the last of them has closed its streams
    assert said.count("begun") <= 1
    assert complained == ""
