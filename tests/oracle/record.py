"""What the proof has shown, kept in results.json: read, written, and compared with a new run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gcheck_lint.versions import Version

from . import columns
from .environments import NEWEST

RESULTS = Path(__file__).resolve().parent / "results.json"


def read() -> dict[str, Any]:
    """All recorded columns by version, newest last."""
    if not RESULTS.exists():
        return {}
    return json.loads(RESULTS.read_text(encoding="utf-8"))["columns"]


def write(recorded: dict[str, Any]) -> None:
    """Records the columns, with the marks of the texts that they are about."""
    ordered = dict(sorted(recorded.items(), key=lambda one: Version(one[0])))
    whole = {"columns": ordered}
    RESULTS.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def put(recorded: dict[str, Any], version: str, column: dict[str, Any]) -> None:
    """Takes a column in; one that ran no whole scripts keeps nothing of an older run's."""
    texts = marks()
    recorded[version] = {**column, "texts": {name: texts[name] for name in (*column["examples"], *column["scripts"])}}


def add(recorded: dict[str, Any], version: str, column: dict[str, Any], codes: set[str]) -> None:
    """Takes the examples of some cards into a recorded column. It has to be one of the same libraries."""
    before = recorded.get(version)
    if before is None or before["libraries"] != column["libraries"]:
        raise SystemExit(f"transformers {version} is not recorded with these libraries: run the whole column")
    texts = marks()
    for part in ("examples", "messages"):
        kept = {name: one for name, one in before[part].items() if name.partition(" ")[0] not in codes}
        before[part] = dict(sorted({**kept, **column[part]}.items()))
    kept = {name: mark for name, mark in before["texts"].items() if name.partition(" ")[0] not in codes}
    before["texts"] = {**kept, **{name: texts[name] for name in column["examples"]}}


def marks() -> dict[str, str]:
    """The texts that are run, by name. A text that has changed has another mark, and has to be run again."""
    made = {}
    for card in columns.runnable():
        for position, fence in enumerate(card.fences):
            made[columns.name_of(card, position)] = columns.mark(fence.text)
    for path in sorted(columns.EXAMPLES.glob("*.py")):
        made[path.name] = columns.mark(path.read_text(encoding="utf-8"))
    return made


def stale(recorded: dict[str, Any], version: str) -> list[str]:
    """The texts that have changed since a column was recorded, and what is no longer there."""
    before = recorded.get(version, {}).get("texts", {})
    now = {name: mark for name, mark in marks().items() if version == NEWEST or not name.endswith(".py")}
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def differences(recorded: dict[str, Any], version: str, column: dict[str, Any]) -> list[str]:
    """Where a new column says something else than the recorded one."""
    before = recorded.get(version)
    if before is None:
        return ["is not recorded"]
    found = []
    for name, one in column["examples"].items():
        was = before["examples"].get(name, {})
        if was.get("verdict") != one["verdict"] or _kind(was.get("effect", "")) != _kind(one["effect"]):
            found.append(f"{name}: {one['verdict']}, {one['effect']}; recorded: {was.get('verdict')}, {was.get('effect')}")
    for name, seen in column["scenarios"].items():
        if before["scenarios"].get(name) != json.loads(json.dumps(seen)):
            found.append(f"scenario {name}: another result than the recorded one")
    return found


def _kind(effect: str) -> str:
    return effect.partition(":")[0]


def statement(code: str, recorded: dict[str, Any]) -> str:
    """What a card may say of its evidence: where its effect was observed, where nothing happens, and what was not run."""
    seen, silent, not_here = [], [], []
    for version, column in recorded.items():
        bad = {name: one for name, one in column["examples"].items() if name.startswith(f"{code} bad")}
        words = {one["verdict"] for one in bad.values()}
        if not column["examples"]:
            continue
        if "proven" in words:
            seen.append(version)
        elif words & {"silent, and nothing happens"}:
            silent.append(version)
        else:
            not_here.append(version)
    parts = []
    if seen:
        parts.append(f"Observed with the examples of the card on transformers {', '.join(seen)}")
    if silent:
        parts.append(f"{'n' if parts else 'N'}othing happens on {', '.join(silent)}")
    if not_here:
        parts.append(f"{'n' if parts else 'N'}ot run on {', '.join(not_here)}")
    return f"{'; '.join(parts) or 'Not run'}."
