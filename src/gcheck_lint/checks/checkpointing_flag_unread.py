"""GCK406: an option asks for checkpointing, and nobody reads it. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING, said
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import OptionUnread, Trained

_REMEDY = "pass it on as `gradient_checkpointing`, or call `gradient_checkpointing_enable()` when it is set"


@check("GCK406", needs=TRAINING & CHECKPOINTING & said("add_argument"), once=True)
def checkpointing_flag_unread(story: Story) -> Iterator[Finding]:
    """A command-line option for checkpointing is never read, and a model trains without checkpointing."""
    for unread in story.events_of(OptionUnread):
        trainings = [one for one in story.events_of(Trained) if one.entry == unread.entry and one.order > unread.order]
        subjects = [subject for training in trainings for subject in story.subjects(training)]
        if any((one.here & ~one.checkpointing.off).possible for one in subjects):
            continue  # it may be on by other means
        for subject in subjects:
            if not subject.model_state.own_class:
                continue
            there = subject.here & story.when(unread.condition)
            verdict = story.judge(there, there & subject.checkpointing.off, "option-unread")
            if verdict is not None:
                message = f"`{unread.option}` is never read"
                yield (
                    Finding.at(unread.site, "defined here", message, verdict)
                    .place(subject.event, "trained here without checkpointing")
                    .remedy(_REMEDY)
                )
