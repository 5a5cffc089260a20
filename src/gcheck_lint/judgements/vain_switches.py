"""Switches of the cache that do nothing for the model that trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.judgements.trainings_with_cache import Training, trainings_with_cache
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.remedies.lines import is_made_of_others
from gcheck_lint.story.domain.events import CacheSwitched, Ineffective, Loaded, Saved, Trained
from gcheck_lint.story.domain.facets import Copied
from gcheck_lint.story.query import Story
from gcheck_lint.story.verdicts import When

BESIDE_THE_PART: Final = "the text part reads another config"


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch without effect: where, why, when, and the trainings that it was meant for.

    `composite`: its model keeps the switch that counts in a config within its config, `missed`: and is trained so.
    """

    site: Site
    why: str
    reached: When
    trainings: tuple[Site, ...] = ()
    composite: bool = False
    missed: Training | None = None


def switches_without_effect(story: Story) -> Iterator[Switch]:
    """Each such switch once."""
    told: set[Site] = set()
    for switch in (*_told_as_such(story), *_beside_the_training(story)):
        if switch.site not in told:
            told.add(switch.site)
            yield switch


def _told_as_such(story: Story) -> Iterator[Switch]:
    for event in story.events_of(Ineffective):
        yield Switch(event.site, event.why, story.when(event.condition), composite=is_made_of_others(event))


def _beside_the_training(story: Story) -> Iterator[Switch]:
    """Only where a training surely runs with the cache on: then the author has missed."""
    if story.has_lost():
        return  # what was given up may be what the switch was for
    missed = [training for training in trainings_with_cache(story, forced=False) if training.verdict.certainty is Certainty.SURE]
    for event in story.events_of(CacheSwitched):
        set_here = event.site in story.sites_of(event.value, False, story.when(event.condition))
        if not set_here or event.how != "config":
            continue  # what was kept is put back
        for training in missed:
            if event in training.switched_elsewhere():
                reached = story.when(event.condition) & training.verdict.holds
                yield Switch(event.site, BESIDE_THE_PART, reached, (training.event.site,), composite=True, missed=training)
                continue
            why = _why_missed(story, event, training)
            if why:
                yield Switch(event.site, why, story.when(event.condition), (training.event.site,))


def _why_missed(story: Story, event: CacheSwitched, training: Training) -> str:
    models = [state.model for state in event.states]
    model = training.subject.state.model
    if model in models and event.order > training.event.order:
        return "" if story.trained_later(event, model) else "after the training"
    if event.order > training.event.order or event.config is None or event.entry not in (0, training.event.entry):
        return ""
    if not models:
        copied = event.config.facet(Copied)
        used_later = copied is not None and copied.order > event.order
        owned = used_later or any(event.config is one for one in story.owned_configs())
        return "" if owned or event.config.kind is not Kind.CONFIG else "no model uses it"
    used = any(state.model in models for later in story.events if isinstance(later, (Trained, Saved)) for state in later.states)
    return "no model uses it" if not used and _is_rebound(story, event, training) else ""


def _is_rebound(story: Story, event: CacheSwitched, training: Training) -> bool:
    """Whether the name under which the switch was set was bound to the model that trains afterwards."""
    switched = event.site.root_name
    for loaded in story.events_of(Loaded):
        if any(state.model is training.subject.state.model for state in loaded.states) and loaded.order > event.order:
            return switched in loaded.site.bound_names
    return False
