"""The house keeps its own rules: one name in every place, derived facts, layers and sizes as drawn."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gcheck_lint import __version__, checks
from gcheck_lint.config import keys, settings
from gcheck_lint.rulebook import cards, facts
from gcheck_lint.run import pipeline
from gcheck_lint.story.domain import events
from gcheck_lint.text import source
from tests.support.paths import ROOT

PACKAGE = ROOT / "src" / "gcheck_lint"
# of the last two other rules find what is wrong, and a recipe brings it about
ENGINES_OWN = {"GCK001", "GCK002", "GCK003", "GCK501", "GCK502"}
MODULES = sorted(PACKAGE.rglob("*.py"))
CHECKS = sorted(path for path in (PACKAGE / "checks").glob("*.py") if path.stem not in ("__init__", "needs"))
TEXTS = sorted([*ROOT.glob("*.md"), *(path for name in ("rules", "docs", "examples") for path in (ROOT / name).rglob("*.md"))])
LONG = re.compile(r"^Long because ", re.MULTILINE)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_rule_has_one_card_and_one_check() -> None:
    assert set(cards.load()) == set(checks.registry()) | ENGINES_OWN
    assert not set(checks.registry()) & ENGINES_OWN


@pytest.mark.parametrize("card", cards.load().values(), ids=lambda card: card.code)
def test_one_name_in_every_place(card: cards.Card) -> None:
    assert card.path.name == f"{card.code}-{card.slug}.md"
    if card.code in ENGINES_OWN:
        return
    assert checks.registry()[card.code].slug == card.slug
    assert (PACKAGE / "checks" / f"{card.slug.replace('-', '_')}.py").is_file()


def test_a_check_has_a_rule() -> None:
    names = {card.slug.replace("-", "_") for code, card in cards.load().items() if code not in ENGINES_OWN}
    assert {path.stem for path in CHECKS} == names


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_check_is_one_predicate(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 25 <= len(text.splitlines()) <= 70
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring
    assert not {"libcst", "gcheck_lint.python", "gcheck_lint.run"} & set(imported(text))


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_costly_parts_of_libcst_are_left_alone(path: Path) -> None:
    """Matchers and metadata take as long to be imported as all the rest of LibCST."""
    named = imported(path.read_text(encoding="utf-8"))
    assert not [name for name in named if name.startswith(("libcst.matchers", "libcst.metadata"))]


def imported(text: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_is_short_or_says_why_not(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    if len(text.splitlines()) > 400:
        assert LONG.search(docstring), "above 400 lines: split it, or say in the docstring: Long because ..."
    else:
        assert not LONG.search(docstring)


def test_no_drawers() -> None:
    assert not {path.stem for path in MODULES} & {"utils", "helpers", "common", "base", "misc"}


def test_layers_are_drawn_and_complete() -> None:
    contracts = configparser.ConfigParser()
    assert contracts.read(ROOT / ".importlinter")
    drawn = [section for section in contracts.values() if section.get("type") == "layers"]
    assert {section["containers"].strip() for section in drawn} == {"gcheck_lint", "gcheck_lint.story"}
    assert all(section.getboolean("exhaustive") for section in drawn)
    forbidden = [section for section in contracts.values() if section.get("type") == "forbidden"]
    sources = {name.strip() for section in forbidden for name in section["source_modules"].split()}
    assert any(name.startswith("gcheck_lint.checks") or name == "checks" for name in sources)


def test_cards_are_read_without_libcst() -> None:
    code = "import sys; from gcheck_lint.rulebook import cards; cards.load(); sys.exit('libcst' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    head = re.search(r"^## \[?(\d+\.\d+\.\d+[^\s\]]*)", text, re.MULTILINE)
    assert head is not None
    assert head[1] == __version__


def test_changelog_names_every_rule() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [code for code in cards.load() if code not in text] == []


@pytest.mark.parametrize("card", cards.load().values(), ids=lambda card: card.code)
def test_card_is_no_newer_than_the_package(card: cards.Card) -> None:
    assert [int(part) for part in card.since.split(".")] <= [int(part) for part in __version__.split(".")]


def test_what_is_generated_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), f"run python tools/generate.py\n{done.stdout}{done.stderr}"


def _cited() -> list[object]:
    """The facts and scenarios that cards, checks and knowledge name, each with who names it."""
    named = [(card.path.name, name) for card in cards.load().values() for name in card.facts]
    for path in [*(ROOT / "rules").glob("GCK*.md"), *(PACKAGE / "knowledge").glob("*.toml")]:
        named += [(path.name, name) for name in re.findall(r"\bS\d+\b", path.read_text(encoding="utf-8"))]
    for path in CHECKS:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        named += [(path.stem, name) for name in re.findall(r"\bS\d+\b|\b[a-z]+_[a-z_]+\b", docstring.partition("Evidence: ")[2])]
    return [pytest.param(name, id=f"{where}-{name}") for where, name in dict.fromkeys(named)]


@pytest.mark.parametrize("name", _cited())
def test_every_fact_that_is_named_has_its_place(name: str) -> None:
    page = (ROOT / facts.PAGE).read_text(encoding="utf-8")
    assert f"\n### {name}\n" in page, "a fact is told in rules/facts.toml, a scenario is a module in tests/oracle/scenarios/"


def test_every_check_names_its_evidence() -> None:
    for path in CHECKS:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert re.search(r"Evidence: \S", docstring), path.name


def test_examples_readme_says_what_gclint_says() -> None:
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+\.py)` \|[^|]*\| ([^|]*) \|$", text, re.MULTILINE)
    told = {name: re.findall(r"GCK\d{3}", cell) for name, cell in rows}
    found = {}
    for path in sorted((ROOT / "examples").glob("*.py")):
        report = pipeline.check(source.from_bytes(path.name, path.read_bytes()), settings.Settings())
        assert not report.failures
        found[path.name] = [one.code for one in report.diagnostics]
    assert told == found


def test_guide_knows_every_option_and_every_key() -> None:
    import click

    from gcheck_lint.cli.entry import gclint

    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    context = click.Context(gclint)
    commands = [gclint, *(gclint.get_command(context, name) for name in gclint.list_commands(context))]
    options = {
        name
        for command in commands
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    }
    said = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)(?!\w)", text))
    assert sorted(options - said - {"--help"}) == []
    assert sorted(said - options - {"--help"}) == []
    assert [key for key in keys.KEYS if f"`{key}`" not in text] == []


def test_docs_name_every_module_and_every_event() -> None:
    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    layers = text[text.index("## The layers") : text.index("## One run")]
    tops = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES} - {"__init__", "__main__"}
    assert set(re.findall(r"`(\w+)`", layers)) == tops
    kinds = {kind.__name__ for kind in events.Event.__subclasses__()}
    page = (ROOT / "docs" / "writing-a-rule.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", page, re.MULTILINE)) == kinds


def test_page_shows_a_check_as_it_is() -> None:
    page = (ROOT / "docs" / "writing-a-rule.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    text = (PACKAGE / "checks" / "prefix_tuning_checkpointing.py").read_text(encoding="utf-8")
    assert text.startswith(shown.partition("\n")[0])
    assert text.endswith(shown[shown.index("@check") :])


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_links_within_the_repository_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [one for one in targets if "://" not in one and not (path.parent / one).exists()]
    assert missing == []


def test_wheel_ships_the_cards_and_the_knowledge(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(tmp_path),
    ]
    subprocess.run([*command, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {Path(name).name for name in names if name.startswith("gcheck_lint/rulebook/GCK")}
    assert shipped == {card.path.name for card in cards.load().values()}
    pages = {Path(name).name for name in names if name.startswith("gcheck_lint/rulebook/pages/")}
    assert pages == {f"{code}.{kind}" for code in cards.load() for kind in ("html", "md")} | {"index.html"}
    assert f"gcheck_lint-{__version__}.dist-info/licenses/LICENSE" in names
    facts = {path.name for path in (PACKAGE / "knowledge").glob("*.toml")}
    assert facts == {Path(name).name for name in names if name.startswith("gcheck_lint/knowledge/") and name.endswith(".toml")}
    assert "gcheck_lint/py.typed" in names
