"""gclint foresees what random scripts do; `make differential` does this on 10,000 of them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from .agreement import WANTED, Comparison, compare, share
from .generator import generate
from .idioms.table import TABLE
from .script import Script
from .verdicts import CODES, verdicts

SEEDS = range(300)


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    return compare(SEEDS)


def test_gclint_agrees_with_what_happens(comparisons: list[Comparison]) -> None:
    wrong = [str(comparison) for comparison in comparisons if not comparison.agrees]
    assert share(comparisons) >= WANTED, "\n".join(wrong)


def test_fixed_scripts_run_and_have_nothing_left_to_fix(comparisons: list[Comparison]) -> None:
    assert [str(comparison) for comparison in comparisons if comparison.spoiled] == []


def test_the_scripts_are_worth_it(comparisons: list[Comparison]) -> None:
    """Enough of them have findings, enough have none, and every code occurs."""
    eventful = sum(bool(comparison.true) for comparison in comparisons)
    assert 0.3 < eventful / len(comparisons) < 0.9
    assert {code for comparison in comparisons for code, _ in comparison.true} == CODES


def test_a_seed_is_a_script() -> None:
    assert generate(7) == generate(7)
    assert len({generate(seed).text for seed in SEEDS}) == len(SEEDS)


TRAIN = """
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
model = AutoModelForCausalLM.from_pretrained("gpt2")
trainer = Trainer(model=model, args=TrainingArguments("out", gradient_checkpointing=True), train_dataset=[{}])
"""


RESTORED = "\nmodel.config.use_cache = True\nmodel.config.save_pretrained('out')"


@pytest.mark.parametrize(
    ("rest", "true"),
    [
        ("trainer.train()", {("GCK102", 3)}),
        ("model.config.use_cache = True\ntrainer.train()", {("GCK103", 4)}),
        ("model.config.use_cache = False\ntrainer.train()", set()),
        ("model.config.use_cache = False\ntrainer.train()\nmodel.generate()", {("GCK203", 6)}),
        ("model.config.use_cache = False\ntrainer.train()\nmodel.eval().generate()", {("GCK202", 6)}),
        ("model.config.use_cache = False\ntrainer.train()\nmodel.eval().generate(use_cache=True)", set()),
        ("model.config.use_cache = False\ntrainer.train()\ntrainer.save_model()", {("GCK201", 6)}),
        ("model.config.use_cache = False\ntrainer.train()\ntrainer.save_model()" + RESTORED, set()),
    ],
)
def test_the_truth(rest: str, true: set[tuple[str, int]]) -> None:
    assert verdicts(Script(textwrap.dedent(TRAIN).lstrip() + rest)) == true


def test_a_finding_is_sure_whatever_the_world_is_like() -> None:
    """A user's choice brings it about; a fact of the machine does not."""
    off = "\nif {}:\n    model.config.use_cache = False\ntrainer.train()"
    script = textwrap.dedent(TRAIN).lstrip()
    by_fact = "import torch\n" + script + off.format("torch.cuda.is_available()")
    by_user = "import sys\n" + script + off.format('"--off" in sys.argv')
    assert verdicts(Script(by_fact)) == set()
    assert verdicts(Script(by_user, options=(((), ("--off",)),))) == {("GCK102", 4)}


def test_a_script_and_its_modules_leave_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writes = 'with open("log.txt", "w") as log:\n    print("now")\n'
    assert verdicts(
        Script(f"import steps\n{writes}{textwrap.dedent(TRAIN).lstrip()}trainer.train()", modules={"steps": writes})
    ) == {("GCK102", 6)}
    assert list(tmp_path.iterdir()) == []


def test_every_idiom_is_used() -> None:
    known = {one.name for place in TABLE.values() for one in place}
    assert known <= {name for seed in range(2000) for name in generate(seed).idioms}


def test_an_idiom_is_left_out_by_itself() -> None:
    script = generate(7)
    assert script.idioms
    for name in script.idioms:
        assert name not in generate(7, frozenset({name})).idioms or name.startswith("option: ")
