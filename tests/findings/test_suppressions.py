"""Suppression comments: what they cover, what they are told, and how they are written."""

from __future__ import annotations

import pytest

from gcheck_lint.findings import suppressions
from gcheck_lint.findings.comments import lay_out, read
from gcheck_lint.findings.diagnostics import Diagnostic, Safety, Severity
from gcheck_lint.fixing.selection import edited
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import LineIndex, Span

KNOWN = {
    "GCK003": "unused-suppression",
    "GCK101": "checkpointing-with-cache",
    "GCK102": "arguments-with-cache",
    "GCK201": "cache-off-saved",
}


def at(text: str, statement: str, code: str = "GCK101") -> Diagnostic:
    """A finding on a statement that is given by its text."""
    start = text.index(statement)
    span: Span = LineIndex(text).span(start, start + len(statement))
    return Diagnostic(code, KNOWN[code], "message", Severity.WARNING, "x.py", span, span)


def silence(text: str, *diagnostics: Diagnostic, checked: set[str] | None = None) -> suppressions.Outcome:
    return suppressions.silence(Source("x.py", text), diagnostics, KNOWN, set(KNOWN) if checked is None else checked)


def is_silenced(text: str, statement: str = "enable()", code: str = "GCK101") -> bool:
    return not silence(text, at(text, statement, code)).kept


@pytest.mark.parametrize(
    "text",
    [
        "enable()  #noqa: GCK101\n",
        "enable()  # NOQA: GCK101\n",
        "enable()  # noqa: GCK101\n",
        "enable()  # noqa:GCK101\n",
        "enable()  # noqa : gck101\n",
        "enable()  # noqa: E501,GCK101\n",
        "enable()  # noqa: E501 GCK101 W291\n",
        "enable()  # noqa: E501, GCK101 the library does it\n",
        "enable()  # noqa: GCK1\n",
        "enable()  # noqa: GCK\n",
        "enable()  # noqa: checkpointing-with-cache\n",
        "enable()  # type: ignore[attr]  # noqa: GCK101\n",
        "enable()  # noqa: GCK101  # type: ignore\n",
        "enable()  # gclint: ignore[GCK101] reason\n",
        "enable()  # gclint:ignore[gck201, checkpointing-with-cache]\n",
        "enable()  # gclint: ignore\n",
        "enable()  # gclint: noqa: GCK101\n",
        "# gclint: ignore[GCK101] reason\nenable()\n",
        "# gclint: ignore[GCK101] reason\n# and more\n\nenable()\n",
        "# gclint: ignore[GCK101]\n# gclint: ignore[GCK201]\nenable()\n",
        "if x:\n    # gclint: ignore[GCK101]\n    enable()\n",
        "x = 1\n\n# gclint: file-ignore[GCK101] reason\n\ny = 2\nenable()\n",
        "enable()\n# gclint: noqa\n",
        "enable()\n# gclint: noqa: GCK101\n",
        "# flake8: noqa: GCK101\nenable()\n",
        "x = 1; enable()  # noqa: GCK101\n",
        "enable()  # noqa: GCK101",
        "enable()  # noqa: GCK101\r\n",
        "x = 1\renable()  # noqa: GCK101\r",
        "\x0c\nenable()  # noqa: GCK101\n",
        "'\u2028'\nenable()  # noqa: GCK101\n",
        "enable()  # noqa: GCK101\nif (:\n",
        "# gclint: disable[GCK101] reason\nx = 1\nenable()\n",
        "# gclint: disable\nx = 1\nenable()\n# gclint: enable\n",
        "# gclint: disable[GCK101]\nif x:\n    y = 1\n    # gclint: enable[GCK201]\nenable()\n",
        "# gclint: disable[GCK1]\nx = 1\n# gclint: enable[GCK102]\nenable()\n",
        "if x:\n    # gclint: disable[GCK101]\n    y = 1\n\n    if y:\n        enable()\n",
        "f(\n        # gclint: disable[GCK101]\n    1,\n)\nenable()\n",
        "enable()  # gclint: disable[GCK101]\n",
    ],
)
def test_silences(text: str) -> None:
    assert is_silenced(text)


