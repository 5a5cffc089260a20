"""Recipes of the repository: which script each of them starts, and what comes of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from textwrap import indent
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gcheck_lint.recipes.bindings import Binding, Given
from gcheck_lint.run import recipes as joining
from tests.support.forks import gclint

HEAD = """\
import sys
from datasets import load_from_disk
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments
"""
TAIL = """\
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m", use_cache=False)
model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))
trainer = Trainer(model, arguments, train_dataset=load_from_disk("data/train"))
trainer.train()
"""
BY_FILE = f"{HEAD}(arguments,) = HfArgumentParser(TrainingArguments).parse_yaml_file(sys.argv[1])\n{TAIL}"
BY_CONFIG = f"{HEAD}from trl import TrlParser\n(arguments,) = TrlParser(TrainingArguments).parse_args_and_config()\n{TAIL}"
BY_WORDS = f"{HEAD}(arguments,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()\n{TAIL}"
BY_ARGPARSE = f"""\
{HEAD}from argparse import ArgumentParser
parser = ArgumentParser()
parser.add_argument("--output-dir", default="out")
parser.add_argument("--checkpoint", action="store_true")
parser.add_argument("--reentrant", type=lambda text: text == "true", default=False)
args = parser.parse_args()
kwargs = {{"use_reentrant": args.reentrant}}
arguments = TrainingArguments(args.output_dir, gradient_checkpointing=args.checkpoint, gradient_checkpointing_kwargs=kwargs)
{TAIL}"""
BY_DOCUMENT = f"""\
{HEAD}import yaml
config = yaml.safe_load(open(sys.argv[1]))
print(config["data"], config["seed"])
arguments = TrainingArguments(**config["training"])
{TAIL}"""
RECIPE = """\
output_dir: out
learning_rate: 1.0e-4
gradient_checkpointing: true
gradient_checkpointing_kwargs:
  use_reentrant: true
