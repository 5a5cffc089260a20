"""The versions that a file asks for itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gcheck_lint.config import installs
from gcheck_lint.config.releases import NEWEST
from gcheck_lint.config.settings import Settings
from gcheck_lint.run import aims
from gcheck_lint.text.notebook import source_of


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["!pip install transformers==4.57.1 trl==0.25.1"], {"transformers": "==4.57.1", "trl": "==0.25.1"}),
        (["%pip install -q 'transformers>=4.46,<5' # the newest that works"], {"transformers": "<5,>=4.46"}),
        (["!uv pip install --no-deps transformers==4.56.2 \\\n    trl==0.22.2"], {"transformers": "==4.56.2", "trl": "==0.22.2"}),
        (["!pip install transformers==4.50.0", "!pip install transformers==4.57.1"], {"transformers": "==4.57.1"}),
        (["!pip install transformers==4.50.0", "!pip install transformers"], {"transformers": "==4.50.0"}),
        (["!pip install -qU transformers peft"], {"transformers": f">={NEWEST['transformers']}", "peft": f">={NEWEST['peft']}"}),
        (["!pip install git+https://github.com/huggingface/transformers.git"], {"transformers": f">={NEWEST['transformers']}"}),
        (["!pip install git+https://github.com/huggingface/transformers@main"], {"transformers": f">={NEWEST['transformers']}"}),
        (["!pip install git+https://github.com/huggingface/transformers@v4.56.2"], {"transformers": "==4.56.2"}),
        (["!pip install git+https://github.com/huggingface/transformers@1a2b3c4d"], {}),
        (["# !pip install transformers==4.50.0"], {}),
        (["if colab:\n    !pip install transformers==4.50.0"], {}),
        (["!pip install transformers==4.57.1\nif old:\n    !pip install transformers==4.50.0"], {}),
        (["!pip install transformers=={version}"], {}),
        (["%%bash\npip install transformers==4.57.1"], {"transformers": "==4.57.1"}),
        (["!pip install -U pip && pip install transformers==4.57.1"], {"transformers": "==4.57.1"}),
        (["!pip install -r requirements.txt datasets"], {}),
        (["pip install transformers==4.57.1\n"], {"transformers": "==4.57.1"}),
        (["uv pip install -q transformers==4.57.1"], {"transformers": "==4.57.1"}),
        (["pip install transformers==4.50.0\nimport transformers"], {}),  # Jupyter runs no cell like this
        (["!pip install 'smolagents[transformers]' sentence_transformers"], {}),
    ],
)
def test_the_last_install_that_surely_runs_wins(cells: list[str], wanted: dict[str, str]) -> None:
    assert installs.of_cells(cells) == wanted


def test_the_header_of_a_script() -> None:
    lines = [
        "# /// script",
        '# requires-python = ">=3.10"',
        "# dependencies = [",
        '#     "transformers>=4.57",',
        '#     "trl",',
        "# ]",
        "# ///",
    ]
    text = "\n".join([*lines, "import trl", ""])
    assert installs.of_header(text) == {"transformers": ">=4.57"}
    assert installs.of_header("# dependencies: transformers==4.50\n") == {}


def test_settings_win_over_the_file_and_the_file_over_its_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("transformers==4.40.2\npeft==0.11.1\n")
    code = ["!pip install transformers==4.57.1\n", "import transformers\n"]
    cell = {"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": None}
    path = tmp_path / "train.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    source = source_of(str(path), path.read_bytes())
    told = aims.wanted(str(path), Settings(), source)
    assert (told["transformers"], told["peft"]) == ("==4.57.1", "==0.11.1")
    assert aims.wanted(str(path), Settings(target_transformers=">=5"), source)["transformers"] == ">=5"
