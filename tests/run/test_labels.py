"""What is said at the places of a finding: a switch, an option, arguments that have it on, a call into another module."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from gcheck_lint.text import source
from gcheck_lint.text.spans import Span

LOAD = """
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
"""
SWITCHED, OPTION = "checkpointing is switched on here", "this option switches checkpointing on"
PARSED = "(args,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()\n"
OWN = "class Own(TrainingArguments):\n    gradient_checkpointing: bool = True\n"


def _labels(text: str, path: str = "train.py") -> list[tuple[str, str]]:
    """The code at each place of the first finding about the cache in a training, with its label."""
    report = pipeline.check(source.from_bytes(path, text.encode()), Settings())
    assert not report.failures, report.failures[0].text
    found = next(one for one in report.diagnostics if one.code in ("GCK101", "GCK102"))
    places = [(found.span, found.path, found.label), *((one.span, one.path, one.message) for one in found.related)]
    return [(_code(text if where == path else Path(where).read_text("utf-8"), span), label) for span, where, label in places]


def _code(text: str, span: Span) -> str:
    row = text.splitlines()[span.start.row - 1]
    return row[span.start.column - 1 : span.end.column - 1]


@pytest.mark.parametrize(
    ("middle", "args", "place"),
    [
        ("", "TrainingArguments('out', gradient_checkpointing=True)", ("gradient_checkpointing=True", SWITCHED)),
        (PARSED + "args.gradient_checkpointing = True\n", "args", ("args.gradient_checkpointing", SWITCHED)),
        (PARSED + "if args.gradient_checkpointing:\n    print('slow')\n", "args", ("args.gradient_checkpointing", OPTION)),
        ("from trl import SFTConfig\n", "SFTConfig('out')", ("SFTConfig('out')", "these arguments switch checkpointing on")),
        (
            "from dataclasses import dataclass\n@dataclass\n" + OWN,
            "Own('out')",
            ("gradient_checkpointing: bool = True", OPTION),
        ),
    ],
)
def test_what_has_checkpointing_on(middle: str, args: str, place: tuple[str, str]) -> None:
    assert _labels(f"{LOAD}{middle}Trainer(model=model, args={args}).train()\n")[0] == place


def test_a_switch_in_another_module_is_shown_there(tmp_path: Path) -> None:
    (tmp_path / "prepare.py").write_text("def prepare(model):\n    model.gradient_checkpointing_enable()\n", encoding="utf-8")
    path = tmp_path / "train.py"
    text = f"from prepare import prepare\n{LOAD}prepare(model)\nTrainer(model=model, args=TrainingArguments('out')).train()\n"
    path.write_text(text, encoding="utf-8")
    assert _labels(text, str(path))[:2] == [
        ("prepare(model)", "checkpointing is switched on in this call"),
        ("model.gradient_checkpointing_enable()", SWITCHED),
    ]


def test_places_behind_one_call_are_told_apart(tmp_path: Path) -> None:
    body = "    model.gradient_checkpointing_enable()\n    Trainer(model=model, args=TrainingArguments('out')).train()\n"
    helper = f"from transformers import Trainer, TrainingArguments\ndef run(model):\n{body}"
    (tmp_path / "helper.py").write_text(helper, encoding="utf-8")
    path = tmp_path / "train.py"
    path.write_text(text := f"from helper import run\n{LOAD}run(model)\n", encoding="utf-8")
    assert _labels(text, str(path)) == [
        ("run(model)", "checkpointing is switched on in this call"),
        ("model.gradient_checkpointing_enable()", SWITCHED),
        ("Trainer(model=model, args=TrainingArguments('out')).train()", "trained here with the cache on"),
    ]


def test_arguments_of_another_module_are_seen_where_they_are_built(tmp_path: Path) -> None:
    own = f"from dataclasses import dataclass\nfrom transformers import TrainingArguments\n@dataclass\n{OWN}"
    (tmp_path / "settings.py").write_text(own, encoding="utf-8")
    path = tmp_path / "train.py"
    path.write_text(text := f"from settings import Own\n{LOAD}Trainer(model=model, args=Own('out')).train()\n", encoding="utf-8")
    assert _labels(text, str(path))[:2] == [
        ("Own('out')", "an option behind this call switches checkpointing on"),
        ("gradient_checkpointing: bool = True", OPTION),
    ]
