"""A log of any length, read once in pieces: what is kept of it does not grow with it.

Most of a log is passed over by looking for a few words (`Phrases.anchors`). Where one stands, the line is matched, and if it
is no message by itself, some lines around it too, since messages are wrapped. A line ends at a line feed or, on a terminal
that draws bars, at a carriage return; lines are counted as `grep -n` does.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Final

from gcheck_lint.logs import lines
from gcheck_lint.logs.phrases import Phrases
from gcheck_lint.records import dataclass

PIECE: Final = 1 << 20
_BACK: Final = 32_768  # bytes that stay in reach behind: a traceback above its message
_AHEAD: Final = 16_384  # and before: what a message needs to end
_SIDE: Final = 4_096  # bytes on each side of a word that are looked at, in a line that never ends
_WRAPPED: Final = 4  # lines before and after
_MEMO: Final = 2_048  # lines that are remembered, each of at most
_SHORT: Final = 1_024  # bytes
_SAMPLES: Final = 3
_SHOWN: Final = 240  # characters of a line that is shown
_TRACED: Final = 64  # messages of a kind whose traceback is read
_MOST: Final = 32  # frames and versions that are kept
_RANKS: Final = 10_000
_ESCAPE: Final = re.compile(
    rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)|[@-Z\\^_])|\\u001b\[[0-9;]{0,64}[A-Za-z]"
)
_HELD: Final = 64  # bytes at the end of a piece in which an escape may have begun
_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}  # as PowerShell writes


@dataclass(slots=True)
class Heard:
    """One kind of message in one log: the numbers of the phrases that it may be, how often, where, and who said it."""

    phrases: tuple[int, ...]
    first: int
    last: int = 0
    count: int = 0
    ranks: set[int] = field(default_factory=set)
    samples: list[str] = field(default_factory=list)
    frames: list[lines.Frame] = field(default_factory=list)


@dataclass(slots=True)
class Log:
    """What a log holds."""

    heard: dict[tuple[int, ...], Heard] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    lines: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Match:
    phrases: tuple[int, ...]
    start: int
    end: int


def scan(pieces: Iterable[bytes], phrases: Phrases) -> Log:
    """Reads a log to its end."""
    scanner = _Scanner(phrases)
    for piece in _plain(_text(pieces)):
        scanner.feed(piece)
    return scanner.finish()


class _Scanner:
    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._log = Log()
        self._data = b""
        self._fresh = 0  # where in the data begins what was not looked at
        self._base = 0  # where in the log the data begin
        self._ended = b"\n"  # the last byte
        self._memo: dict[bytes, tuple[list[_Match], int | None]] = {}
        self._hopeful: dict[bytes, bool] = {}
        self._told: dict[int, int] = {}  # for each phrase, where it was last found

    def feed(self, piece: bytes) -> None:
        data = self._data + piece if self._data else piece
        self._ended = piece[-1:] or self._ended
        end = len(data) - _AHEAD
        cut = (data.rfind(b"\n", max(self._fresh, end - _AHEAD), end) + 1 or end) if end > self._fresh else self._fresh
        self._look(data, cut)

    def finish(self) -> Log:
        self._look(self._data, len(self._data))
        self._log.lines += self._ended != b"\n"
        return self._log

    def _look(self, data: bytes, cut: int) -> None:
        """Looks at the data from where it has not been looked at up to `cut`, and keeps what is needed further on."""
        log, start = self._log, self._fresh
        counted, row = start, log.lines + 1
        passed = start
        for at in self._spots(data, start, cut):
            if at < passed:
                continue
            begin, passed = _bounds(data, at)
            found, who = self._of(data[begin:passed])
            if not found and self._may_go_on(data[begin:passed]):
                begin, until = _around(data, begin, passed)
                wrapped = data[begin:until]
                # what stands on one line is found there
                found = [one for one in self._matches(wrapped) if b"\n" in wrapped[one.start : one.end]][:1]
                who = lines.rank(data[slice(*_bounds(data, begin + found[0].start))]) if found else None
            for match in found:
                place = begin + match.start
                if any(self._told.get(one, -1) >= self._base + place for one in match.phrases):
                    continue
                self._told.update(dict.fromkeys(match.phrases, self._base + place))
                if place >= counted:
                    row, counted = row + data.count(b"\n", counted, place), place
                    said_at = row
                else:
                    said_at = row - data.count(b"\n", place, counted)
                self._hear(data, match, place, said_at, who)
        if b"transformers" in data and len(log.versions) < _MOST:
            log.versions |= lines.versions(data, max(start - 100, 0), cut)
        log.lines += data.count(b"\n", start, cut)
        log.size += cut - start
        kept = max(cut - _BACK, 0)
        self._data, self._fresh, self._base = data[kept:], cut - kept, self._base + kept

    def _spots(self, data: bytes, start: int, cut: int) -> list[int]:
        spots = []
        for anchor in self._phrases.anchors:
            at = data.find(anchor, start, min(cut + len(anchor) - 1, len(data)))
            while 0 <= at < cut:
                spots.append(at)
                at = data.find(anchor, at + len(anchor), min(cut + len(anchor) - 1, len(data)))
        spots.sort()
        return spots

    def _of(self, text: bytes) -> tuple[list[_Match], int | None]:
        known = self._memo.get(text)
        if known is not None:
            return known
        told = self._matches(text), lines.rank(text)
        if len(text) <= _SHORT:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            self._memo[text] = told
        return told

    def _may_go_on(self, line: bytes) -> bool:
        """Whether a line may hold a part of a message whose rest is on the lines around it."""
        if len(line) > _SHORT:
            return False
        known = self._hopeful.get(line)
        if known is None:
            if len(self._hopeful) >= _MEMO:
                self._hopeful.clear()
            known = self._hopeful[line] = any(phrase.begins_in(line) for phrase in self._phrases.known)
        return known

    def _matches(self, text: bytes) -> list[_Match]:
        """The messages in a text. Those that overlap are one: the first and longest of them is the nearest to what was said."""
        found = [
            (hit.start(), -hit.end(), number)
            for number, phrase in enumerate(self._phrases.known)
            if phrase.may_be_in(text)
            for hit in phrase.pattern.finditer(text)
        ]
        groups: list[tuple[list[int], int, int]] = []
        for start, minus_end, number in sorted(found):
            if groups and start < groups[-1][2]:
                numbers, first, end = groups[-1]
                groups[-1] = ([*numbers, number] if number not in numbers else numbers, first, max(end, -minus_end))
            else:
                groups.append(([number], start, -minus_end))
        return [_Match(tuple(numbers), start, end) for numbers, start, end in groups]

    def _hear(self, data: bytes, match: _Match, place: int, row: int, who: int | None) -> None:
        heard = self._log.heard.get(match.phrases)
        if heard is None:
            heard = self._log.heard[match.phrases] = Heard(match.phrases, row)
        heard.count += 1
        heard.last = max(heard.last, row)
        heard.first = min(heard.first, row)
        if who is not None and len(heard.ranks) < _RANKS:
            heard.ranks.add(who)
        if heard.count > _TRACED:
            return
        begin, end = _bounds(data, place)
        line = data[begin:end]
        sample = " ".join(data[place : place + match.end - match.start].decode("utf-8", "replace").split())[:_SHOWN]
        if sample not in heard.samples and len(heard.samples) < _SAMPLES:
            heard.samples.append(sample)
        for frame in lines.frames(data[max(place - _BACK, 0) : place], line, who):
            if frame not in heard.frames and len(heard.frames) < _MOST:
                heard.frames.append(frame)


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    """Where the line begins and ends in which a place is; of a very long one, what is around the place."""
    low, high = max(at - _SIDE, 0), min(at + _SIDE, len(data))
    begin = max(data.rfind(b"\n", low, at), data.rfind(b"\r", low, at)) + 1 or low
    ends = [end for end in (data.find(b"\n", at, high), data.find(b"\r", at, high)) if end >= 0]
    return begin, min(ends, default=high)


def _around(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Some lines before and after a line."""
    low, high = max(begin - _SIDE, 0), min(end + _SIDE, len(data))
    for _ in range(_WRAPPED + 1):
        begin = max(data.rfind(b"\n", low, begin), low)
    for _ in range(_WRAPPED + 1):
        found = data.find(b"\n", end + 1, high)
        end = found if found >= 0 else high
    return begin, end


def _text(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces as UTF-8, whatever wrote them."""
    rest = iter(pieces)
    begun = next(rest, b"")
    while len(begun) < len(codecs.BOM_UTF16_LE) and (more := next(rest, b"")):
        begun += more
    if begun[:2] not in _MARKS:
        yield begun
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(_MARKS[begun[:2]])("replace")
    for piece in itertools.chain((begun[2:],), rest):
        yield decoder.decode(piece).encode("utf-8", "replace")


def _plain(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces without colours, also where a colour's letters lie in two pieces."""
    held = b""
    for new in pieces:
        piece, held = held + new, b""
        if b"\x1b" in piece or b"\\u001b" in piece:
            piece = _ESCAPE.sub(b"", piece)
        begun = max(piece.rfind(b"\x1b", max(len(piece) - _HELD, 0)), piece.rfind(b"\\u001b", max(len(piece) - _HELD, 0)))
        if begun >= 0 and b"\n" not in piece[begun:]:
            piece, held = piece[:begun], piece[begun:]
        for at in range(0, len(piece), PIECE):
            yield piece[at : at + PIECE]
    yield held
