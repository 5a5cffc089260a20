"""What the pages are made of, without a browser: pictures of a terminal, charts, links, the commands of the tutorial."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from gcheck_lint import __version__
from gcheck_lint.rulebook import cards, observed
from tests.support.paths import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "website"))
    import charts
    import references
    import terminal
    import timelines
    import tutorial

    return SimpleNamespace(charts=charts, references=references, terminal=terminal, timelines=timelines, tutorial=tutorial)


def test_picture_keeps_columns_and_colours(tools: SimpleNamespace) -> None:
    picture = ET.fromstring(tools.terminal.svg("\x1b[1;91merror\x1b[0m: a <b> & c\n  日本 |\n", "What it shows"))
    assert picture.findtext(f"{SVG}title") == "What it shows"
    words = [(one.text, one.get("x"), one.get("fill"), one.get("font-weight")) for one in picture.iter(f"{SVG}tspan")]
    assert words == [
        ("error", "16.0", "#ff8f8f", "bold"),
        (": a <b> & c", "58.0", None, None),
        ("  日本 |", "16.0", None, None),
    ]
    # a wide letter takes two cells
    assert [one.get("textLength") for one in picture.iter(f"{SVG}tspan")] == ["42.0", "92.4", "67.2"]


def test_links_of_a_terminal_are_left_out_of_its_picture(tools: SimpleNamespace) -> None:
    text = "error[\x1b]8;;https://example.org/\x1b\\GCK203\x1b]8;;\x1b\\]: x\n"
    assert tools.terminal.plain(text) == "error[GCK203]: x\n"
    assert "example.org" not in tools.terminal.svg(text, "")


def test_chart_says_what_was_observed(tools: SimpleNamespace) -> None:
    one = observed.of("GCK102")
    assert one is not None
    chart = ET.fromstring(tools.charts.chart(one))
    told = {group.findtext("text[@class='version']"): group.get("class") for group in chart.iter("g")}
    assert {version for version, kind in told.items() if kind == "seen"} == set(one.seen)
    assert {version for version, kind in told.items() if kind == "silent"} == set(one.silent)
    assert chart.get("aria-label") == one.words


def test_names_become_links_but_not_in_code(tools: SimpleNamespace) -> None:
    rest = "not `GCK201` or [GCK201](x.md).\n\n```text\nGCK201 trl#3683\n```\nGCK203 by itself; GCK999."
    path = cards.load()["GCK201"].path.name
    assert tools.references.linked(f"See GCK201, S6 and trl#3683, {rest}", "GCK203") == (
        f"See [GCK201](../rules/{path}), [S6](../docs/evidence.md#s6) and "
        f"[trl#3683](https://github.com/huggingface/trl/issues/3683), {rest}"
    )


def test_every_issue_that_a_card_names_has_a_place(tools: SimpleNamespace) -> None:
    for card in cards.load().values():
        assert all(where.startswith("https://") for _, where in tools.references.listed(card.text)), card.code


def test_tutorial_runs_its_commands_one_after_the_other(tools: SimpleNamespace) -> None:
    script = '```python title="a.py"\nimport torch\n```\n\nand\n\n```console\n$ gclint a.py\n'
    made = tools.tutorial.rewritten(f"{script}old\n$ gclint --version\n```\n")
    assert made == f"{script}All checks passed!\n$ gclint --version\ngclint {__version__}\n```\n"


@pytest.mark.parametrize("command", ["rm -rf x", "gclint --no-such-option", "gclint missing.py"])
def test_tutorial_refuses_what_it_should_not_run(command: str, tools: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match=r"the tutorial runs gclint alone|ends with 2"):
        tools.tutorial.rewritten(f"```console\n$ {command}\n```\n")


def test_pictures_of_a_rule_are_its_example_and_what_the_fix_makes_of_it(tools: SimpleNamespace) -> None:
    wrong, fixed = tools.timelines.of(cards.load()["GCK203"])
    assert (wrong.caption, fixed.caption) == ("Wrong:", "With the fix (`gclint --fix`):")
    assert [{one.code for one in each.findings} for each in (wrong, fixed)] == [{"GCK203"}, set()]
    page = ET.fromstring(f"<div>{tools.timelines.html([wrong, fixed])}</div>")
    told = [one.text or "" for one in page.iterfind(".//pre/code")]
    assert page.findtext("p/code") == "gclint --fix"
    assert [one.startswith("$ gclint story train.py\nAutoModelForCausalLM #1\n") for one in told] == [True, True]
    assert ["eval mode  " in one for one in told] == [False, True]
    triangles = [[one.get("class") for one in picture.iter("path")] for picture in page.iter("svg")]
    assert triangles == [["error place", "error"], []]


@pytest.mark.parametrize(("code", "captions"), [("GCK001", []), ("GCK002", []), ("GCK401", ["Wrong, with transformers >=5.23:"])])
def test_nothing_is_drawn_where_nothing_happens_and_nothing_twice(code: str, captions: list[str], tools: SimpleNamespace) -> None:
    assert [one.caption for one in tools.timelines.of(cards.load()[code])] == captions


def test_script_of_a_recipe_is_told_under_what_the_recipe_gives(tools: SimpleNamespace) -> None:
    (told,) = tools.timelines.of(cards.load()["GCK501"])
    assert told.command == ""  # `gclint story train.py` knows of no recipe
    picture = ET.fromstring(f"<div>{tools.timelines.html([told])}</div>")
    on = [one.text for one in picture.iter("text") if one.get("class") == "on"]
    assert on == ["on"]  # checkpointing, which the recipe asks for
    assert "error place" in {one.get("class") for one in picture.iter("path")}
