"""The picture of a story that an editor shows beside a script: the request `gclint/story`."""

from __future__ import annotations

import asyncio
import html
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from tests.lsp.conftest import start, stop
from tests.lsp.editor import SCRIPT, Editor
from tests.lsp.test_notebooks import cell_uri, opened

pytestmark = pytest.mark.asyncio
SVG = "{http://www.w3.org/2000/svg}"


async def drawn(editor: Editor, uri: str) -> Any:
    answer = editor.client.protocol.send_request_async("gclint/story", {"textDocument": {"uri": uri}})
    return as_dicts(await asyncio.wait_for(answer, 60))


def as_dicts(value: Any) -> Any:
    """What pygls has made named tuples of, as it came."""
    if hasattr(value, "_asdict"):
        return {name: as_dicts(one) for name, one in value._asdict().items()}
    return [as_dicts(one) for one in value] if isinstance(value, list) else value


def rows(answer: Any) -> dict[int, str]:
    """What each numbered row says on hover."""
    found = re.findall(r'<g class="row" data-row="(\d+)">\n<title>(.*?)</title>', answer["svg"])
    return {int(number): html.unescape(title) for number, title in found}


def lines(answer: Any, uri: str) -> list[int]:
    """The lines (0-based) of a text that rows lead to, in order."""
    return sorted({one["range"]["start"]["line"] for one in answer["places"] if one is not None and one["uri"] == uri})


async def test_each_row_leads_to_its_line(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    answer = await drawn(editor, uri)
    assert answer["title"] == "train.py"
    assert ".gclint .bar" in answer["style"]
    titles = rows(answer)
    assert sorted(titles) == list(range(len(answer["places"])))
    for number, title in titles.items():
        row = answer["places"][number]["range"]["start"]["line"]
        assert SCRIPT.splitlines()[row].split("  #")[0] in title or title.startswith("GCK")
    assert lines(answer, uri) == [2, 3, 5, 6, 7, 8, 9]
    ET.fromstring(answer["svg"])  # a part of a page, and well-formed


async def test_tells_the_text_as_it_stands_in_the_editor(vscode: Editor) -> None:
    (vscode.root / "helper.py").write_text("def lean(model):\n    model.eval()\n")
    uri = vscode.open("train.py", f"from helper import lean\n{SCRIPT}lean(model)\n")
    helper = vscode.open("helper.py", "def lean(model):\n    pass\n    model.config.use_cache = True\n")
    answer = await drawn(vscode, uri)
    assert lines(answer, helper) == [2]
    vscode.type(uri, SCRIPT.split("args =")[0])
    assert lines(await drawn(vscode, uri), uri) == [2, 3]


async def test_cells_of_a_notebook_are_places(vscode: Editor) -> None:
    texts = [
        "from transformers import AutoModelForCausalLM",
        "\nmodel = AutoModelForCausalLM.from_pretrained('x')\nmodel.generate(1)",
    ]
    opened(vscode, texts)
    answer = await drawn(vscode, cell_uri(0))
    assert answer["title"] == "train.ipynb"
    assert lines(answer, cell_uri(1)) == [1, 2]


async def test_a_script_without_a_switch_has_a_story(vscode: Editor) -> None:
    uri = vscode.open("train.py", 'from transformers import AutoModel\nAutoModel.from_pretrained("x").save_pretrained("y")\n')
    assert lines(await drawn(vscode, uri), uri) == [1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "no model is used here"),
        (SCRIPT + "def f(:\n", "this file cannot be parsed"),
    ],
)
async def test_says_why_there_is_nothing_to_show(text: str, said: str, vscode: Editor) -> None:
    answer = await drawn(vscode, vscode.open("train.py", text))
    assert said.replace("'", "&#x27;") in answer["svg"]


async def test_a_file_that_is_left_out_says_so(tmp_path: Path) -> None:
    editor = await start("vscode-pull", tmp_path, {"lint": {"enable": False}}, {"lint": {"enable": False}})
    answer = await drawn(editor, editor.open("train.py", SCRIPT))
    assert "gclint is turned off for this file" in answer["svg"]
    assert lines(answer, editor.uri("train.py")) == []
    await stop(editor)


async def test_refuses_what_names_no_text(vscode: Editor) -> None:
    assert await drawn(vscode, "file:///nowhere.py") is None
    for wrong in ({}, {"textDocument": 3}, {"textDocument": {"uri": 3}}, []):
        with pytest.raises(JsonRpcException, match="names no text"):
            await asyncio.wait_for(vscode.client.protocol.send_request_async("gclint/story", wrong), 60)
