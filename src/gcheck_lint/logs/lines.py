"""What a log says beside its messages: who speaks, which version runs, where in a script it stands."""

from __future__ import annotations

import re
from typing import Final

_RANK: Final = re.compile(
    rb"""\[(?:rank|default|trainer|worker|local_rank)[ :=_-]?(\d{1,6})\]  # torchrun, Lightning
    | \[1,(\d{1,6})\]<std  # mpirun
    | \\?"(?:local_|global_)?rank\\?"\s?:\s?(\d{1,6})\b  # JSON
    | \b(?:local_|global_)?rank[ ]?[=:][ ]?(\d{1,6})\b
    | ^\s*(\d{1,4}):[ ]  # srun --label""",
    re.IGNORECASE | re.VERBOSE,
)
_VERSION: Final = re.compile(
    rb"transformers`?(?:[ -]version)?[\"'`]?[ \t]?(?:==|:|=|-|[ \t])[ \t]{0,40}[\"'v]?"
    rb"(\d{1,3}\.\d{1,4}(?:\.\d{1,4})?(?:\.dev\d{1,6}|rc\d{1,3}|\.post\d{1,3})?)(?![\w/\\])"
)
_FRAME: Final = re.compile(rb'File \\?"([^"\\\n]{1,4096})\\?", line (\d{1,9})')
_WARNED: Final = re.compile(rb"([^\s:\"']{1,1000}\.py):(\d{1,9}): \w{0,60}Warning:")
_TRACEBACK: Final = b"Traceback (most recent call last)"
_LIBRARY: Final = re.compile(r"[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|^<", re.IGNORECASE)
_BEHIND: Final = 12  # lines: a call, marks under it, and the exception
_PREFIX: Final = 200  # bytes of a line in which its rank stands

Frame = tuple[str, int]


def rank(line: bytes) -> int | None:
    """The process that wrote a line."""
    found = _RANK.search(line[:_PREFIX]) or (_RANK.search(line) if line.lstrip()[:1] == b"{" else None)
    return None if found is None else int(next(group for group in found.groups() if group is not None))


def versions(data: bytes, start: int, end: int) -> set[str]:
    """The versions of transformers that a part of a log names."""
    return {found[1].decode() for found in _VERSION.finditer(data, start, end) if not _is_other(data, found.start())}


def _is_other(data: bytes, at: int) -> bool:
    """Whether it is the end of another name: `sentence-transformers`."""
    before = data[max(at - 1, 0) : at]
    return before.isalnum() or before in (b"-", b"_", b"/", b".")


def frames(before: bytes, line: bytes, who: int | None) -> list[Frame]:
    """The lines of the user's own files that led to a message: of the traceback right above it, or of a warning's beginning.

    `before` is what stands above it in the log; what other processes wrote in between is passed over.
    """
    warned = _WARNED.search(line)
    if warned is not None:
        return _own([(warned[1], warned[2])])
    if _TRACEBACK not in before:
        return []
    if b"\\n" in before:  # as JSON has it
        before = before.replace(b"\\n", b"\n")
    if who is not None:
        before = b"\n".join(one for one in before.split(b"\n") if rank(one) in (who, None))
    found = list(_FRAME.finditer(before, max(before.rfind(_TRACEBACK), 0)))
    if not found or not _ends(before, found[-1]):
        return []
    return _own([(one[1], one[2]) for one in found])


def _ends(before: bytes, last: re.Match[bytes]) -> bool:
    """Whether a traceback is over where the text ends: below its last frame all is indented but the line of the exception."""
    column = last.start() - before.rfind(b"\n", 0, last.start()) - 3  # of the `T` of Traceback, behind whatever begins each line
    between = before[last.end() :].split(b"\n")[1:]
    indented = [not one[column : column + 1].strip() for one in between[:-1]]
    reached = len(between[-1]) <= column or bool(between[-1][column : column + 1].strip()) if between else False
    return reached and len(between) <= _BEHIND and all(indented)


def _own(found: list[tuple[bytes, bytes]]) -> list[Frame]:
    named = [(path.decode("utf-8", "replace"), int(row)) for path, row in found]
    return [(path, row) for path, row in named if not _LIBRARY.search(path)]
