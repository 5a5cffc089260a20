"""A repository brings modules that are named like those that gclint needs. Whatever starts gclint there, none of them runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest

from tests.support.clients import command
from tests.support.invocation import run
from tests.support.paths import ROOT
from tests.support.samples import DEFECT

OURS = ("gcheck_lint",)
LIBRARIES = (
    *("click", "libcst", "yaml", "packaging", "platformdirs", "tomli", "typing_extensions", "watchfiles"),
    *("pygls", "lsprotocol", "attr", "attrs", "cattrs", "flake8", "pycodestyle", "pyflakes", "mccabe", "sitecustomize"),
)
PYTHONS = ("multiprocessing", "pickle", "socket", "selectors", "threading", "tempfile", "json", "ast", "asyncio", "tomllib")
SOURCES = str(ROOT / "src")


class Planted:
    """A folder of such modules, single files and packages, and the mark that each of them would leave."""

    def __init__(self, folder: Path, mark: Path) -> None:
        self.folder, self.mark = folder, mark
        folder.mkdir()
        for number in range(3):
            (folder / f"train{number}.py").write_text(DEFECT, encoding="utf-8")

    def plant(self, names: Sequence[str]) -> None:
        for number, name in enumerate(names):
            place = self.folder / f"{name}.py" if number % 2 else self.folder / name / "__init__.py"
            place.parent.mkdir(exist_ok=True)
            place.write_text(f"open({str(self.mark)!r}, 'a').write({name!r} + ' ')\n", encoding="utf-8")

    def runs(self, *words: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder. Nothing of the folder may run."""
        done = run(words, self.folder, stdin, **{"PYTHONPATH": SOURCES, **environment})
        assert not self.mark.exists(), self.mark.read_text()
        return done


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    made = Planted(tmp_path / "repo", tmp_path / "mark")
    made.plant([*OURS, *LIBRARIES, *PYTHONS])
    yield made
    assert not made.mark.exists()


def conversation(folder: Path) -> str:
    """What a client says to the server: a script is opened, asked about, and that is all."""
    uri = (folder / "train0.py").as_uri()
    item = {"uri": uri, "languageId": "python", "version": 1, "text": DEFECT}
    place = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 14}}
    messages = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": item}},
        {"id": 2, "method": "textDocument/hover", "params": place},
        {"id": 3, "method": "shutdown", "params": None},
        {"method": "exit", "params": None},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}) for message in messages]
    return "".join(f"Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies)


def starts() -> list[tuple[str, list[str]]]:
    """What is documented and what clients do, by a name."""
    found = [
        ("gclint", [command("gclint")]),
        ("isolated", [sys.executable, "-I", "-m", "gcheck_lint"]),
        ("extension", [sys.executable, str(ROOT / "editors" / "vscode" / "start.py")]),
    ]
    if sys.version_info >= (3, 11):
        found.append(("safe-path", [sys.executable, "-P", "-m", "gcheck_lint"]))
    return found


STARTS = [pytest.param(words, id=name) for name, words in starts()]


@pytest.mark.parametrize("start", STARTS)
def test_a_run(start: list[str], planted: Planted) -> None:
    done = planted.runs(*start, "--output-format", "concise", "train0.py")
    assert (done.returncode, "GCK201" in done.stdout) == (1, True), done.stderr


@pytest.mark.parametrize("start", STARTS)
def test_the_server(start: list[str], planted: Planted) -> None:
    done = planted.runs(*start, "server", stdin=conversation(planted.folder))
    assert (done.returncode, "gclint" in done.stdout, '"id":2' in done.stdout.replace(" ", "")) == (0, True, True), done.stderr


def test_the_server_of_a_plain_m(tmp_path: Path) -> None:
    """Python itself finds a `gcheck_lint` there; but what gclint imports it does not."""
    planted = Planted(tmp_path / "repo", tmp_path / "mark")
    planted.plant(LIBRARIES)
    start = [sys.executable, "-m", "gcheck_lint"]
    assert "GCK201" in planted.runs(*start, "--output-format", "concise", ".").stdout
    assert planted.runs(*start, "server", stdin=conversation(planted.folder)).returncode == 0


@pytest.mark.parametrize("entry", ["", ".", "{here}"])
def test_a_path_that_names_the_current_folder(entry: str, tmp_path: Path) -> None:
    """`PYTHONPATH=$PYTHONPATH:/more` has an empty entry where there was none before, and that is the current folder."""
    planted = Planted(tmp_path / "repo", tmp_path / "mark")
    planted.plant([name for name in LIBRARIES if name != "sitecustomize"])  # which Python itself runs
    path = os.pathsep.join([entry.format(here=planted.folder), SOURCES])
    assert "GCK201" in planted.runs(command("gclint"), "--output-format", "concise", ".", PYTHONPATH=path).stdout
    assert planted.runs(command("gclint"), "server", stdin=conversation(planted.folder), PYTHONPATH=path).returncode == 0


def test_a_folder_that_has_the_package_still_counts(tmp_path: Path) -> None:
    """As after `pip install --target`: what is installed there is ours. So do the places of Python itself."""
    code = "import sys; from gcheck_lint import cli; cli.leave_out_the_current_folder(); print(sys.path[0])"
    for folder in (Path(SOURCES), Path(os.__file__).parent, Path(click.__file__).parent.parent):
        assert run([sys.executable, "-c", code], folder, PYTHONPATH=SOURCES).stdout == "\n", folder
    assert run([sys.executable, "-c", code], tmp_path, PYTHONPATH=SOURCES).stdout == f"{SOURCES}\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8(jobs: str, planted: Planted) -> None:
    words = [command("flake8"), "--isolated", "--select", "GCK", "--jobs", jobs, "train0.py", "train1.py"]
    done = planted.runs(*words)
    assert (done.returncode, "GCK201" in done.stdout) == (1, True), done.stderr


def test_workers_that_are_no_forks(planted: Planted, tmp_path: Path) -> None:
    """As on macOS and Windows: each is a Python of its own, which begins with the current folder on its path."""
    launcher = tmp_path / "launcher.py"
    launcher.write_text(
        "from gcheck_lint.run import workers\n"
        "from gcheck_lint.cli import main\n"
        "workers.FORKS = False\n"
        "if __name__ == '__main__':\n"
        "    main()\n"
    )
    words = [sys.executable, str(launcher), "--output-format", "concise", "--jobs", "2", "train0.py", "train1.py"]
    done = planted.runs(*words)
    found = [line.partition(":")[0] for line in done.stdout.splitlines() if "GCK201" in line]
    assert (done.returncode, found) == (1, ["train0.py", "train1.py"]), done.stderr


def test_the_traps_are_traps(planted: Planted) -> None:
    """Python alone falls into them."""
    for words in (["-m", "gcheck_lint"], ["-c", "import click, libcst"], ["-c", "import multiprocessing.spawn"]):
        run([sys.executable, *words], planted.folder, PYTHONPATH=SOURCES)
        assert planted.mark.exists(), words
        planted.mark.unlink()
