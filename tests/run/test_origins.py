"""One fault of a program is told once: at home where its file tells it, else by the first of its callers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.run import origins, pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import from_bytes
from tests.support.forks import gclint

SETTINGS = Settings()
TOWER = """\
import torch
from torch.utils.checkpoint import checkpoint


class Tower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.block = torch.nn.Linear(8, 8)

    def forward(self, x):
        return checkpoint(self.block, x)


def finish(model, trainer):
    model.config.use_cache = False
    trainer.train()
    trainer.save_model("out")


def save(model):
    model.save_pretrained("out")
"""
USES_TOWER = """\
import torch
from tower import Tower

tower = Tower()
tower(torch.randn(4, 8, requires_grad=True)).sum().backward()
tower(torch.randn(4, 8, requires_grad=True)).sum().backward()
"""
FINISHES = """\
from tower import finish
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
finish(model, Trainer(model=model, args=TrainingArguments("out")))
"""
SAVES = """\
from tower import save
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
model.config.use_cache = False
Trainer(model=model, args=TrainingArguments("out")).train()
save(model)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pipeline.forget()
    (tmp_path / "tower.py").write_text(TOWER)
    for name in ("a", "b", "c"):
        (tmp_path / f"uses_{name}.py").write_text(USES_TOWER)
        (tmp_path / f"finishes_{name}.py").write_text(FINISHES)
        (tmp_path / f"saves_{name}.py").write_text(SAVES)
    return tmp_path


def _reports(folder: Path, *names: str) -> list[FileReport]:
    return [pipeline.check_file(str(folder / name), SETTINGS) for name in names]


def _told(reports: list[FileReport]) -> list[tuple[str, str, int]]:
    return [(one.code, Path(one.path).name, one.span.start.row) for report in reports for one in report.diagnostics]


def _reached(one: Diagnostic) -> list[tuple[str, str, int]]:
    found = [related for related in one.related if related.message.startswith("reached")]
    return [(related.message, Path(related.path).name, related.span.start.row) for related in found]


def test_a_call_is_told_at_home(folder: Path) -> None:
    names = ["tower.py", "uses_a.py", "uses_b.py"]
    found = origins.merged(_reports(folder, *names))
    assert _told(found) == [("GCK301", "tower.py", 11)]
    (one,) = found[0].diagnostics
    assert _reached(one) == [
        ("reached from here", "uses_a.py", 5),
        ("reached from here, and from 2 more places", "uses_a.py", 6),
    ]
    assert one.fix is not None


def test_the_order_of_files_does_not_matter(folder: Path) -> None:
    found = origins.merged(_reports(folder, "uses_b.py", "uses_a.py", "tower.py"))
    assert _told(found) == [("GCK301", "tower.py", 11)]


def test_the_first_caller_tells_it_where_its_home_is_not_checked(folder: Path) -> None:
    found = origins.merged(_reports(folder, "uses_a.py", "uses_b.py"))
    assert _told(found) == [("GCK301", "uses_a.py", 5)]
    assert len(_reached(found[0].diagnostics[0])) == 2


def test_what_its_home_has_silenced_no_caller_tells(folder: Path) -> None:
    silenced = TOWER.replace("checkpoint(self.block, x)", "checkpoint(self.block, x)  # gclint: ignore[GCK301]")
    assert silenced != TOWER
    (folder / "tower.py").write_text(silenced)
    pipeline.forget()
    assert _told(origins.merged(_reports(folder, "tower.py", "uses_a.py"))) == []


def test_a_helper_that_does_all_of_it_is_one_fault(folder: Path) -> None:
    found = origins.merged(_reports(folder, "finishes_a.py", "finishes_b.py", "finishes_c.py"))
    assert _told(found) == [("GCK201", "finishes_a.py", 5)]
    assert [name for _, name, _ in _reached(found[0].diagnostics[0])] == ["finishes_b.py", "finishes_c.py"]


def test_each_script_that_switches_the_cache_off_has_its_own_fault(folder: Path) -> None:
    found = origins.merged(_reports(folder, "tower.py", "saves_a.py", "saves_b.py"))
    assert [one for one in _told(found) if one[0] == "GCK201"] == [("GCK201", "saves_a.py", 7), ("GCK201", "saves_b.py", 7)]
    assert all(one.fix is not None for report in found for one in report.diagnostics if one.code == "GCK201")


def test_an_editor_shows_what_is_a_file_s_own(folder: Path) -> None:
    uses, home, finishes = map(origins.own, _reports(folder, "uses_a.py", "tower.py", "finishes_b.py"))
    assert _told([uses, home]) == [("GCK301", "tower.py", 11)]
    assert _told([finishes]) == [("GCK201", "finishes_b.py", 5)]  # nobody else can tell it


def test_the_command_and_its_cache(folder: Path) -> None:
    def run(*words: str) -> list[str]:
        done = gclint(folder, "--min-severity", "info", "--output-format", "concise", "--quiet", *words)
        return [re.sub(r" \w+\[(GCK\d{3})\].*", r"\1", line) for line in done.stdout.splitlines()]

    once = ["finishes_a.py:5:1:GCK201", *(f"saves_{name}.py:7:1:GCK201" for name in "abc"), "tower.py:11:16:GCK301"]
    assert run() == once
    assert run() == once  # out of the cache
    assert run("uses_a.py") == ["uses_a.py:5:1:GCK301"]


def test_fixes_are_as_if_nothing_was_merged(folder: Path) -> None:
    done = gclint(folder, "--min-severity", "info", "--output-format", "concise", "--fix", "--unsafe-fixes", ".")
    assert "taken back" not in done.stderr
    assert "checkpoint(self.block, x, use_reentrant=False)" in (folder / "tower.py").read_text()
    for name in "abc":
        text = from_bytes("saves.py", (folder / f"saves_{name}.py").read_bytes()).text
        assert "model.config.use_cache = True\nsave(model)" in text
    assert [line.split(" ")[0] for line in done.stdout.splitlines() if "GCK" in line] == ["finishes_a.py:5:1:"]
