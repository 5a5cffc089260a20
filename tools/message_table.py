"""The messages that `gclint log` recognises, in docs/logs.md: out of the cards."""

from __future__ import annotations

import re

from gcheck_lint.rulebook import cards

_TABLE = re.compile(r"<!-- messages -->\n.*?<!-- /messages -->", re.DOTALL)


def rewritten(text: str) -> str:
    """The page with the table as the cards have it."""
    table = "\n".join(("| message | rule | transformers |", "| --- | --- | --- |", *_rows()))
    return _TABLE.sub(lambda _: f"<!-- messages -->\n{table}\n<!-- /messages -->", text)


def _rows() -> list[str]:
    told = [(_code(one.text), card.code, one.versions) for card in cards.load().values() for one in card.messages]
    return [f"| {text} | {code} | {versions} |" for text, code, versions in told]


def _code(text: str) -> str:
    left, right = " " * text.startswith("`"), " " * text.endswith("`")
    return f"``{left}{text}{right}``"
