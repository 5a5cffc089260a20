"""What a finding calls a model, and which effect it speaks of."""

from __future__ import annotations

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from gcheck_lint.text import source

HEAD = """
import somewhere
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, Trainer, TrainingArguments
"""
TRAIN = "Trainer(model=model, args=TrainingArguments('out')).train()\n"


def _message(text: str, code: str) -> str:
    settings = Settings(target_transformers=">=4.25")
    report = pipeline.check(source.from_bytes("train.py", (HEAD + text).encode()), settings)
    assert not report.failures, report.failures[0].text
    return next(one.message for one in report.diagnostics if one.code == code)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("AutoModelForCausalLM.from_pretrained('EleutherAI/pythia-160m')", "AutoModelForCausalLM"),
        ("somewhere.Fast.get_model(options)", "Fast"),
        ("somewhere.get_model(options)", "somewhere.get_model(…)"),
        ("options.model", "options.model"),
    ],
)
def test_a_model_is_called_by_its_class_or_as_the_script_reads_it(made: str, name: str) -> None:
    text = f"model = {made}\nmodel.gradient_checkpointing_enable()\nmodel.config.use_cache = True\n{TRAIN}"
    body = "".join(f"    {line}\n" for line in text.splitlines())
    assert f"`{name}` trains" in _message(f"def main(options):\n{body}", "GCK103")


def test_a_few_tokens_are_not_said_to_be_many_times_slower() -> None:
    text = "model = AutoModelForCausalLM.from_pretrained('EleutherAI/pythia-160m')\nmodel.config.use_cache = False\n"
    text += f"trainer = {TRAIN}model.eval()\n"
    assert "slower" in _message(f"{text}model.generate(**batch, max_new_tokens=200)\n", "GCK202")
    brief = _message(f"{text}model.generate(**batch, max_new_tokens=8)\n", "GCK202")
    assert brief == "`AutoModelForCausalLM` generates with its KV cache switched off: each token is computed from all before it"


def test_a_classifier_is_no_language_model() -> None:
    text = (
        "model = AutoModelForSequenceClassification.from_pretrained('EleutherAI/pythia-160m')\nmodel.config.use_cache = False\n"
    )
    message = _message(f"{text}trainer = {TRAIN}model.save_pretrained('out')\n", "GCK201")
    assert "language model" not in message
    assert "slower" not in message
