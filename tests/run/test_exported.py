"""Scripts that were notebooks once, and notebooks that are hardly Python."""

from __future__ import annotations

import json
from pathlib import Path

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline

_EXPORTED = '''\
!pip install -q transformers \\
    peft
%cd /content
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

TEXT = """
!no line of a shell
"""
files = !ls data
model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
trainer = Trainer(model=model, args=TrainingArguments("out"), train_dataset=files)
if files:
    !nvidia-smi
    trainer.train()
rest = len(files) \\
    % 3
trainer.save_model("out/final")
'''


def test_lines_of_a_shell_are_no_reason_to_give_a_script_up() -> None:
    report = pipeline.check_bytes("exported.py", _EXPORTED.encode(), Settings())
    (found,) = report.diagnostics
    assert (found.code, found.span.start.row) == ("GCK201", 18)
    assert {place.span.start.row for place in found.related} == {11, 15}


def test_what_is_no_python_besides_is_still_told() -> None:
    broken = _EXPORTED.replace("if files:", "if files")
    (found,) = pipeline.check_bytes("exported.py", broken.encode(), Settings()).diagnostics
    assert (found.code, found.span.start.row) == ("GCK002", 13)


def _notebook(folder: Path, *cells: str) -> str:
    path = folder / "notebook.ipynb"
    found = [{"cell_type": "code", "metadata": {}, "source": cell, "outputs": [], "execution_count": None} for cell in cells]
    path.write_text(json.dumps({"cells": found, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return str(path)


_TRAINING = """\
model = AutoModelForCausalLM.from_pretrained("gpt2"
model.config.use_cache = False
trainer.train()
model.generate()
"""


def test_a_notebook_whose_broken_cell_holds_all_about_models(tmp_path: Path) -> None:
    report = pipeline.check_file(_notebook(tmp_path, "import torch\n", _TRAINING), Settings())
    assert [(found.code, found.cell) for found in report.diagnostics] == [("GCK002", 2)]


def test_a_broken_cell_about_nothing_is_nobodys_concern(tmp_path: Path) -> None:
    assert pipeline.check_file(_notebook(tmp_path, "import torch\n", "print(torch\n"), Settings()).diagnostics == ()
