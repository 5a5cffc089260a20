"""Writes what was measured into docs/performance.md: the table of goals, its plots, and what each value is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import plots
from benchmarks.measuring import ROOT
from benchmarks.rows import MEASUREMENTS
from benchmarks.taking import Goal

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
STORED = Path(__file__).with_name("results.json")
BEFORE = Path(__file__).with_name("before.json")
START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
GOALS: dict[str, Goal] = {goal.key: goal for one in MEASUREMENTS for goal in one.goals}


def read(place: Path) -> dict[str, Any]:
    """What is stored; empty where there is nothing."""
    if not place.exists():
        return {"rows": {}}
    return dict(json.loads(place.read_text(encoding="utf-8")))


def values(stored: Mapping[str, Any]) -> dict[str, float]:
    """The value of each row."""
    return {key: value for taken in stored["rows"].values() for key, value in taken["values"].items()}


def write(place: Path, stored: Mapping[str, Any]) -> None:
    """Stores results."""
    place.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def publish() -> None:
    """Makes the plots and the part of the page that is ours out of what is stored."""
    now, before = read(STORED), read(BEFORE)
    PLOTS.mkdir(exist_ok=True)
    found, earlier = values(now), values(before)
    # growth has plots of its own: 1 is a straight line, and what is measured there is small and noisy
    bars = [
        plots.Bar(_plain(goal.title), goal.share(found[key]), _share(goal, earlier.get(key)), goal.shown(found[key]))
        for key, goal in GOALS.items()
        if key in found
    ]
    (PLOTS / "goals.svg").write_text(plots.bars("Each measure as a multiple of its goal", bars), encoding="utf-8")
    for one in MEASUREMENTS:
        points = now["rows"].get(one.key, {}).get("points", [])
        if len(points) > 1:
            drawn = plots.lines(_plain(one.goals[0].title), one.across, [(x, y) for x, y in points], one.unit)
            (PLOTS / f"{one.key}.svg").write_text(drawn, encoding="utf-8")
    head, start, rest = PAGE.read_text(encoding="utf-8").partition(START)
    _, end, tail = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{PAGE.name} has no {START} … {END}")
    PAGE.write_text(f"{head}{START}\n{_text(now, before)}\n{END}{tail}", encoding="utf-8")


def _text(now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    found, earlier = values(now), values(before)
    parts = ["| measure | row | goal | before | now |", "| --- | --- | ---: | ---: | ---: |"]
    for key, goal in GOALS.items():
        sign = "≥" if goal.more else "≤"
        told = [goal.shown(one[key]) if key in one else "–" for one in (earlier, found)]
        parts.append(f"| {goal.title} | `{key}` | {sign} {goal.shown(goal.limit)} | {told[0]} | {told[1]} |")
    parts += ["", *(_about(word, stored) for word, stored in (("Now", now), ("Before", before)) if stored["rows"])]
    parts += ["", "![Each measure as a multiple of its goal](performance/goals.svg)", ""]
    parts += [
        f"![{_plain(one.goals[0].title)}](performance/{one.key}.svg)"
        for one in MEASUREMENTS
        if len(now["rows"].get(one.key, {}).get("points", [])) > 1
    ]
    for one in MEASUREMENTS:
        if one.key in now["rows"]:
            parts += ["", *_section(one.key, now["rows"][one.key])]
    return "\n".join(parts)


def _section(key: str, taken: Mapping[str, Any]) -> list[str]:
    parts = [f"### `{key}`", ""]
    runs = taken["runs"]
    if runs and "processor" in runs[0]:
        parts += ["| | processor | wall | memory |", "| --- | ---: | ---: | ---: |"]
        parts += [
            f"| {one['name']} | {one['processor']:.3f} s | {one['wall']:.3f} s | {one['memory'] / 1e6:.0f} MB |" for one in runs
        ]
        parts.append("")
    elif runs:
        parts += ["| repository | commit | files | parse | gclint | ratio |", "| --- | --- | ---: | ---: | ---: | ---: |"]
        parts += [
            f"| {one['name']} | `{one['commit'][:12]}` | {one['files']} | {one['parse']:.2f} s | {one['whole']:.2f} s |"
            f" {one['whole'] / one['parse'] if one['parse'] else 0:.2f} |"
            for one in runs
        ]
        parts.append("")
    return [*parts, f"{taken['note']} {taken['rounds']} rounds, load {taken['load']:.1f}.".strip()]


def _about(word: str, stored: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} {version}" for name, version in stored["versions"].items())
    return f"{word}: {stored['machine']}; {told}."


def _plain(title: str) -> str:
    return title.replace("`", "")


def _share(goal: Goal, value: float | None) -> float | None:
    return None if value is None else goal.share(value)
