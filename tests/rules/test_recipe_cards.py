"""The examples of cards about recipes: a script, and the file that starts it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gcheck_lint.rulebook import cards
from tests.support import markers
from tests.support.forks import gclint

EXAMPLES = [
    pytest.param(card, number, id=f"{card.code}-{number}-{example.kind}")
    for card in cards.load().values()
    for number, example in enumerate(card.recipes)
]


def lay_out(repo: Path, example: cards.RecipeExample, text: str) -> Path:
    (repo / "pyproject.toml").write_text(f'[tool.gclint]\ntarget-transformers = "{example.script.target}"\n', encoding="utf-8")
    (repo / "train.py").write_text(example.script.text, encoding="utf-8")
    shutil.rmtree(repo / "deep")
    (repo / "recipes").mkdir()
    recipe = repo / "recipes" / "small.yaml"
    recipe.write_text(text, encoding="utf-8")
    return recipe


@pytest.mark.parametrize(("card", "number"), EXAMPLES)
def test_recipe_is_told_what_its_markers_say(repo: Path, card: cards.Card, number: int) -> None:
    example = card.recipes[number]
    lay_out(repo, example, example.text)
    done = gclint(repo, "--output-format", "concise", ".")
    wanted = {f"recipes/small.yaml:{one.row}: {one.code}" for one in markers.read(example.text)}
    found = {f"{path}:{row}: {rest.partition('[')[2][:6]}" for path, row, _, rest in map(_parts, _lines(done.stdout))}
    assert found == wanted
    assert bool(wanted) is (example.kind == "bad")


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.count(":") > 2]


def _parts(line: str) -> tuple[str, str, str, str]:
    path, row, column, rest = line.split(":", 3)
    return path, row, column, rest


@pytest.mark.parametrize(("card", "number"), [one for one in EXAMPLES if str(one.id).endswith("-fixed")])
def test_fixed_recipe_is_what_the_fix_makes(repo: Path, card: cards.Card, number: int) -> None:
    bad, fixed = card.recipes[number - 1 : number + 1]
    recipe = lay_out(repo, bad, markers.strip(bad.text))
    done = gclint(repo, "--fix", ".")
    assert recipe.read_text(encoding="utf-8") == fixed.text
    assert (repo / "train.py").read_text(encoding="utf-8") == bad.script.text
    assert "Found 1 finding (1 fixed" in done.stdout or "fixed" in done.stdout


@pytest.mark.parametrize("card", [card for card in cards.load().values() if card.recipes], ids=lambda card: card.code)
def test_each_has_a_bad_a_fixed_and_a_good_one(card: cards.Card) -> None:
    assert {example.kind for example in card.recipes} == {"bad", "fixed", "good"}
