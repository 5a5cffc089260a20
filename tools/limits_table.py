"""The tables in docs/story-limits.md, one for each part of `limits.py`, between `<!-- limits -->` and `<!-- /limits -->`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

LIMITS = Path(__file__).resolve().parent.parent / "src" / "gcheck_lint" / "story" / "domain" / "limits.py"
_PART = re.compile(r"^# --- .* -+$", re.MULTILINE)
_LIMIT = re.compile(r"(?:^# (.*)\n)?^(([A-Z]+)\w*): Final = (.*?)(?:\s+# (.*))?$", re.MULTILINE)


def rewritten(text: str) -> str:
    """The page with its tables."""
    tables = iter(_table(part) for part in _PART.split(LIMITS.read_text(encoding="utf-8"))[1:])
    mark = re.compile(r"(<!-- limits -->\n).*?(<!-- /limits -->)", re.DOTALL)
    return mark.sub(lambda match: f"{match[1]}{next(tables)}\n{match[2]}", text)


def _table(part: str) -> str:
    """A row for each limit. One without a reason has that of its twin: nodes and steps of the same thing."""
    found = [(name, kind, value, above or beside) for above, name, kind, value, beside in _LIMIT.findall(part)]
    reasons = {kind: reason for _, kind, _, reason in found if reason}
    rows = ["| limit | number | why |", "| --- | ---: | --- |"]
    for name, kind, value, reason in found:
        number = ast.literal_eval(value)
        shown = ", ".join(f"{one:,}" for one in (number if isinstance(number, tuple) else (number,)))
        rows.append(f"| `{name}` | {shown} | {reason or reasons[kind]} |")
    return "\n".join(rows)
