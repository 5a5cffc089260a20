"""Restores of the cache on a config that generation does not ask: what it asks, the generation_config, keeps it off."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.events import CacheSwitched, Event, Generated, GenerationConfigSaved, Saved
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject, Told
from gcheck_lint.story.verdicts import When

EFFECT = "restore-without-effect"


@dataclass(frozen=True, slots=True)
class Restore:
    """A switch that is meant to bring the cache back, and the saves and generations of that model that show that it does not."""

    event: CacheSwitched
    harmed: When
    shown: tuple[Event, ...]
    offs: tuple[Site, ...]


def restores_in_vain(story: Story) -> Iterator[Restore]:
    """Each restore after which the model is saved, or generates, with its generation_config off."""
    for event in story.events_of(CacheSwitched):
        if story.value_is(event.value, True).never or not event.states:
            continue
        harmed = story.never()
        shown: list[Event] = []
        offs: list[Site] = []
        for later in (*story.events_of(Generated), *story.events_of(Saved)):
            for subject in story.subjects(later):
                case = in_vain(subject) if _is_of(story, event, subject) else story.never()
                if case.possible:
                    harmed |= case
                    shown.append(later)
                    offs += subject.cache.sites_in_generation_config(False, case)
        if shown:
            yield Restore(event, harmed, tuple(shown), tuple(dict.fromkeys(offs)))


def in_vain(subject: Subject) -> When:
    """The model has its config's cache on again, and generates or is saved with that of its generation_config off."""
    story, event = subject.story, subject.event
    if subject.generates_nothing:
        return story.never()  # it has no generation_config
    cache = subject.cache
    felt = subject.here & subject.trained & cache.may_exist & cache.forced_on & cache.off_in_generation_config
    felt &= cache.is_asked_for
    if isinstance(event, Generated):
        if event.uses_no_cache:
            return story.never()
        felt &= story.not_given(event.use_cache) & ~subject.generates_wrong(event.use_cache)
    if isinstance(event, Saved) and (subject.state.adapter or event.in_training or not event.writes_config):
        return story.never()
    if isinstance(event, Saved) and event.how.startswith("config."):
        return story.never()  # the config alone: whoever loads it makes a generation_config of it
    if isinstance(event, Saved):
        for later in story.events_of(GenerationConfigSaved):
            if later.order > event.order and later.entry == event.entry:
                felt &= ~story.when(later.condition)
        felt &= ~subject.lost_later()
    return felt & story.affected(EFFECT) & _after_switched_off(subject)


def _after_switched_off(subject: Subject) -> When:
    """A restore: what has the config on now came after its generation_config went off."""
    story = subject.story
    found = story.never()
    for switch in story.events_of(CacheSwitched):
        if _is_of(story, switch, subject):
            for state in switch.states:
                if state.model is subject.state.model:
                    found |= story.when(state.condition) & story.value_is(state.generation_cache, False)
    return found


def _is_of(story: Told, switch: CacheSwitched, subject: Subject) -> bool:
    """Whether a switch is what has this model's config on at this moment."""
    config = switch.config
    if config is None or config.kind is not Kind.CONFIG:
        return False
    if switch.order > subject.event.order or switch.entry != subject.event.entry:
        return False
    sites = subject.cache.sites(True, subject.here)
    return switch.site in sites and subject.is_also_of(switch)
