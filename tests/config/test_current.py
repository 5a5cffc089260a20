"""Where nobody says which versions count, what only harms old ones is possible; whoever asks for them is told."""

from __future__ import annotations

import pytest

from gcheck_lint import knowledge
from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty, Severity
from gcheck_lint.run import pipeline
from gcheck_lint.text import source

SCRIPT = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("facebook/opt-125m")
model.config.use_cache = False
trainer = Trainer(model=model, args=TrainingArguments("out"))
trainer.train()
model.eval()
model.generate(max_new_tokens=64)
"""


def told(target: str | None) -> list[tuple[str, Certainty, str]]:
    report = pipeline.check(source.from_bytes("x.py", SCRIPT.encode()), Settings(target_transformers=target, possible=True))
    return [(one.code, one.certainty, one.versions) for one in report.diagnostics if one.code == "GCK202"]


def test_what_is_current_is_two_years() -> None:
    current = knowledge.load().current("transformers")
    assert current.contains(knowledge.load().releases("transformers")[-1])
    assert not current.contains("4.36.2")


@pytest.mark.parametrize(
    ("target", "certainty"),
    [(None, Certainty.POSSIBLE), (">=4.25", Certainty.SURE), (">=4.30", Certainty.SURE), ("<4.37", Certainty.SURE)],
)
def test_old_versions_count_for_those_who_ask(target: str | None, certainty: Certainty) -> None:
    assert [one[:2] for one in told(target)] == [("GCK202", certainty)]


def test_gravity_goes_by_current_versions() -> None:
    saved = SCRIPT.replace("model.eval()\nmodel.generate(max_new_tokens=64)", "trainer.save_model('out')")
    report = pipeline.check(source.from_bytes("x.py", saved.encode()), Settings())
    assert [(one.code, one.severity) for one in report.diagnostics] == [("GCK201", Severity.INFO)]
    assert "without its generation_config.json" in report.diagnostics[0].message
    report = pipeline.check(source.from_bytes("x.py", saved.encode()), Settings(target_transformers=">=4.25"))
    assert [(one.code, one.severity) for one in report.diagnostics] == [("GCK201", Severity.WARNING)]
