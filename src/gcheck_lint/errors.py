"""What can go wrong for the user. Each message is shown as it is, without a traceback."""

from __future__ import annotations

from typing import Final

from gcheck_lint.records import dataclass

_LONGEST: Final = 300  # letters of what somebody else wrote, in a message


class GclintError(Exception):
    """The run cannot go on: exit code 2."""


class UsageError(GclintError):
    """An option or a path that makes no sense."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of one line of a settings file, from a column up to, not including, another; `text` is the whole file."""

    name: str
    text: str
    row: int
    column: int
    end: int


class SettingsError(GclintError):
    """A settings file that cannot be read, or holds an unknown key, code or value.

    `word` is the part of a value that is wrong, as it is written there; `spot` where that is, for a file.
    """

    def __init__(self, message: str, word: str | None = None, spot: Spot | None = None) -> None:
        if "\n" in message:  # a key, a word, a file's name: they are other people's, and may have any letters
            message = " ".join(message.split())
        super().__init__(message if spot is None else f"{spot.name}:{spot.row}:{spot.column}: {message}")
        self.message = message
        self.word = word
        self.spot = spot

    def at(self, spot: Spot) -> SettingsError:
        """The same with its place."""
        return SettingsError(self.message, self.word, spot)


def one_line(text: str) -> str:
    """Somebody's words on one line, and of very long ones the beginning."""
    words = text if text.isprintable() else " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
