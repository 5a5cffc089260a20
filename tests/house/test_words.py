"""What users read speaks the field's words: help, messages, rules and pages. The words to avoid are in field_words.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gcheck_lint.cli.entry import gclint
from gcheck_lint.config.keys import KEYS
from gcheck_lint.prefilter.words import SENTENCES
from tests.house.field_words import AVOIDED
from tests.support.paths import ROOT

PACKAGE = ROOT / "src" / "gcheck_lint"
PATTERNS = {word: re.compile(rf"\b(?:{word})\b", re.IGNORECASE) for word in AVOIDED}
NOT_PROSE = re.compile(r"^ *(```+|~~~+).*?^ *\1|<!--.*?-->|`(?:[^`\n]|\n(?!\s*\n))*`|\]\([^)\n]*\)", re.MULTILINE | re.DOTALL)
OTHERS = {"evidence.md", "performance.md"}  # made of records, and of measurements
PAGES = (
    *("README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "examples/README.md", "editors/vscode/README.md"),
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in OTHERS),
    *(f"rules/{path.name}" for path in sorted((ROOT / "rules").glob("*.md"))),
)


def faults(name: str, text: str) -> list[str]:
    """The words of a text that are avoided, each with what to say instead."""
    prose = NOT_PROSE.sub(" ", text)
    found = [(match[0], say) for word, say in AVOIDED.items() for match in PATTERNS[word].finditer(prose)]
    return [f"{name}: `{word}`: say {say}" for word, say in found]


def commands() -> Iterator[tuple[str, click.Command]]:
    yield "gclint", gclint
    context = click.Context(gclint)
    for name in gclint.list_commands(context):
        command = gclint.get_command(context, name)
        assert command is not None
        yield f"gclint {name}", command


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else "")
def test_help_speaks_the_words_of_the_field(name: str, command: click.Command) -> None:
    text = command.get_help(click.Context(command, info_name=name))
    assert "--help" in text
    assert faults(f"{name} --help", text) == []


def test_settings_speak_the_words_of_the_field() -> None:
    assert [fault for key in KEYS.values() for fault in faults(f"gclint config {key.name}", key.text)] == []
    assert [fault for code, text in SENTENCES.items() for fault in faults(code, text)] == []


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module that are no docstrings: what it can say to a user, and more."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements and " " in node.value:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_messages_speak_the_words_of_the_field(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    assert [fault for line, text in strings(path) for fault in faults(f"{name}:{line}", text)] == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_speak_the_words_of_the_field(page: str) -> None:
    assert faults(page, (ROOT / page).read_text(encoding="utf-8")) == []


def test_a_word_is_found_in_prose_and_not_in_code() -> None:
    assert faults("x", "A card lies here.") == ["x: `card`: say rule, or rule documentation"]
    assert faults("x", "`card` and\n\n```text\na card\n```\n[wild](card.md)") == []
