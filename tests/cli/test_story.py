"""`gclint story FILE`: what happens to each model, and what was given up on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gcheck_lint import story
from gcheck_lint.cli.entry import gclint
from gcheck_lint.python import syntax
from gcheck_lint.report import stories
from gcheck_lint.story.domain.conditions import Conditions, TooComplex
from gcheck_lint.story.interpreter import functions, interpreter, modules
from gcheck_lint.text import source
from tests.support.paths import ROOT
from tests.support.samples import DEFECT, notebook

HEAD = "too complex to follow to the end; the effects of these parts are unknown:"
STEPS = "too many steps: it runs more statements and expressions than gclint follows; split it into smaller parts"
END = "Everything else was followed. `gclint --possible` shows possible findings; docs/story-limits.md lists the limits."
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
    assert lines[lines.index("") - 1].split()[0] == "11"
    assert lines[-1].split() == ["5", "uses", "`gradient_checkpointing`"]
    assert not [line for line in lines if "followed" in line]


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_calls_that_are_given_up_come_last_with_the_models_they_reach(told: Callable[..., list[str]]) -> None:
    lines = told(train=HELPERS)
    assert lines[lines.index("") :] == [
        "",
        HEAD,
        "  line 10, the call of `tell`: too many steps",
        "  line 12, the call of `finish`: too many steps; its effect on AutoModelForCausalLM #1 is unknown",
        "  line 14, the call of `count`: too many steps (3 times)",
        "  the others cannot reach any of the models above",
        "",
        STEPS,
        END,
    ]
    above = [line for line in lines[: lines.index("")] if "given up" in line]
    assert len(above) == 1, "what gets no model is told once, at the end"
    given_up = "12 the call of `finish` is given up: too many steps"
    assert " ".join(above[0].split()) == f"{given_up} checkpointing unknown · cache unknown · mode unknown"


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_a_script_without_models(told: Callable[..., list[str]]) -> None:
    lines = told(train="def tell():\n    print(1 + 2 + 3 + 4 + 5)\ndef main(use_cache=True):\n    tell()\nmain()\n")
    assert lines == [
        "no model is used here",
        "",
        HEAD,
        "  line 4, the call of `tell`: too many steps",
        "  they cannot reach any of the models above",
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
    after = "its effect on AutoModelForCausalLM #1 is unknown"
    assert f"  line 5 (settings.py line 4), the call of `inner`: too many steps; {after}" in lines


def test_the_rest_of_a_file(told: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "STEPS", 20)
    lines = told(train=LOAD + "print(1 + 2 + 3 + 4 + 5 + 6 + 7 + 8)\nmodel.config.use_cache = False\n")
    after = "its effect on AutoModelForCausalLM #1 is unknown"
    assert f"  line 3, the rest of the file: too many steps; {after}" in lines


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_a_place_in_a_notebook_is_its_cell(told: Callable[..., list[str]]) -> None:
    lines = told(train__ipynb=notebook("import os", HELPERS))
    assert "  cell 2:10, the call of `tell`: too many steps" in lines


TWO = """\
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM
from helpers import freeze

teacher = AutoModelForCausalLM.from_pretrained("gpt2")
student = AutoModelForSeq2SeqLM.from_pretrained("t5-small")
for model in (teacher, student):
    model.eval()
freeze(teacher)
student.train()
"""
FREEZE = """\
def freeze(model):
    print("freezing")
    model.config.use_cache = False
