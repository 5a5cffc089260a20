"""Fixes of several rules on one script: they come to an end, and leave nothing that was not there before."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.fixing import apply
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source, read

RESTORED_IN_THE_LOOP = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

for _ in range(3):
    model = AutoModelForCausalLM.from_pretrained("gpt2", config=config)
    trainer = Trainer(model=model, args=TrainingArguments("out", gradient_checkpointing=True))
    trainer.train()
    trainer.model.config.use_cache = True
    trainer.save_model("out")
"""
HEAD = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
from steps import step

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
trainer = Trainer(model=model, args=TrainingArguments("out", gradient_checkpointing=True))
trainer.train()
"""
SAVES = 'def step(model):\n    model.save_pretrained("out")\n'
SWITCHES_AND_SAVES = 'def step(model):\n    model.config.use_cache = False\n    model.save_pretrained("out")\n'
TRAINS_AND_SAVES = 'def step(trainer):\n    trainer.train()\n    trainer.model.save_pretrained("out")\n'
TRAINS_AND_GENERATES = "def step(trainer):\n    trainer.train()\n    trainer.model.generate()\n"
GENERATES = "def step(model):\n    model.generate()\n"


def check(source: Source) -> FileReport:
    return pipeline.check(source, Settings(target_transformers=">=4.25"))


def fixed(path: Path) -> tuple[str, str, apply.Outcome]:
    path = Path(path.name)
    before = read(str(path))
    outcome = apply.fix([check(before)], check, unsafe=True)
    return before.text, outcome.changed.get(str(path), (before, before))[1].text, outcome


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pipeline.forget()


def test_two_rules_that_want_the_opposite_of_one_line() -> None:
    Path("train.py").write_text(RESTORED_IN_THE_LOOP)
    before, after, outcome = fixed(Path("train.py"))
    assert (after, outcome.applied) == (before, [])
    assert [(one.diagnostic.code, one.diagnostic.span.start.row) for one in outcome.reverted] == [("GCK103", 7)]
    assert "GCK201" in outcome.reverted[0].reason


@pytest.mark.parametrize(
    ("module", "call", "line"),
    [
        (SAVES, "step(model)", "model.config.use_cache = True"),
        (GENERATES, "step(model)", "model.eval()\nmodel.config.use_cache = True"),
        (SWITCHES_AND_SAVES, "step(model)", ""),
        (TRAINS_AND_SAVES, "step(trainer)", ""),
        (TRAINS_AND_GENERATES, "step(trainer)", ""),
    ],
)
def test_a_line_before_the_call_of_another_module(module: str, call: str, line: str) -> None:
    """None is offered where the called function itself does what the line would come too early for."""
    Path("steps.py").write_text(module)
    Path("train.py").write_text(HEAD + call + "\n")
    before, after, outcome = fixed(Path("train.py"))
    assert check(read("train.py")).diagnostics
    assert outcome.reverted == []
    assert after == before.replace(f"\n{call}\n", f"\n{line}\n{call}\n") if line else after == before


OPTION = """\
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--off", action="store_true")
args = parser.parse_args()
"""
EVALUATES_IN_THE_LOOP = """\
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained("gpt2")
if {switch}:
    model.config.use_cache = False
model.train()
for step in range(100):
    model(**batch, use_cache=False).loss.backward()
    if step % 10 == 0:
        model.eval()
        model.generate()
        model.train()
model.eval()
model.generate()
"""


@pytest.mark.parametrize(("switch", "back"), [("True", "False"), ("args.off", "cache_was")])
def test_a_frame_in_the_loop_puts_back_what_was_there(switch: str, back: str) -> None:
    """Where the cache is off only for some of the user's choices, `False` after it would switch it off for the others."""
    Path("train.py").write_text(OPTION + EVALUATES_IN_THE_LOOP.format(switch=switch))
    _, after, _ = fixed(Path("train.py"))
    assert f"        model.generate()\n        model.config.use_cache = {back}\n" in after
    assert ("        cache_was = model.config.use_cache\n        model.config.use_cache = True\n" in after) is (
        back == "cache_was"
    )
