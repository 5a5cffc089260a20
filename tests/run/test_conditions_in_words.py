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
        ("parser.add_argument('--no-frugal', dest='frugal', action='store_false')", "not args.frugal", "`--no-frugal` is given"),
        ("parser.add_argument('--no-frugal', dest='frugal', action='store_false')", "args.frugal", ""),  # as it is by default
        (
            "parser.add_argument('--frugal', action='store_true')\n"
            "parser.add_argument('--no-frugal', dest='frugal', action='store_false')",
            "args.frugal",
            "`--frugal` is on",
        ),
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


CLICK = "import click\n@click.command()\n"
TYPER = "import typer\napp = typer.Typer()\n@app.command()"


@pytest.mark.parametrize(
    ("declared", "signature", "test", "words"),
    [
        (CLICK + "@click.option('--save-mem/--no-save-mem')", "save_mem", "save_mem", "`--save-mem` is on"),
        (CLICK + "@click.option('-m', '--save-mem', 'frugal', is_flag=True)", "frugal", "frugal", "`--save-mem` is on"),
        (CLICK + "@click.argument('frugal')", "frugal", "frugal == 'yes'", "`frugal` is 'yes'"),
        (TYPER, "save_mem: bool = False", "save_mem", "`--save-mem` is on"),
        (
            TYPER,
            "rank: int = typer.Option(0, '--lora-rank', '-r')",
            "rank > 0",
            "`--lora-rank` is above 0",
        ),
        (
            f"from typing import Annotated\n{TYPER}",
            "frugal: Annotated[bool, typer.Option('--save-mem/--no-save-mem')] = False",
            "frugal",
            "`--save-mem` is on",
        ),
    ],
)
def test_options_are_called_as_their_user_types_them(declared: str, signature: str, test: str, words: str) -> None:
    body = _indented(LOAD.splitlines()[2] + TRAIN.format(test=test))
    assert _conditions(f"{LOAD}{declared}\ndef main({signature}):\n{body}\n\nmain()\n") == [f"when {words}"]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("os.environ.get('FRUGAL')", "`$FRUGAL` is set"),
        ("os.environ.get('FRUGAL') is not None", "`$FRUGAL` is set"),
        ("'FRUGAL' in os.environ", "`$FRUGAL` is set"),
        ("os.getenv('FRUGAL', '0') == '1'", "`$FRUGAL` is '1'"),
        ("bool(int(os.getenv('FRUGAL', '0')))", "`$FRUGAL` is not 0"),  # the text "0" counts as true, and the number does not
        ("int(os.environ['FRUGAL'])", "`$FRUGAL` is not 0"),
        ("int(os.getenv('FRUGAL', '1'))", ""),  # as it is by default
        ("os.environ.get('PLAIN', '0') != '1'", ""),
        ("'--frugal' in sys.argv", "`--frugal` is given"),
    ],
)
def test_the_environment(test: str, words: str) -> None:
    text = "import os\nimport sys\n" + LOAD + TRAIN.format(test=test)
    assert _conditions(text) == [f"when {words}" if words else ""]


@pytest.mark.parametrize(
    ("read", "test", "words"),
    [
        ("import tomllib\ncfg = tomllib.load(open('a', 'rb'))", "cfg['frugal']", "`cfg['frugal']` is on"),
        ("import json\ncfg = json.loads(open('a').read())", "cfg['frugal']", "`cfg['frugal']` is on"),
        ("import yaml\ncfg = yaml.safe_load(open('a'))", "cfg.pop('frugal', False)", "`cfg.pop('frugal', False)` is true"),
        (
            "import yaml\ncfg = yaml.safe_load(open('a'))\nchosen = {'frugal': False, **cfg}",
            "chosen['frugal']",
            "`cfg` has 'frugal' and `chosen['frugal']` is on",
        ),
        (
            "import pydantic_settings as p\nclass Chosen(p.BaseSettings):\n    frugal: bool = False\nchosen = Chosen()",
            "chosen.frugal",
            "`chosen.frugal` is on",
        ),
    ],
)
def test_files_of_settings(read: str, test: str, words: str) -> None:
    assert _conditions(f"{read}\n{LOAD}{TRAIN.format(test=test)}") == [f"when {words}"]


@pytest.mark.parametrize(
    ("parsed", "words"),
    [
        ("parse_args_into_dataclasses()", "`--save_memory` is on"),
        ("parse_yaml_file('a.yaml')", "`choices.save_memory` is on"),
        ("parse_dict({'save_memory': given})", "`choices.save_memory` is on"),
    ],
)
def test_a_file_offers_no_options(parsed: str, words: str) -> None:
    text = DATACLASS.format(field="save_memory: bool = False").replace("parse_args_into_dataclasses()", parsed)
    assert _conditions(text + TRAIN.format(test="choices.save_memory")) == [f"when {words}"]


def test_what_a_line_of_data_says_is_no_choice() -> None:
    text = "import json\nfor line in open('rows'):\n    row = json.loads(line)\n" + LOAD + TRAIN.format(test="row['frugal']")
    assert _conditions(text) == []


def test_fields_that_somebody_unknown_fills_are_not_their_defaults() -> None:
    text = "from dataclasses import dataclass\nfrom company import load\n"
    text += "@dataclass\nclass Choices:\n    use_cache: bool = False\n"
    save = "model.config.use_cache = Choices({given}).use_cache\n" + TRAIN.format(test="False")
    save += "model.save_pretrained('out')\n"
    assert len(_conditions(text + LOAD + save.format(given=""))) == 1
    assert _conditions(text + LOAD + save.format(given="**load()")) == []


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


PIPELINE = """
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments


class Pipeline:
    def __init__(self, {parameters}):
        self.accelerator = accelerator
        self.model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m", use_cache=False)
        if {test}:
            self.model = get_peft_model(self.model, LoraConfig(r=8))

    def train(self):
        Trainer(model=self.model, args=TrainingArguments(output_dir="out", gradient_checkpointing=True)).train()
"""


@pytest.mark.parametrize(
    ("parameters", "test", "words"),
    [
        ("config, accelerator", "config.use_lora", "when `config.use_lora` is on"),
        ("settings, accelerator", "settings['lora'] and accelerator.is_main_process", "when `settings['lora']` is on"),
        ("accelerator, lora=False", "lora", "when `lora` is on"),
        ("accelerator, lora=True", "lora", ""),
        ("accelerator, **settings", "settings.get('lora', False)", "when `settings.get('lora', False)` is true"),
    ],
)
def test_what_callers_of_a_class_give(parameters: str, test: str, words: str) -> None:
    text = PIPELINE.format(parameters=parameters, test=test)
    report = pipeline.check(source.from_bytes("train.py", text.encode()), Settings())
    assert not report.failures, report.failures[0].text
    assert [one.condition for one in report.diagnostics if one.code == "GCK302"] == [words]
