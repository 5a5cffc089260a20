"""The programs of others that some tests run: one that is missing is skipped by name, or fails where all have to be there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest


def missing(name: str, remedy: str) -> NoReturn:
    """Ends a test whose client is not installed."""
    text = f"{name.upper()} IS NOT INSTALLED: {remedy}"
    if os.environ.get("GCLINT_ALL_CLIENTS"):
        pytest.fail(text)
    pytest.skip(text)


def command(name: str) -> str:
    """Where a client of the dev extra is; ends the test, by the client's name, where it is missing."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        missing(name, "the dev extra has it")
    return found


def needs(module: str) -> None:
    """Ends the test, by the module's name, where it is missing."""
    if importlib.util.find_spec(module) is None:
        missing(module, "the dev extra has it")