@pytest.mark.parametrize(
    "text",
    [
        "enable()\n",
        "enable()  # noqa\n",
        "# flake8: noqa\nenable()\n",
        "enable()  # noqa: E501\n",
        "enable()  # noqa: GCK201\n",
        "enable()  # noqa-file\n",
        "enable()  # nonoqa\n",
        "enable('# noqa')\n".replace("('# noqa')", "()") + "x = '# noqa'\n",
        "# noqa\nenable()\n",
        "enable()\n# noqa\n",
        "x = 1  # noqa\nenable()\n",
        "enable()\nx = 1  # gclint: ignore[GCK101]\n",
        "# gclint: ignore[GCK101]\nx = 1\nenable()\n",
        "enable()  # gclint: ignore[GCK201]\n",
        "enable()  # flake8: noqa\n",
        "x = 1  # flake8: noqa\nenable()\n",
        "enable()\n'''\n# gclint: file-ignore[GCK101]\n'''\n",
        "call(\n    # gclint: ignore[GCK101]\n    1,\n)\nenable()\n",
        "# gclint: ignored[GCK101]\nenable()\n",
        "enable()\n# gclint: disable[GCK101]\n",
        "# gclint: disable[GCK101]\n# gclint: enable[GCK101]\nenable()\n",
        "# gclint: disable[GCK101]\nx = 1\n# gclint: enable\nenable()\n",
        "# gclint: disable\nx = 1\n# gclint: enable[GCK1]\nenable()\n",
        "# gclint: disable[GCK101]\nif x:\n    # gclint: enable[GCK101]\n    y = 1\nenable()\n",
        "if x:\n    # gclint: disable[GCK101]\n    y = 1\nenable()\n",
        "if x:\n    y = 1\n    # gclint: disable[GCK101]\nenable()\n",
        "x = 1  # gclint: disable[GCK101]\nenable()\n",
        "# gclint: enable[GCK101]\nenable()\n",
    ],
)
def test_does_not_silence(text: str) -> None:
    assert not is_silenced(text)


LONG = 'call(\n    1,{0}\n    """\n    text\n    """,{1}\n){2}\n'
TRAILING = ("  # noqa: GCK101", "  # gclint: ignore[GCK101] reason")
OWN_ROW = "\n    # gclint: ignore[GCK101]"


@pytest.mark.parametrize(
    ("place", "comment"), [*((place, text) for place in range(3) for text in TRAILING), (0, OWN_ROW), (1, OWN_ROW)]
)
def test_anywhere_on_the_statement(place: int, comment: str) -> None:
    text = LONG.format(*(comment if number == place else "" for number in range(3)))
    assert is_silenced(text, text[: text.index("\n)") + 2])


def unused(text: str, *diagnostics: Diagnostic, checked: set[str] | None = None) -> list[str]:
    return [found.message for found in silence(text, *diagnostics, checked=checked).unused]


def test_unused() -> None:
    assert unused("x = 1  # noqa: GCK101\n") == ["`GCK101` in the comment suppresses nothing"]
    assert unused("x = 1  # gclint: ignore\n") == ["the comment suppresses nothing"]
    assert unused("x = 1  # noqa: GCK101, GCK201\n") == ["`GCK101` and `GCK201` in the comment suppresses nothing"]
    text = "enable()  # noqa: GCK101, GCK201\n"
    assert unused(text, at(text, "enable()")) == ["`GCK201` in the comment suppresses nothing"]
    assert unused("# gclint: file-ignore[GCK1] no\n") == ["`GCK1` in the comment suppresses nothing"]
    assert unused("# gclint: ignore[GCK101]\n") == ["`GCK101` in the comment suppresses nothing"]


def test_never_unused() -> None:
    assert unused("x = 1  # noqa\n") == []
    assert unused("x = 1  # noqa: E501\n") == []
    assert unused("# flake8: noqa\n") == []
    assert unused("x = '# noqa: GCK101'\n") == []
    assert unused("x = 1  # noqa: GCK101\n", checked={"GCK201"}) == []
    assert unused("x = 1  # noqa: GCK1\n", checked={"GCK101"}) == []
    assert unused("x = 1  # gclint: ignore\n", checked={"GCK101"}) == []
    assert unused("x = 1  # noqa: GCK003\n") == []


