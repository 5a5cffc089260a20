"""Bytes to text and back: what a file holds, as Python itself would read it, and not one byte lost.

Only the text between the edits of a fix may change. So newlines are never translated, the byte order mark is taken
off and put back, and the encoding is the one that the file names for itself (PEP 263).
"""

from __future__ import annotations

import codecs
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace

from gcheck_lint.errors import GclintError
from gcheck_lint.records import dataclass
from gcheck_lint.text import reading

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NEWLINE = re.compile(rb"\r\n|\r|\n")


class UnreadableError(GclintError):
    """A file that cannot be read, or whose bytes are not text in the encoding that it names."""

    def __init__(self, path: str, reason: str, row: int = 1, data: bytes | None = None) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.row = row
        self.data = data  # None: not even the bytes could be had


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file. `path` is the one shown to the user."""

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False

    def to_bytes(self, text: str) -> bytes:
        """`text` as it is to be written to this file. Raises UnicodeEncodeError when the encoding lacks a letter."""
        try:
            return (codecs.BOM_UTF8 if self.bom else b"") + text.encode(self.encoding)
        except UnicodeEncodeError:
            raise
        except ValueError as error:  # a codec that reads and does not write, such as idna
            raise UnicodeEncodeError(self.encoding, text[:1] or " ", 0, 1, str(error)) from error

    def with_text(self, text: str) -> Source:
        """The same file with another text."""
        return replace(self, text=text)


def read(path: str) -> Source:
    """Reads a file. Raises UnreadableError."""
    try:
        data = reading.read_bytes(path)
    except OSError as error:
        raise UnreadableError(path, error.strerror or str(error)) from error
    return from_bytes(path, data)


def from_bytes(path: str, data: bytes) -> Source:
    """Decodes a file's bytes. Raises UnreadableError."""
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    encoding = _encoding(path, data)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"not valid {encoding}: byte 0x{body[error.start]:02x}" if error.start < len(body) else str(error)
        row = 1 + len(_NEWLINE.findall(body, 0, error.start))
        raise UnreadableError(path, reason, row, data) from error
    except (LookupError, UnicodeError, ValueError) as error:
        # `coding: hex` and the like: a codec by name, but none that makes text
        raise UnreadableError(path, f"`{encoding}` is not a text encoding", 1, data) from error
    return Source(path, text, encoding, bom)


def _encoding(path: str, data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(_lines(data).__next__)
    except SyntaxError as error:
        reason = str(error.msg)
        if not reason.startswith(("unknown encoding", "encoding problem")):
            # the first two lines are not UTF-8 and name nothing else: say which byte instead of "missing declaration"
            return "utf-8"
        raise UnreadableError(path, reason, _cookie_row(data), data) from error
    except LookupError as error:  # Python 3.14 decodes the line by what it names: `coding: hex`
        name = str(error).split("'")[1]
        raise UnreadableError(path, f"`{name}` is not a text encoding", _cookie_row(data), data) from error
    except ValueError as error:  # a NUL in the cookie's name
        raise UnreadableError(path, str(error), 1, data) from error
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _lines(data: bytes) -> Iterator[bytes]:
    # tokenize.detect_encoding wants a readline; io.BytesIO's would not end a line at a lone CR
    start = 0
    while start < len(data) and (match := _LINE.match(data, start)) is not None:
        yield match.group()
        start = match.end()


def _cookie_row(data: bytes) -> int:
    first = next(_lines(data), b"")
    return 1 if b"coding" in first else 2
