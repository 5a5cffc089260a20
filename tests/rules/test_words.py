"""What a finding says: one sentence, and the choices without which it would look like a false alarm."""

from __future__ import annotations

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.rulebook import cards
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from tests.support.paths import FIXTURES

LONGEST = 170  # letters of a message: two lines of a terminal
HELP = 200
ADAPTERS = """\
import os, sys
from dataclasses import dataclass, field
from typing import Optional
from datasets import load_from_disk
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSequenceClassification, HfArgumentParser, Trainer, TrainingArguments

@dataclass
class ScriptArguments:
    model_name: str = field(default="gpt2")
    use_lora: Optional[bool] = field(default=False)
    checkpointing: Optional[bool] = field(default=True)

{parsed}
training_args = TrainingArguments("out", gradient_checkpointing=args.checkpointing)
model = AutoModelForSequenceClassification.from_pretrained(args.model_name, num_labels=1)
if args.use_lora:
    model = get_peft_model(model, LoraConfig(r=16, task_type="SEQ_CLS"))
model.config.use_cache = False
trainer = Trainer(model=model, args=training_args, train_dataset=load_from_disk("d"))
trainer.train()
"""
PARSED = {
    "once": "args = HfArgumentParser(ScriptArguments).parse_args_into_dataclasses()[0]",
    "twins": """\
parser = HfArgumentParser((ScriptArguments,))
if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
    args, = parser.parse_json_file(json_file=os.path.abspath(sys.argv[1]))
else:
    args, = parser.parse_args_into_dataclasses()
""",
}


def told(text: bytes, name: str = "script.py") -> list[Diagnostic]:
    settings = Settings(target_transformers=">=4.25", possible=True, min_severity="info")
    return pipeline.check(from_bytes(name, text), settings).diagnostics


@pytest.mark.parametrize("parsed", PARSED.values(), ids=PARSED)
def test_the_option_that_puts_adapters_on_is_named(parsed: str) -> None:
    settings = Settings(target_transformers="==4.46.3")
    text = ADAPTERS.format(parsed=parsed).encode()
    (finding,) = (one for one in pipeline.check(from_bytes("script.py", text), settings).diagnostics if one.code == "GCK303")
    assert finding.condition == "when `--use_lora` is on"


def test_what_has_to_be_left_off_is_named() -> None:
    """The script shows what it does with the option on, so without these words a right finding looks like a false one."""
    text = ADAPTERS.format(parsed=PARSED["once"]) + 'trainer.save_model("out")\n'
    text = text.replace("AutoModelForSequenceClassification", "AutoModelForCausalLM").replace(", num_labels=1", "")
    report = pipeline.check(from_bytes("script.py", text.encode()), Settings(target_transformers="==4.36.2"))
    (finding,) = (one for one in report.diagnostics if one.code == "GCK201")
    assert finding.condition == "when `--use_lora` is off"


def test_class_and_labels_are_those_of_the_case_that_the_condition_names() -> None:
    text = """\
import argparse

from datasets import load_from_disk
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, LlamaForCausalLM, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--llama", action="store_true")
parser.add_argument("--both", action="store_true")
args = parser.parse_args()
if args.both:
    model = AutoModelForSeq2SeqLM.from_pretrained("acme/base", use_cache=not args.llama)
elif args.llama:
    model = LlamaForCausalLM.from_pretrained("acme/base")
    model.config.use_cache = False
else:
    model = AutoModelForCausalLM.from_pretrained("acme/base")
trainer = Trainer(model=model, args=TrainingArguments("out"), train_dataset=load_from_disk("d"))
trainer.train()
trainer.save_model("out")
"""
    report = pipeline.check(from_bytes("script.py", text.encode()), Settings(target_transformers="==4.36.2"))
    (finding,) = (one for one in report.diagnostics if one.code == "GCK201")
    assert finding.condition == "when `--llama` is on"
    assert finding.message.startswith("`LlamaForCausalLM` is saved")
    assert [one.span.start.row for one in finding.related if "switched off" in one.message] == [14]


def test_a_finding_is_one_sentence_of_two_lines_at_most() -> None:
    texts = [path.read_bytes() for folder in ("scripts", "versions") for path in sorted((FIXTURES / folder).glob("*.py"))]
    texts += [fence.text.encode() for card in cards.load().values() for fence in card.fences if card.code != "GCK001"]
    found = [one for text in texts for one in told(text) if one.code != "GCK002"]  # those are Python's own words
    assert len({one.code for one in found}) > 15
    for one in found:
        assert len(one.message) <= LONGEST, one.message
        assert ". " not in one.message, one.message
        assert not one.message.endswith("."), one.message
        assert one.message.count(": ") <= 2, one.message
        assert len(one.help) <= HELP, one.help
        assert all(len(related.message) < 80 for related in one.related)
