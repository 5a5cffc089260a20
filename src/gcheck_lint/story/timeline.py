"""`gclint story FILE`: line, object, event, the state after it, and the condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import TRUE, TooComplex
from gcheck_lint.story.domain.events import (
    CacheSwitched,
    CallCheckpointed,
    CheckpointingAsked,
    CheckpointingSwitched,
    Evaluated,
    Event,
    Forwarded,
    Generated,
    GenerationConfigSaved,
    Ineffective,
    LayersCheckpointed,
    Loaded,
    Lost,
    ModeSet,
    NameUsed,
    NotFollowed,
    Raised,
    Saved,
    Trained,
    TrainerBuilt,
    Wrapped,
)
from gcheck_lint.story.domain.values import AbstractObject
from gcheck_lint.story.interpreter.reveal import state_text, word
from gcheck_lint.story.query import Story


@dataclass(frozen=True, slots=True)
class Moment:
    """One event in words: what happens to whom, the state after it, and the condition (empty: always)."""

    site: Site
    who: str
    told: str
    after: str
    condition: str


def moments(story: Story) -> Iterator[Moment]:
    """The events in words, in the order they run."""
    story.make_room()
    names = _names(story)
    for event in story.events:
        after = " | ".join(dict.fromkeys(state_text(state) for state in event.states))
        yield Moment(event.site, _who(names, event) or "-", _words(event), after, _condition(story, event))


def _names(story: Story) -> dict[AbstractObject, str]:
    """What each model is called: by its class, and a number in the order in which something happens to it."""
    models = dict.fromkeys(state.model for event in story.events for state in event.states)
    return {model: f"{model.made_by or 'model'} #{number}" for number, model in enumerate(models, 1)}


def _who(names: dict[AbstractObject, str], event: Event) -> str:
    """The models that an event is about."""
    return ", ".join(dict.fromkeys(names[state.model] for state in event.states))


def render(story: Story) -> str:
    """The timeline as text, one line an event. What was given up comes last, and only there if it gets no model."""
    rows: list[tuple[str, str, str, str, str]] = []
    last: tuple[str, ...] = ()
    for event, moment in zip(story.events, moments(story), strict=True):
        row = (moment.site.where, moment.who, moment.told, moment.after, moment.condition)
        if row != last and (event.states or not isinstance(event, Lost)):
            rows.append(row)
        last = row
    if not rows:
        return "\n".join(["nothing happens to a model here", *_given_up(story)])
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row in rows:
        text = f"{row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]:<{widths[3]}}"
        lines.append(f"{text}  {row[4]}".rstrip())
    return "\n".join([*lines, *_given_up(story)])


_REASONS = {
    "too many cases": "its conditions can come together in more ways than are followed; fewer of them in one function help",
    "too many steps": "it runs through more statements and expressions than are followed; smaller parts help",
}
_CODE = 90  # characters of a statement that are shown


def _given_up(story: Story) -> list[str]:
    """What was not followed to its end: each part once, with the models that it can reach, and what the reasons mean."""
    if not story.cuts:
        return []
    names = _names(story)
    reached: dict[str, dict[str, None]] = {}
    for event in story.events_of(Lost):
        if event.states:
            reached.setdefault(_part(event.site, event.what), {})[_who(names, event)] = None
    times = Counter(_part(cut.site, cut.what) for cut in story.cuts)
    whys = {
        _part(cut.site, cut.what): cut.why for cut in reversed(story.cuts)
    }  # of the first time; later ones are given up on sight
    lines = ["", "too tangled to be followed to the end, so it is not known what may happen in these parts:"]
    for part, count in times.items():
        models = ", ".join(reached.get(part, ()))
        after = f"; what it may do to {models} is unknown" if models else ""
        lines.append(f"  {part}: {whys[part]}{f' ({count} times)' if count > 1 else ''}{after}")
    if any(part not in reached for part in times):
        lines.append(f"  {'the others' if reached else 'they'} can reach none of the models above")
    lines += ["", *(f"{why}: {_REASONS[why]}" for why in dict.fromkeys(whys[part] for part in times))]
    return [*lines, "All else was followed. `gclint --possible` shows what may be; docs/story-limits.md has the limits."]


def _part(site: Site, what: str) -> str:
    """A part that was given up: where it begins, and what it is. A statement is shown."""
    inner = site.inner
    place = f"line {site.where}" + (f" ({Path(inner.path).name} line {inner.where})" if inner is not None else "")
    if what != "a statement":
        return f"{place}, {what.rstrip(',')}"
    start, end = site.module.header(site.node)
    code = " ".join(site.module.source.text[start:end].split())
    return f"{place}, `{code if len(code) <= _CODE else f'{code[:_CODE].rstrip()}…'}`"


def _condition(story: Story, event: Event) -> str:
    if event.condition == TRUE:
        return ""
    name = story.entry_points[event.entry]
    try:
        needed = story.conditions.needs(event.condition)
    except TooComplex:
        needed = []  # the story itself has needed all the room that there is
    parts = [f"`{name}` is called"] * bool(name)
    parts += [symbol.text if value else symbol.negated for symbol, value in needed if symbol.text]
    return "when " + " and ".join(parts[:3]) if parts else "in some cases"


def _words(event: Event) -> str:
    if isinstance(event, Loaded):
        return f"loaded ({event.source})"
    if isinstance(event, CacheSwitched):
        return f"{word('cache', event.value)} ({event.how})"
    if isinstance(event, CheckpointingSwitched):
        return word("checkpointing", event.on)
    if isinstance(event, ModeSet):
        return word("mode", event.mode)
    if isinstance(event, Wrapped):
        return f"seen as {event.into}"
    if isinstance(event, TrainerBuilt):
        return "given to a trainer"
    if isinstance(event, Forwarded):
        return "computes without gradients" if event.without_grad == TRUE else "computes"
    if isinstance(event, Trained):
        return "trained"
    if isinstance(event, Evaluated):
        return "evaluated"
    if isinstance(event, Saved):
        return f"saved ({event.how})"
    if isinstance(event, Generated):
        return f"generates ({event.how})"
    if isinstance(event, Ineffective):
        return f"no effect: {event.why}"
    if isinstance(event, NameUsed):
        return f"uses `{event.name.name}`"
    if isinstance(event, GenerationConfigSaved):
        return "generation_config saved"
    if isinstance(event, Lost):
        return f"{event.what} is given up: {event.why}"
    if isinstance(event, NotFollowed):
        return f"`{event.what}` is not followed: {event.why}"
    if isinstance(event, Raised):
        return f"raises {event.why}"
    if isinstance(event, CallCheckpointed):
        return "a call is checkpointed, reentrantly or not"
    if isinstance(event, LayersCheckpointed):
        return "layers of the script are checkpointed"
    if isinstance(event, CheckpointingAsked):
        return f"checkpointing asked for in vain: {event.way}"
    return event.told
