"""GCK304: a backward pass learns from a forward pass in eval mode, with checkpointing on. Evidence: S10, eval_backward."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.judgements.harmed_passes import passes_in_eval_mode
from gcheck_lint.remedies.lines import train_before
from gcheck_lint.story import Story
from gcheck_lint.story.domain.model_state import ModelMode


@check("GCK304", needs=CHECKPOINTING & TRAINING)
def checkpointing_in_eval(story: Story) -> Iterator[Finding]:
    """Checkpointing is on, but the forward pass before a backward pass runs in eval mode."""
    for one in passes_in_eval_mode(story):
        message = f"`{one.name}` trains in eval mode, where its gradient checkpointing does nothing"
        yield (
            Finding.at(one.event.site, "computes the loss here, in eval mode", message, one.verdict)
            .place(one.switches, story.switch_label)
            .place(one.subject.mode.sites(ModelMode.EVAL), "this leaves it in eval mode")
            .place(one.trained, "the backward pass")
            .remedy(
                "call `train()` on the model before the training, and again after each evaluation",
                train_before(one.event),
            )
        )
