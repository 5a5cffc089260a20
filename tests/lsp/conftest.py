"""A server for each test, started as an editor would start it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp.client import make_test_lsp_client

from tests.lsp.editor import PROFILES, Editor, capabilities

COMMAND = [sys.executable, "-m", "gcheck_lint", "server", "--stdio"]


async def start(profile: str, root: Path, options: object = None, config: object = None) -> Editor:
    client = make_test_lsp_client()
    if config is not None:
        client.set_configuration(config, section="gclint")
    editor = Editor(client, profile, root)
    pushed = client.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]

    def keep(params: types.PublishDiagnosticsParams) -> None:
        editor.pushes.append(params)
        pushed(params)

    client.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = keep
    client.protocol.fm.features.setdefault(types.CLIENT_REGISTER_CAPABILITY, lambda params: None)
    client.protocol.fm.features.setdefault(types.WORKSPACE_INLAY_HINT_REFRESH, lambda params: None)
    await client.start_io(COMMAND[0], *COMMAND[1:], cwd=root)
    params = types.InitializeParams(
        capabilities=capabilities(profile),
        root_uri=root.as_uri(),
        workspace_folders=[types.WorkspaceFolder(root.as_uri(), "work")],
        initialization_options=options,
    )
    editor.result = await client.initialize_session(params)  # type: ignore[attr-defined]
    return editor


async def stop(editor: Editor) -> None:
    await editor.client.shutdown_session()
    await editor.client.stop()


@pytest_asyncio.fixture(params=PROFILES)
async def editor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Editor]:
    found = await start(request.param, tmp_path)
    yield found
    await stop(found)


@pytest_asyncio.fixture
async def vscode(tmp_path: Path) -> AsyncIterator[Editor]:
    found = await start("vscode-pull", tmp_path)
    yield found
    await stop(found)
