"""What the tests of the language server share: the clients, and a few words for what an editor does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities

PROFILES = ("visual-studio-code", "neovim", "emacs")
TIMEOUT = 60.0
SCRIPT = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.gradient_checkpointing_enable()
args = TrainingArguments(output_dir="out")
trainer = Trainer(model=model, args=args)
trainer.train()
model.generate("x")
model.config.use_cache = False  # noqa: GCK101
trainer.save_model("out")
"""


def capabilities(profile: str) -> types.ClientCapabilities:
    """A client's capabilities. `vscode-pull` is today's VS Code: it pulls, refreshes, and has notebooks."""
    found = cast(types.ClientCapabilities, client_capabilities("visual-studio-code" if profile == "vscode-pull" else profile))
    if profile == "vscode-pull":
        assert found.text_document is not None
        assert found.workspace is not None
        found.text_document.diagnostic = types.DiagnosticClientCapabilities(
            dynamic_registration=True, related_document_support=False
        )
        found.text_document.inlay_hint = types.InlayHintClientCapabilities(dynamic_registration=True)
        found.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
        found.notebook_document = types.NotebookDocumentClientCapabilities(
            synchronization=types.NotebookDocumentSyncClientCapabilities(dynamic_registration=True)
        )
    return found


def encoding(profile: str) -> str:
    """How the client of this profile counts columns."""
    return {"neovim": "utf-8", "emacs": "utf-32"}.get(profile, "utf-16")


class Editor:
    """A client that does what people do."""

    def __init__(self, client: LanguageClient, profile: str, root: Path) -> None:
        self.client = client
        self.profile = profile
        self.root = root
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.pushes: list[types.PublishDiagnosticsParams] = []

    @property
    def pulls(self) -> bool:
        said = self.client.capabilities
        return bool(said and said.text_document and said.text_document.diagnostic)

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str, language: str = "python") -> str:
        uri = name if ":" in name else self.uri(name)
        self.versions[uri], self.texts[uri] = 1, text
        item = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def type(self, uri: str, text: str) -> None:
        self.versions[uri] += 1
        self.texts[uri] = text
        document = types.VersionedTextDocumentIdentifier(version=self.versions[uri], uri=uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def save(self, uri: str) -> None:
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    async def diagnostics(self, uri: str, wanted: Callable[[Sequence[types.Diagnostic]], bool] | None = None) -> list[Any]:
        """The diagnostics of a text: pulled, or waited for until they are as wanted."""
        end = asyncio.get_running_loop().time() + TIMEOUT
        while True:
            if self.pulls and not uri.startswith("vscode-notebook-cell:"):
                params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
                report = await self.client.text_document_diagnostic_async(params)
                found = list(getattr(report, "items", []))
            else:
                pushed = self.client.diagnostics.get(uri)
                found = None if pushed is None else list(pushed)
            if found is not None and (wanted is None or wanted(found)):
                return found
            assert asyncio.get_running_loop().time() < end, f"not as wanted: {found}"
            await asyncio.sleep(0.05)

    async def codes(self, uri: str, *wanted: str) -> list[str]:
        """Waits until a text has these codes, and gives them."""
        return [str(one.code) for one in await self.diagnostics(uri, lambda found: [str(d.code) for d in found] == [*wanted])]

    async def actions(
        self, uri: str, place: types.Range, shown: Sequence[types.Diagnostic] = (), only: Sequence[str] | None = None
    ) -> list[types.CodeAction]:
        context = types.CodeActionContext(list(shown), only=cast(Any, only))
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        return cast(list[types.CodeAction], list(await self.client.text_document_code_action_async(params) or []))

    async def hover(self, uri: str, line: int, character: int) -> str | None:
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        found = await self.client.text_document_hover_async(params)
        return None if found is None else cast(types.MarkupContent, found.contents).value

    def edited(self, uri: str, edit: types.WorkspaceEdit | None) -> str:
        """A text after an edit, as this client would make it."""
        assert edit is not None
        return apply_edits(self.texts[uri], edits_of(edit, self)[uri], encoding(self.profile))

    def settings_changed(self, **settings: Any) -> None:
        self.client.set_configuration(settings, section="gclint")
        self.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"gclint": settings}))


def edits_of(edit: types.WorkspaceEdit, editor: Editor) -> dict[str, list[types.TextEdit]]:
    """The edits by text; a versioned edit must be for the version that the client has."""
    if edit.changes is not None:
        assert edit.document_changes is None
        return {uri: list(its) for uri, its in edit.changes.items()}
    found: dict[str, list[types.TextEdit]] = {}
    for one in edit.document_changes or ():
        assert isinstance(one, types.TextDocumentEdit)
        uri = one.text_document.uri
        assert one.text_document.version in {None, editor.versions.get(uri)}
        found[uri] = [cast(types.TextEdit, its) for its in one.edits]
    return found


def apply_edits(text: str, edits: Sequence[types.TextEdit], counted: str) -> str:
    """Edits made the way a client makes them, on bytes of its own encoding."""
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[counted]
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(place: types.Position) -> int:
        rest = text[starts[place.line] :].encode(codec) if place.line < len(starts) else b""
        return starts[place.line] + len(rest[: place.character * width].decode(codec))

    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def line_range(row: int) -> types.Range:
    """A caret at the beginning of a row (0-based)."""
    return types.Range(types.Position(row, 0), types.Position(row, 0))


def plain(value: Any) -> Any:
    """Whatever came over the wire, as plain JSON."""
    return json.loads(json.dumps(value, default=lambda one: getattr(one, "__dict__", str(one))))
