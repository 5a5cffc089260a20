"""The hooks, run by the real pre-commit and the real prek out of this checkout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.clients import command
from tests.support.invocation import run
from tests.support.paths import ROOT
from tests.support.repositories import git, repository
from tests.support.samples import CLEAN, CODES, DEFECT

NOTEBOOK = {
    "cells": [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": DEFECT}],
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
    if not (ROOT / ".git").exists():
        pytest.skip("NOT TESTED: the hooks, since this is no git checkout")
    place = tmp_path_factory.mktemp("hooks") / "gclint"
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if not (ROOT / name).is_file() or name.startswith(("tests/", "docs/", "editors/")):
            continue
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes((ROOT / name).read_bytes())
    return repository(place)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    files = {"train": DEFECT, "clean": CLEAN, "with space": DEFECT, "nb.ipynb": json.dumps(NOTEBOOK)}
    return repository(tmp_path / "scratch", **files, **{"notes.txt": "use_cache\n"})


@pytest.mark.parametrize("client", ["pre-commit", "prek"])
def test_the_check(client: str, scratch: Path, hooks: Path, homes: dict[str, str]) -> None:
    words = [command(client), "try-repo", str(hooks), "gclint", "--all-files", "--verbose"]
    done = run(words, scratch, **homes)
    assert done.returncode == 1, done.stdout + done.stderr
    for name in ("train.py", "with space.py"):
        assert f"--> {name}:8:8" in done.stdout
    assert "--> nb.ipynb:cell 1:8:8" in done.stdout
    assert len(re.findall(r"^ *(?:error|warning)\[GCK20[13]\]", done.stdout, re.MULTILINE)) == 3 * len(CODES), done.stdout
    assert "clean.py" not in done.stdout
    assert "Found 6 findings" in done.stdout  # once: all files in one call
    assert git(scratch, "status", "--porcelain", "--", "*.py", "*.ipynb") == ""


def configure(scratch: Path, hooks: Path, hook: str) -> None:
    """The file that a user writes. What a client builds for it is kept, while `try-repo` builds anew each time."""
    commit = git(hooks, "rev-parse", "HEAD").strip()
    text = f"repos:\n  - repo: {hooks}\n    rev: {commit}\n    hooks:\n      - id: {hook}\n"
    (scratch / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
    git(scratch, "add", "--all")
    git(scratch, "commit", "--quiet", "--message", "hooks")


@pytest.mark.parametrize("client", ["pre-commit", "prek"])
def test_the_fix(client: str, scratch: Path, hooks: Path, homes: dict[str, str]) -> None:
    configure(scratch, hooks, "gclint-fix")
    words = [command(client), "run", "--all-files", "--verbose"]
    done = run(words, scratch, **homes)
    assert done.returncode == 1, done.stdout + done.stderr
    changed = git(scratch, "diff", "--name-only").splitlines()
    assert changed == ["nb.ipynb", "train.py", "with space.py"]
    again = run(words, scratch, **homes)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "All checks passed!" in again.stdout


def test_an_excluded_file_is_left_alone_though_the_client_names_it(scratch: Path, hooks: Path, homes: dict[str, str]) -> None:
    (scratch / "gclint.toml").write_text('extend-exclude = ["train.py", "with space.py", "*.ipynb"]\n', encoding="utf-8")
    configure(scratch, hooks, "gclint")
    words = [command("pre-commit"), "run", "--all-files", "--verbose"]
    done = run(words, scratch, **homes)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_of_the_repository_is_run(scratch: Path, hooks: Path, homes: dict[str, str], tmp_path: Path) -> None:
    for name in ("gcheck_lint", "click", "libcst", "yaml", "packaging", "platformdirs", "json", "multiprocessing"):
        (scratch / f"{name}.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'a').write({name!r})\n", encoding="utf-8")
    configure(scratch, hooks, "gclint")
    done = run([command("pre-commit"), "run", "--all-files", "--verbose"], scratch, **homes)
    assert (done.returncode, "Found 6 findings" in done.stdout) == (1, True), done.stdout + done.stderr
    assert not (tmp_path / "mark").exists()
