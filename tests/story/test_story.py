"""The engine's literate specs: `reveal(EXPR)  # revealed: TEXT` in the fences of `fixtures/story/*.md`."""

from __future__ import annotations

import re

import pytest

from gcheck_lint import story
from gcheck_lint.python import syntax
from gcheck_lint.text import source
from tests.support.paths import FIXTURES

SPECS = sorted((FIXTURES / "story").glob("*.md"))
_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_REVEALED = re.compile(r"reveal\(.*#\s*revealed:\s*(.*?)\s*$")


def _fences() -> list[tuple[str, str]]:
    found = []
    for path in SPECS:
        text = path.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            row = text.count("\n", 0, match.start(1)) + 1
            found.append((f"{path.stem}:{row}", match[1]))
    return found


@pytest.mark.parametrize(("place", "fence"), _fences(), ids=[place for place, _ in _fences()])
def test_what_is_known(place: str, fence: str) -> None:
    told = story.interpret(syntax.parse(source.from_bytes(place, fence.encode())))
    assert not told.cuts
    revealed: dict[int, list[str]] = {}
    for site, text in told.revealed:
        revealed.setdefault(site.row, []).append(text)
    expected = {row: match[1] for row, line in enumerate(fence.splitlines(), 1) if (match := _REVEALED.search(line))}
    assert expected
    assert {row: _joined(revealed.get(row, ["never reached"])) for row in expected} == expected


def _joined(texts: list[str]) -> str:
    """What several rounds of a loop reveal at one place: where they differ, it is unknown there."""
    rounds = [text.split(" · ") for text in dict.fromkeys(texts)]
    if len(rounds) == 1:
        return texts[0]
    unknown = ("checkpointing unknown", "cache unknown", "mode unknown")
    parts = [column[0] if len(set(column)) == 1 else unknown[index] for index, column in enumerate(zip(*rounds, strict=False))]
    return " · ".join(parts)
