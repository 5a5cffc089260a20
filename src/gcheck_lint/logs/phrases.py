"""The messages of the cards as patterns over bytes, however a log has wrapped, quoted or escaped them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Final

from gcheck_lint.records import dataclass
from gcheck_lint.rulebook import cards
from gcheck_lint.rulebook.cards import Card

# between two words: blanks, or a line that was wrapped: with the place that some handlers write at its end, the rank that
# launchers write at the beginning of the next one, or the two letters that JSON has for a new line
_GAP: Final = (
    rb"(?:[ \t]{1,120}|(?:[ \t]{1,120}[\w.-]{1,80}\.py:\d{1,7})?[ \t]{0,120}(?:\r?\n|\\n)(?:\[?\w{0,12}\d{1,5}\]?:)?[ \t]{0,120})"
)
_LAYER: Final = ("checkpointing", "in")  # behind these words stands the name of a layer
_ANCHOR: Final = re.compile(r"[A-Za-z_]\w{5,}")


@dataclass(frozen=True, slots=True)
class Source:
    """A card that lists a message, and the versions of transformers that print it."""

    code: str
    versions: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """One message, with every card that lists it. `folk`: people tell it, and no version prints it.

    `begun` finds what a wrapped line holds of it: its anchor with the words beside it, or at the line's beginning or end.
    """

    text: str
    sources: tuple[Source, ...]
    folk: bool
    pattern: re.Pattern[bytes]
    anchor: bytes
    words: tuple[bytes, ...]
    begun: tuple[re.Pattern[bytes], re.Pattern[bytes]]

    def may_be_in(self, text: bytes) -> bool:
        """Whether all its words are there: a look that costs little."""
        return all(word in text for word in self.words)

    def begins_in(self, line: bytes) -> bool:
        """Whether a line holds a part of it whose rest may be on the lines around it."""
        return self.anchor in line and (self.begun[0].search(line) or self.begun[1].match(line)) is not None


@dataclass(frozen=True, slots=True)
class Phrases:
    """All messages. `anchors` are words of which each message has one, so that most of a log need not be looked at."""

    known: tuple[Phrase, ...]
    anchors: tuple[bytes, ...]


@functools.cache
def load() -> Phrases:
    """The messages of all cards."""
    return made_of(cards.load().values())


def made_of(chosen: Iterable[Card]) -> Phrases:
    """The messages of some cards."""
    sources: dict[tuple[str, bool], list[Source]] = {}
    for card in chosen:
        for message in card.messages:
            sources.setdefault((message.text, False), []).append(Source(card.code, message.versions))
        for saying in card.sayings:
            sources.setdefault((saying, True), []).append(Source(card.code, ""))
    anchors = _anchors([text for text, _ in sources])
    known = tuple(
        Phrase(
            text, tuple(its), folk, _pattern(text, folk), _anchor(text, anchors).encode(), _needed(text), _begun(text, anchors)
        )
        for (text, folk), its in sources.items()
    )
    return Phrases(known, tuple(anchor.encode() for anchor in anchors))


def _pattern(text: str, folk: bool) -> re.Pattern[bytes]:
    words = text.split()
    parts = []
    for at, word in enumerate(words):
        if tuple(words[max(at - 2, 0) : at]) == _LAYER:
            parts.append(rb"\w{1,100}\.")
        else:
            parts.append(b"`?" + _word(word) + b"`?" if folk else _word(word))
    # `Setting x.` is another message than `Setting x...`
    end = rb"(?!\.)" if text.endswith(".") and not text.endswith("..") else b""
    return re.compile(_GAP.join(parts) + end)


def _anchor(text: str, anchors: Sequence[str]) -> str:
    return next(anchor for anchor in anchors if anchor in text)


def _needed(text: str) -> tuple[bytes, ...]:
    """What stands in a line that holds the whole message: its words, the longest first."""
    plain = re.sub(r"checkpointing in \w+\.", "checkpointing in .", text)
    return tuple(sorted((word.encode() for word in set(re.findall(r"[A-Za-z0-9_]+", plain))), key=lambda one: (-len(one), one)))


def _begun(text: str, anchors: Sequence[str]) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """To search: the word before the anchor, and it. To match: a line that begins with it."""
    words = text.split()
    anchor = _anchor(text, anchors)
    at = next(number for number, word in enumerate(words) if anchor in word)
    here, after = _word(words[at]), b""
    if at + 1 < len(words):
        line_end = rb"[ \t]{0,120}(?:[\w.-]{1,80}\.py:\d{1,7})?\s*$"
        after = rb"(?:[ \t]{1,120}" + _word(words[at + 1]) + rb"|" + line_end + rb")"
    before = _word(words[at - 1]) + rb"[ \t]{1,120}" if at else b""
    return re.compile(before + here + after), re.compile(rb"\s*(?:\[?\w{0,12}\d{1,5}\]?:)?\s*" + here + after)


def _word(word: str) -> bytes:
    return b"".join(_letter(letter) for letter in word)


def _letter(letter: str) -> bytes:
    """A letter as it is, or as JSON or `repr` escape it."""
    if letter in "\"'":
        return rb"(?:\\{0,3}" + letter.encode() + rb"|\\u00%02x)" % ord(letter)
    if letter.isascii():
        return re.escape(letter.encode())
    return rb"(?:" + re.escape(letter.encode()) + rb"|\\u%04x)" % ord(letter)


def _anchors(texts: Sequence[str]) -> list[str]:
    """As few words as there can be, so that each text holds one of them."""
    words = {text: _words(text) for text in texts}
    left = set(texts)
    chosen: list[str] = []
    while left:
        counted: dict[str, int] = {}
        for text in left:
            for word in words[text]:
                counted[word] = counted.get(word, 0) + 1
        best = max(counted, key=lambda word: (counted[word], len(word), word))
        chosen.append(best)
        left = {text for text in left if best not in words[text]}
    return chosen


def _words(text: str) -> list[str]:
    plain = re.sub(r"checkpointing in \w+\.", "checkpointing in .", text)
    return _ANCHOR.findall(plain) or [max(re.findall(r"[!-~]+", plain) or [plain], key=len)]
