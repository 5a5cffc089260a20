r"""What stands before a statement on its line, where LibCST reads it otherwise than Python.

A form feed sets Python's column back to 0, and a lone `\` goes on with the next line at its own column. LibCST takes the first
for a letter of the indentation, and puts a statement after the second into the block above it.
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import Final

from gcheck_lint.errors import GclintError

_ODD: Final = re.compile(r"^[ \t]*(?:\f|\\\r?\n)", re.MULTILINE)
_MARGIN: Final = re.compile(r"[ \t\f]*(?:\\\r?\n[ \t\f]*)*")


class MisreadError(GclintError):
    """A tree that is not that of the text."""

    def __init__(self) -> None:
        super().__init__("LibCST reads it differently, so no position is certain")


def straightened(text: str) -> tuple[str, bool]:
    """A text of the same length and meaning without such margins, each statement at its own offset.

    The text itself where there are none, or where it is no Python. Gives besides whether a lone backslash was among them.
    """
    if _ODD.search(text) is None:
        return text, False
    pieces: list[str] = []
    at, joined = 0, False
    for start in _line_starts(text):
        match = _MARGIN.match(text, start)
        assert match is not None
        margin, end = match[0], match.end()
        if start < at or not ("\f" in margin or "\\" in margin):
            continue
        kept = _indentation(margin)
        pieces += (text[at:start], " " * (len(margin) - len(kept) - 1), "\n", kept)
        at, joined = end, joined or "\\" in margin
    return ("".join([*pieces, text[at:]]), joined) if pieces else (text, False)


def _indentation(margin: str) -> str:
    """The white space that counts, as Python's tokenizer finds it."""
    before = ""
    found = ""
    for letter in margin.replace("\r", "").replace("\\\n", "\\"):
        if letter == "\f":
            found = ""
        elif letter == "\\":
            before = before or found  # the first one that is not empty says how far the statement is indented
        else:
            found += letter
    return before or found


def _line_starts(text: str) -> list[int]:
    """Where the rows begin on which a logical line may begin."""
    rows = {1}
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
            elif token.type == tokenize.NEWLINE or (token.type == tokenize.NL and depth <= 0):
                rows.add(token.end[0] + 1 if token.end[1] else token.end[0])
                rows.add(token.start[0] + 1)
    except (tokenize.TokenError, SyntaxError):
        return []
    starts = [0]
    for match in re.finditer(r"\r\n|\r|\n", text):
        starts.append(match.end())
    return sorted(starts[row - 1] for row in rows if row <= len(starts))
