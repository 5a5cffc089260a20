"""GCK302: all that is trained lies in layers that a reentrant checkpoint cuts off: the backward raises. Evidence: S9."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import UNREAD, Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.judgements.cut_off_layers import cut_trainings
from gcheck_lint.story import Story


@check("GCK302", needs=TRAINING & CHECKPOINTING)
def frozen_reentrant(story: Story) -> Iterator[Finding]:
    """LoRA or a frozen base model with reentrant checkpointing, and the inputs of the layers require no gradient."""
    for cut in cut_trainings(story, raising=True):
        message = f"`{cut.name}` only trains weights in layers that reentrant checkpointing cuts off from the loss"
        yield (
            Finding.at(cut.site, story.switch_label(cut.site), message, cut.verdict)
            .place(cut.subject.unread_sites(cut.verdict.certainty), UNREAD)
            .place(cut.built, "passed to the trainer here")
            .place(cut.event, "trained here")
            .remedy(
                cut.remedy,
                cut.fix(),
            )
        )
