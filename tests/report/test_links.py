"""Where a finding leads: to the page of its rule, on the site or in this installation."""

from __future__ import annotations

import io
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from gcheck_lint.config import settings
from gcheck_lint.report import loglines, machine, rdformat, sarif
from gcheck_lint.report.findings import Findings
from gcheck_lint.report.paint import Paint, wants_links
from gcheck_lint.report.text import View, concise
from gcheck_lint.rulebook import addresses, cards, pages
from gcheck_lint.run import pipeline
from gcheck_lint.text import source
from tests.support.forks import gclint
from tests.support.paths import ROOT
from tests.support.samples import DEFECT

SITE = "https://somebody.example/gclint"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    read = source.from_bytes("train.py", DEFECT.encode())
    report = pipeline.check(read, settings.Settings())
    assert report.diagnostics
    return Findings(report.diagnostics, {"train.py": read}, tmp_path)


@pytest.fixture(autouse=True)
def no_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "SITE", "")
    for cached in (pages.url, pages.document):
        monkeypatch.setattr(pages, cached.__name__, cached.__wrapped__)


@pytest.fixture
def site(no_site: None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(addresses, "SITE", SITE)
    return SITE


def test_without_a_site_a_rule_is_a_file_of_this_installation() -> None:
    for code in cards.load():
        for told in (pages.url(code), pages.document(code)):
            assert told is not None
            assert Path(url2pathname(urlsplit(told).path)).is_file()
        assert pages.public(code) is None


def test_what_is_no_rule_has_no_page(site: str) -> None:
    assert (pages.url("GCK999"), pages.document("GCK999"), pages.public("")) == (None, None, None)


def test_formats_lead_to_the_site(findings: Findings, site: str) -> None:
    code = findings.diagnostics[0].code
    page = f"{site}/rules/{code}/"
    assert json.loads(machine.array(findings.diagnostics, findings.sources, {}))[0]["url"] == page
    rules = json.loads(sarif.sarif(findings))["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["helpUri"] for rule in rules} == {f"{site}/rules/{one}/" for one in cards.load()}
    assert json.loads(rdformat.rdjson(findings))["diagnostics"][0]["code"] == {"value": code, "url": page}
    assert f"more: {page}" in loglines.github(findings)


def test_what_is_read_elsewhere_names_no_file_of_this_machine(findings: Findings) -> None:
    for text in (sarif.sarif(findings), rdformat.rdjson(findings), loglines.github(findings)):
        assert "helpUri" not in text
        assert "rulebook" not in text
    assert f"more: `gclint rule {findings.diagnostics[0].code}`" in loglines.github(findings)


def test_terminal_links_the_code(findings: Findings, site: str) -> None:
    code = findings.diagnostics[0].code
    told = concise(findings.diagnostics, View(findings.sources, False, Paint(color=True, links=True)))
    assert f"\x1b]8;;{site}/rules/{code}/\x1b\\{code}\x1b]8;;\x1b\\" in told
    assert re.sub(r"\x1b\]8;;.*?\x1b\\", "", told) == concise(
        findings.diagnostics, View(findings.sources, False, Paint(color=True))
    )


@pytest.mark.parametrize("words", [["rules"], ["rule", "GCK2"]])
def test_lists_of_rules_lead_to_their_pages(words: list[str], tmp_path: Path) -> None:
    done = gclint(tmp_path, *words, "--color", "always", FORCE_HYPERLINK="1")
    linked = re.findall(r"\x1b\]8;;(?:file|https)://[^\x1b]+\x1b\\(GCK\d{3})\x1b\]8;;\x1b\\", done.stdout)
    assert linked == [code for code in cards.load() if code.startswith("GCK2" if len(words) > 1 else "GCK")]


@pytest.mark.parametrize(
    ("environment", "follows"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "7006"}, True),
        ({"VTE_VERSION": "4600"}, False),
        ({"WT_SESSION": "1"}, True),
        ({"WT_SESSION": "1", "CI": "true"}, False),
        ({"WT_SESSION": "1", "FORCE_HYPERLINK": "0"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
    ],
)
def test_only_terminals_that_follow_links_get_them(environment: dict[str, str], follows: bool) -> None:
    assert wants_links(Terminal(), environment) is follows
    assert wants_links(io.StringIO(), environment) is ("1" in environment.get("FORCE_HYPERLINK", ""))


def test_no_link_without_colour() -> None:
    assert Paint(color=False, links=True).link("GCK203", SITE) == "GCK203"


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.links += [said["href"] or ""] if tag == "a" else []
        self.loads += [tag] if tag in {"script", "link", "img", "iframe"} else []


def test_shipped_pages_say_what_the_command_says_and_load_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("markdown_it")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import rule_pages

    names = {page.name for page in rule_pages.written(tmp_path)}
    for code, card in cards.load().items():
        text = (tmp_path / f"{code}.html").read_text(encoding="utf-8")
        page = _Page(text)
        assert f"{code} {card.slug}</h1>" in text
        assert page.loads == []
        assert "```" not in text
        assert "# expect:" not in text
        assert [one for one in page.links if "://" not in one and one not in names] == []
        assert f"{code}.html" not in page.links
    assert "GCK104.html" in _Page((tmp_path / "GCK201.html").read_text(encoding="utf-8")).links
    assert sys.modules["rule_pages"] is rule_pages
