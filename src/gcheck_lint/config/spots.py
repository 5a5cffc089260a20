"""Where a key, or a word of its value, is written in a TOML file.

A parser of TOML gives values and no places. But the first lines of a file up to the one that ends a key's value are a file that
has the key, and those up to the one before have it not: so the place is found by asking the parser, whatever way it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gcheck_lint.errors import Spot

_BEGIN: Final = re.compile(r"\s*(\[|[\w\"'.-][^=]*=)")  # of a line with which a table or a key may begin
_MOST: Final = 100  # times that the parser is asked: a file made to take long gets a place that is less exact


def of_key(name: str, text: str, path: Sequence[str], word: str | None = None) -> Spot:
    """The place of a key that is there, by its path from the top of the file; that of a word of its value, where there is one."""
    lines = text.split("\n")
    first, last = _region(lines, path)
    key = re.compile(rf"(?<![\w-])([\"']?){re.escape(path[-1])}\1(?=\s*[.=\]])")
    for row in range(first, last):
        found = key.search(lines[row])
        if found is not None:
            break
    else:
        row, found = first, None
    if word is not None:
        quoted = re.compile(rf"[\"']{re.escape(word)}[\"']")
        for at in range(row, len(lines)):
            begin = found.end() if found is not None and at == row else 0
            if hit := quoted.search(lines[at], begin):
                return Spot(name, text, at + 1, hit.start() + 2, hit.end())
    line = lines[row].rstrip("\r")
    start, end = found.span() if found is not None else (len(line) - len(line.lstrip()), len(line.rstrip()))
    return Spot(name, text, row + 1, start + 1, max(end, start + 1) + 1)


def of_error(name: str, text: str, error: Exception) -> Spot | None:
    """Where a parser stopped: tomli says it in words, and since 2.1 in numbers."""
    told = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    row, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if told is not None:
        row, column = int(told[1]), int(told[2])
    if not isinstance(row, int) or not isinstance(column, int):
        return None
    return Spot(name, text, row, column, column + 1)


def _region(lines: Sequence[str], path: Sequence[str]) -> tuple[int, int]:
    """The rows (from 0 on; the second is not included) in one of which a key is written for the first time."""
    # not each beginning of a file is one: a value may go on for some lines, so it is cut where a key or a table may begin
    cuts = [0, *(row for row, line in enumerate(lines) if row and _BEGIN.match(line)), len(lines)]
    lacks, has, left = 0, len(cuts) - 1, _MOST
    while has - lacks > 1 and left:
        middle = (lacks + has) // 2
        there = None
        for cut in (*range(middle, has), *range(middle - 1, lacks, -1)):
            there = _has(lines[: cuts[cut]], path)
            left -= 1
            if there is not None or not left:
                break
        if there is None:
            break
        lacks, has = (lacks, cut) if there else (cut, has)
    first, last = cuts[lacks], cuts[has]
    while first < last - 1 and not lines[first].split("#")[0].strip():
        first += 1
    return first, last


def _has(lines: Sequence[str], path: Sequence[str]) -> bool | None:
    import tomli  # only an error's last words need it

    try:
        value: object = tomli.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True
