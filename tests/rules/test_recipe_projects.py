"""Small repositories of scripts and their launch recipes: what `expected.txt` says is to be told there has its place."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.forks import gclint
from tests.support.paths import FIXTURES

PROJECTS = sorted(path for path in (FIXTURES / "recipes").iterdir() if path.is_dir())
_PLACE = re.compile(r"(?P<path>\S+):(?P<rows>\d+(\|\d+)*) (?P<code>GCK\d{3})")


def expected(project: Path) -> list[list[tuple[str, frozenset[int], str]]]:
    """What is to be told: for each finding its places (path, rows of which any will do, code), of which any will do."""
    lines = [line for line in (project / "expected.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    matches = [[_PLACE.fullmatch(place) for place in line.split(" or ")] for line in lines]
    return [
        [(match["path"], frozenset(map(int, match["rows"].split("|"))), match["code"]) for match in places if match]
        for places in matches
    ]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_what_is_expected_has_its_place(project: Path) -> None:
    told = expected(project)
    assert told
    for places in told:
        assert places
        for path, rows, _ in places:
            text = (project / path).read_text(encoding="utf-8").splitlines()
            assert all(text[row - 1].strip() and not text[row - 1].lstrip().startswith("#") for row in rows)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_each_has_recipes_that_are_right(project: Path) -> None:
    named = {path for places in expected(project) for path, _, _ in places}
    recipes = {path.relative_to(project).as_posix() for end in ("*.yaml", "*.sh") for path in project.rglob(end)}
    assert recipes - named


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_project_is_told_what_happens_in_it_and_nothing_else(repo: Path, project: Path) -> None:
    for path in repo.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(project, repo, dirs_exist_ok=True)
    done = gclint(repo, "--min-severity", "info", "--output-format", "json", ".")
    assert "not read" not in done.stderr
    found = {
        (*_place(repo, one), one["code"]): [_place(repo, other) for other in one["related"]] for one in json.loads(done.stdout)
    }
    wanted = [{(path, row, code) for path, rows, code in places for row in rows} for places in expected(project)]
    assert found.keys() <= set().union(*wanted)
    for places in wanted:
        told = places & found.keys()
        assert told, (places, list(found))
        recipes = {path for path, _, _ in places if not path.endswith(".py")}
        if recipes and all(path.endswith(".py") for path, _, _ in told):  # the recipe stands beside the script's finding
            assert all(recipes & {path for path, _ in found[one]} for one in told)


def _place(repo: Path, place: dict[str, Any]) -> tuple[str, int]:
    return Path(place["filename"]).relative_to(repo).as_posix(), place["location"]["row"]
