"""What goes in and out has one door each: files are read by `text.reading` alone, and `cli.terminal` alone says something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "src" / "gcheck_lint"
MODULES = sorted(PACKAGE.rglob("*.py"))
# its own tables and cards, which are part of the package and no stranger's
OWN_TEXTS = {"knowledge/__init__.py", "knowledge/proofs.py", "rulebook/cards.py", "rulebook/facts.py", "rulebook/observed.py"}
# opened to write, or to have nothing (/dev/null)
OPENED = {"cli/entry.py", "cli/run.py", "lsp/transport.py", "fixing/apply.py"}
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


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_words_go_through_one_door(path: Path) -> None:
    """It takes out what a terminal or a build service would obey."""
    if relative(path) in PRINTS:
        return
    found = set(_calls(path.read_text(encoding="utf-8")))
    assert not {(call, owner) for call, owner in found if call in {"print", "echo", "secho"} and owner in {"", "click"}}
    assert not {(call, owner) for call, owner in found if call in {"write", "writelines"} and owner.startswith("sys.")}
    assert not {(call, owner) for call, owner in found if call == "show" and owner == "error"}
