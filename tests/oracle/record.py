"""What the proof has shown, kept in results.json: read, written, and compared with a new run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gcheck_lint.rulebook import cards
from gcheck_lint.rulebook.observed import FILE, Observed
from gcheck_lint.versions import Version

from . import claims, columns
from .environments import NEWEST

RESULTS = Path(__file__).resolve().parent / "results.json"


def read() -> dict[str, Any]:
    """All recorded columns by version, newest last."""
    if not RESULTS.exists():
        return {}
    columns = json.loads(RESULTS.read_text(encoding="utf-8"))["columns"]
    return {version: {"cures": {}, **column} for version, column in columns.items()}


def write(recorded: dict[str, Any]) -> None:
    """Records the columns, with the marks of the texts that they are about."""
    ordered = dict(sorted(recorded.items(), key=lambda one: Version(one[0])))
    whole = {"columns": ordered}
    RESULTS.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (cards.directory() / FILE).write_text(shipped(ordered), encoding="utf-8")


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
    for part in ("examples", "cures", "messages"):
        kept = {name: one for name, one in before.get(part, {}).items() if name.partition(" ")[0] not in codes}
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
    for name, one in column["cures"].items():
        if before["cures"].get(name) != one:
            found.append(f"{name}: cures otherwise than recorded: {one}; recorded: {before['cures'].get(name)}")
    for name, seen in column["scenarios"].items():
        if before["scenarios"].get(name) != json.loads(json.dumps(seen)):
            found.append(f"scenario {name}: another result than the recorded one")
    return found


def _kind(effect: str) -> str:
    return effect.partition(":")[0]


def observed(code: str, recorded: dict[str, Any]) -> Observed:
    """What the runs have shown of a card: where its effect was observed, where nothing happens, and where it was not run."""
    seen, silent, not_run = [], [], []
    effects: dict[str, list[str]] = {}
    for version, column in recorded.items():
        bad = [one for name, one in column["examples"].items() if name.startswith(f"{code} bad")]
        words = {one["verdict"] for one in bad}
        if not column["examples"]:
            continue
        if claims.PROVEN in words:
            seen.append(version)
        elif claims.SILENT in words:
            silent.append(version)
        else:
            not_run.append(version)
        for effect in dict.fromkeys(one["effect"] for one in bad if one["verdict"] == claims.PROVEN):
            effects.setdefault(effect, []).append(version)
    return Observed(tuple(seen), tuple(silent), tuple(not_run), {effect: tuple(found) for effect, found in effects.items()})


def shipped(recorded: dict[str, Any]) -> str:
    """rules/observed.json, which `gclint rule` reads."""
    told = {card.code: observed(card.code, recorded).as_json() for card in columns.runnable()}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