def test_unused_can_be_silenced_by_name_only() -> None:
    assert unused("x = 1  # noqa: GCK101, GCK003\n") == []
    assert unused("# gclint: file-ignore[GCK003]\nx = 1  # noqa: GCK101\n") == []
    assert len(unused("x = 1  # gclint: ignore\n")) == 1


def test_a_word_that_names_no_rule() -> None:
    (found,) = silence("x = 1  # gclint: ignore[GCK1O1]\n").unused
    assert found.message == "the comment names no rule: `GCK1O1`"
    assert found.help == "did you mean `GCK101`?"
    assert found.fix is None
    assert unused("x = 1  # noqa: GCK999\n") == ["the comment names no rule: `GCK999`"]
    assert unused("x = 1  # noqa: E999\n") == []


def test_a_range_is_judged_as_a_whole() -> None:
    text = "# gclint: disable[GCK101, GCK201]\nenable()\n# gclint: enable[GCK201]\nx\n# gclint: enable[GCK101]\n"
    assert unused(text, at(text, "enable()"), at(text, "enable()", "GCK201")) == []
    assert unused(text, at(text, "enable()")) == ["`GCK201` in the comment suppresses nothing"]
    assert unused(text, at(text, "x")) == ["`GCK201` in the comment suppresses nothing"]
    assert unused("x\n# gclint: enable\n") == ["the comment ends nothing"]
    assert unused("x\n# gclint: enable[GCK101]\n") == ["`GCK101` in the comment ends nothing"]
    text = "# gclint: disable[GCK101]\nenable()\n# gclint: enable\nx\n# gclint: enable[GCK101]\n"
    assert unused(text, at(text, "enable()")) == ["`GCK101` in the comment ends nothing"]
    assert unused("# gclint: disable[GCK1O1]\n") == ["the comment names no rule: `GCK1O1`"]
    assert unused("x  # gclint: ignore[]\n") == ["the comment names no rule: the brackets are empty"]


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        ("x\n# gclint: disable[GCK101]\ny\n# gclint: enable[GCK101]\nz\n", [], "x\ny\nz\n"),
        ("# gclint: disable\ny\n# gclint: enable\nz\n", [], "y\nz\n"),
        (
            "# gclint: disable[GCK101, GCK201] old\nx\n# gclint: enable[GCK101, GCK201]\n",
            ["GCK101"],
            "# gclint: disable[GCK101] old\nx\n# gclint: enable[GCK101]\n",
        ),
        (
            "# gclint: disable[GCK101, GCK201]\nx\n# gclint: enable[GCK101]\n# gclint: enable[GCK201]\n",
            ["GCK101"],
            "# gclint: disable[GCK101]\nx\n# gclint: enable[GCK101]\n",
        ),
        (
            "# gclint: disable[GCK101, GCK201]\nx\n# gclint: enable\n",
            ["GCK101"],
            "# gclint: disable[GCK101]\nx\n# gclint: enable\n",
        ),
    ],
)
def test_the_fix_of_a_range_takes_its_end_along(before: str, found: list[str], after: str) -> None:
    (told,) = silence(before, *(at(before, "x\n", code) for code in found)).unused
    assert told.fix is not None
    assert edited(before, told.fix.edits) == after


def test_an_end_that_two_ranges_share_stays() -> None:
    text = "# gclint: disable[GCK101]\n# gclint: disable[GCK201]\nx\n# gclint: enable\n"
    (told,) = silence(text, at(text, "x")).unused
    assert told.fix is not None
    assert edited(text, told.fix.edits) == "# gclint: disable[GCK101]\nx\n# gclint: enable\n"


