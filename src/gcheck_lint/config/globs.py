"""Path patterns of settings (`exclude`, `per-file-ignores`), with ruff's meaning.

`fnmatch` lets `*` cross a slash and knows no `**`, and `pathlib`'s full match came with Python 3.13.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern and the folder that it is relative to: that of the settings file, or the working directory."""

    text: str
    root: PurePath

    def matches(self, path: PurePath) -> bool:
        """Whether it names `path` (absolute): by the last part alone, or by the place below `root`."""
        if _regex(self.text).fullmatch(path.name):
            return True
        pattern = self.text.removeprefix("./")
        if not PurePath(pattern).is_absolute():
            pattern = f"{_escape(self.root.as_posix().rstrip('/'))}/{pattern}"
        return _regex(pattern).fullmatch(path.as_posix()) is not None

    def __str__(self) -> str:
        return self.text


def _escape(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    pattern = pattern.rstrip("/")
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if pattern.startswith("**/", index):
            parts.append("(?:.*/)?")
            index += 3
        elif pattern.startswith("**", index):
            parts.append(".*")
            index += 2
        elif letter == "*":
            parts.append("[^/]*")
            index += 1
        elif letter == "?":
            parts.append("[^/]")
            index += 1
        elif letter == "[" and (end := pattern.find("]", index + 2)) != -1:
            inside = pattern[index + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
            index = end + 1
        else:
            parts.append(re.escape(letter))
            index += 1
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:  # a character range the wrong way round: take the pattern as it stands
        return re.compile(re.escape(pattern), re.DOTALL)
