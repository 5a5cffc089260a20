"""Frames, diffs and summaries, letter by letter."""

from __future__ import annotations

import io
from textwrap import dedent

import pytest

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Related, Safety, Severity
from gcheck_lint.report import machine, patch, summary, text
from gcheck_lint.report.paint import Paint, clean, lay, wants_color
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Span

PLAIN = Paint(color=False)


def span(source: str, words: str, after: int = 0) -> Span:
    start = source.index(words, after)
    return LineIndex(source).span(start, start + len(words))


def finding(source: str, words: str, **fields: object) -> Diagnostic:
    at = span(source, words)
    given: dict[str, object] = {"code": "GCK101", "name": "slug", "message": "message", "severity": Severity.WARNING}
    return Diagnostic(**{**given, "path": "x.py", "span": at, "statement": at, **fields})  # type: ignore[arg-type]


def full(source: str, diagnostic: Diagnostic, paint: Paint = PLAIN, unsafe: bool = False, **others: str) -> str:
    sources = {"x.py": Source("x.py", source)}
    sources |= {f"{name}.py": Source(f"{name}.py", other) for name, other in others.items()}
    return text.full([diagnostic], text.View(sources, unsafe, paint))


def frame(shown: str) -> str:
    """The rows between the header and what follows the frame."""
    return "\n".join(line for line in shown.splitlines()[2:] if line) + "\n"


def test_one_place_has_context() -> None:
    source = "a = 1\n\nb = 2\nc = 3\nd = 4\n"
    assert full(source, finding(source, "b = 2", label="here")) == dedent("""\
        GCK101 message
         --> x.py:3:1
          |
        1 | a = 1
        2 |
        3 | b = 2
          | ^^^^^ here
        4 | c = 3
        5 | d = 4
          |

        """)


def test_blank_rows_at_the_rim_are_left_out() -> None:
    source = "\n\nb = 2\n\n"
    assert frame(full(source, finding(source, "b"))) == "  |\n3 | b = 2\n  | ^\n  |\n"


def test_all_places_in_one_frame() -> None:
    source = "load()\n" + "x = 1\n" * 8 + "train()\ny = 1\nsave()\n"
    related = (
        Related("loaded here", "x.py", span(source, "load()")),
        Related("trained here", "x.py", span(source, "train()")),
    )
    shown = full(source, finding(source, "save()", label="saved here", related=related))
    assert frame(shown) == dedent("""\
           |
         1 | load()
           | ------ loaded here
        ...
        10 | train()
           | ------- trained here
        11 | y = 1
        12 | save()
           | ^^^^^^ saved here
           |
        """)


def test_two_places_on_one_row() -> None:
    source = "train(); save(); end()\n"
    related = (Related("trained", "x.py", span(source, "train()")), Related("ended", "x.py", span(source, "end()")))
    shown = full(source, finding(source, "save()", label="saved", related=related))
    assert frame(shown) == dedent("""\
          |
        1 | train(); save(); end()
          | -------  ^^^^^^  ----- ended
          | |        |
          | |        saved
          | trained
          |
        """)


def test_a_place_within_another() -> None:
    source = "train(a, b)\n"
    related = (Related("inner", "x.py", span(source, "a, b")),)
    shown = full(source, finding(source, "train(a, b)", label="outer", related=related))
    assert frame(shown) == dedent("""\
          |
        1 | train(a, b)
          | ^^^^^^^^^^^
          | |     |
          | |     inner
          | outer
          |
        """)


def test_a_place_of_several_rows_is_marked_on_the_first() -> None:
    source = "f(\n    1,\n)\n"
    shown = full(source, finding(source, "f(\n    1,\n)", label="here"))
    assert frame(shown) == "  |\n1 | f(\n  | ^^ here\n2 |     1,\n3 | )\n  |\n"


