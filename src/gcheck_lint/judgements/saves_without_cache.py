"""Saves after which a config on disk has the cache off, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.judgements.faults import Place
from gcheck_lint.judgements.restores import always_off, may_stay_off, settable, spoils_text
from gcheck_lint.remedies.lines import restore_before
from gcheck_lint.story.domain.events import CacheSwitched, Folders, Saved, Trained
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject, Told
from gcheck_lint.story.verdicts import When

_BOTH = "generation-cache-off-on-disk"
_BY_CLASS = "cache-off-on-disk-since-load-by-class"


def saves_without_cache(story: Story) -> Iterator[Place[Saved]]:
    """Each save after which what is on disk stays wrong."""
    for save in story.events_of(Saved):
        if not save.writes_config or save.in_training:
            continue
        harmed = harmed_by(story, save)

        def effect(holds: When, save: Saved = save, harmed: list[Subject] = harmed) -> str:
            return _effect(story, save, harmed, holds)

        verdict = story.judge(
            story.any(save, lambda subject: subject.trained),
            story.any(save, _written_off),
            maybe=story.any(save, _maybe_off),
            chosen=effect,
            event=save,
        )
        if verdict is None:
            continue
        offs = tuple(site for subject in harmed for site in subject.cache.written_sites(verdict.holds))
        goes_on = story.returns_to_training(save)
        fix = None
        if not story.comes_after(save, Trained, CacheSwitched):
            off, always = settable(story, off_at(story, save, harmed, verdict.holds)), always_off(story, save)
            spoils = "generation_config" in off and spoils_text(story, save)
            if not spoils or set(off) <= set(always):  # what is put back after the save spoils nothing
                goes_on |= spoils
                fix = restore_before(save, off, goes_on=goes_on, always_off=always)
        yield Place(save, verdict, offs, fix, lasts=not goes_on)


def off_at(story: Story, save: Saved, harmed: list[Subject], holds: When) -> list[str]:
    """The configs that a restore has to switch on: the generation_config too, where it may be off and text is made with it.

    A model with another head has none (it is None), so nothing can be set on it.
    """
    has_one = all(subject.cache.exists.possible and not subject.generates_nothing for subject in harmed)
    kept = _kept_off(story, save, holds).possible or may_stay_off(story, save)
    configs = list(dict.fromkeys(holder for subject in harmed for holder in _off_in(subject, holds))) or ["config"]
    return [*configs, "generation_config"] if has_one and kept else configs


def _off_in(subject: Subject, holds: When) -> list[str]:
    """The configs that are written with a model and have the cache off."""
    return [holder for holder in subject.cache.holders if (subject.here & subject.cache.off_in(holder) & holds).possible]


def harmed_by(story: Story, save: Saved) -> list[Subject]:
    """The models that it writes with the cache off; all of them where that is open."""
    return story.harmed(save, _written_off)


def _written_off(subject: Subject) -> When:
    return _saved(subject) & subject.cache.written_off & ~_on_in_later_save(subject)


def _on_in_later_save(subject: Subject) -> When:
    """A later save of a config, to what may be the same folder, has the cache on again."""
    story, event = subject.story, subject.event
    mine = event.folders if isinstance(event, Saved) else ()
    found = story.never()
    for save in story.events_of(Saved):
        if save.order > event.order and save.entry == event.entry and save.writes_config:
            for later in (Subject(story, save, state) for state in save.states):
                if later.state.model is subject.state.model and not later.state.adapter:
                    right = later.here & ~later.cache.written_off & ~later.cache.written_unknown
                    found |= right & ~_elsewhere(story, mine, save.folders)
    return found | subject.lost_later()


def _elsewhere(story: Told, ones: Folders, others: Folders) -> When:
    """When two saves surely go to different folders."""
    found = story.never()
    for case, one in ones:
        for other_case, other in others:
            if one is not None and other is not None and one.differs(other):
                found |= story.when(case) & story.when(other_case)
    return found


def _maybe_off(subject: Subject) -> When:
    return _saved(subject) & (subject.cache.written_off | subject.cache.written_unknown)


def _saved(subject: Subject) -> When:
    return subject.trained & subject.cache.may_exist & subject.cache.is_asked_for & ~subject.is_adapter


def _effect(story: Story, save: Saved, harmed: list[Subject], holds: When) -> str:
    """Whether generation_config.json is off as well, where that is what counts: surely, perhaps, or not."""
    if all(subject.generates_nothing for subject in harmed):
        return "cache-off-on-disk-of-classifier"
    kept = _kept_off(story, save, holds)
    if not kept.possible:
        return "cache-off-on-disk"
    by_class, old = (
        story.any(save, lambda subject: story.when(subject.model_state.handed_on)),
        story.affected("generate-without-cache"),
    )
    loaded_both_ways = (holds & by_class).possible and (holds & old & ~by_class).possible
    may_be_on = holds & ~old & ~kept
    if not may_be_on.possible and not loaded_both_ways:
        return _BOTH
    if loaded_both_ways or (may_be_on & ~by_class).possible:
        return "cache-off-on-disk-since-load"
    return _BY_CLASS if (holds & story.affected(_BY_CLASS)).possible else "cache-off-on-disk-since-load-to-file"


def _kept_off(story: Story, save: Saved, holds: When) -> When:
    """The generation_config has the cache off as well."""
    return story.any(save, lambda subject: subject.cache.off_in_generation_config) & holds
