"""Names of files, keys of settings and source text are other people's: no format and no message lets them command anything."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
import xml.etree.ElementTree
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcheck_lint.config.keys import FORMATS
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Related, Safety, Severity
from gcheck_lint.report import formats, summary
from gcheck_lint.report.findings import Findings
from gcheck_lint.report.paint import Paint, clean, named, plain
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, Position, Span
from tests.robustness.scripts import SCRIPT
from tests.support.forks import gclint

COMMANDS = [
    "::error::stolen",
    "  ::add-mask::x",
    "##vso[task.setvariable variable=x]y",
    "##[group]x",
    "###vso[x]y",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x9b31m",
    "\r\n::warning::x",
    "\u202egnp.py",
    "\u2028::error::x",
    "]](http://x)",
    "[a](http://x)",
    "<script>&\"'",
    "]]>",
    "`a`",
    "%0A::error::",
    "\udcff",
    "\ud800",
    "\0",
    "\x7f",
]
HOSTILE = st.lists(st.one_of(st.sampled_from(COMMANDS), st.text(max_size=5)), min_size=1, max_size=4).map("".join)
NAMES = HOSTILE.map(lambda text: re.sub("[\0/\ud800-\udc7f\udd00-\udfff]", "", text)[:40] or "x")
JSON = {"json", "sarif", "gitlab", "rdjson"}
LINES = {"json-lines", "rdjsonl"}


def is_tame(text: str, form: str = "") -> None:
    """Nothing that a terminal obeys, and no command to a build service but ours."""
    for line in text.split("\n"):
        assert not [letter for letter in line if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} and letter != "\t"], (
            line
        )
        assert form == "github" or not re.match(r"\s*::(?!: )", line), line  # `:::` is ours, and no command
        own = "##vso[task.logissue " if form == "azure" else ""
        assert not re.search(r"##\w*\[", line.removeprefix(own)), line
    if form == "github":
        assert all(re.match(r"::(error|warning|notice) title=", line) for line in text.splitlines())


@st.composite
def reports(draw: st.DrawFn) -> Findings:
    path, other = draw(NAMES), draw(NAMES)
    text = draw(HOSTILE)
    span = Span(Position(1, 1), Position(1, 2))
    one = Diagnostic(
        code="GCK201",
        name="cache-off-saved",
        message=draw(HOSTILE),
        severity=draw(st.sampled_from(list(Severity))),
        path=path,
        span=span,
        statement=span,
        label=draw(HOSTILE),
        help=draw(HOSTILE),
        related=(Related(draw(HOSTILE), path, span), Related(draw(HOSTILE), other, span)),
        fix=Fix(draw(HOSTILE), (Edit(path, 0, 0, draw(HOSTILE)),), draw(st.sampled_from(list(Safety)))),
        versions=draw(HOSTILE),
        condition=draw(HOSTILE),
        certainty=draw(st.sampled_from(list(Certainty))),
    )
    sources = {path: Source(path, f"{text}\n{text}\n")}
    skipped, unseen = {draw(NAMES): draw(HOSTILE)}, {draw(NAMES): draw(HOSTILE)}
    return Findings([one], sources, Path("/nowhere"), broken=[draw(HOSTILE)], skipped=skipped, unseen=unseen)


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(found=reports())
def test_every_format(form: str, found: Findings) -> None:
    written = formats.write(form, found)
    is_tame(written, form)
    written.encode("utf-8", "backslashreplace" if form not in {*JSON, *LINES, "junit"} else "strict")
    if form in JSON:
        json.loads(written)
    elif form in LINES:
        skipped = form == "json-lines"
        assert len([json.loads(line) for line in written.split("\n") if line]) == 1 + skipped
    elif form == "junit":
        xml.etree.ElementTree.fromstring(written.encode("utf-8"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(found=reports())
def test_the_last_lines(found: Findings) -> None:
    mended = summary.Mended(found.diagnostics, found.diagnostics, found.diagnostics)
    is_tame(summary.fixed_by_file(mended))
    is_tame(summary.statistics(found.diagnostics, unsafe=False, paint=Paint(color=False)))
    json.loads(summary.statistics_json(found.diagnostics, unsafe=False))


@given(HOSTILE)
def test_words_and_names(text: str) -> None:
    is_tame(plain(text))
    is_tame(named(text))
    assert "\n" not in clean(text)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_what_is_harmless_stays(text: str) -> None:
    if "##" not in text:
        assert clean(text) == text


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere take text only")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", [b"\xff\xfe.py", b"::error::a.py", b"##vso[task.complete]a.py", b"a\x1b[2J\n::error::b.py"])
def test_files_with_such_names(tmp_path: Path, form: str, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, ".", "--output-format", form, "-q")
    assert (told.returncode, told.stderr) == (1, "")
    is_tame(told.stdout, form)
    assert "GCK201" in told.stdout
    if form in JSON:
        json.loads(told.stdout)
    elif form == "junit":
        xml.etree.ElementTree.fromstring(told.stdout.encode("utf-8"))


ANSWERS = [
    "--show-files",
    "--show-settings",
    "--statistics",
    "--diff",
    "-v",
    "--show-fixes --fix",
    "--add-noqa",
    "--write-baseline known.json",
]


@pytest.mark.skipif(sys.platform != "linux", reason="as above")
@pytest.mark.parametrize("words", ANSWERS)
@pytest.mark.parametrize("name", [b"\xff.py", b"::error::a.py", b"##[x]a.py", b"a\x1b[2J\n::error::b.py"])
def test_other_answers(tmp_path: Path, words: str, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, ".", *words.split())
    assert told.returncode in {0, 1}, told
    assert "Traceback" not in told.stderr
    is_tame(told.stdout)
    is_tame(told.stderr)


SETTINGS = [
    r'"a\u001b[31m" = 3',
    r'select = ["\u001b[31m\n::error::x"]',
    'exclude = "##vso[x]y"',
    r'extend = "::error::\u001b"',
    r'"\n::error::x" = 1',
]


@pytest.mark.parametrize("text", SETTINGS)
def test_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "gclint.toml").write_text(f"{text}\n", encoding="utf-8")
    told = gclint(tmp_path, ".")
    assert told.returncode == 2
    is_tame(told.stderr)


WORDS = [
    ["\x1b[31m"],
    ["--\x1b]0;x\x07"],
    ["rule", "::x\x1b"],
    ["config", "##vso[x]y"],
    ["--select", "\r\n::error::x"],
    ["-o", "/dev/null/\x1b"],
]


@pytest.mark.parametrize("words", WORDS)
def test_words_of_the_command(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    told = gclint(tmp_path, *words)
    assert told.returncode == 2
    is_tame(told.stderr)
    is_tame(told.stdout)


def test_source_in_a_frame(tmp_path: Path) -> None:
    hostile = SCRIPT.replace("trainer.train()", "trainer.train()  # \x1b[2J ##vso[task.setvariable]x \u202e")
    (tmp_path / "train.py").write_text(hostile, encoding="utf-8")
    is_tame(gclint(tmp_path, "train.py").stdout)
    is_tame(gclint(tmp_path, "story", "train.py").stdout)