def test_places_in_other_files_have_their_own_frame() -> None:
    source, other = "save()\n", "a = 1\ntrain()\n"
    related = (Related("trained here", "other.py", span(other, "train()")),)
    shown = full(source, finding(source, "save()", related=related), other=other)
    assert "1 | save()\n  | ^^^^^^\n  |\n ::: other.py:2:1\n  |\n1 | a = 1\n2 | train()\n  | ------- trained here\n" in shown


def test_places_in_files_that_were_not_checked_are_named() -> None:
    related = (Related("trained here", "other.py", span("a = 1\ntrain()\n", "train()")),)
    shown = full("save()\n", finding("save()\n", "save()", related=related))
    assert "1 | save()\n  | ^^^^^^\n  |\n ::: other.py:2:1 trained here\n" in shown


@pytest.mark.parametrize(
    ("source", "words", "shown"),
    [
        ("\tx = f()\n", "f()", "        ^^^"),
        ("a = '日本'; f()\n", "f()", "            ^^^"),
        ("a = 'e\u0301'; f()\n", "f()", "         ^^^"),
        ("日本 = 1\n", "日本", "^^^^"),
        ("x = 1\n", "", "^"),
    ],
)
def test_carets_stand_below_their_words(source: str, words: str, shown: str) -> None:
    assert frame(full(source, finding(source, words))).splitlines()[2] == f"  | {shown}"


def test_control_characters_are_not_sent() -> None:
    source = "x = '\x1b[31m\u202e'\n"
    shown = full(source, finding(source, "x", message="bad \x1b]0;name\x07 \n text"))
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert clean("a\nb\x1b") == "a\ufffdb\ufffd"
    assert lay("a\tb") == ("a    b", [0, 1, 5, 6])


def test_notes_and_fix() -> None:
    source = "a = 1\nb = 2\nc = 3\n"
    at = source.index("2")
    fix = Fix("Make it three", (Edit("x.py", at, at + 1, "3"),), Safety.UNSAFE)
    diagnostic = finding(source, "b = 2", help="Do it", fix=fix, versions="transformers >=4.53", condition="when `--x` is off")
    shown = full(source, diagnostic)
    assert shown.endswith(
        "  |\n"
        "  = note: affects transformers >=4.53\n"
        "  = note: when `--x` is off\n"
        "help: Do it\n"
        "  |\n"
        "1 | a = 1\n"
        "  - b = 2\n"
        "2 + b = 3\n"
        "3 | c = 3\n"
        "  |\n"
        "note: This is an unsafe fix and may change what the script does\n"
        "\n"
    )
    assert shown.startswith("GCK101 message\n")
    assert full(source, diagnostic, unsafe=True).startswith("GCK101 [*] message\n")


def test_display_fixes_and_possible_findings() -> None:
    source = "a = 1\n"
    fix = Fix("Think", (Edit("x.py", 0, 1, "b"),), Safety.DISPLAY)
    shown = full(source, finding(source, "a", fix=fix, certainty=Certainty.POSSIBLE), unsafe=True)
    assert "[*]" not in shown
    assert "this is possible, not sure" in shown
    assert "note: This is advice; `--fix` never applies it" in shown


def test_a_fix_in_two_places_is_elided() -> None:
    source = "".join(f"x{number} = {number}\n" for number in range(1, 13))
    edits = (Edit("x.py", 0, 0, "import a\n"), Edit("x.py", len(source), len(source), "end()\n"))
    shown = full(source, finding(source, "x5", fix=Fix("Do", edits, Safety.SAFE)))
    assert " 1 + import a\n 2 | x1 = 1\n...\n13 | x12 = 12\n14 + end()\n   |\n" in shown


def test_unreadable_file_has_no_frame() -> None:
    diagnostic = finding("a", "a", code="GCK001")
    assert text.full([diagnostic], text.View({}, unsafe=False, paint=PLAIN)) == "GCK001 message\n --> x.py:1:1\n\n"


