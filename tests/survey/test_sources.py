"""Which repositories a SOURCE means, and what is refused of it; whatever letters there are, results can be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gcheck_lint.errors import UsageError
from gcheck_lint.survey import datasets, outcome, sources
from gcheck_lint.survey.state import State
from gcheck_lint.text import git
from tests.support.repositories import repository
from tests.support.samples import CLEAN
from tests.survey.results import rows

COLUMNS = outcome.Columns()


def listed(folder: Path, *lines: str) -> str:
    """A list of repositories."""
    (folder / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    return str(folder / "list.txt")


def test_lines_of_a_list(tmp_path: Path) -> None:
    lines = ("# ours", "", "  team/one ", "/srv/two", "https://example.org/org/three.git", "file:///srv/four/")
    found = {one.name: one.folder or one.address for one in sources.find(listed(tmp_path, *lines), COLUMNS)}
    assert found == {
        "team/one": str(tmp_path / "team" / "one"),
        "/srv/two": "/srv/two",
        "example.org/org/three": "https://example.org/org/three.git",
        "/srv/four": "file:///srv/four/",
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ssh://git@example.org/a", "begins with https:// or file://"),
        ("ext::sh -c true", ""),
        ("http://example.org/a", "begins with https:// or file://"),
        ("https://user:secret@example.org/a", "credential helper"),
        ("a\x1b[31mb", "neither a path nor an address"),
    ],
)
def test_what_is_no_address(line: str, told: str, tmp_path: Path) -> None:
    if not told:  # a path like any other: git is not asked
        (one,) = sources.find(listed(tmp_path, line), COLUMNS)
        assert (one.address, one.folder) == ("", str(tmp_path / line))
        return
    with pytest.raises(UsageError, match=told) as caught:
        sources.find(listed(tmp_path, line), COLUMNS)
    assert "secret" not in str(caught.value)


def test_a_name_counts_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two repositories"):
        sources.find(listed(tmp_path, "https://example.org/a", "https://example.org/a.git"), COLUMNS)
    assert len(sources.find(listed(tmp_path, "a", "a"), COLUMNS)) == 1


def test_a_clone_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither another protocol than those of an address, nor a hook of the user's templates, nor one that his config names."""
    there = repository(tmp_path / "there", **{"train": CLEAN, ".gitattributes": "* filter=trap\n"})
    trap = tmp_path / "templates" / "hooks" / "post-checkout"
    trap.parent.mkdir(parents=True)
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n", encoding="utf-8")
    trap.chmod(0o755)
    for number, (key, value) in enumerate((("init.templateDir", trap.parents[1]), ("core.hooksPath", trap.parent))):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", str(value))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    assert git.clone(f"file://{there}", tmp_path / "copy", 60) is None
    assert (tmp_path / "copy" / "train.py").read_text(encoding="utf-8") == CLEAN
    refused = git.clone(f"ext::touch {tmp_path}/sprung", tmp_path / "other", 60)
    assert "not allowed" in str(refused)
    assert not (tmp_path / "sprung").exists()


def test_any_letters_can_be_written(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    state = State(tmp_path)
    state.begin()
    state.put(outcome.failed(name, outcome.FILE, f"{name} | `x`\n<b>"))
    assert [one.name for one in datasets.write(tmp_path, state, [name])] == [name]
    state.end()
    (failure,) = rows(tmp_path, "failures")
    assert failure["repository"] == "caf\\udce9"