@pytest.mark.parametrize(
    ("comment", "right"),
    [
        ("# glint: ignore", "# gclint: ignore"),
        ("# gclint: ignre", "# gclint: ignore"),
        ("# gclint: ignre[GCK101]", "# gclint: ignore[GCK101]"),
        ("# gclint: ignored[GCK101]", "# gclint: ignore[GCK101]"),
        ("# gclint: skip[GCK101] why", "# gclint: ignore[GCK101] why"),
        ("# gclint ignore[GCK101]", "# gclint: ignore[GCK101]"),
        ("# gclint=ignore[GCK101]", "# gclint: ignore[GCK101]"),
        ("# gclint: ignore-file[cache-off-saved]", "# gclint: file-ignore[cache-off-saved]"),
        ("# gclint: disable-next-line", "# gclint: ignore"),
        ("# gclint: disabel[GCK101,GCK201]", "# gclint: disable[GCK101, GCK201]"),
        ("# gcheck_lint: ignore[GCK101]", "# gclint: ignore[GCK101]"),
        ("# type: ignore  # gclnt: ignore[GCK101]  # why", "# type: ignore  # gclint: ignore[GCK101]  # why"),
        ("# noqa GCK101", "# noqa: GCK101"),
        ("# noqa[GCK101]", "# noqa: GCK101"),
        ("# nqoa: GCK101, GCK201 why", "# noqa: GCK101, GCK201 why"),
    ],
)
def test_misspelt(comment: str, right: str) -> None:
    text = f"enable()  {comment}\n"
    (told,) = silence(text, at(text, "enable()")).unused
    assert told.message.endswith("` suppresses nothing")
    assert told.help.startswith("did you mean `# ")
    assert told.fix is not None
    assert told.fix.safety is Safety.DISPLAY
    assert edited(text, told.fix.edits) == f"enable()  {right}\n"


@pytest.mark.parametrize(
    ("comment", "right"),
    [
        ("# gclint: ignore GCK101 why", "# gclint: ignore[GCK101] why"),
        ("# gclint: ignore: GCK101, GCK201", "# gclint: ignore[GCK101, GCK201]"),
        ("# gclint: disable=GCK101", "# gclint: disable[GCK101]"),
        ("# gclint: ignore(GCK101)", "# gclint: ignore[GCK101]"),
        ("# gclint: ignore[GCK101", "# gclint: ignore[GCK101]"),
        ("# gclint: noqa GCK101", "# gclint: noqa: GCK101"),
    ],
)
def test_a_rule_outside_of_the_brackets(comment: str, right: str) -> None:
    text = f"enable()  {comment}\n"
    (told,) = silence(text, at(text, "enable()")).unused
    assert told.message.startswith("the comment applies to all rules: `GCK101`")
    assert told.fix is not None
    assert edited(text, told.fix.edits) == f"enable()  {right}\n"
    assert len(silence(text).unused) == 1  # that it suppresses nothing is enough


@pytest.mark.parametrize(
    "comment",
    [
        "# gclint",
        "# gclint: ignored",
        "# gclint: see GCK101",
        "# gclint: see [GCK101] for the reason",
        "# gclint: ignores GCK101 here, and that is right",
        "# gclint reports GCK101 here",
        "# gclint ignore",
        "# gclint: off",
        "# gclint: GCK101 is told twice",
        "# what `# gclint: ignre[GCK101]` would do",
        "# like '# glint: ignore'",
        "# glint: ignore this file",
        "# glint[GCK101]",
        "# pylint: disable",
        "# pylint: disable=GCK101",
        "# golint: ignore",
        "# clint: ignore",
        "# guide: ignore",
        "# nota: GCK101",
        "# note: GCK101",
        "# noqa",
        "# noqa because GCK101 is wrong",
        "# see noqa GCK101",
        "# type: ignore[GCK101]",
    ],
)
def test_what_may_be_prose_is_not_misspelt(comment: str) -> None:
    text = f"enable()  {comment}\n"
    outcome = silence(text, at(text, "enable()"))
    assert (len(outcome.kept), outcome.unused) == (1, ())


