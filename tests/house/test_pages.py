"""The pages in docs/ that say what to type: it is typed."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.clients import missing, needs
from tests.support.invocation import gclint, run
from tests.support.paths import ROOT
from tests.support.repositories import git, repository
from tests.support.samples import CLEAN, DEFECT

DOCS = ROOT / "docs"
PAGES = ("adopting", "ci", "flake8", "output-formats", "pre-commit")


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """The lines of YAML that run gclint."""
    return [
        line
        for block in blocks(page, "yaml")
        for line in re.findall(r"^\s*- (?:run: |script: )?(gclint .*)$", block, re.MULTILINE)
    ]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repository(tmp_path / "repo", train=DEFECT, clean=CLEAN)
    git(made, "update-ref", "refs/remotes/origin/main", "HEAD")
    return made


@pytest.mark.parametrize("page", PAGES)
def test_shell_blocks_run(page: str, repo: Path) -> None:
    if page == "flake8":
        needs("flake8")
    bash = shutil.which("bash")
    if bash is None:
        missing("bash", "the blocks of the pages are for it")
    for block in blocks(page, "sh"):
        done = run([bash, "--norc", "-eu", "-c", block], repo)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        assert "error:" not in done.stderr


@pytest.mark.parametrize("line", commands("ci"))
def test_lines_of_ci_run(line: str, repo: Path) -> None:
    words = shlex.split(line.replace("$GITHUB_BASE_REF", "main"))
    done = gclint(repo, *words[1:])
    quiet = "--exit-zero" in words or "--diff-base" in words
    assert done.returncode == (0 if quiet else 1), done.stderr
    for written in re.findall(r"=(\S+\.(?:sarif|json|xml|html))", line):
        assert (repo / written).stat().st_size > 0


def test_ci_has_lines() -> None:
    assert len(commands("ci")) == 6


@pytest.mark.parametrize("page", PAGES)
def test_yaml_names_hooks_and_files_that_are_there(page: str) -> None:
    needs("yaml")
    import yaml

    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    for block in blocks(page, "yaml"):
        data = yaml.safe_load(block)
        for one in data.get("repos", []) if isinstance(data, dict) else []:
            for hook in one["hooks"]:
                assert hook["id"] in hooks
                if one["repo"] == "local":
                    assert hook["entry"] == hooks[hook["id"]]["entry"]
                    assert hook["types_or"] == hooks[hook["id"]]["types_or"]
