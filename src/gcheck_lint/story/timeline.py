"""`gclint story FILE`: line, object, event, the state after it, and the condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import TRUE
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
    Saved,
    Trained,
    TrainerBuilt,
    Wrapped,
)
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
    names: dict[object, str] = {}
    for event in story.events:
        states = event.states
        who = (
            ", ".join(
                dict.fromkeys(
                    names.setdefault(state.model, f"{state.model.made_by or 'model'} #{len(names) + 1}") for state in states
                )
            )
            or "-"
        )
        after = " | ".join(dict.fromkeys(state_text(state) for state in states))
        yield Moment(event.site, who, _words(event), after, _condition(story, event))


def render(story: Story) -> str:
    """The timeline as text, one line an event."""
    rows: list[tuple[str, str, str, str, str]] = []
    last: tuple[str, ...] = ()
    for moment in moments(story):
        row = (moment.site.where, moment.who, moment.told, moment.after, moment.condition)
        if row != last:
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


def _given_up(story: Story) -> list[str]:
    """What was not followed to its end, each once with its reason and how often."""
    if not story.cuts:
        return []
    counted = Counter((cut.site.where, cut.what, cut.why) for cut in story.cuts)
    rows = [
        f"  line {where}: {what} has {why}" + (f" ({times} times)" if times > 1 else "")
        for (where, what, why), times in counted.items()
    ]
    return ["", "not followed to the end, so nothing is said of what it may do:", *rows]


def _condition(story: Story, event: Event) -> str:
    if event.condition == TRUE:
        return ""
    name = story.entry_points[event.entry]
    needed = story.conditions.needs(event.condition)
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
    if isinstance(event, CallCheckpointed):
        return "a call is checkpointed, reentrantly or not"
    if isinstance(event, LayersCheckpointed):
        return "layers of the script are checkpointed"
    if isinstance(event, CheckpointingAsked):
        return f"checkpointing asked for in vain: {event.way}"
    return event.told
