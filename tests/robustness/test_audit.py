"""What a run does, as Python itself reports it: which files it writes, what it executes, starts and connects to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.repositories import git, repository
from tests.support.samples import DEFECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="flags and places are POSIX")

WATCHED = """\
import atexit, json, os, sys
found, out = [], os.environ["WATCHED"]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
def look(event, given):
    if event == "open":
        path, mode, flags = given
        if not isinstance(path, int) and flags is not None and flags & WRITING:
            found.append(["write", os.path.abspath(os.fsdecode(path))])
    elif event in ("os.remove", "os.rmdir") and given[-1] != -1:
        pass  # of a tree that is removed, whose uppermost folder is told
    elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod"):
        found.append(["write", os.path.abspath(os.fsdecode(given[0]))])
    elif event in ("os.rename", "os.link", "os.symlink"):
        found.append(["write", os.path.abspath(os.fsdecode(given[1]))])
    elif event == "exec":
        found.append(["exec", getattr(given[0], "co_filename", "")])
    elif event == "import":
        found.append(["import", str(given[1])])
    elif event == "subprocess.Popen":
        found.append(["start", os.fsdecode(given[0])])
    elif event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn"):
        found.append(["start", repr(given)])
    elif event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.")):
        found.append(["network", event])
def tell(pid=os.getpid()):
    if os.getpid() == pid:
        seen = list(found)
        with open(out, "w") as file:
            json.dump(seen, file)
atexit.register(tell)
sys.addaudithook(look)
from gcheck_lint.cli import main
main()
"""
BAD = """\
import socket, subprocess, sys
open("../out", "w")
subprocess.run([sys.executable, "-c", ""])
socket.gethostbyname("localhost")
"""
COMMANDS = {
    "check": (".",),
    "fix": ("--fix", "--unsafe-fixes", "."),
    "diff": ("--diff", "."),
    "baseline": ("--write-baseline", "known.json", "--output-format", "sarif=r.sarif", "."),
    "add-noqa": ("--add-noqa", "."),
    "diff-base": ("--diff-base", "HEAD", "."),
    "story": ("story", "train.py"),
    "log": ("log", "run.log", "--source", "."),
    "doctor": ("config", "--doctor", "."),
    "config": ("config",),
}


def watched(place: Path, words: tuple[str, ...]) -> dict[str, list[str]]:
    """What a run does in `place/work`, whose cache and temporary files are in `place` as well."""
    variables = {name: str(place / name.lower()) for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR")}
    (place / "tmpdir").mkdir()
    told = place / "watched.json"
    environment = os.environ | variables | {"WATCHED": str(told), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", WATCHED, *words, *(("-j1",) if words[0] not in ("story", "config", "log") else ())]
    done = subprocess.run(command, cwd=place / "work", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, list[str]] = {"write": [], "exec": [], "start": [], "network": [], "import": []}
    events: list[Any] = json.loads(told.read_text())
    for kind, what in events:
        found[kind].append(what)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_run_stays_where_it_is(name: str, tmp_path: Path) -> None:
    folder = repository(
        tmp_path / "work",
        train=f"import helper\n{DEFECT}helper.save(model)\n",
        helper="def save(model): model.save_pretrained('x')\n",
        setup="from setuptools import setup\nsetup(install_requires=['transformers>=4.40'])\n",
        conftest="import helper\n",
    )
    (folder / "train.py").write_text((folder / "train.py").read_text().replace('"out"', '"other"'))
    (folder / "run.log").write_text("`use_cache=True` is incompatible with gradient checkpointing. Setting `use_cache=False`.\n")
    found = watched(tmp_path, COMMANDS[name])
    inside = [str(tmp_path / place) for place in ("work", "xdg_cache_home", "tmpdir")]
    # what a run writes lies in the folder that was named, the user's cache, and a temporary directory
    assert [path for path in found["write"] if not path.startswith((*inside, os.devnull))] == []
    assert [path for path in found["exec"] if path.startswith(str(folder))] == []
    assert [path for path in found["import"] if path.startswith(str(folder))] == []
    assert {os.path.basename(program) for program in found["start"]} <= {"git"}  # noqa: PTH119 - a name of a program
    assert found["network"] == []


def test_a_watch_sees_what_it_watches_for(tmp_path: Path) -> None:
    """As a repository would do it whose code is run."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "bad.py").write_text(BAD)
    code = WATCHED.replace("from gcheck_lint.cli import main\nmain()\n", "import runpy\nrunpy.run_path('bad.py')\n")
    told = tmp_path / "watched.json"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "work", env=os.environ | {"WATCHED": str(told)}, check=True)
    found = json.loads(told.read_text())
    assert ["write", str(tmp_path / "out")] in found
    assert ["network", "socket.gethostbyname"] in found
    assert any(kind == "exec" and what.endswith("bad.py") for kind, what in found)
    assert any(kind == "start" for kind, _ in found)


def test_a_check_writes_nothing_in_the_folder(tmp_path: Path) -> None:
    folder = repository(tmp_path / "work", train=DEFECT)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = watched(tmp_path, COMMANDS["check"])
    assert [path for path in found["write"] if path.startswith(str(folder))] == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert git(folder, "status", "--porcelain") == ""
