"""What goes in and out has one door each: `text.reading`, `text.writing`, `cli.terminal`, and four modules start processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "src" / "gcheck_lint"
MODULES = sorted(PACKAGE.rglob("*.py"))
# its own tables and cards, which are part of the package and no stranger's
OWN_TEXTS = {
    "knowledge/__init__.py",
    "knowledge/cache_arguments.py",
    "knowledge/keywords.py",
    "knowledge/floors.py",
    "knowledge/hub.py",
    "knowledge/names.py",
    "knowledge/nested.py",
    "knowledge/recipe_frameworks.py",
    "rulebook/cards.py",
    "rulebook/facts.py",
    "rulebook/observed.py",
}
# opened to write, to be locked, or to have nothing (/dev/null)
OPENED = {"cli/entry.py", "lsp/engine.py", "text/writing.py", "text/locks.py"}
PRINTS = {"cli/terminal.py", "cli/progress.py", "flake8_plugin.py"}  # a bar that erases itself; flake8 has a voice of its own
_OPENS = {"open", "fdopen"}


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _calls(text: str) -> Iterator[tuple[str, str]]:
    """The last name of each function called, and what it is called on."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, ast.unparse(node.func.value)
            elif isinstance(node.func, ast.Name):
                yield node.func.id, ""


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_files_are_read_by_one_reader(path: Path) -> None:
    name = relative(path)
    if name in OWN_TEXTS or name == "text/reading.py":
        return
    found = list(_calls(path.read_text(encoding="utf-8")))
    assert [(owner, call) for call, owner in found if call in {"read_bytes", "read_text"} and owner not in {"", "reading"}] == []
    assert name in OPENED or [(owner, call) for call, owner in found if call in _OPENS] == []
    assert not [owner for call, owner in found if call == "load" and owner in {"json", "tomli", "pickle", "marshal"}]


_WRITERS = {"write_bytes", "write_text", "mkstemp", "mkdtemp", "NamedTemporaryFile", "touch", "truncate", "copyfile"}


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_files_are_written_by_one_writer(path: Path) -> None:
    if relative(path) in {"text/writing.py", "text/git.py"}:  # git's files lie in a folder of their own, which nobody else sees
        return
    found = list(_calls(path.read_text(encoding="utf-8")))
    assert [
        (owner, call) for call, owner in found if call in _WRITERS and owner.rpartition(".")[2] not in {"state", "self"}
    ] == []


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_words_go_through_one_door(path: Path) -> None:
    """It takes out what a terminal or a build service would obey."""
    if relative(path) in PRINTS:
        return
    found = set(_calls(path.read_text(encoding="utf-8")))
    assert not {(call, owner) for call, owner in found if call in {"print", "echo", "secho"} and owner in {"", "click"}}
    assert not {(call, owner) for call, owner in found if call in {"write", "writelines"} and owner.startswith("sys.")}
    assert not {(call, owner) for call, owner in found if call == "show" and owner == "error"}


_STARTERS = {
    "system",
    "popen",
    "fork",
    "forkpty",
    "startfile",
    "posix_spawn",
    "posix_spawnp",
    "eval",
    "exec",
    "exec_module",
    "run_path",
}
# itself in several processes; its own modules and what comes with Python, by names that stand in the code
_MAY_START = {
    "text/git.py": {"subprocess"},
    "run/workers.py": {"multiprocessing"},
    "lsp/transport.py": {"socket"},
    "survey/supervisor.py": {"subprocess"},
}
_STARTING = {"subprocess", "multiprocessing", "pty", "ctypes", "socket", "urllib.request", "http.client", "runpy", "webbrowser"}
_LOADERS = {"cli/entry.py", "checks/__init__.py", "text/git.py"}


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_processes_are_started_in_one_place(path: Path) -> None:
    name, text = relative(path), path.read_text(encoding="utf-8")
    starting = {module for module in _imported(text) if module in _STARTING}
    assert starting <= _MAY_START.get(name, set())
    found = [(owner, call) for call, owner in _calls(text)]
    assert not [(owner, call) for owner, call in found if call in _STARTERS and owner in {"", "os", "runpy"}]
    assert not [(owner, call) for owner, call in found if owner == "os" and call.startswith(("exec", "spawn"))]
    assert name == "lsp/lanes.py" or not [call for _, call in found if call.startswith("create_subprocess")]
    assert name in _LOADERS or not [call for owner, call in found if call in {"import_module", "__import__", "load_module"}]


def _imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
