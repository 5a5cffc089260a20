"""GCK305: a forward pass in train mode with checkpointing on, and no gradients. Evidence: S10, forward_without_grad."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED, GRAD_MODE
from gcheck_lint.judgements.harmed_passes import goes_on, passes_without_gradients
from gcheck_lint.remedies.lines import eval_around
from gcheck_lint.story import Story
from gcheck_lint.story.domain.model_state import ModelMode


@check("GCK305", needs=CHECKPOINTED & GRAD_MODE)
def checkpointing_without_grad(story: Story) -> Iterator[Finding]:
    """A model in train mode with checkpointing on runs under `no_grad()` or `inference_mode()`."""
    for one in passes_without_gradients(story):
        message = f"`{one.name}` computes in train mode without gradients while gradient checkpointing is on"
        yield (
            Finding.at(one.event.site, "computes here", message, one.verdict)
            .place(one.switches, story.switch_label)
            .place(one.subject.mode.sites(ModelMode.TRAIN), "this leaves it in train mode")
            .place(one.event.scope, "gradients are off from here")
            .remedy(
                "call `eval()` on the model before, and `train()` where the training continues",
                eval_around(one.event, goes_on=goes_on(story, one.event)),
            )
        )
