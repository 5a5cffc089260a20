"""Constants at a script's top that look like switches: sure by what is written, possible by what somebody may edit it to."""

from __future__ import annotations

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.python import syntax
from gcheck_lint.run import pipeline
from gcheck_lint.story import interpret
from gcheck_lint.text import source

TOP = """
from datasets import load_from_disk
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

{constant}
model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
training = TrainingArguments(output_dir="out")
"""
END = """
Trainer(model=model, args=training, train_dataset=load_from_disk("data/train")).train()
"""
SWITCHED = "training = TrainingArguments(output_dir='out', gradient_checkpointing=True)"


def _script(constant: str, middle: str) -> source.Source:
    return source.from_bytes("train.py", (TOP.format(constant=constant) + middle + END).encode())


def _found(constant: str, middle: str, *, possible: bool = True) -> list[tuple[str, str, str]]:
    report = pipeline.check(_script(constant, middle), Settings(possible=possible))
    assert not report.failures, report.failures[0].text
    return [(one.code, str(one.certainty), one.condition) for one in report.diagnostics if one.code.startswith("GCK1")]


@pytest.mark.parametrize(
    ("constant", "test", "condition"),
    [
        ("SAVE_MEMORY = False", "SAVE_MEMORY", "when `SAVE_MEMORY` is on"),
        ("FAST = True", "not FAST", "when `FAST` is off"),
        ("METHOD = 'plain'", "METHOD == 'frugal'", "when `METHOD` is 'frugal'"),
        ("METHOD: str = 'plain'", "'frug' in METHOD", "when `METHOD` holds 'frug'"),
        ("RESUME = None", "RESUME is not None", "when `RESUME` is not None"),
    ],
)
def test_what_the_other_value_does_is_possible(constant: str, test: str, condition: str) -> None:
    middle = f"if {test}:\n    {SWITCHED}\n"
    assert _found(constant, middle) == [("GCK102", "possible", condition)]
    assert _found(constant, middle, possible=False) == []


def test_what_the_written_value_does_is_as_sure_as_ever() -> None:
    middle = f"if SAVE_MEMORY:\n    {SWITCHED}\nelse:\n    model.config.use_cache = False\n"
    assert _found("SAVE_MEMORY = True", middle) == [("GCK102", "sure", "")]


def test_the_place_of_a_sure_finding_has_no_second_one() -> None:
    middle = f"{SWITCHED}\nif SAVE_MEMORY:\n    model.eval()\n"
    assert [found[:2] for found in _found("SAVE_MEMORY = False", middle)] == [("GCK102", "sure")]


def test_branches_of_one_constant_hang_together() -> None:
    middle = f"if SAVE_MEMORY:\n    {SWITCHED}\nif SAVE_MEMORY:\n    model.config.use_cache = False\n"
    assert _found("SAVE_MEMORY = False", middle) == []


def test_within_functions_and_expressions() -> None:
    function = f"def prepare():\n    global training\n    if SAVE_MEMORY:\n        {SWITCHED}\n\n\nprepare()\n"
    expression = f"training = {SWITCHED[11:]} if SAVE_MEMORY else training\n"
    for middle in (function, expression):
        assert _found("SAVE_MEMORY = False", middle) == [("GCK102", "possible", "when `SAVE_MEMORY` is on")]


@pytest.mark.parametrize(
    ("constant", "test"),
    [
        ("save_memory = False", "save_memory"),  # a variable
        ("EPOCHS = 0", "EPOCHS"),  # a number
        ("SAVE_MEMORY = False\nSAVE_MEMORY = False", "SAVE_MEMORY"),  # set by the script itself
        ("SAVE_MEMORY = False", "False"),  # nobody asks it
    ],
)
def test_what_is_no_switch_takes_no_second_story(constant: str, test: str) -> None:
    middle = f"if {test}:\n    {SWITCHED}\n"
    assert interpret(syntax.parse(_script(constant, middle))).left_out == frozenset()
    assert _found(constant, middle) == []


def test_what_does_not_speak_of_models_takes_no_second_story() -> None:
    assert interpret(syntax.parse(_script("VERBOSE = False", "if VERBOSE:\n    print('begins')\n"))).left_out == frozenset()
