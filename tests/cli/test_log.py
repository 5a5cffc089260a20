"""`gclint log`: what is written, and the exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gcheck_lint.rulebook import cards
from tests.support.forks import gclint
from tests.support.paths import ROOT

CACHE = "`use_cache=True` is incompatible with gradient checkpointing. Setting `use_cache=False`."
SCRIPT = """\
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained("facebook/opt-125m")
model.gradient_checkpointing_enable()
model.train()
for batch in batches:
    model(**batch).loss.backward()
"""


TRAINER = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("facebook/opt-125m")
args = TrainingArguments(output_dir="out", gradient_checkpointing=True, save_strategy="no")
trainer = Trainer(model=model, args=args, train_dataset=data)
trainer.train()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.log").write_text(f"transformers version: 4.57.1\n[rank0]: {CACHE}\n[rank1]: {CACHE}\n", encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def test_text(folder: Path) -> None:
    done = gclint(folder, "log", "train.log")
    card = cards.load()["GCK101"]
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "GCK101 checkpointing-with-cache [info]  2 times\n  train.log: lines 2 to 3, 2 times, ranks 0-1\n"
    )
    for part in (
        f"said: {CACHE}",
        card.sentence,
        card.remedy,
        "`model.use_cache = False`. The cache flag",
        "or: GCK106",
        "GCK101 GCK102",
    ):
        assert part in done.stdout, part
    assert done.stdout.endswith("2 messages in 3 lines, 1 cause.\nThe log names transformers 4.57.1.\n")
    assert "  at: " not in done.stdout


def test_sources(folder: Path) -> None:
    done = gclint(folder, "log", "train.log", "--source", "train.py", "--isolated")
    assert "  at: train.py:4:1: GCK101 " in done.stdout
    (folder / "train.py").write_text("print(1)\n", encoding="utf-8")
    assert "at: gclint finds no statement in . that" in gclint(folder, "log", "train.log", "--source", ".").stdout
    assert gclint(folder, "log", "train.log", "--source", "nothing.py").returncode == 2


def test_the_rule_that_the_sources_show_comes_first(folder: Path) -> None:
    (folder / "trainer.py").write_text(TRAINER, encoding="utf-8")
    (folder / "told.log").write_text("RuntimeError: gradient_checkpointing requires use_cache=False\n", encoding="utf-8")
    for name in ("train.log", "told.log"):
        done = gclint(folder, "log", name, "--source", "trainer.py", "--isolated")
        assert done.stdout.startswith("GCK102 arguments-with-cache"), name
        assert re.findall(r"at: (\S+) (GCK\d+)", done.stdout) == [("trainer.py:4:44:", "GCK102")]


def test_the_statement_that_the_log_names_comes_first(folder: Path) -> None:
    (folder / "a.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "other.log").write_text(f"{folder}/train.py:4: UserWarning: {CACHE}\n", encoding="utf-8")
    done = gclint(folder, "log", "other.log", "--source", ".", "--isolated")
    assert re.findall(r"at: (\S+) GCK101", done.stdout) == ["train.py:4:1:", "a.py:4:1:"]


def test_json(folder: Path) -> None:
    done = gclint(folder, "log", "train.log", "--source", "train.py", "--output-format", "json", "--isolated")
    told = json.loads(done.stdout)
    (log,), (cause,) = told["logs"], told["causes"]
    assert (log["filename"], log["lines"], log["transformers"], log["problem"]) == ("train.log", 3, ["4.57.1"], None)
    assert (cause["code"], cause["count"], cause["said"], cause["printed_by_no_version"]) == ("GCK101", 2, [CACHE], False)
    assert cause["places"] == [{"filename": "train.log", "first": 2, "last": 3, "count": 2, "ranks": [0, 1]}]
    assert [(one["code"], one["location"]["row"]) for one in cause["statements"]] == [("GCK101", 4)]


def test_stdin_and_what_nobody_prints(folder: Path) -> None:
    said = "RuntimeError: gradient_checkpointing requires use_cache=False\n"
    done = gclint(folder, "log", "-", stdin=said)
    assert "GCK101" in done.stdout
    assert "no release of transformers" in done.stdout


def test_nothing_to_tell(folder: Path) -> None:
    done = gclint(folder, "log", "train.py")
    assert (done.returncode, done.stdout) == (0, "No message of a gclint rule in 7 lines.\n")


def test_what_cant_be_read(folder: Path) -> None:
    done = gclint(folder, "log", "nothing.log", "train.log", ".")
    assert done.returncode == 2
    assert "error: nothing.log cannot be read: No such file" in done.stderr
    assert "error: . cannot be read: not a regular file" in done.stderr
    assert "GCK101" in done.stdout


def test_a_log_commands_nothing(folder: Path) -> None:
    (folder / "bad.log").write_bytes(b"\x1b]8;;x\x07 ::error::x File\r" + CACHE.encode() + b"\n")
    assert "\x1b" not in gclint(folder, "log", "bad.log").stdout


def test_the_page_lists_each_message() -> None:
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    for card in cards.load().values():
        for one in card.messages:
            assert one.text in page, (card.code, one.text)
        for saying in card.sayings:
            assert saying.isascii() is False or saying in page


def test_rule_lists_what_the_log_says(folder: Path) -> None:
    shown = gclint(folder, "rule", "GCK104", "GCK204", "--output-format", "markdown").stdout
    assert shown.count("## What the log says") == 1
    assert "- `got an unexpected keyword argument 'use_cache'` (transformers >=4.25)\n" in shown
