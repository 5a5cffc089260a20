"""A notebook's cell as plain Python of the same length: magics and shell lines are blanked out, so that no offset moves."""

from __future__ import annotations

import functools
import re
from typing import Final

from gcheck_lint.source import Source

_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
# of these the rest of the cell is Python
_AROUND_PYTHON: Final = re.compile(r"\s*%%(?:capture|prun|time|timeit)\b")
_MAGIC: Final = re.compile(r"(?P<kept>\s*(?:[A-Za-z_][\w.]*\s*=\s*)?)(?P<magic>[%!?].*)")
_QUESTION: Final = re.compile(r"(?P<kept>\s*)(?P<magic>[\w.%*]+\?{1,2}\s*)")


@functools.lru_cache(maxsize=512)
def code(text: str) -> str | None:
    """The cell as Python; None when it is none even without its magics."""
    if _parses(text):
        return text
    lines = [match.group() for match in _LINES.finditer(text)]
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].lstrip().startswith("%%"):
        if not _AROUND_PYTHON.match(lines[first]):
            return blank(text)
        lines[first] = blank(lines[first])
    plain = _without_magics(lines)
    return plain if _parses(plain) else None


def blank(text: str) -> str:
    """Spaces for every character but the newlines."""
    return re.sub(r"[^\r\n]", " ", text)


def _without_magics(lines: list[str]) -> str:
    plain: list[str] = []
    goes_on = False
    for line in lines:
        body = line.rstrip("\r\n")
        found = _MAGIC.fullmatch(body) or _QUESTION.fullmatch(body)
        if goes_on:
            plain.append(blank(line))
        elif found is not None:
            # an expression, not a blank: the line may be all that stands in a block
            magic = found["magic"]
            plain.append(f"{found['kept']}0{' ' * (len(magic) - 1)}{line[len(body) :]}")
        else:
            plain.append(line)
        goes_on = (goes_on or found is not None) and body.endswith("\\")
    return "".join(plain)


def _parses(text: str) -> bool:
    # the parser of the engine: Python's own knows no syntax newer than the one that runs here
    from gcheck_lint import syntax

    try:
        syntax.parse(Source("cell", text))
    except syntax.ParseError:
        return False
    return True
