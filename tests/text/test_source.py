"""Bytes survive a trip through `Source`, whatever the file is written in."""

from __future__ import annotations

import tokenize
from pathlib import Path

import pytest

from gcheck_lint.text.source import Source, UnreadableError, from_bytes, read

ROUND_TRIPS = {
    "plain": b"a = 1\n",
    "empty": b"",
    "no final newline": b"a = 1",
    "crlf": b"a = 1\r\nb = 2\r\n",
    "lone cr": b"a = 1\rb = 2\r",
    "mixed": b"a = 1\r\nb = 2\nc = 3\r\n\r",
    "bom": b"\xef\xbb\xbfa = '\xc3\xa9'\n",
    "bom and crlf": b"\xef\xbb\xbfa = 1\r\n",
    "only a bom": b"\xef\xbb\xbf",
    "form feed": b"a = 1\n\x0c\nb = 2\n",
    "latin-1": b"# -*- coding: latin-1 -*-\na = '\xe9'\n",
    "latin-1 in the second row": b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\na = '\xa4'\n",
    "latin-1 after a lone cr": b"#!/usr/bin/python\r# coding: latin-1\ra = '\xe9'\r",
    "cp1252 with crlf": b"# coding: cp1252\r\na = '\x80'\r\n",
    "line separators that are none to Python": "a = '\x0b\x1c\u2028\u0085'\n".encode(),
    "astral": "a = '😀'\n".encode(),
}


@pytest.mark.parametrize("data", ROUND_TRIPS.values(), ids=ROUND_TRIPS.keys())
def test_round_trip(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(data)
    source = read(str(path))
    assert source.to_bytes(source.text) == data
    assert not source.text.startswith("\ufeff")


def test_encoding_is_the_cookies() -> None:
    source = from_bytes("x.py", ROUND_TRIPS["latin-1"])
    assert (source.encoding, source.bom, source.text[-3]) == ("iso-8859-1", False, "é")
    assert from_bytes("x.py", ROUND_TRIPS["bom"]) == Source("x.py", "a = 'é'\n", "utf-8", bom=True)
    assert from_bytes("x.py", ROUND_TRIPS["cp1252 with crlf"]).text.endswith("'€'\r\n")


def test_a_cookie_in_the_third_row_or_in_a_string_counts_for_nothing() -> None:
    assert from_bytes("x.py", b"\n\n# coding: latin-1\n").encoding == "utf-8"
    assert from_bytes("x.py", b"a = 1\n# coding: latin-1\n").encoding == "utf-8"


@pytest.mark.parametrize(
    ("data", "row", "reason"),
    [
        (b"a = 1\nb = '\xff'\n", 2, "not valid utf-8: byte 0xff"),
        (b"a = '\xff'\n", 1, "not valid utf-8: byte 0xff"),
        (b"a = 1\rb = 2\rc = '\xff'\r", 3, "not valid utf-8: byte 0xff"),
        (b"# coding: utf-9\n", 1, "unknown encoding: utf-9"),
        (b"#!python\n# coding: utf-9\n", 2, "unknown encoding: utf-9"),
        (b"# coding: hex\na = 1\n", 1, "`hex` is not a text encoding"),
        (b"# coding: rot13\na = 1\n", 1, "`rot13` is not a text encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "encoding problem: utf-8"),
        (b"# coding: ascii\na = '\xe9'\n", 2, "not valid ascii: byte 0xe9"),
    ],
)
def test_unreadable(data: bytes, row: int, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        from_bytes("x.py", data)
    assert (caught.value.path, caught.value.row, caught.value.reason) == ("x.py", row, reason)


def test_a_codec_that_makes_no_text_is_told_as_well_where_python_looks_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    def detect(_: object) -> None:  # as in Python 3.14
        raise LookupError("'hex' is not a text encoding; use codecs.decode() to handle arbitrary codecs")

    monkeypatch.setattr(tokenize, "detect_encoding", detect)
    with pytest.raises(UnreadableError) as caught:
        from_bytes("x.py", b"#!/usr/bin/python\n# coding: hex\n")
    assert (caught.value.row, caught.value.reason) == (2, "`hex` is not a text encoding")


def test_a_folder_and_a_missing_file_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no.py"):
        with pytest.raises(UnreadableError):
            read(str(path))


def test_a_letter_that_the_encoding_lacks() -> None:
    with pytest.raises(UnicodeEncodeError):
        from_bytes("x.py", b"# coding: latin-1\n").to_bytes("€")
