"""The text of a file that names dependencies."""

from __future__ import annotations

from pathlib import Path


def text_of(path: Path) -> str:
    """Its text, also in the UTF-16 that PowerShell makes of `pip freeze >`. Raises OSError and ValueError."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")
