"""Notebooks: one program of many cells, and fixes that touch the source of their cells alone."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from gcheck_lint.text import magics, notebook
from gcheck_lint.text.notebook import Notebook, Place, RefusedError
from gcheck_lint.text.source import UnreadableError
from gcheck_lint.text.spans import Edit, Position, Span
from tests.support.paths import FIXTURES

NOTEBOOKS = FIXTURES / "notebooks"
EVERY = sorted(NOTEBOOKS.glob("*.ipynb"))


def fixture(name: str) -> Notebook:
    return notebook.read(str(NOTEBOOKS / f"{name}.ipynb"))


def made(*sources: object, **style: Any) -> Notebook:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, **style)
    return notebook.from_bytes("a.ipynb", text.encode())


def edit(book: Notebook, old: str, new: str) -> Edit:
    at = book.source.text.index(old)
    return Edit(book.source.path, at, at + len(old), new)


def sources(data: bytes) -> list[Any]:
    return [cell["source"] for cell in json.loads(data.decode("utf-8-sig"))["cells"]]


# -- what is Python


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_program_parses_and_nothing_moves(path: Path) -> None:
    book = notebook.read(str(path))
    ast.parse(book.source.text)
    for cell in book.cells:
        assert len(cell.reading.code) == len(cell.text)
        assert book.source.text[cell.start :].startswith(cell.reading.code)


def test_magics_become_blanks_of_the_same_length() -> None:
    code = {cell.number: cell.reading.code for cell in fixture("magics").cells}
    assert [line.rstrip() for line in code[2].splitlines()] == ["", "pass", "", "pass", "import os, torch"]
    assert [line.rstrip() for line in code[3].splitlines()] == [
        "if torch.cuda.is_available():",
        "    pass",
        "for name in ['a']:",
        "    pass",
        "files = __",
        "log_dir = __",
        "first, rest = __",
    ]
    assert not code[4].strip()
    assert not code[5].strip()
    assert code[6].splitlines()[1:] == [
        "pass; trainer.train()",
        "result = __" + " " * 13,
        "score =       trainer.evaluate()",
    ]
    assert [line.rstrip() for line in code[7].splitlines()] == [
        *("pass", "pass", "pass"),
        *("await something()", "async with lock:", "    pass"),
    ]
    assert code[8] == fixture("magics").cell(8).text
    assert code[9].rstrip() == "pass"
    assert code[11] == "0 "


def test_a_cell_may_be_indented_as_a_whole() -> None:
    cell = fixture("magics").cell(10)
    assert cell.reading.lead == "if True:\n"
    assert "      0  \n" in cell.reading.code
    assert fixture("magics").place(Position(cell.row - 1, 1)).cell == 9


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 5 %y", "x = 5 %y"),
        ("#@title Install\n%%capture\nx = 1", "#@title Install\n         \nx = 1"),
        ("%%capture out\n%%time\nx = 1", "             \n      \nx = 1"),
        ("%%unheard_of\nx = 1", "            \n     "),
        ("!a \\\n  b \\\n  c\nx = 1", "pass\n     \n   \nx = 1"),
        ("d['a=b'] = !ls", "d['a=b'] = __ "),
        ("%time x = 1; y = 2", "pass; x = 1; y = 2"),
        ("%time $x", "pass    "),
        ("%timeit -n 2 f()", "pass            "),
        ("%", "0"),
        ("x = !a", "x = __"),
        ("x = (\n  1\n)\n!ls\n", "x = (\n  1\n)\n0  \n"),
        ("s = '''\n!ls\n''' + \"\\\"\"\n%cd x", "s = '''\n!ls\n''' + \"\\\"\"\npass "),
        ("x = 1 + \\\n  2\r\n%ls\r\n", "x = 1 + \\\n  2\r\n0  \r\n"),
        ("/f x", "pass"),
        ("x = f'{a['b']}'", "x = f'{a['b']}'"),
        ("print(1)\n?", "print(1)\n0"),
        ("pip install -q 'peft>=0.17' trl  # new", "pass".ljust(38)),
        ("\ncd ..\n", "\npass \n"),
        ("matplotlib inline", "pass".ljust(17)),
        ("load_ext autoreload", "pass".ljust(19)),
        ("rm -rf out", "pass      "),
        ("cat config.json", "pass".ljust(15)),
        ("pip install x\nimport x", "pass         \nimport x"),
        ("if new:\n    pip install x\n    git clone y\nz = 1", "if new:\n    pass         \n    pass       \nz = 1"),
        ("conda install -y x \\\n  y\nz = 1", "pass".ljust(20) + "\n   \nz = 1"),
    ],
)
def test_readings(text: str, code: str) -> None:
    reading = magics.read(text)
    assert reading.fault is None
    assert reading.code == code


@pytest.mark.parametrize(
    "text",
    [
        "x = (\n",
        "print 'a'\n",
        "s = '\ud83d'",
        "a\0b",
        "x = 1\ny == ! ls",
        "pip = (1\n",
        "x = 1\nfoo install y",
        ">" * 9,
        "(" * 999,
        "-" * 99999,
    ],
)
def test_a_cell_that_is_no_python_is_left_out(text: str) -> None:
    book = made("x = 1", text, "y = 2")
    assert [broken.cell for broken in book.broken] == [2]
    assert book.broken[0].message
    assert book.source.text.split() == ["x", "=", "1", "y", "=", "2"]


def test_broken_cells_have_places_and_the_others_count() -> None:
    book = fixture("broken-cell")
    assert [(broken.cell, broken.position.row) for broken in book.broken] == [(2, 1), (3, 1)]
    assert [line for line in book.source.text.splitlines() if line.strip()] == ["import torch", "x = 1", "print(x)"]
    assert book.place(Position(5, 1)) == Place(3, Position(1, 1))


def test_a_stricter_parser_may_leave_out_a_cell() -> None:
    book = made("x = 1", "y = 2\nz = 3", "w = 4").without(Position(3, 2), "no")
    assert book.broken == (notebook.BrokenCell(2, "no", Position(2, 2)),)
    assert book.source.text.split() == ["x", "=", "1", "w", "=", "4"]
    assert book.without(Position(1, 1), "no").source.text.split() == ["w", "=", "4"]


# -- what is a notebook


def test_old_worksheets() -> None:
    book = fixture("worksheets")
    assert [line.rstrip() for line in book.source.text.splitlines() if line.strip()] == ["x = 1", "0", "y = x"]
    assert [cell.number for cell in book.cells] == [2, 3]
    assert b'"y = x  # z\\n"' in book.edited([edit(book, "y = x", "y = x  # z")])


def test_another_language_has_no_program() -> None:
    book = fixture("julia")
    assert (book.language, book.source.text, book.cells) == ("julia", "", ())
    assert notebook.source_of(book.source.path, (NOTEBOOKS / "julia.ipynb").read_bytes()) is None


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        (None, "python"),
        ({"kernelspec": {"name": "ir"}}, "ir"),
        ({"kernelspec": {"name": "iris-env"}}, "python"),
        ({"language_info": {"name": "R"}}, "r"),
        ({"language_info": {"name": ""}}, "python"),
        ({"language_info": {"name": "ipython3"}}, "python"),
    ],
)
def test_languages(metadata: object, language: str) -> None:
    text = json.dumps({"metadata": metadata, "cells": [], "nbformat": 4})
    assert notebook.from_bytes("a.ipynb", text.encode()).language == language


def test_a_cell_in_another_language_is_left_out() -> None:
    text = '{"cells": [{"cell_type": "code", "metadata": {"vscode": {"languageId": "sql"}}, "source": "SELECT 1"}]}'
    book = notebook.from_bytes("a.ipynb", text.encode())
    assert (book.cells, book.broken) == ((), ())


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", 1),
        (b'{"cells": [\n<<<<<<< HEAD\n]}', 2),
        (b'{"cells": []} {}', 1),
        (b'{"cells": []', 1),
        (b'{"metadata": {}}', 1),
        (b"[]", 1),
        (b'{"cells": [3]}', 1),
        (b'{"cells": [{"cell_type": "code", "source": [1]}]}', 1),
        (b'{"cells": [], "x":\n"\xff"}', 2),
        (b'{"cells": ' + b"[" * 100_000, 1),
    ],
)
def test_what_is_no_notebook(data: bytes, row: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        notebook.from_bytes("a.ipynb", data)
    assert caught.value.row == row
    assert caught.value.reason.startswith("not ")


@pytest.mark.parametrize("data", [b"", b"\n", b'{"cells": []}', b'{"cells": [{"cell_type": "code", "source": null}]}'])
def test_an_empty_notebook_says_nothing(data: bytes) -> None:
    book = notebook.from_bytes("a.ipynb", data)
    assert not book.source.text.strip()
    assert book.edited([]) == data


# -- places


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_places_go_there_and_back(path: Path) -> None:
    book = notebook.read(str(path))
    for cell in book.cells:
        for row in range(1, len(cell.lines) + 1):
            for column in range(1, len(cell.lines.line(row)) + 2):
                place = Place(cell.number, Position(row, column))
                assert book.place(book.position(place)) == place


def test_numbers_count_all_cells_as_ruff_does() -> None:
    place = fixture("magics").place(Position(1, 1))
    assert (place.cell, place.index) == (2, 1)


def test_a_span_stays_in_its_cell() -> None:
    book = made("x = 1\ny = 2", "z = 3")
    whole = Span(Position(2, 1), Position(3, 1))
    assert book.within(whole) == (1, Span(Position(2, 1), Position(2, 6)))
    assert book.place(Position(9, 9)) == Place(2, Position(1, 6))


def test_lines_of_the_file() -> None:
    book = fixture("outputs")
    lines = (NOTEBOOKS / "outputs.ipynb").read_text("utf-8").split("\n")
    for cell, row, word in [(1, 1, "use_cache"), (1, 2, "trainer"), (2, 1, "a = 1"), (2, 2, "b = 2"), (3, 1, "one = 1")]:
        assert word in lines[book.json_line(cell, row) - 1]
    assert '"source": []' in lines[book.json_line(4, 1) - 1]


# -- edits


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_no_edit_changes_no_byte(path: Path) -> None:
    data = path.read_bytes()
    book = notebook.from_bytes(str(path), data)
    assert book.edited([]) == book.source.to_bytes(book.source.text) == data


def test_nothing_but_the_touched_line_changes() -> None:
    book = fixture("outputs")
    before = (NOTEBOOKS / "outputs.ipynb").read_bytes()
    at = book.source.text.index("trainer.train()") + len("trainer.train()")
    after = book.edited([edit(book, "False", "True"), Edit(book.source.path, at, at, "\nprint('é\t🎉')")])
    assert after == before.replace(b"use_cache = False", b"use_cache = True").replace(
        b'"trainer.train()"', b'"trainer.train()\\n",\n            "print(\'\\u00e9\\t\\ud83c\\udf89\')"'
    )


def test_a_string_stays_a_string() -> None:
    book = fixture("outputs")
    after = book.edited([edit(book, "b = 2", "c = 3\nb = 2")])
    assert after == (NOTEBOOKS / "outputs.ipynb").read_bytes().replace(rb"\nb = 2", rb"\nc = 3\nb = 2")


@pytest.mark.parametrize(
    ("style", "between"),
    [
        ({"indent": 1}, ",\n    "),
        ({"indent": 4}, ",\n                "),
        ({}, ", "),
        ({"separators": (",", ":")}, ","),
    ],
)
@pytest.mark.parametrize("others", [[], [["x = 1\n", "y = 2"]]], ids=["alone", "beside"])
def test_a_new_line_is_a_new_item_as_the_file_writes_them(style: dict[str, Any], between: str, others: list[Any]) -> None:
    book = made(["one = 1"], *others, **style)
    at = len("one = 1")
    after = book.edited([Edit("a.ipynb", at, at, "\ntwo = 2")]).decode()
    assert f'"one = 1\\n"{between}"two = 2"' in after
    assert after == made(["one = 1\n", "two = 2"], *others, **style).edited([]).decode()


def test_bom_crlf_and_missing_newline_stay() -> None:
    plain = fixture("outputs").edited([])
    for data in (b"\xef\xbb\xbf" + plain, plain.replace(b"\n", b"\r\n"), plain + b"\n\n"):
        book = notebook.from_bytes("a.ipynb", data)
        assert book.edited([]) == data
        after = book.edited([edit(book, "one = 1", "one = 11")])
        assert after == data.replace(b"one = 1", b"one = 11")


def test_carriage_returns_within_strings() -> None:
    book = made(["x = 1\r\n", "y = 2"], "z = 3\rw = 4\r", "v = 5")
    assert book.source.text == "x = 1\r\ny = 2\r\nz = 3\rw = 4\r\r\nv = 5\n"
    assert book.place(Position(6, 1)) == Place(3, Position(1, 1))
    after = book.edited([edit(book, "y = 2\r\n", "y = 2\r\nu = 0\r\n")])
    assert sources(after)[0] == ["x = 1\r\n", "y = 2\r\n", "u = 0"]


def test_lines_go_with_their_commas() -> None:
    for old, left in [("x = 1\n", ["y = 2\n", "z = 3"]), ("y = 2\n", ["x = 1\n", "z = 3"]), ("z = 3\n", ["x = 1\n", "y = 2"])]:
        book = made(["x = 1\n", "y = 2\n", "z = 3"], ["w = 4"], indent=1)
        after = book.edited([edit(book, old, "")])
        assert after == made(left, ["w = 4"], indent=1).edited([])
        assert notebook.from_bytes("a.ipynb", after).source.text == book.source.text.replace(old, "")
    book = made(["x = 1\n", "y = 2"], ["w = 4"], indent=1)
    assert sources(book.edited([edit(book, "x = 1\ny = 2\n", "")])) == [[], ["w = 4"]]


def test_edits_of_several_cells_and_neighbouring_lines() -> None:
    book = made(["x = 1\n", "y = 2\n", "z = 3"], "a = 1\nb = 2", ["c = 3"])
    edits = [edit(book, "1", "10"), edit(book, "2", "20"), edit(book, "b = 2", "b = 0"), edit(book, "c", "cc")]
    assert sources(book.edited(edits)) == [["x = 10\n", "y = 20\n", "z = 3"], "a = 1\nb = 0", ["cc = 3"]]
    joined = Edit("a.ipynb", 4, 10, "(9,\n 8) + ")
    assert sources(book.edited([joined]))[0] == ["x = (9,\n", " 8) + 2\n", "z = 3"]


def test_lines_that_a_file_keeps_together_stay_together() -> None:
    book = made(["x = 1\ny = 2\n"], ["z = 3"])
    assert sources(book.edited([edit(book, "y", "v = 0\ny")]))[0] == ["x = 1\nv = 0\ny = 2\n"]


def test_escapes_of_the_untouched_letters_stay() -> None:
    text = r'{"cells": [{"cell_type": "code", "source": ["s = \"\u003c\/\u00E9\uD83C\uDF89\"; x = 1"]}]}'
    book = notebook.from_bytes("a.ipynb", text.encode())
    assert book.source.text == 's = "</é🎉"; x = 1\n'
    assert book.edited([edit(book, "x = 1", "x = 'é'")]).decode() == text.replace("x = 1", r"x = '\u00e9'")


@pytest.mark.parametrize(
    ("cells", "start", "end", "content", "reason"),
    [
        (["x = 1", "y = 2"], 4, 8, "", "goes beyond"),
        (["x = 1", "y = 2"], 4, 6, "2", "joins"),
        (["!ls -l\nx = 1"], 1, 2, "y", "IPython reads"),
        (["!ls -l\nx = 1"], 6, 6, "; y = 1", "otherwise"),
        (["%%bash\nls"], 0, 0, "x = 1\n", "otherwise"),
        (["x = 1\n%cd a"], 5, 5, " + (", "would not parse"),
        (["x = 1"], 0, 0, "%cd a\n", "otherwise"),
        (["x = ("], 2, 2, "1", "IPython reads"),
        ([[], "x = 1"], 0, 0, "y = 1", "empty"),
        (["x = 1"], 99, 99, "y", "goes beyond"),
    ],
)
def test_refusals(cells: list[Any], start: int, end: int, content: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        made(*cells).edited([Edit("a.ipynb", start, end, content)])


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(RefusedError, match="overlap"):
        made("x = 100").edited([Edit("a.ipynb", 4, 6, "2"), Edit("a.ipynb", 5, 7, "3")])


def test_a_fix_beside_what_is_only_timed() -> None:
    book = made("%time trainer.train()")
    at = book.source.text.index("trainer")
    assert sources(book.edited([Edit("a.ipynb", at, at, "f(); ")])) == ["%time f(); trainer.train()"]


def test_a_program_with_another_text_is_read_again() -> None:
    book = made(["x = 1\n", "y = 2"], ["!ls\n", "z = 3"])
    after = book.source.with_text(book.source.text.replace("y = 2", "y = 2  # noqa: GCK101").replace("z", "w = 0\nz"))
    assert [cell.text for cell in after.notebook.cells] == ["x = 1\ny = 2  # noqa: GCK101", "!ls\nw = 0\nz = 3"]
    assert after.notebook.source is after
    assert book.with_edits([edit(book, "y", "v")]).cell(1).text == "x = 1\nv = 2"


def test_a_large_notebook_takes_linear_time() -> None:
    cells = [["x = 1\n"] * 20_000, *(["y = [\n", "]"] for _ in range(2_000))]
    book = made(*cells, indent=1)
    at = len("x = 1\n") * 10_000
    assert len(sources(book.edited([Edit("a.ipynb", at, at, "z = 0\n")]))[0]) == 20_001
