"""The lines of docs/install.md: uv and pipx install the wheel from an index on this machine, and what they install runs."""

from __future__ import annotations

import functools
import hashlib
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from gcheck_lint import __version__
from gcheck_lint.rulebook import addresses
from tests.support.clients import command, needs
from tests.support.invocation import run
from tests.support.paths import ROOT
from tests.support.samples import DEFECT

DOCS = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Index:
    """Packages on this machine: as a folder of wheels, and as a package index."""

    wheels: Path
    url: str


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The wheel and what it depends on."""
    needs("hatchling")
    root = tmp_path_factory.mktemp("index")
    wheels = root / "wheels"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)], root)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    fetched = run([*pip, "download", "--only-binary", ":all:", "--dest", str(wheels), str(wheel)], root)
    assert fetched.returncode == 0, fetched.stderr
    listed = {path: re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() for path in sorted(wheels.glob("*.whl"))}
    for path, name in listed.items():
        page = root / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with page.open("a", encoding="utf-8") as file:
            file.write(f'<a href="../../wheels/{path.name}#sha256={digest}">{path.name}</a>\n')

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Index(wheels, f"http://127.0.0.1:{server.server_address[1]}/simple/")
        server.shutdown()


@dataclass(frozen=True)
class User:
    """Somebody who has an installer, and nothing of gclint; what is in their home hangs on nobody else."""

    home: Path

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in a folder that has a script with a finding, and nothing of the checkout."""
        work = self.home / "work"
        work.mkdir(exist_ok=True)
        (work / "train.py").write_text(DEFECT, encoding="utf-8")
        places = {name: str(self.home / name.lower()) for name in ("UV_CACHE_DIR", "UV_TOOL_DIR", "PIPX_HOME", "PIPX_MAN_DIR")}
        bins = {name: str(self.home / "bin") for name in ("UV_TOOL_BIN_DIR", "PIPX_BIN_DIR")}
        alone = {
            "HOME": str(self.home),
            "PYTHONPATH": "",
            "UV_PYTHON": sys.executable,
            "UV_NO_CONFIG": "1",
            "PIP_CONFIG_FILE": "/dev/null",
        }
        return run(words, work, **places, **bins, **alone)

    def runs_gclint(self, *words: str) -> None:
        """What is installed finds what it should, and its rule pages are there without a network."""
        program = words or (str(self.home / "bin" / "gclint"),)
        assert self.types(*program, "--version").stdout == f"gclint {__version__}\n"
        found = self.types(*program, "--output-format", "concise", "train.py")
        assert found.returncode == 1, found.stderr
        assert "train.py:8:8: error[GCK203]" in found.stdout
        page = re.search(r"^In a browser: (\S+)$", self.types(*program, "rule", "GCK203").stdout, re.M)
        assert page is not None
        if not addresses.SITE:
            place = Path(url2pathname(urlsplit(page[1]).path))
            assert place.is_relative_to(self.home)
            assert "GCK203 generate-while-checkpointing</h1>" in place.read_text(encoding="utf-8")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def documented(line: str) -> list[str]:
    """The words of a line, which stands in the page."""
    assert f"`{line}`" in DOCS
    return line.split()


def test_uv_installs_and_removes_it(index: Index, user: User) -> None:
    uv = command("uv")
    _, *words = documented("uv tool install gcheck-lint")
    done = user.types(uv, *words, "--default-index", index.url)
    assert done.returncode == 0, done.stderr
    user.runs_gclint()
    _, *words = documented("uv tool uninstall gcheck-lint")
    assert user.types(uv, *words).returncode == 0
    assert not (user.home / "bin" / "gclint").exists()


def test_uvx_runs_it_without_installing(index: Index, user: User) -> None:
    _, *words, _ = documented("uvx --from gcheck-lint gclint train.py")
    user.runs_gclint(command("uv"), "tool", "run", "--default-index", index.url, *words)


def test_uv_installs_it_offline(index: Index, user: User) -> None:
    _, *words = documented("uv tool install --no-index --find-links FOLDER gcheck-lint")
    done = user.types(command("uv"), *(str(index.wheels) if word == "FOLDER" else word for word in words), "--offline")
    assert done.returncode == 0, done.stderr
    user.runs_gclint()


def test_pipx_installs_it(index: Index, user: User) -> None:
    _, *words = documented("pipx install gcheck-lint")
    done = user.types(command("pipx"), *words, "--index-url", index.url)
    assert done.returncode == 0, done.stderr
    user.runs_gclint()