"""
RIGHT = RECIPE.replace("use_reentrant: true", "use_reentrant: false")


def lay_out(repo: Path, files: dict[str, str]) -> None:
    (repo / "pyproject.toml").write_text('[tool.gclint]\ntarget-transformers = "==4.57.1"\n', encoding="utf-8")
    shutil.rmtree(repo / "deep", ignore_errors=True)
    if "train.py" not in files and "sft.py" in files:
        (repo / "train.py").unlink()
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text, encoding="utf-8")


def told(repo: Path, *options: str) -> list[dict[str, Any]]:
    """Findings that are no mere hints, with paths as they lie in the repository."""
    done = gclint(repo, "--output-format", "json", *options, ".")
    assert done.returncode in (0, 1), done.stderr
    found = [one for one in json.loads(done.stdout) if one["severity"] != "info"]
    for place in (*found, *(place for one in found for place in one["related"])):
        place["path"], place["row"] = Path(place["filename"]).relative_to(repo).as_posix(), place["location"]["row"]
    return found


def places(repo: Path, *options: str) -> list[tuple[str, int, str]]:
    return [(one["path"], one["row"], one["code"]) for one in told(repo, *options)]


@pytest.mark.parametrize(
    ("script", "recipes"),
    [
        (BY_FILE, {"conf/small.yaml": RECIPE}),
        (BY_CONFIG, {"conf/small.yaml": RECIPE}),
        (BY_CONFIG, {"conf/small.yaml": RECIPE, "run.sh": "accelerate launch \\\n  train.py --config conf/small.yaml\n"}),
        (BY_CONFIG, {"conf/small.yaml": RECIPE, "run.sh": "DIR=conf\npython train.py --config $DIR/small.yaml --seed 1\n"}),
        (BY_DOCUMENT, {"conf/small.yaml": "data: x\nseed: 1\ntraining:\n" + indent(RECIPE, "  ")}),
        (BY_FILE, {"conf/small.json": json.dumps({"output_dir": "out", "learning_rate": 1e-4, "gradient_checkpointing": True,
                                                  "gradient_checkpointing_kwargs": {"use_reentrant": True}}, indent=2)}),
    ],
    ids=["yaml", "trl", "handed over", "by a variable", "read by the script", "json"],
)  # fmt: skip
def test_file_of_keys_is_told_at_its_line(repo: Path, script: str, recipes: dict[str, str]) -> None:
    lay_out(repo, {"train.py": script, **recipes})
    found = told(repo)
    (one,) = [one for one in found if one["code"].startswith("GCK5")]
    assert one["path"].startswith("conf/small")
    assert "train.py:" in one["message"]
    assert "(GCK302)" in one["message"]
    assert any(place["path"] == "train.py" for place in one["related"])
    assert not [one for one in found if one["code"] == "GCK302"]


WRONG = "--output_dir out --gradient_checkpointing true --gradient_checkpointing_kwargs '{\"use_reentrant\": true}'"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.sh", f"torchrun --nproc_per_node=1 train.py {WRONG}\n"),
        ("scripts/run.sh", f"cd ..\npython3 train.py {WRONG}\n"),
        ("Makefile", f"train:\n\tpython train.py {WRONG}\n"),
        ("job.slurm", f"#!/bin/bash\nsrun python -m train {WRONG}\n"),
        (
            ".vscode/launch.json",
            json.dumps({"configurations": [{"type": "debugpy", "program": "${workspaceFolder}/train.py", "args": [
             "--output_dir", "out", "--gradient_checkpointing", "true",
             "--gradient_checkpointing_kwargs", '{"use_reentrant": true}']}]}),
        ),
    ],
    ids=lambda value: value if "\n" not in value and "{" not in value else "",
)  # fmt: skip
def test_command_line_is_told_at_its_word(repo: Path, name: str, text: str) -> None:
    lay_out(repo, {"train.py": BY_WORDS, name: text})
    assert [(path, code) for path, _, code in places(repo)] == [(name, "GCK501")]


@pytest.mark.parametrize(
    "recipes",
    [
        {"conf/small.yaml": RIGHT},
        {"conf/small.yaml": RECIPE.replace("gradient_checkpointing: true", "gradient_checkpointing: false")},
        {"conf/small.yaml": RECIPE, "run.sh": 'python train.py --config conf/small.yaml --gradient_checkpointing "$GC"\n'},
        {"conf/small.yaml": RECIPE.replace("  use_reentrant: true", "  use_reentrant: true  # noqa: GCK501")},
        {"conf/axolotl.yaml": RECIPE + "base_model: x\nsequence_len: 2048\nmicro_batch_size: 1\n"},
        {"conf/other.yaml": "name: ci\non: push\njobs: {}\nenv:\n  gradient_checkpointing: true\n"},
        {"tests/data/small.yaml": RECIPE},
        {"README.md": f"```sh\npython train.py {WRONG}\n```\n"},
        {"templates/small.yaml": "{% if x %}\n" + RECIPE + "{% endif %}\n"},
    ],
    ids=[
        "right",
        "off",
        "left to a variable",
        "silenced",
        "of a framework",
        "of something else",
        "of tests",
        "in a document",
        "template",
    ],
)
def test_nothing_is_told_of_what_is_right_or_of_nobody(repo: Path, recipes: dict[str, str]) -> None:
    lay_out(repo, {"train.py": BY_CONFIG, **recipes})
    assert places(repo) == []


def test_what_may_be_given_besides_leaves_it_open(repo: Path) -> None:
    lay_out(repo, {"train.py": BY_WORDS, "run.sh": 'python train.py --output_dir out --gradient_checkpointing true "$@"\n'})
    assert places(repo) == []


def test_what_fits_two_scripts_is_of_the_one_it_is_named_after(repo: Path) -> None:
    lay_out(repo, {"sft.py": BY_CONFIG, "dpo.py": BY_CONFIG, "conf/small.yaml": RECIPE})
    assert places(repo) == []
    lay_out(repo, {"conf/dpo/small.yaml": RECIPE})
    (one,) = told(repo)
    assert one["path"] == "conf/dpo/small.yaml"
    assert one["message"].startswith("dpo.py:")


def test_rule_that_is_off_is_off_in_recipes(repo: Path) -> None:
    lay_out(repo, {"train.py": BY_FILE, "conf/small.yaml": RECIPE})
    assert places(repo, "--ignore", "GCK302") == []
    assert places(repo, "--ignore", "GCK5") == []
    assert len(places(repo)) == 1


def test_finding_of_the_script_names_the_recipes(repo: Path) -> None:
    lay_out(
        repo, {"train.py": BY_ARGPARSE, "run.sh": "python train.py --checkpoint --reentrant true\n", "b.sh": "python train.py\n"}
    )
    (one,) = told(repo)
    assert one["code"] == "GCK302"
    assert "--checkpoint" in one["condition"]
    assert [(place["path"], place["row"]) for place in one["related"]][-1] == ("run.sh", 1)


def test_finding_of_the_script_says_that_no_recipe_makes_it_so(repo: Path) -> None:
    lay_out(repo, {"train.py": BY_ARGPARSE, "a.sh": "python train.py --output-dir x\n", "b.sh": "python train.py\n"})
    (one,) = told(repo)
    assert "none of the 2 recipes that start it causes this" in one["help"]
    (repo / "b.sh").unlink()
    (one,) = told(repo)
    assert "the recipe that starts it does not cause this" in one["help"]


HYDRA = f"""\
{HEAD}import hydra

@hydra.main(config_path="conf", config_name="config", version_base=None)
def main(cfg):
    arguments = TrainingArguments(**cfg.trainer)
    train(arguments)

