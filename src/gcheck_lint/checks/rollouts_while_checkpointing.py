"""GCK206: GRPO samples from its model in train mode with checkpointing on. Evidence: S6, S17, and the card."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import UNREAD, Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.domain.events import Trained

_REMEDY = (
    "use TRL 0.22 or later, which switches checkpointing off while sampling, or `use_vllm=True`, or train without checkpointing"
)


@check("GCK206", needs=TRAINING & CHECKPOINTING, once=True)
def rollouts_while_checkpointing(story: Story) -> Iterator[Finding]:
    """A TRL trainer generates training samples from its model while checkpointing is on."""
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            verdict = story.judge_model(subject, _samples_so, "rollouts-while-checkpointing", maybe=_may_sample_so(subject))
            switch = None if verdict is None else subject.checkpointing.site(verdict.holds)
            if verdict is None or switch is None:
                continue
            message = f"`{subject.name}` is sampled from in train mode with gradient checkpointing on"
            yield (
                Finding.at(switch, story.switch_label(switch), message, verdict.unless_off("checkpointing"))
                .place(story.trainer_built(event.trainer), "this trainer generates samples from the model")
                .place(subject.unread_sites(verdict.certainty), UNREAD)
                .place(event, "trained here on the samples")
                .remedy(_REMEDY)
            )


def _samples_so(subject: Subject) -> When:
    """Its layers drop the cache with which the trainer samples."""
    return _may_sample_so(subject) & subject.cache.exists & ~subject.is_unread & ~subject.cache.off_in_generation_config


def _may_sample_so(subject: Subject) -> When:
    event = subject.event
    assert isinstance(event, Trained)
    state = subject.checkpointing.on & subject.mode.train & subject.cache.may_exist & subject.checkpointing.drops_cache
    return state & subject.story.when(event.rollouts)
