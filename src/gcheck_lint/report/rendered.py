"""Markdown for the eyes: headings, lists, tables and code as a terminal shows them.

It reads what the cards are written in: headings, paragraphs, lists, tables, fences, `code`, **strong**, *emphasis* and links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gcheck_lint.report import width as widths
from gcheck_lint.report.paint import Paint

WIDEST: Final = 100  # longer lines are hard to read
_HEADING: Final = re.compile(r"(#{1,6}) (.*)")
_ITEM: Final = re.compile(r"([-*]|\d+\.) +")
_LINK: Final = re.compile(r"\[([^]]*)\]\(([^)]*)\)")
_STRONG: Final = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])")
_SIGNS: Final = {"+": "plus", "-": "minus"}


def rendered(markdown: str, paint: Paint, width: int | None = None) -> str:
    """The text, folded at the width of the terminal (100 cells at most). Code is folded on a terminal only."""
    room = min(width or WIDEST, WIDEST)
    blocks = ["\n".join(block) for block in _blocks(markdown.split("\n"), room, width, paint)]
    return "\n\n".join(blocks) + "\n"


def _blocks(lines: Sequence[str], room: int, screen: int | None, paint: Paint) -> Iterator[list[str]]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = next((row for row in range(at + 1, len(lines)) if lines[row].startswith("```")), len(lines))
            yield list(_code(lines[at + 1 : end], line[3:].strip(), screen, paint))
            at = end + 1
        elif heading := _HEADING.fullmatch(line):
            words = _plain(heading[2])
            yield [paint("heading" if len(heading[1]) > 1 else "bold", line) for line in widths.fold(words, room)]
            at += 1
        else:
            end = next((row for row in range(at, len(lines)) if _ends(lines[row])), len(lines))
            block = lines[at:end]
            if block[0].startswith("|"):
                yield list(_table(block, room, paint))
            elif _ITEM.match(block[0]):
                yield list(_items(block, room, paint))
            else:
                yield list(_painted(widths.fold(_plain(" ".join(text.strip() for text in block)), room), paint))
            at = end


def _ends(line: str) -> bool:
    return not line.strip() or line.startswith("```") or _HEADING.fullmatch(line) is not None


def _code(lines: Sequence[str], language: str, screen: int | None, paint: Paint) -> Iterator[str]:
    for line in lines:
        style = _SIGNS.get(line[:1], "") if language == "diff" else ""
        for part in widths.fold(line, None if screen is None else screen - 4, indent=8):
            yield f"    {paint(style, part)}".rstrip()


def _items(lines: Sequence[str], room: int, paint: Paint) -> Iterator[str]:
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(line)
        else:
            items[-1] += f" {line.strip()}"
    for item in items:
        begin = _ITEM.match(item)
        indent = begin.end() if begin is not None else 0
        yield from _painted(widths.fold(_plain(item), room, indent=indent), paint)


def _table(lines: Sequence[str], room: int, paint: Paint) -> Iterator[str]:
    """Columns beside each other; the last one is folded, and where it would have no room the rows stand below each other."""
    rows = [[_plain(cell.strip().replace("\\|", "|")) for cell in _cells(line)] for line in lines]
    head, body = rows[0], rows[2:]
    count = len(head)
    body = [[*row[:count], *[""] * (count - len(row))] for row in body]
    wide = [max(widths.of(row[column]) for row in (head, *body)) for column in range(count)]
    taken = sum(wide[:-1]) + 2 * (count - 1)
    if taken + min(wide[-1], 20) > room:
        for row in body:
            for title, cell in zip(head, row, strict=True):
                yield from _painted(widths.fold(f"{title}: {cell}", room, indent=2), paint)
            yield ""
        return
    for number, row in enumerate((head, *body)):
        lead = "".join(f"{cell}{' ' * (wide[column] - widths.of(cell))}  " for column, cell in enumerate(row[:-1]))
        first, *others = widths.fold(row[-1], room, taken, taken)
        if number:
            yield from _painted([f"{lead}{first}", *others], paint)
        else:
            yield from (paint("bold", line.rstrip()) for line in (f"{lead}{first}", *others))
            yield "  ".join("-" * min(cells, room - taken) for cells in wide)


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().strip("|"))


def _plain(text: str) -> str:
    """Without the signs of Markdown but those around `code`, which say what is one word."""
    parts = text.split("`")
    for number in range(0, len(parts), 2):
        words = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if "://" in link[2] else link[1], parts[number])
        parts[number] = _STRONG.sub(lambda match: match[1] or match[2], words)
    return "`".join(parts)


def _painted(lines: Sequence[str], paint: Paint) -> Iterator[str]:
    """The lines with their `code` in a colour, also where it goes on in the next one."""
    inside = False
    for line in lines:
        parts: list[str] = []
        for number, part in enumerate(line.rstrip().split("`")):
            if number:
                inside = not inside
            parts.append(paint("code", part) if inside else part)
        yield "`".join(parts)
