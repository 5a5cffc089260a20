"""The table of docs/frameworks.md, between `<!-- frameworks -->` and `<!-- /frameworks -->`, out of knowledge."""

from __future__ import annotations

import re
from pathlib import Path

import tomli

KNOWLEDGE = Path(__file__).resolve().parent.parent / "src" / "gcheck_lint" / "knowledge"
_ORDER = ("yes", "partly", "no")


def rewritten(text: str) -> str:
    """The page with its table: what is followed comes first."""
    read = (tomli.loads(path.read_text(encoding="utf-8")) for path in sorted(KNOWLEDGE.glob("*.toml")))
    entries = [entry for data in read for entry in data.get("framework", ())]
    listed = sorted(entries, key=lambda one: (_ORDER.index(one["followed"]), one["name"].lower()))
    rows = ["| framework | followed | releases | what |", "| --- | --- | --- | --- |"]
    rows += [f"| {one['name']} | {one['followed']} | {one['seen']} | {one['what']} |" for one in listed]
    mark = re.compile(r"(<!-- frameworks -->\n).*?(<!-- /frameworks -->)", re.DOTALL)
    return mark.sub(lambda match: "\n".join([f"{match[1]}{rows[0]}", *rows[1:], match[2]]), text)
