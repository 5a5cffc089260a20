"""Cards as a terminal shows them."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from gcheck_lint.report import explained, width
from gcheck_lint.report.paint import Paint
from gcheck_lint.report.rendered import rendered
from gcheck_lint.rulebook import cards

PLAIN = Paint(color=False)


def test_each_kind_of_block() -> None:
    shown = rendered(
        dedent("""\
        # Title

        A paragraph of *two* lines,
        `a ** b` and **strong**. See [this](there.md) and [that](https://example.org).
        ## Heading
        - one item
          that goes on
        - another

        | name | what it is |
        | --- | --- |
        | `a` | the first |
        | a\\|b | the second |

        ```python
        if x:
            y = 1
        ```
        """),
        PLAIN,
    )
    assert shown == dedent("""\
        Title

        A paragraph of two lines, `a ** b` and strong. See this and that (https://example.org).

        Heading

        - one item that goes on
        - another

        name  what it is
        ----  ----------
        `a`   the first
        a|b   the second

            if x:
                y = 1
        """)


def test_a_table_is_folded_in_its_last_column() -> None:
    words = "a b c d e f g h i j k l m n o p q r s t u v w x y z"
    shown = rendered(f"| n | words |\n| --- | --- |\n| 1 | {words} |\n", PLAIN, 40).splitlines()
    assert shown[2:] == ["1  a b c d e f g h i j k l m n o p q r s", "   t u v w x y z"]
    narrow = rendered(f"| {'n' * 30} | words |\n| --- | --- |\n| 1 | {words} |\n", PLAIN, 40).splitlines()
    assert narrow[:2] == [f"{'n' * 30}: 1", "words: a b c d e f g h i j k l m n o p q"]


def test_code_has_a_colour_also_over_the_end_of_a_line() -> None:
    shown = rendered(f"{'x ' * 8}`one two` three", Paint(color=True), 20)
    assert shown == f"{'x ' * 8}`\x1b[36mone\x1b[0m\n\x1b[36mtwo\x1b[0m` three\n"
    assert (
        rendered("```diff\n+new\n-old\n same\n```", Paint(color=True))
        == "    \x1b[32m+new\x1b[0m\n    \x1b[31m-old\x1b[0m\n     same\n"
    )


@pytest.mark.parametrize("screen", [60, 80, 200])
@pytest.mark.parametrize("card", cards.load().values(), ids=lambda card: card.code)
def test_every_card_fits(card: cards.Card, screen: int) -> None:
    text = explained.markdown(card)
    shown = rendered(text, PLAIN, screen)
    assert max(width.of(line) for line in shown.splitlines()) <= screen
    coloured = re.sub(r"\x1b\[[\d;]*m", "", rendered(text, Paint(color=True), screen))
    assert re.sub(r" +$", "", coloured, flags=re.MULTILINE) == shown  # a sign in its colour may have blanks behind it
    # no word is lost
    words = re.sub(r"[^a-z]+", " ", card.sections["Why"].replace("*", "").lower()).split()
    assert " ".join(words) in " ".join(re.sub(r"[^a-z]+", " ", shown.lower()).split())
