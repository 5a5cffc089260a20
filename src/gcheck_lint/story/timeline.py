"""The story in words: where, to whom, what happens, the state after it, and the condition; and what was given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.call_events import CallCheckpointed, CallsLearned, GradientsAsked
from gcheck_lint.story.domain.conditions import TRUE, TooComplex
from gcheck_lint.story.domain.events import (
    CacheRefused,
    CacheSwitched,
    CheckpointedTwice,
    CheckpointingAsked,
    CheckpointingSwitched,
    Evaluated,
    Event,
    Forwarded,
    Generated,
    GenerationConfigSaved,
    Ineffective,
    LayersCheckpointed,
    LayersRecomputed,
    Loaded,
    Lost,
    ModeSet,
    NameUsed,
    NotFollowed,
    OptionUnread,
    OwnSwitchAsked,
    Raised,
    Saved,
    SectionAsked,
    State,
    SwitchedOnWrapper,
    Trained,
    TrainerBuilt,
    Wrapped,
)
from gcheck_lint.story.domain.values import AbstractObject, Constant
from gcheck_lint.story.domain.wording import in_words
from gcheck_lint.story.interpreter.reveal import state_text, word
from gcheck_lint.story.query import Story


@dataclass(frozen=True, slots=True)
class Moment:
    """One event in words: what happens to whom, the state after it, and the condition (empty: always).

    `kind` is the event's own name, `models` are the names of those that it happens to, each with its state.
    """

    site: Site
    kind: str
    who: str
    told: str
    after: str
    condition: str
    models: Mapping[str, tuple[State, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was given up: where, what (empty: a statement), why, how often, and the models that it can reach."""

    site: Site
    what: str
    why: str
    times: int
    models: tuple[str, ...]


def moments(story: Story) -> Iterator[Moment]:
    """The events in words, in the order they run."""
    story.make_room()
    names = _names(story)
    for event in story.events:
        models: dict[str, tuple[State, ...]] = {}
        for state in event.states:
            models[names[state.model]] = (*models.get(names[state.model], ()), state)
        told, condition = _words(event), _condition(story, event)
        yield Moment(
            event.site, type(event).__name__, ", ".join(models) or "-", told, state_texts(event.states), condition, models
        )


def state_texts(states: Iterable[State]) -> str:
    """Each state that there may be, once."""
    return " | ".join(dict.fromkeys(map(state_text, states)))


def _names(story: Story) -> dict[AbstractObject, str]:
    """What each model is called: by its class, and a number in the order in which something happens to it."""
    models = dict.fromkeys(state.model for event in story.events for state in event.states)
    return {model: f"{model.made_by or 'model'} #{number}" for number, model in enumerate(models, 1)}


def given_up(story: Story) -> list[Part]:
    """What was not followed to its end: each part once."""
    names = _names(story)
    reached: dict[tuple[object, ...], dict[str, None]] = {}
    for event in story.events_of(Lost):
        models = (names[state.model] for state in event.states)
        reached.setdefault(_part(event.site, event.what), {}).update(dict.fromkeys(models))
    times = Counter(_part(cut.site, cut.what) for cut in story.cuts)
    # of the first time; later ones are given up on sight
    firsts = {_part(cut.site, cut.what): cut for cut in reversed(story.cuts)}
    return [
        Part(firsts[part].site, _what(firsts[part].what), firsts[part].why, count, tuple(reached.get(part, ())))
        for part, count in times.items()
    ]


def _what(what: str) -> str:
    return "" if what == "a statement" else what.rstrip(",")


def _part(site: Site, what: str) -> tuple[object, ...]:
    """What is one part to a reader: a place of the script, a place elsewhere, and what stands there."""
    inner = site.inner
    return site.path, site.span, None if inner is None else (inner.path, inner.span), _what(what)


def _condition(story: Story, event: Event) -> str:
    if event.condition == TRUE:
        return ""
    name = story.entry_points[event.entry]
    try:
        needed = story.conditions.needs(event.condition)
    except TooComplex:
        needed = []  # the story itself has needed all the room that there is
    parts = [f"`{name}` is called"] * bool(name)
    parts += in_words((symbol, value) for symbol, value in needed if symbol.text)
    if parts:
        return "when " + " and ".join(parts[:3])
    try:
        one_way = story.conditions.explanation(event.condition)
    except TooComplex:
        one_way = []
    parts = in_words((symbol, value) for symbol, value in one_way if symbol.text)
    return "such as when " + " and ".join(parts[:3]) if parts else "in some cases"


def _kind_of_checkpoint(event: CallCheckpointed) -> str:
    said = event.reentrant.value if isinstance(event.reentrant, Constant) else None
    return "reentrantly" if said is True else "not reentrantly" if said is False else "reentrantly or not"


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
        return "passed to a trainer"
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
        return f"a call is checkpointed, {_kind_of_checkpoint(event)}"
    if isinstance(event, CallsLearned):
        return "backward pass through checkpointed calls"
    if isinstance(event, GradientsAsked):
        return "gradients computed with respect to its inputs"
    if isinstance(event, LayersCheckpointed):
        return "layers of the script are checkpointed"
    if isinstance(event, LayersRecomputed):
        return "its layers are run again in each backward pass"
    if isinstance(event, SectionAsked):
        return "DeepSpeed's checkpointing section is not used"
    if isinstance(event, CheckpointedTwice):
        return "checkpointing requested in two ways"
    if isinstance(event, SwitchedOnWrapper):
        return f"`{event.wrapper}` has no `{event.method}`"
    if isinstance(event, CacheRefused):
        return f"`{event.cls}` does not accept `use_cache`"
    if isinstance(event, OptionUnread):
        return f"`{event.option}` is never read here"
    if isinstance(event, OwnSwitchAsked):
        return f"its own `{event.method}` gets more arguments than it accepts"
    if isinstance(event, CheckpointingAsked):
        return f"checkpointing requested without effect: {event.way}"
    return event.told
