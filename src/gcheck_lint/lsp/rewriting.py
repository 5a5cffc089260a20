"""From one text to another by edits as small as lines and their common ends allow, so that cursors and folds stay."""

from __future__ import annotations

import difflib
import re
from typing import Final

from gcheck_lint.text.spans import Edit

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def differences(path: str, before: str, after: str) -> list[Edit]:
    """What makes one text of another, as small as lines and their common ends allow."""
    old, new = _lines(before), _lines(after)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    found: list[Edit] = []
    for what, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            found.append(_trimmed(path, starts[i1], "".join(old[i1:i2]), "".join(new[j1:j2])))
    return found


def _lines(text: str) -> list[str]:
    return [line for line in _LINE.findall(text) if line]


def _trimmed(path: str, start: int, old: str, new: str) -> Edit:
    """A replacement without what both texts begin and end with. A CRLF is never cut in two."""
    limit = min(len(old), len(new))
    head = next((n for n in range(limit) if old[n] != new[n]), limit)
    while head and old[head - 1] == "\r":
        head -= 1
    limit -= head
    tail = next((n for n in range(limit) if old[-1 - n] != new[-1 - n]), limit)
    while tail and old[len(old) - tail] == "\n" and "\r" in (old[len(old) - tail - 1 :][:1], new[len(new) - tail - 1 :][:1]):
        tail -= 1
    return Edit(path, start + head, start + len(old) - tail, new[head : len(new) - tail])
