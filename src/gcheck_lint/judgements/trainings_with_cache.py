"""Trainings that run with checkpointing and the cache both on, asked once for the rules that tell them apart.

A run for which the user has switched the script's own checkpointing flag off is only possibly one of them: what still switches
checkpointing on there (PEFT's preparation of a quantised model) is not what its author meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.events import CheckpointingSwitched, Trained
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, sure_first

_EFFECT = "training-with-cache"


@dataclass(frozen=True, slots=True)
class Training:
    """A training that is harmed: how surely, on which versions, and the places that make it.

    `follows`: where checkpointing is on the cache never is off, so that turning the switch round puts it right.
    """

    story: Story
    event: Trained
    subject: Subject
    verdict: Verdict
    switches: list[Site]
    forced: list[Site]
    follows: bool

    @property
    def name(self) -> str:
        return self.subject.name

    def switched_by_call(self) -> CheckpointingSwitched | None:
        """The first call that switched checkpointing on; None when a trainer's arguments did."""
        for site in self.switches:
            call = self.story.switched_by_call(site)
            if call is not None:
                return call
        return None

    def switched_by_arguments(self) -> Site | None:
        """The place of the trainer's argument that switched it on."""
        return next((site for site in self.switches if self.story.switched_by_call(site) is None), None)


def trainings_with_cache(story: Story, *, forced: bool) -> list[Training]:
    """Trainings with both on, the sure ones first. `forced`: the script itself says `use_cache=True`, else nobody does."""
    return sure_first(_trainings(story, forced=forced))


def _trainings(story: Story, *, forced: bool) -> Iterator[Training]:
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            cache = _forced(event, subject) if forced else _as_loaded(event, subject)
            harmed = subject.checkpointing.on & subject.mode.train & subject.checkpointing.gives_way
            harmed &= ~story.when(event.passes_cache_off)
            harmed &= ~subject.learning.by_prefix  # what carries the prefix is a cache: it must not be switched off
            maybe = harmed & subject.cache.may_exist & (cache | _perhaps_on(event, subject, forced=forced))
            harmed &= (subject.cache.exists | subject.cache.is_believed) & cache
            verdict = story.judge(subject.here, harmed, _EFFECT, maybe=maybe)
            if verdict is None:
                continue
            switches = subject.checkpointing.sites(verdict.holds)
            sites = subject.cache.sites(True, verdict.holds) or story.sites_of(event.forward_cache, True, verdict.holds)
            follows = not (subject.here & subject.checkpointing.on & subject.cache.off).possible
            yield Training(story, event, subject, verdict.unless_off("checkpointing"), switches, sites, follows)


def _perhaps_on(event: Trained, subject: Subject, *, forced: bool) -> When:
    """Nobody can tell what the config says, and nobody has passed anything; that the script has forced it is no guess."""
    return subject.story.never() if forced else subject.cache.unknown & subject.story.not_given(event.forward_cache)


def _as_loaded(event: Trained, subject: Subject) -> When:
    """Nobody says anything of the cache: neither the script, nor the forward call, nor the arguments."""
    return subject.cache.as_loaded & subject.story.not_given(event.forward_cache)


def _forced(event: Trained, subject: Subject) -> When:
    """The script has forced the cache on: in the config and nothing passed, or in the call itself."""
    story = subject.story
    return (subject.cache.forced_on & story.not_given(event.forward_cache)) | story.value_is(event.forward_cache, True)
