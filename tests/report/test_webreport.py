"""The page of a run's findings: what is in it, and that what others wrote is only shown."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

from gcheck_lint.errors import GclintError
from gcheck_lint.findings.diagnostics import Diagnostic, Related, Severity
from gcheck_lint.report import formats
from gcheck_lint.report.findings import Findings
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Position, Span
from tests.support.forks import gclint
from tests.support.samples import CLEAN, CODES, DEFECT, notebook

VOID = {"meta", "input", "br"}
PLACE = Span(Position(1, 1), Position(1, 5))


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID and tag not in {"rect", "line", "circle", "path"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for seen, attributes in self.seen if seen == tag]


def report(folder: Path, *words: str) -> Page:
    done = gclint(folder, "--output-format", "html", *words)
    assert done.stderr == ""
    return Page(done.stdout)


def test_findings_stand_under_their_file_with_a_picture(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    page = report(tmp_path, ".")
    assert [one["data-rule"] for one in page.all("article")] == CODES
    assert [one["data-severity"] for one in page.all("article")] == ["error", "warning"]
    assert [one["value"] for one in page.all("input")] == ["error", "warning", *sorted(CODES)]
    assert len(page.all("svg")) == 1
    text = "".join(page.words)
    assert "train.py:7:1" in text
    assert "the training leaves it in train mode" in text
    assert "clean.py" not in text


def test_page_runs_its_own_script_alone(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    text = gclint(tmp_path, "--output-format", "html", ".").stdout
    (script,) = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(one["content"] for one in Page(text).all("meta") if one.get("http-equiv"))
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert not re.search(r"\b(src|href)=", text.replace('href="https://', "").replace('href="file://', ""))


def test_lowest_severity_counts_for_the_page_and_for_files(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEFECT, encoding="utf-8")
    page = report(tmp_path, "--min-severity", "error", "--output-format", "html=out.html", ".")
    assert [one["data-rule"] for one in page.all("article")] == CODES[:1]
    assert Page((tmp_path / "out.html").read_text(encoding="utf-8")).all("article") == page.all("article")


def test_no_findings_no_filter(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    page = report(tmp_path, ".")
    assert "0 findings in 0 files" in "".join(page.words)
    assert page.all("input") == page.all("article") == []


def test_stdin_and_notebooks_have_pictures(tmp_path: Path) -> None:
    done = gclint(tmp_path, "--output-format", "html", "-", stdin=DEFECT)
    assert len(Page(done.stdout).all("svg")) == 1
    (tmp_path / "n.ipynb").write_text(notebook(*DEFECT.split("\n\n")[:2]), encoding="utf-8")
    page = report(tmp_path, ".")
    assert len(page.all("svg")) == 1
    assert "n.ipynb:cell 2:" in "".join(page.words)


def hostile(text: str) -> Page:
    one = Diagnostic(
        text,
        text,
        text,
        Severity.ERROR,
        text,
        PLACE,
        PLACE,
        text,
        text,
        (Related(text, text, PLACE),),
        versions=text,
        condition=text,
    )
    found = Findings([one], {text: Source(text, text)}, Path("/x"), broken=[text], skipped={text: text}, unseen={text: text})
    return Page(formats.write("html", found))


def test_what_others_wrote_is_shown() -> None:
    text = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
    page = hostile(text)
    tame = hostile("abcd")
    assert [tag for tag, _ in page.seen] == [tag for tag, _ in tame.seen]
    assert page.all("article") == [{"class": "error", "data-rule": text, "data-severity": "error"}]
    assert not [name for _, attributes in page.seen for name in attributes if name.startswith("on")]


def test_script_that_is_not_told_has_the_reason() -> None:
    def gone(path: str) -> None:
        raise GclintError(f"{path} is not shown: <too much>")

    one = Diagnostic("GCK201", "cache-off-saved", "x", Severity.ERROR, "a.py", PLACE, PLACE)
    page = Page(formats.write("html", Findings([one], {}, Path("/x"), story=gone)))
    assert "a.py is not shown: <too much>" in "".join(page.words)
