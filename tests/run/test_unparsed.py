"""What is told of a text that is no Python: one place and one sentence; of a template nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gcheck_lint.config.settings import Settings
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from tests.support.samples import DEFECT


def checked(text: str, path: str = "train.py") -> FileReport:
    return pipeline.check_bytes(path, f"{DEFECT}{text}\n".encode(), Settings())


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        ('print "a"', "`print` has no parentheses, as in Python 2", ""),
        ("f() = 1", "cannot assign to function call here", "maybe you meant '==' instead of '='?"),
        ("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> new", "it contains a merge conflict", ""),
        ("x = (1,", "'(' was never closed", ""),
        ("x = {{1, 2}\ny = 1", "'{' was never closed", ""),
        ('x = f"{{a}}"\ny = b c', "invalid syntax", ""),
        ("x = {{ a }} b", "invalid syntax", ""),
    ],
)
def test_one_plain_sentence(text: str, message: str, help_: str) -> None:
    report = checked(text)
    (found,) = report.diagnostics
    assert (found.code, found.message, found.help) == ("GCK002", f"the file cannot be parsed: {message}", help_)
    assert not report.is_template


@pytest.mark.parametrize(
    "text",
    [
        "{% if cookiecutter.lora %}\nimport peft\n{% endif %}",
        "class {{ cookiecutter.name }}(Trainer):\n    pass",
        "import {{cookiecutter.package}}.data",
        "{# a comment #}\nlr = {{ lr }}",
        "x = 1\n    {%- for name in names %}\nf({{ name }})\n    {%- endfor %}",
    ],
)
def test_a_template_is_no_error(text: str) -> None:
    report = checked(text)
    assert (report.is_template, report.diagnostics) == (True, ())


def test_a_path_with_a_placeholder_is_a_template() -> None:
    assert checked("x = (1,", "{{cookiecutter.slug}}/train.py").is_template
    assert checked("", "{{cookiecutter.slug}}/train.py").diagnostics  # what can be read is checked


def test_a_cell_of_a_template() -> None:
    codes = ["lr = {{ lr }} 1", "{% if a %}\nx = 1\n{% endif %}", DEFECT]
    cells = [{"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": None} for code in codes]
    data = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    found = pipeline.check_bytes("a.ipynb", data, Settings()).diagnostics
    assert [(one.code, one.cell) for one in found if one.code == "GCK002"] == [("GCK002", 1)]
    assert len(found) > 1


def test_the_summary_counts_templates(tmp_path: Path) -> None:
    from tests.support.invocation import gclint

    (tmp_path / "a.py").write_text(f"{DEFECT}{{% if a %}}\n", encoding="utf-8")
    (tmp_path / "b.py").write_text(f"{DEFECT}import {{{{ a }}}}\n", encoding="utf-8")
    for _ in range(2):  # the second run has it from the cache
        assert gclint(tmp_path).stdout == "All checks passed!\n2 files are templates and were not checked.\n"