def test_colors_can_be_taken_away_again() -> None:
    import re

    source = "train(); save()\n"
    fix = Fix("Do", (Edit("x.py", 0, 0, "# x\n"),), Safety.UNSAFE)
    related = (Related("trained", "x.py", span(source, "train()")),)
    diagnostic = finding(source, "save()", label="saved", related=related, fix=fix, versions="v")
    painted = full(source, diagnostic, Paint(color=True))
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == full(source, diagnostic)


def test_unified_diff_of_a_file_without_final_newline() -> None:
    shown = patch.unified(Source("x.py", "a\nb"), Source("x.py", "a\nc"), PLAIN)
    assert shown == (
        "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )


def test_unified_diff_keeps_crlf() -> None:
    shown = patch.unified(Source("x.py", "a\r\nb\r\n"), Source("x.py", "a\r\nc\r\n"), PLAIN)
    assert shown.endswith(" a\r\n-b\r\n+c\r\n")


def test_summary() -> None:
    source = "a = 1\n"
    safe = Fix("Do", (Edit("x.py", 0, 1, "b"),), Safety.SAFE)
    unsafe = Fix("Do", (Edit("x.py", 0, 1, "b"),), Safety.UNSAFE)
    found = [
        finding(source, "a", fix=safe, severity=Severity.ERROR),
        finding(source, "a", fix=unsafe),
        finding(source, "a", fix=unsafe),
        finding(source, "a", severity=Severity.INFO),
    ]
    assert summary.found(found, 0, 0, False, PLAIN) == (
        "Found 4 findings (1 error, 2 warnings, 1 info).\n"
        "[*] 1 fixable with `--fix` (2 unsafe fixes available with `--fix --unsafe-fixes`).\n"
    )
    assert summary.found(found, 0, 2, True, PLAIN) == (
        "Found 4 findings (1 error, 2 warnings, 1 info).\n"
        "[*] 3 fixable with `--fix`.\n"
        "2 possible findings are not shown (`--possible` shows them).\n"
    )
    assert summary.found(found[1:2], 3, 0, False, PLAIN) == (
        "Found 4 findings (3 fixed, 1 remaining).\n1 unsafe fix available with `--fix --unsafe-fixes`.\n"
    )
    assert summary.found([], 0, 0, False, PLAIN) == "All checks passed!\n"
    assert summary.statistics(found, False, PLAIN) == "4\tGCK101\t[-] slug\n"


def test_json_rows_and_columns_are_code_points() -> None:
    import json

    source = "a = '😀'; b = 1\n"
    at = source.index("1")
    diagnostic = finding(source, "b = 1", fix=Fix("Do", (Edit("x.py", at, at + 1, "2"),), Safety.DISPLAY))
    (item,) = json.loads(machine.array([diagnostic], {"x.py": Source("x.py", source)}, {}))
    assert item["location"] == {"row": 1, "column": 10}
    assert item["fix"]["applicability"] == "display"
    assert item["fix"]["edits"][0]["location"] == {"row": 1, "column": 14}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "stream", "wanted"),
    [
        ("auto", {}, Terminal(), True),
        ("auto", {}, io.StringIO(), False),
        ("auto", {"TERM": "dumb"}, Terminal(), False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
        ("auto", {"NO_COLOR": ""}, Terminal(), True),
        ("auto", {"FORCE_COLOR": "1"}, io.StringIO(), True),
        ("auto", {"CLICOLOR_FORCE": "1"}, io.StringIO(), True),
        ("auto", {"FORCE_COLOR": "0"}, io.StringIO(), False),
        ("always", {"NO_COLOR": "1"}, io.StringIO(), True),
        ("never", {"FORCE_COLOR": "1"}, Terminal(), False),
    ],
)
def test_wants_color(choice: str, environment: dict[str, str], stream: io.StringIO, wanted: bool) -> None:
    assert wants_color(choice, stream, environment) is wanted
