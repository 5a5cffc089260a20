"""The tables of docs/frameworks.md, between `<!-- frameworks -->` and `<!-- /frameworks -->` and so on, out of knowledge."""

from __future__ import annotations

import re
from pathlib import Path

import tomli

from gcheck_lint.knowledge import recipe_frameworks

KNOWLEDGE = Path(__file__).resolve().parent.parent / "src" / "gcheck_lint" / "knowledge"
_ORDER = ("yes", "partly", "no")


def rewritten(text: str) -> str:
    """The page with its tables."""
    return _between(_between(text, "frameworks", _followed()), "recipes", _recipes())


def _followed() -> list[str]:
    """What is followed comes first."""
    read = (tomli.loads(path.read_text(encoding="utf-8")) for path in sorted(KNOWLEDGE.glob("*.toml")))
    entries = [entry for data in read for entry in data.get("framework", ())]
    listed = sorted(entries, key=lambda one: (_ORDER.index(one["followed"]), one["name"].lower()))
    rows = ["| framework | followed | releases | what |", "| --- | --- | --- | --- |"]
    rows += [f"| {one['name']} | {one['followed']} | {one['seen']} | {one['what']} |" for one in listed]
    return rows


def _recipes() -> list[str]:
    rows = ["| framework | trains without the cache | saves it switched on | keys that it reads |", "| --- | --- | --- | --- |"]
    for one in recipe_frameworks.frameworks():
        keys = ", ".join(f"`{key}` {versions}".strip() for key, versions in one.reads.items())
        rows.append(f"| {one.name} | {one.cache_off} | {'never' if one.cache_back is None else one.cache_back} | {keys} |")
    return rows


def _between(text: str, name: str, rows: list[str]) -> str:
    mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return mark.sub(lambda match: "\n".join([f"{match[1]}{rows[0]}", *rows[1:], match[2]]), text)
