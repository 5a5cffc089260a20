"""How many cells a text takes on a terminal, and what is shown of one that takes too many: words are folded, source is cut."""

from __future__ import annotations

from typing import Final

MORE: Final = "..."  # stands for what is left out; three letters that every terminal has
SOURCE: Final = 140  # cells of a line of source where there is no terminal: one may have thousands
_LEAST: Final = 20  # narrower than this nothing can be read


def of_letter(letter: str) -> int:
    """The cells of one letter: none for an accent that is set over the one before, two for a wide one of East Asia."""
    if " " <= letter <= "~":
        return 1
    import unicodedata  # a library to be loaded, for letters that few texts hold

    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def of(text: str) -> int:
    """The cells of a text on one line."""
    return sum(map(of_letter, text))


def clip(text: str, first: int, room: int) -> str:
    """What of a text is seen through a window: `room` cells from its cell `first` on, with `...` where something is left out."""
    whole = of(text)
    if not first and whole <= room:
        return text
    more = whole > first + room
    begin = first + len(MORE) if first else 0
    end = first + room - (len(MORE) if more else 0)
    kept: list[str] = []
    at = 0
    for letter in text:
        after = at + of_letter(letter)
        if at >= begin and after <= end:
            kept.append(letter)
        elif at < begin < after:  # half of a wide letter
            kept.append(" " * (after - begin))
        at = after
    return f"{MORE if first else ''}{''.join(kept)}{MORE if more else ''}"


def window(whole: int, start: int, end: int, room: int) -> int:
    """The first cell of a window of `room` cells in a text of `whole`, in whose middle lies what goes from `start` to `end`."""
    if whole <= room or end <= room - len(MORE):
        return 0
    before = max((room - (end - start)) // 2, 2 * len(MORE))
    first = min(start - before, whole - room)  # the last window shows the end of the text
    return max(first, len(MORE) + 1) if first > 0 else 0  # less would put `...` in the place of three letters


def fold(text: str, room: int | None, first: int = 0, indent: int = 0) -> list[str]:
    """A text in lines of at most `room` cells, broken at blanks.

    Of the first line `first` cells are taken, and the others are indented.
    """
    if room is None:
        return [text]
    room = max(room, indent + _LEAST)
    lines: list[str] = []
    line, taken, begun = "", first, False
    for word in text.split(" "):
        wide, blank = of(word), int(begun)
        if (begun or (taken and not lines)) and taken + blank + wide > room:
            lines.append(line)
            line, taken, begun, blank = " " * indent, indent, False, 0
        line, taken = line + " " * blank, taken + blank
        while taken + wide > room and wide > room - indent:  # a word that no line can hold
            head, word = _split(word, room - taken)
            lines.append(line + head)
            line, taken, wide = " " * indent, indent, of(word)
        # what the text begins with is kept, and no line goes on with a blank
        line, taken, begun = line + word, taken + wide, begun or bool(word) or not lines
    return [*lines, line]


def _split(word: str, room: int) -> tuple[str, str]:
    taken = 0
    for at, letter in enumerate(word):
        taken += of_letter(letter)
        if taken > room:
            return word[:at], word[at:]
    return word, ""
