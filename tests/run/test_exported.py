"""Scripts that were notebooks once, and notebooks that are hardly Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.fixing import apply
from gcheck_lint.run import aims, pipeline
from gcheck_lint.text import magics
from gcheck_lint.text.source import from_bytes

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


_DATABRICKS = """\
# Databricks notebook source
# MAGIC %md
# MAGIC # Tuning
# MAGIC %pip install transformers==4.30.0

# COMMAND ----------

# MAGIC %pip install -q transformers==4.57.1 \\
# MAGIC   peft==0.17.1
# MAGIC dbutils.library.restartPython()

# COMMAND ----------

%cd $notebook_path
# MAGIC %sql
# MAGIC select 1

# COMMAND ----------

from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-160m")
model.config.use_cache = False
trainer = Trainer(model=model, args=TrainingArguments("out"))
trainer.train()

# COMMAND ----------

trainer.save_model("out/final")
"""


def test_a_notebook_of_databricks_is_read_with_its_versions(tmp_path: Path) -> None:
    path = tmp_path / "tune.py"
    path.write_text(_DATABRICKS)
    source = from_bytes(str(path), path.read_bytes())
    told = aims.wanted(str(path), Settings(), source)
    assert (told["transformers"], told["peft"]) == ("==4.57.1", "==0.17.1")
    (found,) = pipeline.check_file(str(path), Settings()).diagnostics
    assert (found.code, found.span.start.row, found.versions) == ("GCK201", 29, "")
    outcome = apply.fix([pipeline.check_file(str(path), Settings())], lambda text: pipeline.check(text, Settings()), unsafe=False)
    _, after = outcome.changed[str(path)]
    line = "trainer.model.config.use_cache = True\n"
    assert after.text == _DATABRICKS.replace("trainer.save_model", f"{line}trainer.save_model")


def test_a_bare_line_of_a_shell_is_one_in_a_notebook_only(tmp_path: Path) -> None:
    bare = _DATABRICKS.replace("%cd $notebook_path\n", "pip install -q sentencepiece\n")
    assert [one.code for one in pipeline.check_bytes("tune.py", bare.encode(), Settings()).diagnostics] == ["GCK201"]
    plain = bare.replace("# Databricks notebook source\n", "")
    assert [one.code for one in pipeline.check_bytes("tune.py", plain.encode(), Settings()).diagnostics] == ["GCK002"]
    good = _TRAINING.replace('"gpt2"', '"gpt2")')
    book = _notebook(tmp_path, "pip install transformers trl", "ls", "cd ..", f"pip install peft\n{good}")
    told = pipeline.check_file(book, Settings())
    assert [one.code for one in told.diagnostics if one.code.startswith("GCK0")] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!pip install transformers==4.57.1\n", {"transformers": "==4.57.1"}),
        ("%pip install transformers==4.57.1 \\\n  trl==0.24.0\nimport trl\n", {"transformers": "==4.57.1", "trl": "==0.24.0"}),
        ("get_ipython().system('pip install transformers==4.57.1')\n", {"transformers": "==4.57.1"}),
        ("get_ipython().run_line_magic('pip', 'install transformers==4.57.1')\n", {"transformers": "==4.57.1"}),
        ("get_ipython().run_cell_magic('bash', '', 'pip install transformers==4.57.1\\n')\n", {"transformers": "==4.57.1"}),
        ("if old:\n    get_ipython().system('pip install transformers==4.30.0')\n", {}),
        ("if old:\n    !pip install transformers==4.30.0\n", {}),
        ('USAGE = """\n!pip install transformers==4.30.0\n"""\n', {}),
        ("# MAGIC %pip install transformers==4.30.0\n", {}),  # not of Databricks
        ("# Databricks notebook source\n# MAGIC %sh\n# MAGIC pip install transformers==4.57.1\n", {"transformers": "==4.57.1"}),
        ("# Databricks notebook source\n# MAGIC %md\n# MAGIC %pip install transformers==4.30.0\n", {}),
        ("# Databricks notebook source\npip install peft==0.17.1\n\n# COMMAND ----------\nx = 1\n", {"peft": "==0.17.1"}),
        ("pip install transformers==4.57.1\n", {}),
        ("# !pip install transformers==4.30.0\nimport transformers\n", {}),
        ("x = (1\n% 2)\n!pip install peft==0.17.1\n", {"peft": "==0.17.1"}),
    ],
)
def test_what_a_notebook_installed_counts_in_the_script_it_became(text: str, wanted: dict[str, str]) -> None:
    assert {library: aim.wanted for library, aim in aims.of_text(from_bytes("exported.py", text.encode())).items()} == wanted


_OTHER_LANGUAGE = """\
%%bash
pip install transformers==4.57.1
echo "it's here" | tee log

from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2", use_cache=False)
trainer = Trainer(model=model, args=TrainingArguments("out"))
trainer.train()
trainer.save_model("out")
"""


def test_a_cell_of_another_language_ends_at_an_empty_row() -> None:
    report = pipeline.check_bytes("exported.py", _OTHER_LANGUAGE.encode(), Settings())
    assert [(found.code, found.span.start.row) for found in report.diagnostics] == [("GCK201", 10)]
    plain = magics.without_shell(_OTHER_LANGUAGE)
    assert plain is not None
    assert len(plain) == len(_OTHER_LANGUAGE)
    assert plain[plain.index("from") :] == _OTHER_LANGUAGE[_OTHER_LANGUAGE.index("from") :]
