"""GCK407: `gradient_checkpointing=False` switches nothing off. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINER, TRAINING
from gcheck_lint.judgements.left_on import left_on
from gcheck_lint.story import Story

_REMEDY = "call `gradient_checkpointing_disable()` on the model, or do not switch it on"


@check("GCK407", needs=TRAINING & TRAINER & CHECKPOINTING, once=True)
def checkpointing_not_switched_off(story: Story) -> Iterator[Finding]:
    """A trainer's arguments switch checkpointing off, but its model already has checkpointing on."""
    for one in left_on(story):
        message = f"`False` does not switch off the checkpointing of `{one.subject.name}`"
        yield (
            Finding.at(one.said, "set here", message, one.verdict)
            .place(one.switch, story.switch_label)
            .place(story.trainer_built(one.event.trainer), "passed to the trainer here")
            .place(one.event, "trained here")
            .remedy(_REMEDY)
        )
