"""`gclint story` as text and as JSON: for each model what happens to it, where, and the state it is in afterwards.

What happens in another module is told with its own place, not with that of the call which leads there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from gcheck_lint import story as stories
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.records import dataclass
from gcheck_lint.report import jsons
from gcheck_lint.story import Moment, Part, Site, Story
from gcheck_lint.story.domain.events import State
from gcheck_lint.story.interpreter.reveal import state_words
from gcheck_lint.text.notebook import Program

NO_MODEL: Final = "no model"  # the heading above what happens to none
_REASONS: Final = {
    "too many cases": "its conditions combine in more ways than gclint follows; use fewer conditions in one function",
    "too many steps": "it runs more statements and expressions than gclint follows; split it into smaller parts",
}
_CODE: Final = 90  # characters of a statement that are shown


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one file: its story, or why there is none. `findings`: those that a picture marks."""

    path: str
    story: Story | None
    problem: str = ""
    findings: tuple[Diagnostic, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing happens there, and nothing was given up or left out."""
        return self.story is not None and not (self.story.events or self.story.cuts or any(_broken(self.story)))


def text(told: Sequence[Told]) -> str:
    """The stories of several files, each with the file's name above it."""
    return "\n\n\n".join(f"{one.path}\n\n{render(one.story)}" for one in told if one.story is not None)


def json(told: Sequence[Told]) -> str:
    """A JSON array with an object for each file."""
    return jsons.dumps([_file(one) for one in told], indent=2) + "\n"


# --- as text -------------------------------------------------------------------------------------------------------------------


def render(story: Story) -> str:
    """The timeline of each model, one line an event. What was given up comes last, and only there if it gets no model."""
    groups: dict[str, list[tuple[str, str, str, str]]] = {}
    for moment in stories.moments(story):
        if not moment.models and moment.kind != "Lost":
            _add(groups.setdefault(NO_MODEL, []), story, moment, "")
        for name, states in moment.models.items():
            _add(groups.setdefault(name, []), story, moment, stories.state_texts(states))
    if NO_MODEL in groups:
        groups[NO_MODEL] = groups.pop(NO_MODEL)
    rows = [row for group in groups.values() for row in group]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines: list[str] = []
    for name, group in groups.items():
        lines += ["", name] if lines else [name]
        for where, what, after, condition in group:
            lines.append(f"  {where:>{widths[0]}}  {what:<{widths[1]}}  {after:<{widths[2]}}  {condition}".rstrip())
    return "\n".join([*(lines or ["no model is used here"]), *_given_up(story), *_left_out(story)])


def endings(story: Story) -> list[str]:
    """What was given up or left out, line by line."""
    return [line.strip() for line in (*_given_up(story), *_left_out(story)) if line.strip()]


def _add(group: list[tuple[str, str, str, str]], story: Story, moment: Moment, after: str) -> None:
    row = (where(moment.site, story), moment.told, after, moment.condition)
    if group and group[-1] == row:  # the second round of a loop
        return
    at = len(group)
    while moment.kind == "Loaded" and at > 0 and group[at - 1][0] == row[0]:  # what a load says of the cache comes behind it
        at -= 1
    group.insert(at, row)


def where(site: Site, story: Story) -> str:
    """A place's own line, with its file where that is another one, as it is seen from the script."""
    own = site.inner or site
    if own.module is story.module:
        return own.where
    name = os.path.relpath(own.path, os.path.dirname(_absolute(story.module.path)))  # noqa: PTH120 - no `..` is resolved
    return f"{name}:{own.where}"


def _given_up(story: Story) -> list[str]:
    """What was not followed to its end: each part once, with the models that it can reach, and what the reasons mean."""
    parts = stories.given_up(story)
    if not parts:
        return []
    lines = ["", "too complex to follow to the end; the effects of these parts are unknown:"]
    for part in parts:
        after = f"; its effect on {', '.join(part.models)} is unknown" if part.models else ""
        times = f" ({part.times} times)" if part.times > 1 else ""
        lines.append(f"  {_named(part)}: {part.why}{times}{after}")
    if any(not part.models for part in parts):
        lines.append(f"  {'the others' if any(part.models for part in parts) else 'they'} cannot reach any of the models above")
    lines += ["", *(f"{why}: {_REASONS[why]}" for why in dict.fromkeys(part.why for part in parts))]
    return [
        *lines,
        "Everything else was followed. `gclint --possible` shows possible findings; docs/story-limits.md lists the limits.",
    ]


def _named(part: Part) -> str:
    """A part that was given up: where it begins, and what it is. A statement is shown."""
    inner, where = part.site.inner, part.site.where
    place = f"line {where}" if where.isdecimal() else where
    there = "" if inner is None else f" ({Path(inner.path).name} line {inner.where})"
    return f"{place}{there}, {part.what or f'`{_code(part.site)}`'}"


def _code(site: Site) -> str:
    start, end = site.module.header(site.node)
    code = " ".join(site.module.source.text[start:end].split())
    return code if len(code) <= _CODE else f"{code[:_CODE].rstrip()}…"


def _left_out(story: Story) -> list[str]:
    return [f"\ncell {number} cannot be parsed, so it was skipped: {why}" for number, why in _broken(story)]


def _broken(story: Story) -> Iterator[tuple[int, str]]:
    source = story.module.source
    if isinstance(source, Program):
        yield from ((one.cell, one.message) for one in source.notebook.broken)


# --- as JSON -------------------------------------------------------------------------------------------------------------------


def _file(told: Told) -> dict[str, Any]:
    name = _absolute(told.path)
    if told.story is None:
        return {"filename": name, "problem": told.problem}
    story = told.story
    happened = list(stories.moments(story))
    return {
        "filename": name,
        "problem": None,
        "models": list(dict.fromkeys(model for moment in happened for model in moment.models)),
        "events": [_event(moment) for moment in happened],
        "given_up": [
            {**_place(part.site), "what": part.what or _code(part.site), "why": part.why, "times": part.times}
            | {"models": list(part.models)}
            for part in stories.given_up(story)
        ],
        "left_out_cells": [{"cell": number, "why": why} for number, why in _broken(story)],
    }


def _event(moment: Moment) -> dict[str, Any]:
    models = [{"name": name, **state_words(state)} for name, states in moment.models.items() for state in _once(states)]
    told = {"kind": moment.kind, "event": moment.told, "models": models, "condition": moment.condition}
    return {**_place(moment.site), "called_from": _place(moment.site, caller=True) if moment.site.inner else None, **told}


def _once(states: Sequence[State]) -> list[State]:
    """States that read alike once."""
    return list({tuple(state_words(state).items()): state for state in states}.values())


def _place(site: Site, caller: bool = False) -> dict[str, Any]:
    own = site if caller else site.inner or site
    source, span, cell, count = own.module.source, own.span, None, None
    if isinstance(source, Program):
        cell, span = source.notebook.within(span)
        count = source.notebook.cell(cell).count
    return {
        "filename": _absolute(own.path),
        "cell": cell,
        "execution_count": count,
        "location": {"row": span.start.row, "column": span.start.column},
        "end_location": {"row": span.end.row, "column": span.end.column},
    }


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps `..`
