"""From one finding to the page of its rule, its picture and its fix: every command that an output names is typed as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from gcheck_lint.rulebook import addresses
from tests.support.invocation import gclint
from tests.support.samples import DEFECT

CODE, ROW = "GCK203", 8


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "my train.py").write_text(DEFECT, encoding="utf-8")
    return tmp_path


def commands(text: str) -> set[str]:
    """The commands between backticks that somebody is told to type."""
    return set(re.findall(r"`(gclint (?:rule|story|--fix)[^`]* [^`]*)`", text))


def about(text: str) -> str:
    """The part of an output that is about one finding."""
    return next(line for line in text.split("\n") if CODE in line) if text.startswith("::") else text


def leads_to_page(url: str) -> bool:
    """Whether an address is that of the rule: on the site, or in this installation as long as there is no site."""
    if addresses.SITE:
        return url == f"{addresses.SITE}/rules/{CODE}/"
    return f"{CODE} " in Path(url2pathname(urlsplit(url).path)).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("form", "fixes"),
    [("full", []), ("github", ["gclint --fix 'my train.py'"]), ("junit", ["gclint --fix 'my train.py'"])],
)
def test_commands_lead_to_page_picture_and_fix(form: str, fixes: list[str], repo: Path) -> None:
    done = gclint(repo, "--select", CODE, "--output-format", form, ".")
    assert done.returncode == 1
    told = commands(about(done.stdout).replace("&#x27;", "'").replace("&#39;", "'"))
    page = set() if addresses.SITE and form != "full" else {f"gclint rule {CODE}"}  # a link takes the place of the command
    assert told == {"gclint story 'my train.py'", *page, *fixes}

    card = gclint(repo, "rule", CODE)
    address = re.search(r"^In a browser: (\S+)$", card.stdout, re.M)
    assert address is not None
    assert leads_to_page(address[1])
    assert "`gclint story FILE`" in card.stdout

    story = gclint(repo, "story", "my train.py")
    assert re.search(rf"^ +{ROW}  generates \(generate\) .*checkpointing on .*train mode$", story.stdout, re.M)
    picture = gclint(repo, "story", "--output-format", "html", "my train.py")
    assert f"{CODE}: `AutoModelForCausalLM` generates in train mode" in picture.stdout

    assert gclint(repo, "--select", CODE, "--fix", "my train.py").returncode == 0
    assert "model.eval()" in (repo / "my train.py").read_text(encoding="utf-8")


def test_page_of_a_finding_is_in_json_and_the_help_of_sarif_is_enough(repo: Path) -> None:
    (found,) = json.loads(gclint(repo, "--select", CODE, "--output-format", "json", ".").stdout)
    assert leads_to_page(found["url"])
    assert found["fix"]["applicability"] == "safe"
    log = json.loads(gclint(repo, "--select", CODE, "--output-format", "sarif", ".").stdout)
    (rule,) = (one for one in log["runs"][0]["tool"]["driver"]["rules"] if one["id"] == CODE)
    for words in ("## How to fix it", "+model.eval()", f"`gclint rule {CODE}`", "`gclint story FILE`"):
        assert words in rule["help"]["markdown"]
    assert "# expect:" not in rule["help"]["markdown"] + rule["help"]["text"]


def test_report_has_page_picture_and_fix_in_one(repo: Path) -> None:
    gclint(repo, "--select", CODE, "--output-format", "html=report.html", "--exit-zero", ".")
    report = (repo / "report.html").read_text(encoding="utf-8")
    for words in (CODE, '<svg class="gclint"', "call `eval()`"):
        assert words in report
    typed = re.findall("<code>(gclint .*?)</code>", report.replace("&#x27;", "'"))
    assert typed == ["gclint --fix 'my train.py'", f"gclint rule {CODE}", "gclint story 'my train.py'"]


def test_no_command_is_named_that_could_not_be_typed(tmp_path: Path) -> None:
    (tmp_path / "a`b.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, "--select", CODE, ".")
    assert commands(done.stdout) == {f"gclint rule {CODE}"}
    (tmp_path / "-c.py").write_text(DEFECT, encoding="utf-8")
    done = gclint(tmp_path, "--select", CODE, "./-c.py")
    assert commands(done.stdout) == {f"gclint rule {CODE}", "gclint story ./-c.py"}
    done = gclint(tmp_path, "--select", CODE, "-", stdin=DEFECT)
    assert commands(done.stdout) == {f"gclint rule {CODE}"}
    (tmp_path / "broken.py").write_text("import transformers\nmodel.gradient_checkpointing_enable(\n", encoding="utf-8")
    done = gclint(tmp_path, "broken.py")
    assert commands(done.stdout) == {"gclint rule GCK002"}


def test_a_recipe_leads_to_the_story_of_its_script(tmp_path: Path) -> None:
    from gcheck_lint.rulebook import cards

    example = cards.load()["GCK501"].recipes[0]
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.gclint]\ntarget-transformers = "{example.script.target}"\n', encoding="utf-8"
    )
    (tmp_path / "train.py").write_text(example.script.text, encoding="utf-8")
    (tmp_path / "small.yaml").write_text(example.text, encoding="utf-8")
    done = gclint(tmp_path, ".")
    assert "small.yaml" in done.stdout
    assert commands(done.stdout) == {"gclint rule GCK501", "gclint story train.py"}
