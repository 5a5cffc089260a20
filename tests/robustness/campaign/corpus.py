"""What the campaign begins with: scripts of ours, the test files of Python itself (which are read and never run), and small seeds."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Final

import test

from tests.support.paths import ROOT
from tests.support.samples import DEFECT

FIXTURES: Final = ROOT / "tests" / "fixtures"
_LARGEST: Final = 40_000  # bytes of a seed: the campaign is to have many, and not large ones


def _texts(paths: list[Path]) -> tuple[str, ...]:
    found = []
    for path in paths:
        if path.stat().st_size <= _LARGEST:
            try:
                found.append(path.read_bytes().decode("utf-8"))
            except UnicodeDecodeError:
                continue
    return tuple(found)


@functools.cache
def scripts() -> tuple[str, ...]:
    """Scripts that there is something to tell of."""
    kinds = [FIXTURES / name for name in ("scripts", "quiet", "fixes")] + [ROOT / "examples"]
    return (DEFECT, *_texts(sorted(path for kind in kinds for path in kind.rglob("*.py"))))


@functools.cache
def foreign() -> tuple[str, ...]:
    """The test files of Python itself: every shape that its grammar has."""
    return _texts(sorted(path for folder in test.__path__ for path in Path(folder).glob("test_*.py")))


@functools.cache
def notebooks() -> tuple[str, ...]:
    """Notebooks of ours, and one made of a script."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# title\n"]},
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["%pip install trl\n", "!ls\n", "import x\n"]},
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": DEFECT},
    ]  # fmt: skip
    made = json.dumps(
        {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )
    return (made, *_texts(sorted((FIXTURES / "notebooks").rglob("*.ipynb"))))
