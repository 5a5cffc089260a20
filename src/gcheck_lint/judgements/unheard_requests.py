"""Requests for checkpointing that nobody reads, and the trainings that run without it."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.events import CheckpointingAsked, Trained
from gcheck_lint.story.domain.values import GuardedUnion
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import When

_REJECTED = "load"


@dataclass(frozen=True, slots=True)
class Request:
    """Checkpointing asked for in vain: where and how, when that is so, and the trainings that run without it."""

    event: CheckpointingAsked
    effect: str
    harmed: When
    trainings: tuple[Site, ...]

    @property
    def site(self) -> Site:
        return self.event.site


def requests_in_vain(story: Story) -> Iterator[Request]:
    """Each request that a load rejects, or after which a training runs with checkpointing off."""
    for event in story.events_of(CheckpointingAsked):
        here = story.when(event.condition)
        if event.way == _REJECTED:
            if not event.guarded:
                yield Request(event, "load-rejects-checkpointing", here, ())
            continue
        without = story.never()
        trainings = []
        for training in story.events_of(Trained):
            if training.order < event.order or training.entry != event.entry:
                continue
            off = _without(story, training, event)
            if off.possible:
                without |= off
                trainings.append(training.site)
        if trainings:
            yield Request(event, "checkpointing-asked-in-vain", here & without, tuple(dict.fromkeys(trainings)))


def _without(story: Story, training: Trained, event: CheckpointingAsked) -> When:
    """When a training that the request was meant for runs with checkpointing off."""
    return story.any(training, lambda subject: _meant(event, subject) & subject.checkpointing.off)


def _meant(event: CheckpointingAsked, subject: Subject) -> When:
    """The request was for this model: for its config, or for the arguments of its trainer."""
    story = subject.story
    if event.arguments is None:
        meant = story.never()
        for state in event.states:
            if state.model is subject.state.model:
                meant |= story.when(state.condition)
        return meant
    training = subject.event
    trainer = training.trainer if isinstance(training, Trained) else None
    args = None if trainer is None else trainer.fields.get("args")
    cases = args.alternatives if isinstance(args, GuardedUnion) else ((None, args),)
    meant = story.never()
    for case, one in cases:
        if one is event.arguments:
            meant |= ~story.never() if case is None else story.when(case)
    return meant
