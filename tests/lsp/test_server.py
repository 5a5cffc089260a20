"""The server as three clients see it: what they are shown, offered and told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

from gcheck_lint.lsp.analysis import OpenProgram, analyse
from gcheck_lint.lsp.documents import Document, Part, Unsaved
from gcheck_lint.lsp.options import Options
from gcheck_lint.python import syntax
from gcheck_lint.rulebook import pages
from tests.lsp.conftest import start, stop
from tests.lsp.editor import SCRIPT, Editor, edits_of, line_range

pytestmark = pytest.mark.asyncio
CODES = ("GCK101", "GCK203", "GCK104", "GCK003", "GCK201")


async def test_diagnostics_arrive(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    found = {str(one.code): one for one in await editor.diagnostics(uri, lambda found: len(found) == len(CODES))}
    assert tuple(found) == CODES
    one = found["GCK201"]
    assert one.source == "gclint"
    assert one.severity == types.DiagnosticSeverity.Information
    assert one.range == types.Range(types.Position(9, 0), types.Position(9, 25))
    assert "\n\nhelp: set `config.use_cache = True` before the save" in one.message
    assert found["GCK104"].tags == (types.DiagnosticTag.Unnecessary,)
    assert found["GCK003"].tags == (types.DiagnosticTag.Unnecessary,)
    assert found["GCK101"].tags is None
    if editor.profile == "emacs":  # it can't show related places, so they are said
        assert one.related_information is None
        assert "train.py:9: the cache is switched off here" in one.message
        assert one.code_description is None
    else:
        told = [(place.location.uri, place.location.range.start.line, place.message) for place in one.related_information]
        assert (uri, 8, "the cache is switched off here") in told
    if editor.profile == "visual-studio-code":
        assert one.code_description.href == pages.document("GCK201")
        assert one.data["fix"]["safety"] == "safe"


async def test_never_pushed_and_pulled(editor: Editor, vscode: Editor) -> None:
    for one in (editor, vscode):
        uri = one.open("train.py", SCRIPT)
        await one.codes(uri, *CODES)
        one.save(uri)
        one.type(uri, SCRIPT + "\n")
        await asyncio.sleep(0.6)
        offered = one.result.capabilities.diagnostic_provider  # type: ignore[attr-defined]
        assert bool(one.pushes) is (offered is None) is not one.pulls


async def test_a_change_is_seen_and_a_closed_text_is_cleared(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    await editor.codes(uri, *CODES)
    editor.type(uri, SCRIPT.replace('model.generate("x")\n', ""))
    await editor.codes(uri, "GCK101", "GCK104", "GCK003", "GCK201")
    editor.close(uri)
    await editor.codes(uri)


async def test_only_the_last_of_many_changes_is_looked_at(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    await editor.codes(uri, *CODES)
    editor.pushes.clear()
    for number in range(30):
        editor.type(uri, SCRIPT + f"# {number}\n")
    editor.type(uri, "x = 1\n")
    await editor.codes(uri)
    assert len(editor.pushes) <= 2


async def test_a_fix_is_offered_and_mends(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    shown = await editor.diagnostics(uri, lambda found: len(found) == len(CODES))
    (one,) = (one for one in shown if one.code == "GCK201")
    offered = await editor.actions(uri, line_range(9), [one])
    assert [action.title.partition(": ")[0] for action in offered] == ["gclint (GCK201)"] * 3 + ["gclint"]
    assert [action.title for action in offered[1:3]] == [
        "gclint (GCK201): Disable for this line",
        "gclint (GCK201): Disable for this file",
    ]
    fix = offered[0]
    assert fix.kind == types.CodeActionKind.QuickFix
    assert fix.is_preferred is True
    assert [str(d.code) for d in fix.diagnostics or ()] == ["GCK201"]
    assert editor.edited(uri, fix.edit) == SCRIPT.replace(
        'trainer.save_model("out")', 'trainer.model.config.use_cache = True\ntrainer.save_model("out")'
    )
    assert editor.edited(uri, offered[1].edit) == SCRIPT.replace('save_model("out")', 'save_model("out")  # noqa: GCK201')
    assert editor.edited(uri, offered[2].edit) == "# gclint: file-ignore[GCK201]\n" + SCRIPT


async def test_the_same_as_the_command_line(editor: Editor, tmp_path: Path) -> None:
    """Fix all gives the very text that `gclint --fix` gives."""
    from gcheck_lint.config import settings
    from gcheck_lint.fixing import apply
    from gcheck_lint.run import pipeline
    from gcheck_lint.text import source

    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    report = pipeline.check(source.read(str(path)), settings.Settings())
    outcome = apply.fix([report], lambda one: pipeline.check(one, settings.Settings()), unsafe=False)
    uri = editor.open("train.py", SCRIPT)
    offered = await editor.actions(uri, line_range(0), only=["source.fixAll"])
    assert [(one.title, one.kind) for one in offered] == [("gclint: Fix all auto-fixable problems", "source.fixAll.gclint")]
    action = offered[0]
    if action.edit is None:
        action = await editor.client.code_action_resolve_async(action)
    assert editor.edited(uri, action.edit) == outcome.changed[str(path)][1].text


@pytest.mark.parametrize("only", [["quickfix"], ["source.organizeImports"], ["refactor"]])
async def test_only_what_is_asked_for(vscode: Editor, only: list[str]) -> None:
    uri = vscode.open("train.py", SCRIPT)
    offered = await vscode.actions(uri, line_range(9), only=only)
    assert {str(getattr(one.kind, "value", one.kind)) for one in offered} <= set(only)
    assert bool(offered) is (only == ["quickfix"])


async def test_columns_are_counted_as_the_client_counts(editor: Editor) -> None:
    text = SCRIPT.replace("model.config.use_cache = False  # noqa: GCK101", '"😀é"; model.config.use_cache = False')
    uri = editor.open("train.py", text)
    shown = await editor.diagnostics(uri, lambda found: "GCK104" in [one.code for one in found])
    (one,) = (one for one in shown if one.code == "GCK104")
    start = {"visual-studio-code": 7, "neovim": 10, "emacs": 6}[editor.profile]
    assert one.range.start == types.Position(8, start)
    offered = await editor.actions(uri, types.Range(types.Position(8, start), types.Position(8, start)), [one])
    (line,) = (action for action in offered if action.title == "gclint (GCK104): Disable for this line")
    assert '"😀é"; model.config.use_cache = False  # noqa: GCK104\n' in editor.edited(uri, line.edit)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
async def test_newlines_are_those_of_the_text(vscode: Editor, newline: str) -> None:
    text = SCRIPT.replace("\n", newline)
    uri = vscode.open("train.py", text)
    offered = await vscode.actions(uri, line_range(9))
    after = vscode.edited(uri, offered[0].edit)
    assert after.replace(newline, "\n").count("\n") == SCRIPT.count("\n") + 1
    assert "\n" not in after.replace(newline, "")


async def test_form_feeds_and_odd_separators_move_nothing(vscode: Editor) -> None:
    text = SCRIPT.replace("\nmodel =", "\n\x0cmodel =").replace('"gpt2"', '"g\u2028p\x85t2"')
    uri = vscode.open("train.py", text)
    (one,) = (one for one in await vscode.diagnostics(uri) if one.code == "GCK201")
    assert one.range.start.line == 9


async def test_hover_on_a_code_shows_its_card(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    text = await editor.hover(uri, 8, SCRIPT.splitlines()[8].index("GCK101") + 2)
    assert text is not None
    assert "GCK101" in text
    assert "checkpointing-with-cache" in text
    assert "What does not help" in text


async def test_hover_on_a_switch_shows_the_state(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    text = await editor.hover(uri, 3, 12)
    assert text is not None
    assert "checkpointing on · cache on · eval mode" in text
    assert "GCK101" in text
    assert await editor.hover(uri, 0, 3) is None


async def test_hints_are_off_until_they_are_wanted(vscode: Editor) -> None:
    uri = vscode.open("train.py", SCRIPT)
    whole = types.Range(types.Position(0, 0), types.Position(20, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), whole)
    assert list(await vscode.client.text_document_inlay_hint_async(params) or ()) == []
    vscode.settings_changed(inlayHints={"enable": True})
    for _ in range(100):
        hints = list(await vscode.client.text_document_inlay_hint_async(params) or ())
        if hints:
            break
        await asyncio.sleep(0.05)
    assert [(one.position.line, one.label) for one in hints][3] == (6, "checkpointing on · cache on · train mode")
    assert hints[3].position.character == len("trainer.train()")


async def test_settings_are_read_from_the_project_and_watched(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open("train.py", SCRIPT)
    await editor.codes(uri, *CODES)
    (tmp_path / "gclint.toml").write_text('select = ["GCK2"]\n')
    if editor.client.capabilities.workspace.did_change_watched_files.dynamic_registration:
        event = types.FileEvent((tmp_path / "gclint.toml").as_uri(), types.FileChangeType.Created)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    else:
        editor.save(uri)
    await editor.codes(uri, "GCK203", "GCK201")


async def test_settings_come_from_the_editor(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open("train.py", SCRIPT)
    await editor.codes(uri, *CODES)
    editor.settings_changed(lint={"select": ["GCK1"]})
    await editor.codes(uri, "GCK101", "GCK104")
    editor.settings_changed(lint={"enable": False})
    await editor.codes(uri)


async def test_initial_options_and_preferences(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.gclint]\nselect = ["GCK2"]\n')
    for preference, codes in (
        ("editorFirst", ["GCK101", "GCK104"]),
        ("filesystemFirst", ["GCK203", "GCK201"]),
        ("editorOnly", ["GCK101", "GCK104"]),
    ):
        options = {"settings": {"configurationPreference": preference, "lint": {"select": ["GCK1"]}}}
        editor = await start("vscode-pull", tmp_path, options)
        assert await editor.codes(editor.open("train.py", SCRIPT), *codes) == codes
        await stop(editor)


async def test_a_mistake_in_the_settings_is_said_and_does_not_silence(tmp_path: Path) -> None:
    (tmp_path / "gclint.toml").write_text("selekt = 1\n")
    editor = await start(
        "vscode-pull", tmp_path, {"lint": {"run": "sometimes", "select": ["GCK9x"]}, "configuration": {"nope": 1}}
    )
    await editor.codes(editor.open("train.py", SCRIPT), *CODES)
    said = "\n".join(one.message for one in editor.client.messages)
    assert "selekt" in said
    assert "lint.run" in said
    assert "GCK9x" in said
    assert "nope" in said
    await stop(editor)


async def test_on_save_only(tmp_path: Path) -> None:
    for profile in ("visual-studio-code", "vscode-pull"):
        editor = await start(profile, tmp_path, {"lint": {"run": "onSave"}})
        uri = editor.open("train.py", SCRIPT)
        await editor.codes(uri, *CODES)
        editor.type(uri, "x = 1\n")
        await asyncio.sleep(0.6)
        await editor.codes(uri, *CODES)
        editor.save(uri)
        await editor.codes(uri)
        await stop(editor)


async def test_what_is_excluded_is_left_out(vscode: Editor, tmp_path: Path) -> None:
    (tmp_path / "gclint.toml").write_text('extend-exclude = ["third_party"]\n')
    assert await vscode.codes(vscode.open("third_party/train.py", SCRIPT)) == []
    assert await vscode.codes(vscode.open("untitled:Untitled-1", SCRIPT), *CODES)


async def test_unsaved_texts_of_other_modules_count(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    helper = "def off(model):\n    pass\n"
    (tmp_path / "helper.py").write_text(helper)
    script = SCRIPT.replace("model.config.use_cache = False  # noqa: GCK101", "off(model)").replace(
        "from transformers", "from helper import off\nfrom transformers", 1
    )
    (tmp_path / "train.py").write_text(script)
    uri = editor.open("train.py", script)
    await editor.codes(uri, "GCK101", "GCK203")
    other = editor.open("helper.py", helper)
    editor.type(other, "def off(model):\n    model.config.use_cache = False\n")
    shown = await editor.diagnostics(uri, lambda found: "GCK201" in [one.code for one in found])
    (one,) = (one for one in shown if one.code == "GCK201")
    if editor.profile != "emacs":
        assert other in [place.location.uri for place in one.related_information]
        (place,) = (place for place in one.related_information if place.location.uri == other)
        assert place.location.range.start.line == 1
    editor.type(other, "")
    await editor.diagnostics(uri, lambda found: "GCK201" not in [one.code for one in found])
    editor.type(other, "def off(model):\n    model.config.use_cache = False\n")
    await editor.diagnostics(uri, lambda found: "GCK201" in [one.code for one in found])
    editor.close(other)  # not saved: what is on disk counts again
    await editor.diagnostics(uri, lambda found: "GCK201" not in [one.code for one in found])


async def test_edits_are_versioned_where_the_client_can(editor: Editor) -> None:
    uri = editor.open("train.py", SCRIPT)
    offered = await editor.actions(uri, line_range(9))
    edit = offered[0].edit
    assert edit is not None
    assert (edit.document_changes is not None) is (editor.profile != "neovim")
    assert list(edits_of(edit, editor)) == [uri]


async def test_a_text_without_our_words_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for its findings nor for a hover or hints: in a large repository most texts are such."""

    def fail(*_: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(syntax, "parse", fail)
    path = tmp_path / "a.py"
    part = Part(path.as_uri(), 1, "import torch\n\nmodel = torch.nn.Linear(2, 2)\nmodel.save('x')\n")
    document = Document(part.uri, str(path), tmp_path, (part,))
    found = analyse(document, Options(), tmp_path, Unsaved({}, {}), OpenProgram())
    assert found.diagnostics == ()
    assert found.story() is None
