"""The reader of markers is itself read: what is a marker, what meets one, what disagrees."""

from __future__ import annotations

import pytest

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Severity
from gcheck_lint.text.spans import Position, Span
from tests.support import markers


def finding(code: str, first: int, last: int, certainty: Certainty = Certainty.SURE) -> Diagnostic:
    span = Span(Position(first, 1), Position(last, 9))
    return Diagnostic(code, "x", "m", Severity.INFO, "x.py", span, span, certainty=certainty)


def test_markers_are_read() -> None:
    text = "a  # expect: GCK101\r\nb\rc  # noqa: GCK201  # expect: GCK101, GCK003\n"
    assert markers.read(text) == [
        markers.Marker(1, "GCK101"),
        markers.Marker(3, "GCK101"),
        markers.Marker(3, "GCK003"),
    ]


@pytest.mark.parametrize(
    "line", ["x  # expects: GCK101", "x  # expect GCK101", "x  # expect: GCK101 because", "# Expect: gck101"]
)
def test_what_only_looks_like_a_marker_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="row 1"):
        markers.read(line)


def test_other_comments_that_expect_something_are_left_alone() -> None:
    assert markers.read("x = 1  # expected: a float\n") == []


def test_markers_are_taken_off() -> None:
    text = "a = 1  # noqa: GCK101  # expect: GCK003\r\n# expect: GCK101\r\nb = 2\r\n  # a comment"
    assert markers.strip(text) == "a = 1  # noqa: GCK101\r\nb = 2\r\n  # a comment"


def test_agreement() -> None:
    text = "f(\n    x,  # expect: GCK101\n)\n"
    assert markers.compare(text, [finding("GCK101", 1, 3)]) == []
    assert markers.compare(text, [finding("GCK101", 1, 3), finding("GCK201", 3, 3, Certainty.POSSIBLE)]) == []


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([], ["row 2: GCK101 is expected and not reported"]),
        (
            [finding("GCK101", 3, 3)],
            ["row 2: GCK101 is expected and not reported", "row 3: GCK101 is reported and not expected: m"],
        ),
        (
            [finding("GCK102", 2, 2)],
            ["row 2: GCK101 is expected and not reported", "row 2: GCK102 is reported and not expected: m"],
        ),
        ([finding("GCK101", 2, 2), finding("GCK101", 2, 2)], ["row 2: GCK101 is reported and not expected: m"]),
        ([finding("GCK101", 2, 2, Certainty.POSSIBLE)], ["row 2: GCK101 is expected and not reported"]),
    ],
)
def test_disagreement(findings: list[Diagnostic], words: list[str]) -> None:
    assert markers.compare("f(\n    x,  # expect: GCK101\n)\n", findings) == words


def test_marker_goes_to_the_innermost_statement() -> None:
    text = "with a:  # expect: GCK101\n    b  # expect: GCK101\n"
    assert markers.compare(text, [finding("GCK101", 1, 2), finding("GCK101", 2, 2)]) == []
