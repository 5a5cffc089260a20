"""The programs of others that some tests run: one that is missing is skipped by name, or fails where all have to be there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(name: str, remedy: str) -> NoReturn:
    """Ends a test whose client is not installed."""
    text = f"{name.upper()} IS NOT INSTALLED: {remedy}"
    if os.environ.get("GCLINT_ALL_CLIENTS"):
        pytest.fail(text)
    pytest.skip(text)
