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


IMPORTS = """\
import argparse

import torch
from data import batches
from datasets import load_from_disk
from peft import LoraConfig, PrefixTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
"""
TUNED = """\
parser.add_argument("--tuning", default="qlora"{choices})
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("acme/base")
model.config.use_cache = False
if args.tuning in ("qlora", "lora"):
    model = get_peft_model(model, LoraConfig(r=8, task_type="CAUSAL_LM"))
trainer = Trainer(model=model, args=TrainingArguments("out"), train_dataset=load_from_disk("d"))
trainer.train()
trainer.save_model("out")
"""
METHODS = """\
parser.add_argument("--method", default="lora")
args = parser.parse_args()
if args.method == "prefix":
    model = AutoModelForCausalLM.from_pretrained("acme/base", attn_implementation="eager")
    config = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=16)
elif args.method == "lora":
    model = AutoModelForCausalLM.from_pretrained("acme/base")
    config = LoraConfig(r=8, task_type="CAUSAL_LM")
else:
    raise KeyError(args.method)
model.config.use_cache = False
model.gradient_checkpointing_enable()
model = get_peft_model(model, config)
trainer = Trainer(model=model, args=TrainingArguments("out"), train_dataset=load_from_disk("d"))
trainer.train()
"""
LOOPS = """\
parser.add_argument("--contrast", action="store_true")
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("acme/base")
model.gradient_checkpointing_enable()
optimizer = torch.optim.AdamW(model.parameters())
model.train()
for batch in batches("train"):
    model(**batch).loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(sum(model(**batch).loss for batch in batches("valid")))
if args.contrast:
    for batch in batches("contrast"):
        model(**batch).loss.backward()
        optimizer.step()
"""
BRANCHES = """\
parser.add_argument("--base", default="small")
parser.add_argument("--train", action="store_true")
args = parser.parse_args()
if args.base == "small":
    model = AutoModelForCausalLM.from_pretrained("acme/small")
elif args.base == "large":
    model = AutoModelForCausalLM.from_pretrained("acme/large", device_map="auto")
{more}model.gradient_checkpointing_enable()
trainer = Trainer(model=model, args=TrainingArguments("out"), train_dataset=load_from_disk("d"))
if args.train:
    trainer.train()
"""
OTHER = """\
else:
    raise ValueError(args.base)
"""


def condition(code: str, text: str) -> str:
    """The condition of the one finding of a rule."""
    report = pipeline.check(from_bytes("script.py", text.encode()), Settings(target_transformers="==4.36.2", min_severity="info"))
    (finding,) = (one for one in report.diagnostics if one.code == code)
    return finding.condition


@pytest.mark.parametrize(
    ("choices", "said"),
    [("", "is neither 'qlora' nor 'lora'"), (', choices=["qlora", "lora", "full"]', "is 'full'")],
    ids=["open", "closed"],
)
def test_all_that_an_option_must_not_be_is_said(choices: str, said: str) -> None:
    assert condition("GCK201", IMPORTS + TUNED.format(choices=choices)) == f"when `--tuning` {said}"


def test_the_option_that_chooses_the_harmed_model_is_named() -> None:
    assert condition("GCK307", IMPORTS + METHODS) == "when `--method` is 'prefix'"


def test_the_option_that_runs_the_harmed_loop_is_named() -> None:
    assert condition("GCK304", IMPORTS + LOOPS) == "when `--contrast` is on"


def test_neither_the_option_of_the_only_training_nor_one_of_models_that_are_alike_is_named() -> None:
    assert condition("GCK101", IMPORTS + BRANCHES.format(more=OTHER)) == ""


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
