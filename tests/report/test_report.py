"""Frames, diffs and summaries, letter by letter."""

from __future__ import annotations

import io
import re
from textwrap import dedent

import pytest

from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Related, Safety, Severity
from gcheck_lint.report import machine, patch, summary, text, width
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
        warning[GCK101]: message
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
        "note: This fix is unsafe and may change what the script does\n"
        "\n"
    )
    assert shown.startswith("warning[GCK101]: message\n")
    assert full(source, diagnostic, unsafe=True).startswith("warning[GCK101] [*]: message\n")


def test_display_fixes_and_possible_findings() -> None:
    source = "a = 1\n"
    fix = Fix("Think", (Edit("x.py", 0, 1, "b"),), Safety.DISPLAY)
    shown = full(source, finding(source, "a", fix=fix, certainty=Certainty.POSSIBLE), unsafe=True)
    assert "[*]" not in shown
    assert "this finding is possible, not sure" in shown
    assert "note: This fix is display-only; `--fix` never applies it" in shown


def test_a_fix_in_two_places_is_elided() -> None:
    source = "".join(f"x{number} = {number}\n" for number in range(1, 13))
    edits = (Edit("x.py", 0, 0, "import a\n"), Edit("x.py", len(source), len(source), "end()\n"))
    shown = full(source, finding(source, "x5", fix=Fix("Do", edits, Safety.SAFE)))
    assert " 1 + import a\n 2 | x1 = 1\n...\n13 | x12 = 12\n14 + end()\n   |\n" in shown


def test_unreadable_file_has_no_frame() -> None:
    diagnostic = finding("a", "a", code="GCK001")
    assert text.full([diagnostic], text.View({}, unsafe=False, paint=PLAIN)) == "warning[GCK001]: message\n --> x.py:1:1\n\n"


def test_colors_can_be_taken_away_again() -> None:
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
    assert summary.found(found, summary.Mended(), 0, False, PLAIN) == (
        "Found 4 findings (1 error, 2 warnings, 1 info).\n"
        "[*] 1 fixable with `--fix` (2 unsafe fixes available with `--fix --unsafe-fixes`).\n"
    )
    assert summary.found(found, summary.Mended(), 2, True, PLAIN) == (
        "Found 4 findings (1 error, 2 warnings, 1 info).\n"
        "[*] 3 fixable with `--fix`.\n"
        "2 possible findings are not shown (`--possible` shows them).\n"
    )
    assert summary.found(found[1:2], summary.Mended(found[:3]), 0, False, PLAIN) == (
        "Found 4 findings (3 fixed, 1 remaining).\n1 unsafe fix available with `--fix --unsafe-fixes`.\n"
    )
    assert summary.found(found[:2], summary.Mended(), 1, False, PLAIN, explains=True).splitlines()[2:] == [
        "`gclint rule GCK101` explains it, with versions and fixes; `gclint story x.py` shows how it comes about.",
        "1 possible finding is not shown (`--possible` shows them).",
    ]
    assert summary.found([], summary.Mended(), 0, False, PLAIN, explains=True) == "All checks passed!\n"
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


@pytest.mark.parametrize("form", ["full", "concise", "grouped"])
def test_the_severity_is_a_word(form: str) -> None:
    source = "a = 1\n"
    view = text.View({"x.py": Source("x.py", source)}, unsafe=False, paint=PLAIN)
    found = [finding(source, "a", severity=severity) for severity in reversed(Severity)]
    shown = getattr(text, form)(found, view)
    assert re.findall(r"\w+\[GCK101\]: message", shown) == [f"{word}[GCK101]: message" for word in ("error", "warning", "info")]
    if form == "concise":
        assert shown.startswith("x.py:1:1: error[GCK101]: message\n")


LONG = f"x = [{', '.join(map(str, range(300)))}, train(model, 'here'), {', '.join(map(str, range(400)))}]\n"


@pytest.mark.parametrize("screen", [None, 60, 80, 132])
def test_of_a_long_row_the_part_that_matters_is_shown(screen: int | None) -> None:
    assert len(LONG) > 3_000
    words = "train(model, 'here')"
    at = LONG.index("model")
    fix = Fix("Do", (Edit("x.py", at, at + 5, "other"),), Safety.SAFE)
    related = (Related("the list begins here, far to the left of what is done", "x.py", span(LONG, "x")),)
    one = finding(LONG, words, label="trained here", help="Do it", fix=fix, related=related)
    shown = text.full([one], text.View({"x.py": Source("x.py", LONG)}, False, PLAIN, screen))
    rows = shown.splitlines()
    assert max(map(len, rows)) <= (screen or width.SOURCE + 4)
    (row,) = [number for number, line in enumerate(rows) if line.startswith("1 |") and words in line]
    assert rows[row].startswith("1 | ...")
    assert rows[row].endswith("...")
    carets = rows[row + 1]
    assert rows[row][carets.index("^") : carets.rindex("^") + 1] == words
    assert "trained here" in shown
    assert "-" in carets  # the other place lies outside, at the rim
    assert " ".join(shown.split()).count("far to the left") == 1
    assert any(line.startswith("  - ...") and "train(model" in line for line in rows)
    assert any(line.startswith("1 + ...") and "train(other" in line for line in rows)


def test_words_are_folded_on_a_narrow_terminal() -> None:
    source = "save()\n"
    words = "`model` is saved with the cache off, so users who load it generate without a cache"
    one = finding(
        source, "save()", message=words, help=words, versions="transformers >=4.53, <5 with trl >=0.22, <0.29", label=words
    )
    view = text.View({"x.py": Source("x.py", source)}, False, PLAIN, 50)
    for shown in (text.full([one], view), text.concise([one], view), text.grouped([one], view)):
        assert max(map(len, shown.splitlines())) <= 50
        assert words in " ".join(shown.replace("|", "").split())
    assert text.concise([one], view) == (
        "x.py:1:1: warning[GCK101]: `model` is saved with\n"
        "    the cache off, so users who load it generate\n"
        "    without a cache\n"
    )
    assert summary.found([one], summary.Mended(), 2, False, PLAIN, width=40).splitlines()[-2:] == [
        "2 possible findings are not shown",
        "    (`--possible` shows them).",
    ]


@pytest.mark.parametrize(
    ("words", "first", "room", "seen"),
    [
        ("abcdefghij", 0, 10, "abcdefghij"),
        ("abcdefghij", 0, 8, "abcde..."),
        ("abcdefghijklmnop", 4, 9, "...hij..."),
        ("日本日本日本日本", 0, 9, "日本日..."),
        ("日本日本日本日本", 4, 12, "... 日本日本"),
    ],
)
def test_what_is_seen_through_a_window(words: str, first: int, room: int, seen: str) -> None:
    assert width.clip(words, first, room) == seen
    assert width.of(width.clip(words, first, room)) <= room


@pytest.mark.parametrize("room", range(30, 60, 7))
@pytest.mark.parametrize("start", range(0, 90, 9))
def test_a_window_holds_what_it_is_for(room: int, start: int) -> None:
    words = "".join(chr(0x100 + number) for number in range(100))
    first = width.window(100, start, start + 10, room)
    assert words[start : start + 10] in width.clip(words, first, room)


def test_a_word_without_blanks_is_broken() -> None:
    assert width.fold("x" * 50, 24, indent=4) == ["x" * 24, "    " + "x" * 20, "    " + "x" * 6]
    assert width.fold("日本語" * 10, 24) == ["日本語" * 4, "日本語" * 4, "日本語" * 2]
    assert width.fold("", 24) == [""]
    assert width.fold("a  b", None) == ["a  b"]
