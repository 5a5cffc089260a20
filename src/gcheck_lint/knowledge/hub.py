"""Which releases of transformers know the type of a model that the hub holds, by the model's id (hub.txt)."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

from gcheck_lint.knowledge import names

_TABLE: Final = Path(__file__).parent / "hub.txt"


def versions(source: str) -> str:
    """The releases that can load it, as a specifier; empty where that is any, or where nothing is known of it."""
    cls = next((cls for pattern, cls in _table() if pattern.match(source.lower()) is not None), "")
    return ",".join(names.bounds("transformers", cls))


@functools.cache
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return tuple((re.compile(pattern), cls) for cls, pattern in pairs)
