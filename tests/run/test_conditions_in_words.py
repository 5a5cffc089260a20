"""What a finding's condition calls the things that it hangs on: as the user's own command line and file call them."""

from __future__ import annotations

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from gcheck_lint.text import source

LOAD = """
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
"""
TRAIN = """
if {test}:
    model.gradient_checkpointing_enable()
Trainer(model=model, args=TrainingArguments(output_dir="out")).train()
"""


def _conditions(text: str) -> list[str]:
    report = pipeline.check(source.from_bytes("train.py", text.encode()), Settings())
    assert not report.failures, report.failures[0].text
    return [one.condition for one in report.diagnostics if one.code in ("GCK101", "GCK102", "GCK201")]


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


PARSER = "import argparse\nparser = argparse.ArgumentParser()\n{option}\nargs = parser.parse_args()\n"
DATACLASS = (
    "from dataclasses import dataclass\n"
    + LOAD
    + "@dataclass\nclass Choices:\n    {field}\n\n(choices,) = HfArgumentParser(Choices).parse_args_into_dataclasses()\n"
)
SETTINGS = "import yaml\nwith open('train.yaml') as file:\n    cfg = yaml.safe_load(file)\n"


@pytest.mark.parametrize(
    ("option", "test", "words"),
    [
        ("parser.add_argument('--save_memory', action='store_true')", "args.save_memory", "`--save_memory` is on"),
        ("parser.add_argument('-q', '--quantise', type=str)", "args.quantise", "`--quantise` is given"),
        ("parser.add_argument('--quantise')", "not args.quantise", ""),  # as it is by default
        ("parser.add_argument('--quantise')", "args.quantise is not None", "`--quantise` is given"),
        ("parser.add_argument('--rank', type=int, default=8)", "not args.rank", "`--rank` is 0"),
        ("parser.add_argument('--rank', type=int, default=0)", "args.rank", "`--rank` is not 0"),
        ("parser.add_argument('--name', default='a')", "not args.name", "`--name` is empty"),
        ("", "args.save_memory", "`args.save_memory` is on"),  # of a parser that somebody else fills
    ],
)
def test_options_of_a_parser(option: str, test: str, words: str) -> None:
    text = PARSER.format(option=option) + LOAD + TRAIN.format(test=test)
    assert _conditions(text) == [f"when {words}" if words else ""]


@pytest.mark.parametrize(
    ("field", "test", "words"),
    [
        ("save_memory: bool = False", "choices.save_memory", "`--save_memory` is on"),
        ("method: str = 'plain'", "choices.method == 'frugal'", "`--method` is 'frugal'"),
        ("quantise: str | None = None", "choices.quantise", "`--quantise` is given"),
    ],
)
def test_fields_that_a_parser_fills(field: str, test: str, words: str) -> None:
    assert _conditions(DATACLASS.format(field=field) + TRAIN.format(test=test)) == [f"when {words}"]


def test_fields_that_a_caller_fills_are_no_options() -> None:
    text = "from dataclasses import dataclass\n" + LOAD + "@dataclass\nclass Choices:\n    save_memory: bool = False\n\n"
    body = _indented(LOAD.splitlines()[2] + TRAIN.format(test="choices.save_memory"))
    assert _conditions(text + "def main(choices: Choices):\n" + body) == ["when `choices.save_memory` is on"]


@pytest.mark.parametrize(
    ("signature", "end", "words"),
    [
        ("save_memory=False", "", "`save_memory` is on"),
        ("save_memory: bool = False", "import fire\nfire.Fire(main)\n", "`--save_memory` is on"),
    ],
)
def test_parameters(signature: str, end: str, words: str) -> None:
    body = _indented(LOAD.splitlines()[2] + TRAIN.format(test="save_memory"))
    assert _conditions(f"{LOAD}def main({signature}):\n{body}\n\n{end}") == [f"when {words}"]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("cfg['training']['save_memory']", "`cfg['training']['save_memory']` is on"),
        ("cfg.get('save_memory', False)", "`cfg.get('save_memory', False)` is true"),
        ("cfg['rank'] > 4", "`cfg['rank']` is above 4"),
    ],
)
def test_settings_of_a_file(test: str, words: str) -> None:
    assert _conditions(SETTINGS + LOAD + TRAIN.format(test=test)) == [f"when {words}"]


def test_a_long_expression_is_shortened() -> None:
    test = "cfg['training']['memory']['what_to_do_about_it']['save_memory']"
    [condition] = _conditions(SETTINGS + LOAD + TRAIN.format(test=test))
    assert condition == "when `cfg['training']['memory']['what_to_do_about_it']…` is on"


TWO_WAYS = """
import sys
from dataclasses import dataclass
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments

@dataclass
class ModelArguments:
    use_lora: bool = True

parser = HfArgumentParser((ModelArguments, TrainingArguments))
if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
    model_args, training_args = parser.parse_json_file(json_file=sys.argv[1])
else:
    model_args, training_args = parser.parse_args_into_dataclasses()
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
model.config.use_cache = False
if model_args.use_lora:
    model = get_peft_model(model, LoraConfig())
trainer = Trainer(model=model, args=training_args)
if training_args.do_train:
    trainer.train()
    trainer.save_model()
"""


def test_arguments_of_a_file_or_of_the_command_line() -> None:
    assert _conditions(TWO_WAYS) == ["when `--use_lora` is off"]
