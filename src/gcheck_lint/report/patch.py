"""Changes shown as diffs: within a finding, and whole files for `--diff`."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from pathlib import PurePath

from gcheck_lint.report import width as widths
from gcheck_lint.report.paint import Paint, clean, lay
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Position

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FEED = re.compile(r"[^\n]*\n|[^\n]+")
_Hunk = list[tuple[str, int, str]]  # sign, row (of the new text; 0 for a removed one), line


def inline(before: str, after: str, width: int, paint: Paint, screen: int | None = None) -> list[str]:
    """A change as it stands under `help:`, with the row numbers of the new text. Of a long row the part that changes is shown."""
    empty = paint("gutter", f"{'':{width}} |")
    room = widths.SOURCE if screen is None else screen - width - 3
    drawn = [empty]
    for number, hunk in enumerate(_hunks(before, after)):
        if number:
            drawn.append(paint("gutter", "..."))
        changes = _changes(hunk)
        for position, (sign, row, line) in enumerate(hunk):
            text, cells = lay(line.rstrip("\r\n"))
            start, end = (cells[min(column, len(cells) - 1)] for column in changes.get(position, (0, 0)))
            text = widths.clip(text, widths.window(cells[-1], start, end, room), room)
            number_text = f"{row or '':{width}}"
            if sign == " ":
                drawn.append(f"{paint('gutter', f'{number_text} |')} {text}".rstrip())
            else:
                style = "plus" if sign == "+" else "minus"
                drawn.append(f"{paint('gutter', number_text)} {paint(style, sign)} {paint(style, text)}".rstrip())
    drawn.append(empty)
    return drawn


def _changes(hunk: _Hunk) -> dict[int, tuple[int, int]]:
    """For each row of a hunk that takes another's place, or has lost it: from which column to which it differs."""
    changes: dict[int, tuple[int, int]] = {}
    removed = [position for position, (sign, _, _) in enumerate(hunk) if sign == "-"]
    added = [position for position, (sign, _, _) in enumerate(hunk) if sign == "+"]
    for old, new in zip(removed, added, strict=False):
        one, other = hunk[old][2], hunk[new][2]
        start = _alike(one, other)
        same = _alike(one[start:][::-1], other[start:][::-1])
        changes[old], changes[new] = (start, len(one) - same), (start, len(other) - same)
    return changes


def _alike(one: str, other: str) -> int:
    """With how many letters alike two texts begin, by halves: they may be whole files."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def last_row(before: str, after: str) -> int:
    """The highest row number that `inline` shows."""
    return max((row for hunk in _hunks(before, after) for _, row, _ in hunk), default=1)


def unified(before: Source, after: Source, paint: Paint) -> str:
    """A patch that `git apply` and `patch -p1` take, once it is written as UTF-8 with surrogate escapes.

    Those tools compare bytes: so these are the file's own, whatever its encoding, and a lone CR ends no line.
    """
    old, new = (_FEED.findall(one.to_bytes(one.text).decode("utf-8", "surrogateescape")) for one in (before, after))
    drawn: list[str] = []
    for line in difflib.unified_diff(old, new, _named("a", before.path), _named("b", before.path)):
        style = {"+": "plus", "-": "minus"}.get(line[0], "")
        if line.endswith("\n"):
            body = line.rstrip("\r\n")
            drawn.append(paint(style, body) + line[len(body) :])
        else:
            drawn.append(paint(style, line) + "\n\\ No newline at end of file\n")
    return "".join(drawn)


def _named(side: str, path: str) -> str:
    """A path in the head of a patch, as git writes it: quoted where a letter would break the line or obey a terminal."""
    name = path if PurePath(path).is_absolute() or path == "-" else f"{side}/{path}"
    if clean(name) == name and not set(name) & set('"\\') and name.isprintable():
        return f"{name}\t" if " " in name else name
    quoted = "".join(map(_quoted, name))
    return '"' + quoted.replace("##", f"\\{ord('#'):03o}#") + '"'


def _quoted(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if clean(letter) == letter and letter.isprintable():
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogateescape"))


@functools.lru_cache(maxsize=8)  # asked for the width of its row numbers first, and then to be drawn
def _hunks(before: str, after: str) -> tuple[_Hunk, ...]:
    return tuple(_compared(before, after))


def _compared(before: str, after: str) -> Iterator[_Hunk]:
    row, old, new = _around(before, after)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    # only what lies between is compared; one row of context stays on either side
    first, last = max(0, first - 1), max(0, last - 1)
    old_part, new_part = old[first : len(old) - last], new[first : len(new) - last]
    above = row + first
    for group in difflib.SequenceMatcher(None, old_part, new_part, autojunk=False).get_grouped_opcodes(1):
        hunk: _Hunk = []
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                hunk += ((" ", above + row, new_part[row]) for row in range(new_start, new_end))
                continue
            hunk += (("-", 0, line) for line in old_part[old_start:old_end])
            hunk += (("+", above + row, new_part[row]) for row in range(new_start, new_end))
        yield hunk


def _around(before: str, after: str) -> tuple[int, list[str], list[str]]:
    """The lines in which two texts differ, with one alike on either side at least, and the row of the first one.

    A file of many findings is compared as often, so lines that are alike are not even told apart.
    """
    lines = LineIndex(before)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    # one letter more, for the newline that may be half of a CRLF in one of the two
    row = max(1, lines.position(max(0, head - 1)).row - 1)
    start = lines.offset(Position(row, 1))
    end = lines.offset(Position(lines.position(min(len(before), len(before) - tail + 1)).row + 2, 1))
    return row, _LINE.findall(before[start:end]), _LINE.findall(after[start : len(after) - (len(before) - end)])