"""


def squeezed(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines]


def test_each_model_has_a_heading_and_each_event_its_own_place(told: Callable[..., list[str]]) -> None:
    lines = told(train=TWO, helpers=FREEZE)
    assert squeezed(lines) == [
        "AutoModelForCausalLM #1",
        "4 loaded (AutoModelForCausalLM) checkpointing off · cache on · eval mode",
        "7 eval mode checkpointing off · cache on · eval mode",
        "helpers.py:3 cache off (config) checkpointing off · cache off · eval mode",
        "",
        "AutoModelForSeq2SeqLM #2",
        "5 loaded (AutoModelForSeq2SeqLM) checkpointing off · cache on · eval mode",
        "7 eval mode checkpointing off · cache on · eval mode",
        "9 train mode checkpointing off · cache on · train mode",
    ]
    assert len({line.index("checkpointing ") for line in lines if "checkpointing" in line}) == 1


def test_a_condition_with_several_ways_shows_one(told: Callable[..., list[str]]) -> None:
    parser = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--a', action='store_true')\n"
    parser += "p.add_argument('--b', action='store_true')\nargs = p.parse_args()\n"
    lines = told(train=f"{parser}{LOAD}if args.a or args.b:\n    model.train()\n")
    assert lines[-1].endswith("such as when `--b` is on")


def test_a_folder_tells_what_does_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"a": TWO, "helpers": FREEZE, "data": "print()\n", "old": f"{DEFECT}print 1\n"}.items():
        Path(f"{name}.py").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(gclint, ["story", "."])
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[:3]) == (0, ["a.py", "", "AutoModelForCausalLM #1"])
    assert lines[-1] == "In 2 files more no model is used."
    assert "\nhelpers.py\n" not in result.stdout
    assert result.stderr.startswith("warning: old.py:16:1: ")
    asked = CliRunner().invoke(gclint, ["story", "a.py", "helpers.py"]).stdout
    assert "a.py\n\nAutoModelForCausalLM #1\n" in asked
    assert "\n\n\nhelpers.py\n\n" in asked
    alone = CliRunner().invoke(gclint, ["story", "old.py"])
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert CliRunner().invoke(gclint, ["story", "data.py"]).stdout == "no model is used here\n"


def test_a_story_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"a": TWO, "helpers": FREEZE, "old": f"{DEFECT}print 1\n"}.items():
        Path(f"{name}.py").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(gclint, ["story", "--output-format", "json", "."])
    first, second = json.loads(result.stdout)
    assert (second["filename"], second["problem"][:9]) == (str(tmp_path / "old.py"), "old.py:16")
    assert (first["filename"], first["problem"]) == (str(tmp_path / "a.py"), None)
    assert first["models"] == ["AutoModelForCausalLM #1", "AutoModelForSeq2SeqLM #2"]
    (switch,) = (one for one in first["events"] if one["kind"] == "CacheSwitched")
    assert (switch["filename"], switch["location"]) == (str(tmp_path / "helpers.py"), {"row": 3, "column": 5})
    assert (switch["called_from"]["filename"], switch["called_from"]["location"]["row"]) == (str(tmp_path / "a.py"), 8)
    assert switch["models"] == [{"name": "AutoModelForCausalLM #1", "checkpointing": "off", "cache": "off", "mode": "eval"}]
    assert first["events"][0]["called_from"] is None
    assert (first["given_up"], first["left_out_cells"]) == ([], [])
    assert CliRunner().invoke(gclint, ["story", "--output-format", "sarif", "a.py"]).exit_code == 2
    environment = {"GCLINT_OUTPUT_FORMAT": "sarif"}  # that is for findings
    assert CliRunner(env=environment).invoke(gclint, ["story", "a.py"]).stdout.startswith("AutoModel")


@pytest.mark.usefixtures("calls_of_eight_steps")
def test_what_was_given_up_for_programs(told: Callable[..., list[str]]) -> None:
    told(train=HELPERS)
    (one,) = json.loads(CliRunner().invoke(gclint, ["story", "--output-format", "json", "train.py"]).stdout)
    parts = [(part["location"]["row"], part["what"], part["times"], part["models"]) for part in one["given_up"]]
    assert parts == [
        (10, "the call of `tell`", 1, []),
        (12, "the call of `finish`", 1, ["AutoModelForCausalLM #1"]),
        (14, "the call of `count`", 3, []),
    ]


def test_a_cell_is_named_as_jupyter_does(told: Callable[..., list[str]]) -> None:
    book = json.loads(notebook("import os", LOAD, "x = (", "model.eval()"))
    book["cells"][1]["execution_count"] = 7
    lines = squeezed(told(train__ipynb=json.dumps(book)))
    assert [line.split(" loaded")[0] for line in lines if "loaded" in line] == ["cell 2 In[7]:2"]
    assert [line.split(" eval mode")[0] for line in lines if " eval mode checkp" in line] == ["cell 4:1"]
    assert lines[-1] == "cell 3 cannot be parsed, so it was skipped: '(' was never closed"


def test_the_page_shows_the_ending_as_it_is() -> None:
    lines = (ROOT / "docs" / "story-limits.md").read_text(encoding="utf-8").splitlines()
    assert {HEAD, STEPS, END, "  the others cannot reach any of the models above"} <= set(lines)


def test_a_story_that_has_needed_all_its_room_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import os\n" + LOAD + "if os.path.exists('a'):\n    model.train()\n"
    told = story.interpret(syntax.parse(source.from_bytes("train.py", text.encode())))
    told.conditions.budgets.allow(told.conditions.size)
    assert stories.render(told).endswith("when `os.path.exists('a')` is true")
    assert told.conditions.budgets.limit > told.conditions.size, "the timeline may ask what the story did not"

    def fail(*_: object) -> None:
        raise TooComplex

    monkeypatch.setattr(Conditions, "needs", fail)
    monkeypatch.setattr(Conditions, "explanation", fail)
    assert stories.render(told).endswith("in some cases")