def test_a_slip_can_be_silenced_by_name() -> None:
    text = "enable()  # gclint: ignre[GCK101]  # noqa: GCK003\n"
    assert silence(text, at(text, "enable()")).unused == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # noqa: GCK101\n", "x = 1\n"),
        ("x = 1  # noqa: GCK101", "x = 1"),
        ("x = 1  # noqa: GCK101\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        ("x = 1  # noqa: E501, GCK101\n", "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: GCK101, E501 a reason\n", "x = 1  # noqa: E501 a reason\n"),
        ("x = 1  # noqa: E501,GCK101,W291\n", "x = 1  # noqa: E501,W291\n"),
        ("x = 1  # noqa: GCK101 GCK201 E501\n", "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: GCK101  # type: ignore\n", "x = 1  # type: ignore\n"),
        ("x = 1  # type: ignore  # noqa: GCK101\n", "x = 1  # type: ignore\n"),
        ("x = 1  # gclint: ignore[GCK101] see #12\n", "x = 1\n"),
        ("# gclint: ignore[GCK101] reason\nx = 1\n", "x = 1\n"),
        ("if a:\n    # gclint: ignore\n    x = 1\n", "if a:\n    x = 1\n"),
        ("x = 1\n# gclint: file-ignore[GCK101]", "x = 1\n"),
        ("\u00e9 = 1  # noqa: GCK101\n", "\u00e9 = 1\n"),
    ],
)
def test_the_fix_takes_out_just_that(before: str, after: str) -> None:
    (found,) = silence(before).unused
    assert found.fix is not None
    assert edited(before, found.fix.edits) == after


@pytest.mark.parametrize(
    ("text", "statement", "after"),
    [
        ("enable()\nx\n", "enable()", "enable()  # noqa: GCK101\nx\n"),
        ("enable()", "enable()", "enable()  # noqa: GCK101"),
        ("enable() \t\r\nx\r\n", "enable()", "enable()  # noqa: GCK101\r\nx\r\n"),
        ("enable()  # why\n", "enable()", "enable()  # why  # noqa: GCK101\n"),
        ("enable()  # noqa: E501\n", "enable()", "enable()  # noqa: E501, GCK101\n"),
        ("enable()  # noqa: E501 long\n", "enable()", "enable()  # noqa: E501, GCK101 long\n"),
        ("f(\n    1,\n)\n", "f(\n    1,\n)", "f(  # noqa: GCK101\n    1,\n)\n"),
        ('f("""\na\n""", 1)\n', 'f("""\na\n""", 1)', 'f("""\na\n""", 1)  # noqa: GCK101\n'),
        ('f(f"""\n{x}\n""", 1)\n', 'f(f"""\n{x}\n""", 1)', 'f(f"""\n{x}\n""", 1)  # noqa: GCK101\n'),
        ("x = \\\n  f()\n", "x = \\\n  f()", "x = \\\n  f()  # noqa: GCK101\n"),
        ("x = \\\n  f(\n 1)\n", "x = \\\n  f(\n 1)", "x = \\\n  f(  # noqa: GCK101\n 1)\n"),
    ],
)
def test_add_noqa(text: str, statement: str, after: str) -> None:
    found = at(text, statement)
    assert suppressions.add_noqa(Source("x.py", text), [found], KNOWN) == (after, 1)
    assert not silence(after, at(after, after.rstrip("\r\n"))).kept


def test_add_noqa_joins_codes_and_leaves_the_reading_rules_out() -> None:
    text = "a(); b()\nc()\n"
    found = [at(text, "b()", "GCK201"), at(text, "a()"), at(text, "a()"), at(text, "c()", "GCK003")]
    assert suppressions.add_noqa(Source("x.py", text), found, KNOWN) == ("a(); b()  # noqa: GCK101, GCK201\nc()\n", 3)


def test_noqa_row() -> None:
    text = 'f("""\n""",\n  1)\n'
    assert suppressions.noqa_row(Source("x.py", text), at(text, text.strip()).statement) == 2


@pytest.mark.parametrize("text", ["x = '''\n# noqa: GCK101\n", "if x:\n  a\n b  # noqa\n", "\x00", "(\n", "x = 'a\n"])
def test_what_cannot_be_tokenized_is_tolerated(text: str) -> None:
    lay_out(text)
    read(Source("x.py", text), KNOWN)
