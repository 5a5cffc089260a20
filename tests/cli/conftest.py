"""The command in an empty folder, with rules that need no story."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gcheck_lint.cli.entry import gclint
from tests.support import fakes
from tests.support.invocation import Invoke


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs `gclint` in an empty folder, with the fake rules."""
    fakes.install(monkeypatch, GCK101=fakes.checkpointing, GCK201=fakes.saving)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GCLINT_OUTPUT_FORMAT"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(gclint, list(args), input=stdin, catch_exceptions=False)

    return run
