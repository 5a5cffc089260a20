"""The hooks, run by the real pre-commit and the real prek out of this checkout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import faces
import pytest

NOTEBOOK = {
    "cells": [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": faces.DEFECT}],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 4,
}


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where the clients keep what they build: once for all tests, and not in the user's own place."""
    place = tmp_path_factory.mktemp("homes")
    return {"PRE_COMMIT_HOME": str(place / "pre-commit"), "PREK_HOME": str(place / "prek")}


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a repository of hooks, with what is not committed yet."""
    if not (faces.ROOT / ".git").exists():
        pytest.skip("NOT TESTED: the hooks, since this is no git checkout")
    place = tmp_path_factory.mktemp("hooks") / "gclint"
    names = faces.git(faces.ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if not (faces.ROOT / name).is_file() or name.startswith(("tests/", "docs/", "editors/")):
            continue
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes((faces.ROOT / name).read_bytes())
    return faces.repository(place)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    files = {"train": faces.DEFECT, "clean": faces.CLEAN, "with space": faces.DEFECT, "nb.ipynb": json.dumps(NOTEBOOK)}
    return faces.repository(tmp_path / "scratch", **files, **{"notes.txt": "use_cache\n"})


@pytest.mark.parametrize("client", ["pre-commit", "prek"])
def test_the_check(client: str, scratch: Path, hooks: Path, homes: dict[str, str]) -> None:
    words = [faces.command(client), "try-repo", str(hooks), "gclint", "--all-files", "--verbose"]
    done = faces.run(words, scratch, **homes)
    assert done.returncode == 1, done.stdout + done.stderr
    for name in ("train.py", "with space.py"):
        assert f"--> {name}:8:8" in done.stdout
    assert "--> nb.ipynb:cell 1:8:8" in done.stdout
    assert len(re.findall(r"^ *GCK20[13] ", done.stdout, re.MULTILINE)) == 3 * len(faces.CODES), done.stdout
    assert "clean.py" not in done.stdout
    assert "Found 6 findings" in done.stdout  # once: all files in one call
    assert faces.git(scratch, "status", "--porcelain", "--", "*.py", "*.ipynb") == ""


def configure(scratch: Path, hooks: Path, hook: str) -> None:
    """The file that a user writes. What a client builds for it is kept, while `try-repo` builds anew each time."""
    commit = faces.git(hooks, "rev-parse", "HEAD").strip()
    text = f"repos:\n  - repo: {hooks}\n    rev: {commit}\n    hooks:\n      - id: {hook}\n"
    (scratch / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
    faces.git(scratch, "add", "--all")
    faces.git(scratch, "commit", "--quiet", "--message", "hooks")


@pytest.mark.parametrize("client", ["pre-commit", "prek"])
def test_the_fix(client: str, scratch: Path, hooks: Path, homes: dict[str, str]) -> None:
    configure(scratch, hooks, "gclint-fix")
    words = [faces.command(client), "run", "--all-files", "--verbose"]
    done = faces.run(words, scratch, **homes)
    assert done.returncode == 1, done.stdout + done.stderr
    changed = faces.git(scratch, "diff", "--name-only").splitlines()
    assert changed == ["nb.ipynb", "train.py", "with space.py"]
    again = faces.run(words, scratch, **homes)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "All checks passed!" in again.stdout


def test_an_excluded_file_is_left_alone_though_the_client_names_it(scratch: Path, hooks: Path, homes: dict[str, str]) -> None:
    (scratch / "gclint.toml").write_text('extend-exclude = ["train.py", "with space.py", "*.ipynb"]\n', encoding="utf-8")
    configure(scratch, hooks, "gclint")
    words = [faces.command("pre-commit"), "run", "--all-files", "--verbose"]
    done = faces.run(words, scratch, **homes)
    assert done.returncode == 0, done.stdout + done.stderr
