"""`gclint story FILE`: what happens to each model, and what was given up on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gcheck_lint import story
from gcheck_lint.cli.entry import gclint
from gcheck_lint.python import syntax
from gcheck_lint.story.domain.conditions import Conditions, TooComplex
from gcheck_lint.story.interpreter import functions, interpreter, modules
from gcheck_lint.text import source
from tests.support.paths import ROOT
from tests.support.samples import DEFECT, notebook

HEAD = "too tangled to be followed to the end, so it is not known what may happen in these parts:"
STEPS = "too many steps: it runs through more statements and expressions than are followed; smaller parts help"
END = "All else was followed. `gclint --possible` shows what may be; docs/story-limits.md has the limits."
LOAD = 'from transformers import AutoModelForCausalLM\nmodel = AutoModelForCausalLM.from_pretrained("gpt2")\n'
HELPERS = """\
from transformers import AutoModelForCausalLM
def tell(text, *more):
    print(text, 1 + 2 + 3 + 4 + 5)
def count(one):
    print(one, 1 + 2 + 3 + 4 + 5)
def finish(model):
    print(1 + 2 + 3 + 4 + 5)
    model.config.use_cache = True
def main():
    tell("one")
    model = AutoModelForCausalLM.from_pretrained("gpt2")
    finish(model)
    for one in (1, 2, 3):
        count(one)
main()
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The lines about scripts, the first of which is asked for."""
    monkeypatch.chdir(tmp_path)

    def run(**files: str) -> list[str]:
        for name, text in files.items():
            Path(name.replace("__", ".") if "__" in name else f"{name}.py").write_text(text, encoding="utf-8")
        first = next(iter(files))
        result = CliRunner().invoke(gclint, ["story", first.replace("__", ".") if "__" in first else f"{first}.py"])
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    return run


@pytest.fixture
def calls_of_eight_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "CALL_STEPS", (8,))


def test_what_is_followed_has_no_ending(told: Callable[..., list[str]]) -> None:
    lines = told(train=DEFECT)
    assert lines[-1].split()[0] == "11"
    assert not [line for line in lines if "followed" in line]


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_calls_that_are_given_up_come_last_with_the_models_they_reach(told: Callable[..., list[str]]) -> None:
    lines = told(train=HELPERS)
    assert lines[lines.index("") :] == [
        "",
        HEAD,
        "  line 10, the call of `tell`: too many steps",
        "  line 12, the call of `finish`: too many steps; what it may do to AutoModelForCausalLM #1 is unknown",
        "  line 14, the call of `count`: too many steps (3 times)",
        "  the others can reach none of the models above",
        "",
        STEPS,
        END,
    ]
    above = [line for line in lines[: lines.index("")] if "given up" in line]
    assert len(above) == 1, "what gets no model is told once, at the end"
    given_up = "12 AutoModelForCausalLM #1 the call of `finish` is given up: too many steps"
    assert " ".join(above[0].split()) == f"{given_up} checkpointing unknown · cache unknown · mode unknown"


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_a_script_without_models(told: Callable[..., list[str]]) -> None:
    lines = told(train="def tell():\n    print(1 + 2 + 3 + 4 + 5)\ndef main(use_cache=True):\n    tell()\nmain()\n")
    assert lines == [
        "nothing happens to a model here",
        "",
        HEAD,
        "  line 4, the call of `tell`: too many steps",
        "  they can reach none of the models above",
        "",
        STEPS,
        END,
    ]


def test_a_statement_is_shown(told: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "STATEMENT_STEPS", (20, 20))
    long = "total = sum([\n" + "".join(f"    {number} + {number},\n" for number in range(10, 30)) + "])\n"
    lines = told(train=long)
    shown = "total = sum([ 10 + 10, 11 + 11, 12 + 12, 13 + 13, 14 + 14, 15 + 15, 16 + 16, 17 + 17, 18 +…"
    assert f"  line 1, `{shown}`: too many steps" in lines


def test_a_part_of_another_module_is_named_with_its_place(
    told: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules, "MODULE_STEPS", 8)
    monkeypatch.setattr(functions, "CALL_STEPS", (8,))
    lines = told(
        train=LOAD + "from settings import NAME, finish\nprint(NAME)\nfinish(model)\n",
        settings="\nNAME = 1 + 2 + 3 + 4 + 5 + 6\ndef finish(model, use_cache=True):\n    inner(model)\n"
        + "def inner(model):\n    print(1 + 2 + 3 + 4 + 5)\n    model.config.use_cache = True\n",
    )
    assert "  line 4 (settings.py line 2), a statement of `settings.py`: too many steps" in lines
    after = "what it may do to AutoModelForCausalLM #1 is unknown"
    assert f"  line 5 (settings.py line 4), the call of `inner`: too many steps; {after}" in lines


def test_the_rest_of_a_file(told: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "STEPS", 20)
    lines = told(train=LOAD + "print(1 + 2 + 3 + 4 + 5 + 6 + 7 + 8)\nmodel.config.use_cache = False\n")
    after = "what it may do to AutoModelForCausalLM #1 is unknown"
    assert f"  line 3, the rest of the file: too many steps; {after}" in lines


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_a_place_in_a_notebook_is_its_cell(told: Callable[..., list[str]]) -> None:
    lines = told(train__ipynb=notebook("import os", HELPERS))
    assert "  line 2:10, the call of `tell`: too many steps" in lines


def test_the_page_shows_the_ending_as_it_is() -> None:
    lines = (ROOT / "docs" / "story-limits.md").read_text(encoding="utf-8").splitlines()
    assert {HEAD, STEPS, END, "  the others can reach none of the models above"} <= set(lines)


def test_a_story_that_has_needed_all_its_room_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import os\n" + LOAD + "if os.path.exists('a'):\n    model.train()\n"
    told = story.interpret(syntax.parse(source.from_bytes("train.py", text.encode())))
    told.conditions.budgets.allow(told.conditions.size)
    assert story.render(told).endswith("when `os.path.exists('a')` is true")
    assert told.conditions.budgets.limit > told.conditions.size, "the timeline may ask what the story did not"

    def fail(*_: object) -> None:
        raise TooComplex

    monkeypatch.setattr(Conditions, "needs", fail)
    assert story.render(told).endswith("in some cases")
