"""Which configs of a model a repair has to switch on at a save or a generation, so that none is left that keeps the cache off."""

from __future__ import annotations

from typing import Final

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Fix
from gcheck_lint.judgements.vain_restores import EFFECT, in_vain
from gcheck_lint.remedies.lines import eval_before, restore_before
from gcheck_lint.story.domain.events import CacheSwitched, Event, Generated, Saved
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import When

# the config that counts, and what is seen of a generation where it has the cache off
EFFECTS: Final = {"config": "generate-without-cache", "generation_config": "generate-without-generation-cache"}
_BOTH: Final = "generate-without-either-cache"


def effects_of(story: Story, generated: Generated) -> list[str]:
    """What is seen of a generation without the cache: where both configs have it off, no base decides about it."""
    if generated.is_brief:
        return ["generate-briefly-without-cache"]
    off = slow(story, generated, "config")

    def by_config_alone(subject: Subject) -> When:
        return subject.trained & subject.cache.off & ~story.when(subject.model_state.handed_on)

    on_elsewhere = story.any(generated, by_config_alone)
    by_config = EFFECTS["config"] if not off.possible or (off & on_elsewhere).possible else _BOTH
    return [by_config, EFFECTS["generation_config"]]


def slow(story: Story, generated: Generated, where: str, *, in_eval_mode: bool = False) -> When:
    """When a trained model generates with the cache off in this config, and nothing else decides about its cache.

    `in_eval_mode`: as if somebody had put it into eval mode.
    """

    def rule(subject: Subject) -> When:
        off = subject.cache.off if where == "config" else subject.cache.off_in_generation_config
        decides = story.not_given(generated.use_cache) & ~in_vain(subject)
        decides &= ~subject.has_own_methods & subject.cache.is_asked_for
        if not in_eval_mode:
            decides &= ~subject.generates_wrong(generated.use_cache)
        return subject.trained & subject.cache.may_exist & off & story.affected(EFFECTS[where]) & decides

    return story.any(generated, rule)


def off_at(story: Story, generated: Generated, holds: When, *, in_eval_mode: bool = False) -> list[str]:
    """The configs that have the cache off where it generates, of those that count or may count."""
    found = [where for where in EFFECTS if (slow(story, generated, where, in_eval_mode=in_eval_mode) & holds).possible]
    return found + ["generation_config"] * (found == ["config"] and may_stay_off(story, generated))


def may_stay_off(story: Story, event: Saved | Generated) -> bool:
    """Whether the generation_config of what has one may be off, where a switch on the config alone would be in vain."""

    def rule(subject: Subject) -> When:
        has_one = subject.trained & subject.cache.may_exist
        return has_one & subject.cache.off_in_generation_config & story.affected(EFFECT)

    generates = [subject for subject in story.subjects(event) if not subject.generates_nothing]
    return bool(generates) and story.any(event, rule).possible


def settable(story: Story, holders: list[str]) -> list[str]:
    """Those of some configs that a fix may name: where an old release is asked for that has no generation_config, not that."""
    has_one = knowledge.load().with_generation_config
    everywhere = not story.target.has_floor or all(has_one.contains(release) for release in story.target.releases())
    return [holder for holder in holders if everywhere or holder != "generation_config"]


def eval_with_cache(story: Story, generated: Generated, goes_on: bool) -> Fix | None:
    """Eval mode, and the cache on again where it would be off then; or eval mode alone where that can't be said."""
    off = settable(story, off_at(story, generated, ~story.never(), in_eval_mode=True))
    fix = None
    if off and not story.comes_after(generated, CacheSwitched):
        fix = restore_before(generated, off, goes_on=goes_on, training=True, always_off=always_off(story, generated))
    return fix or eval_before(generated, goes_on=goes_on)


def spoils_text(story: Story, event: Event) -> bool:
    """Whether text made later, now slow, would be wrong with the generation_config on: in train mode, under checkpointing."""

    def rule(subject: Subject, later: Generated) -> When:
        asked = story.not_given(later.use_cache) & subject.cache.off_in_generation_config & subject.cache.may_exist
        return subject.here & subject.mode.train & subject.checkpointing.on & asked

    return any(
        subject.is_also_of(event) and rule(subject, later).possible
        for later in story.events_of(Generated)
        if later.order > event.order and later.entry == event.entry
        for subject in story.subjects(later)
    )


def always_off(story: Story, event: Saved | Generated) -> list[str]:
    """The configs that have the cache off whenever a place is reached, so that it is switched off again after it."""
    paths = dict.fromkeys(path for subject in story.subjects(event) for path in subject.cache.holders)

    def stays_on(holder: str) -> When:
        return story.any(event, lambda subject: ~subject.cache.off_in(holder))

    return [holder for holder in (*paths, "generation_config") if stays_on(holder).never]
