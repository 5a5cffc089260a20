"""Notebooks as VS Code hands them over: one program, and each finding and edit in its cell."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from lsprotocol import types

from tests.lsp.editor import SCRIPT, Editor, apply_edits, edits_of, line_range

pytestmark = pytest.mark.asyncio
CELLS = (
    "%pip install transformers==4.36.2\nfrom transformers import AutoModelForCausalLM, Trainer, TrainingArguments",
    "!nvidia-smi",
    "# A heading",
    'model = AutoModelForCausalLM.from_pretrained("gpt2", use_cache=False)\n'
    'model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})',
    "%%time\ntrainer = Trainer(model=model, args=TrainingArguments('out'))\ntrainer.train()",
    "%%bash\nls -l ((",
    "trainer.save_model('out')",
)


def cell_uri(number: int) -> str:
    return f"vscode-notebook-cell:/work/train.ipynb#W{number}"


def opened(editor: Editor, texts: Sequence[str]) -> str:
    uri = editor.uri("train.ipynb")
    kinds = [types.NotebookCellKind.Markup if text.startswith("# A") else types.NotebookCellKind.Code for text in texts]
    cells = [types.NotebookCell(kind, cell_uri(number)) for number, kind in enumerate(kinds)]
    items = [
        types.TextDocumentItem(
            cell_uri(number), "python" if kinds[number] == types.NotebookCellKind.Code else "markdown", 1, text
        )
        for number, text in enumerate(texts)
    ]
    for item in items:
        editor.texts[item.uri], editor.versions[item.uri] = item.text, 1
    notebook = types.NotebookDocument(uri, "jupyter-notebook", 1, cells)
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))
    return uri


def changed(editor: Editor, notebook: str, number: int, text: str) -> None:
    uri = cell_uri(number)
    editor.versions[uri] += 1
    editor.texts[uri] = text
    document = types.VersionedTextDocumentIdentifier(version=editor.versions[uri], uri=uri)
    change: Any = types.NotebookDocumentCellContentChanges(document, [types.TextDocumentContentChangeWholeDocument(text)])
    cells = types.NotebookDocumentCellChanges(text_content=[change])
    editor.client.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(2, notebook), types.NotebookDocumentChangeEvent(cells=cells)
        )
    )


async def test_findings_lie_in_their_cells(vscode: Editor) -> None:
    opened(vscode, CELLS)
    (one,) = await vscode.diagnostics(cell_uri(6), lambda found: bool(found))
    assert one.code == "GCK201"
    assert one.range == types.Range(types.Position(0, 0), types.Position(0, 25))
    places = {(place.location.uri, place.location.range.start.line) for place in one.related_information}
    assert places == {(cell_uri(3), 0), (cell_uri(4), 2)}
    for number in (0, 1, 3, 4, 5):
        assert await vscode.diagnostics(cell_uri(number)) == []
    # VS Code does not pull when a cell has changed, so cells are pushed; a pull that comes all the same must not double them
    for number in (0, 6):
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(cell_uri(number)))
        report = await vscode.client.text_document_diagnostic_async(params)
        assert list(getattr(report, "items", ["none"])) == []


async def test_edits_lie_in_their_cells(vscode: Editor) -> None:
    opened(vscode, CELLS)
    offered = await vscode.actions(cell_uri(6), line_range(0))
    fix, line, file = (edits_of(one.edit, vscode) for one in offered if one.edit is not None)

    def after(edits: dict[str, list[types.TextEdit]]) -> dict[str, str]:
        return {uri: apply_edits(vscode.texts[uri], its, "utf-16") for uri, its in edits.items()}

    assert after(fix) == {cell_uri(6): "trainer.model.config.use_cache = True\ntrainer.save_model('out')"}
    assert after(line) == {cell_uri(6): "trainer.save_model('out')  # noqa: GCK201"}
    assert after(file) == {cell_uri(0): "# gclint: file-ignore[GCK201]\n" + CELLS[0]}
    (all_of_them,) = await vscode.actions(cell_uri(0), line_range(0), only=["notebook.source.fixAll"])
    assert all_of_them.kind == "notebook.source.fixAll.gclint"
    resolved = await vscode.client.code_action_resolve_async(all_of_them)
    assert resolved.edit is not None
    assert after(edits_of(resolved.edit, vscode)) == after(fix)


async def test_a_changed_cell_changes_the_others(vscode: Editor) -> None:
    notebook = opened(vscode, CELLS)
    await vscode.codes(cell_uri(6), "GCK201")
    changed(vscode, notebook, 3, CELLS[3].replace("False", "True"))
    await vscode.codes(cell_uri(6))
    changed(vscode, notebook, 3, CELLS[3])
    await vscode.codes(cell_uri(6), "GCK201")


async def test_a_broken_cell_is_broken_alone(vscode: Editor) -> None:
    notebook = opened(vscode, CELLS)
    changed(vscode, notebook, 1, "!ls\nx = (\n")
    shown = await vscode.diagnostics(cell_uri(1), lambda found: bool(found))
    assert [(str(one.code), one.range.start.line) for one in shown] == [("GCK002", 1)]
    await vscode.codes(cell_uri(6), "GCK201")


async def test_cells_come_go_and_close(vscode: Editor) -> None:
    notebook = opened(vscode, CELLS)
    await vscode.codes(cell_uri(6), "GCK201")
    structure = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(
            start=6, delete_count=1, cells=[types.NotebookCell(types.NotebookCellKind.Code, cell_uri(9))]
        ),
        did_open=[types.TextDocumentItem(cell_uri(9), "python", 1, "x = 1\ntrainer.save_model('out')")],
        did_close=[types.TextDocumentIdentifier(cell_uri(6))],
    )
    vscode.client.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(2, notebook),
            types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(structure=structure)),
        )
    )
    (one,) = await vscode.diagnostics(cell_uri(9), lambda found: bool(found))
    assert one.range.start.line == 1
    await vscode.codes(cell_uri(6))
    identifiers = [types.TextDocumentIdentifier(cell_uri(number)) for number in (0, 1, 2, 3, 4, 5, 9)]
    vscode.client.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(types.NotebookDocumentIdentifier(notebook), identifiers)
    )
    await vscode.codes(cell_uri(9))


async def test_hover_and_hints_in_a_cell(vscode: Editor) -> None:
    opened(vscode, CELLS)
    text = await vscode.hover(cell_uri(3), 1, 8)
    assert text is not None
    assert "checkpointing on · cache off" in text
    vscode.settings_changed(inlayHints={"enable": True})
    await asyncio.sleep(0.2)
    whole = types.Range(types.Position(0, 0), types.Position(20, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(cell_uri(4)), whole)
    hints = list(await vscode.client.text_document_inlay_hint_async(params) or ())
    assert [one.position for one in hints] == [types.Position(row, len(CELLS[4].splitlines()[row])) for row in (1, 2)]


async def test_a_fix_that_takes_out_the_last_row_of_a_cell(vscode: Editor) -> None:
    """The newline after it is none of the cell's, and the next cell keeps its first row."""
    cells = [*CELLS[:6], "trainer.save_model('out')  # noqa: GCK201\n# gclint: ignore[GCK202]"]
    opened(vscode, [*cells, "print('x')"])
    shown = await vscode.diagnostics(cell_uri(6), lambda found: bool(found))
    assert [str(one.code) for one in shown] == ["GCK003"]
    offered = await vscode.actions(cell_uri(6), shown[0].range)
    edits = edits_of(offered[0].edit, vscode) if offered[0].edit else {}
    assert {uri: apply_edits(vscode.texts[uri], its, "utf-16") for uri, its in edits.items()} == {
        cell_uri(6): "trainer.save_model('out')  # noqa: GCK201"
    }


@pytest.mark.parametrize("editor", ["emacs"], indirect=True)
async def test_a_notebook_as_one_text_names_places_by_what_stands_there(editor: Editor) -> None:
    """As jupyterlab-lsp hands it over: the rows of that text are not those of any cell."""
    uri = editor.open("train.ipynb", SCRIPT.replace("trainer.train()", "\n\ntrainer.train()"))
    found = {str(one.code): one.message for one in await editor.diagnostics(uri, bool)}
    assert "\n`trainer.train()`: trained here" in found["GCK201"]
    assert "\n`model.config.use_cache = False  # noqa: GCK101`: the cache is switched off here" in found["GCK201"]
    assert "train.ipynb:" not in found["GCK201"]
