"""Changes shown as diffs: within a finding, and whole files for `--diff`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import PurePath

from gcheck_lint.report.paint import Paint, clean, lay
from gcheck_lint.text.source import Source

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FEED = re.compile(r"[^\n]*\n|[^\n]+")
_Hunk = list[tuple[str, int, str]]  # sign, row (of the new text; 0 for a removed one), line


def inline(before: str, after: str, width: int, paint: Paint) -> list[str]:
    """A change as it stands under `help:`, with the row numbers of the new text."""
    empty = paint("gutter", f"{'':{width}} |")
    drawn = [empty]
    for number, hunk in enumerate(_hunks(before, after)):
        if number:
            drawn.append(paint("gutter", "..."))
        for sign, row, line in hunk:
            text, _ = lay(line.rstrip("\r\n"))
            number_text = f"{row or '':{width}}"
            if sign == " ":
                drawn.append(f"{paint('gutter', f'{number_text} |')} {text}".rstrip())
            else:
                style = "plus" if sign == "+" else "minus"
                drawn.append(f"{paint('gutter', number_text)} {paint(style, sign)} {paint(style, text)}".rstrip())
    drawn.append(empty)
    return drawn


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


def _hunks(before: str, after: str) -> Iterator[_Hunk]:
    old, new = _LINE.findall(before), _LINE.findall(after)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    # only what lies between is compared; one row of context stays on either side
    first, last = max(0, first - 1), max(0, last - 1)
    old_part, new_part = old[first : len(old) - last], new[first : len(new) - last]
    for group in difflib.SequenceMatcher(None, old_part, new_part, autojunk=False).get_grouped_opcodes(1):
        hunk: _Hunk = []
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                hunk += ((" ", first + row + 1, new_part[row]) for row in range(new_start, new_end))
                continue
            hunk += (("-", 0, line) for line in old_part[old_start:old_end])
            hunk += (("+", first + row + 1, new_part[row]) for row in range(new_start, new_end))
        yield hunk
