"""The text of a file that names dependencies."""

from __future__ import annotations

from pathlib import Path

from gcheck_lint.text.reading import DEPENDENCIES, read_bytes


def text_of(path: Path) -> str:
    """Its text, also in the UTF-16 that PowerShell makes of `pip freeze >`. Raises OSError and ValueError."""
    data = read_bytes(path, DEPENDENCIES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")
