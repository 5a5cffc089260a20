"""Trainings that run with checkpointing and the cache both on, asked once for the rules that tell them apart.

A run for which the user has switched the script's own checkpointing flag off is only possibly one of them: what still switches
checkpointing on there (PEFT's preparation of a quantised model) is not what its author meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.events import CheckpointingSwitched, Trained
from gcheck_lint.story.domain.releases import WorstOutcome
from gcheck_lint.story.domain.values import AbstractObject
from gcheck_lint.story.query import Story, Subject, Verdict, When, sure_first

_OUTCOME = "training-with-cache"


@dataclass(frozen=True, slots=True)
class Training:
    """A training that is harmed: how surely, on which versions, and the places that make it.

    `follows`: where checkpointing is on the cache never is off, so that turning the switch round puts it right.
    """

    story: Story
    event: Trained
    model: AbstractObject
    verdict: Verdict
    outcome: WorstOutcome
    switches: list[Site]
    forced: list[Site]
    follows: bool

    @property
    def name(self) -> str:
        """The model's class, as the script loads it."""
        return self.model.made_by or "the model"

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
        felt = story.affected(_OUTCOME) & ~story.when(event.passes_cache_off)
        for subject in story.subjects(event):
            cache = _forced(subject) if forced else subject.cache_as_loaded & _nothing_passed(subject)
            harmed = subject.checkpointing & subject.has_cache & subject.in_train_mode & cache & felt
            harmed &= ~subject.learns_by_prefix  # what carries the prefix is a cache: it must not be switched off
            verdict = story.judge(subject.here, harmed)
            outcome = None if verdict is None else story.worst_outcome(verdict, _OUTCOME)
            if verdict is None or outcome is None or not harmed.possible:
                continue
            switches = subject.switch_sites(verdict.holds)
            sites = story.sites_of(subject.state.cache, True, verdict.holds) or story.sites_of(
                event.forward_cache, True, verdict.holds
            )
            follows = not (subject.here & subject.checkpointing & subject.cache_off).possible
            judged = story.unless_off(verdict, "checkpointing")
            yield Training(story, event, subject.state.model, judged, outcome, switches, sites, follows)


def _passed(subject: Subject, wanted: object) -> When:
    event = subject.event
    assert isinstance(event, Trained)
    return subject.story.when(subject.story.value_is(event.forward_cache, (wanted,)))


def _nothing_passed(subject: Subject) -> When:
    """Neither the forward call nor the arguments say anything of the cache."""
    event = subject.event
    assert isinstance(event, Trained)
    return subject.story.not_given(event.forward_cache)


def _forced(subject: Subject) -> When:
    """The script has forced the cache on: in the config and nothing passed, or in the call itself."""
    return (subject.cache_forced_on & _nothing_passed(subject)) | _passed(subject, True)