def train(arguments):
{"".join(f"    {line}{chr(10)}" for line in TAIL.splitlines())}
main()
"""


def test_hydra_is_composed(repo: Path) -> None:
    group = {"conf/config.yaml": "defaults:\n  - trainer: small\n  - _self_\nseed: 1\n", "conf/trainer/small.yaml": RECIPE}
    lay_out(repo, {"train.py": HYDRA, **group})
    assert [(path, code) for path, _, code in places(repo)] == [("conf/trainer/small.yaml", "GCK501")]
    lay_out(repo, {"conf/config.yaml": "defaults:\n  - trainer: small\n  - _self_\ntrainer:\n  gradient_checkpointing: false\n"})
    assert places(repo) == []
    lay_out(repo, {"run.sh": "python train.py trainer.gradient_checkpointing=true\n"})
    assert [(path, code) for path, _, code in places(repo)] == [("conf/trainer/small.yaml", "GCK501")]


COMMANDS = {
    "click": "import click\n\n@click.command()\n@click.option('--checkpoint/--no-checkpoint', default=False)\n",
    "typer": "import typer\napp = typer.Typer()\n\n@app.command()\n",
    "fire": "import fire\n\n",
}


@pytest.mark.parametrize(("library", "call"), [("click", "main()"), ("typer", "app()"), ("fire", "fire.Fire(main)")])
def test_parameters_of_commands_are_given(repo: Path, library: str, call: str) -> None:
    body = f'arguments = TrainingArguments("out", gradient_checkpointing=checkpoint)\n{TAIL}'
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    script = f"{HEAD}{COMMANDS[library]}def main(checkpoint: bool = False):\n{lines}\nif __name__ == '__main__':\n    {call}\n"
    lay_out(repo, {"train.py": script, "on.sh": "python train.py --checkpoint\n", "off.sh": "python train.py\n"})
    (one,) = [one for one in told(repo) if one["code"] == "GCK302"]
    assert [place["path"] for place in one["related"] if place["path"].endswith(".sh")] == ["on.sh"]


def test_what_hangs_on_no_option_is_told_without_recipes(repo: Path) -> None:
    script = BY_ARGPARSE.replace("gradient_checkpointing=args.checkpoint", "gradient_checkpointing=True")
    script = script.replace('"use_reentrant": args.reentrant', '"use_reentrant": True')
    lay_out(repo, {"train.py": script, "run.sh": "python train.py --checkpoint\n"})
    (one,) = told(repo)
    assert one["condition"] == ""
    assert {place["path"] for place in one["related"]} == {"train.py"}


def test_recipe_that_cannot_be_read_is_a_warning(repo: Path) -> None:
    lay_out(repo, {"train.py": BY_FILE, "conf/small.yaml": RECIPE, "conf/broken.yaml": "gradient_checkpointing: [\n"})
    done = gclint(repo, "--output-format", "concise", ".")
    assert "warning: conf/broken.yaml:" in done.stderr
    assert "is not read" in done.stderr
    assert "conf/small.yaml:5" in done.stdout


def test_second_run_says_the_same_out_of_the_cache(repo: Path) -> None:
    lay_out(repo, {"train.py": BY_FILE, "conf/small.yaml": RECIPE})
    first = told(repo)
    assert told(repo) == first
    lay_out(repo, {"conf/small.yaml": RIGHT})
    assert told(repo) == []


def test_what_is_possible_after_a_training_becomes_sure(repo: Path) -> None:
    script = BY_FILE.replace(TAIL, TAIL.replace('model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))\n', ""))
    script = script.replace(", use_cache=False", "") + "model.generate()\n"
    lay_out(repo, {"train.py": script, "conf/small.yaml": RIGHT})
    (one,) = [one for one in told(repo) if one["code"].startswith("GCK2")]
    assert one["certainty"] == "sure"
    assert "with conf/small.yaml" in one["condition"]
    assert one["related"][-1]["path"] == "conf/small.yaml"


def test_the_switch_decides_behind_any_number_of_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {f"data_{n}": Given(f"data/{n}.json", None) for n in range(12)}
    switch = {"gradient_checkpointing": Given("True", None)}
    asked: list[int] = []
    fault: Any = ("GCK302", None)

    def sure(_: object, __: object, binding: Binding) -> set[Any]:
        asked.append(len(binding.options or {}))
        return {fault} if "gradient_checkpointing" in (binding.options or {}) else set()

    monkeypatch.setattr(joining, "_counting", lambda _: frozenset({*paths, *switch}))
    monkeypatch.setattr(joining._Telling, "_sure", sure)
    telling: Any = joining._Telling(cast(Any, None), cast(Any, None))
    start: Any = SimpleNamespace(binding=Binding({**paths, **switch}))
    assert telling.deciding(start, fault) == ["gradient_checkpointing"]
    assert len(asked) == 1  # no path is left out in turn where a switch decides

    monkeypatch.setattr(joining._Telling, "_sure", lambda _, __, binding: {fault} if "data_3" in binding.options else set())
    assert telling.deciding(start, fault) == ["data_3"]
