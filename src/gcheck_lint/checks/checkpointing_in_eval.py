"""GCK304: a backward pass learns from a forward pass in eval mode, with checkpointing on. Evidence: S10, eval_backward."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.judgements.harmed_passes import passes_in_eval_mode
from gcheck_lint.remedies.lines import train_before
from gcheck_lint.story import Story


@check("GCK304", needs=CHECKPOINTING & TRAINING)
def checkpointing_in_eval(story: Story) -> Iterator[Finding]:
    """Checkpointing is on, and the forward pass that a backward pass learns from runs in eval mode."""
    for one in passes_in_eval_mode(story):
        places = Places(one.event.site)
        places.add(one.switches, "checkpointing is switched on here")
        places.add(one.subject.mode_sites("eval"), "this leaves it in eval mode")
        places.add([one.trained.site] if one.trained is not None else [], "the backward pass")
        yield found(
            one.event.site,
            f"`{one.name}` trains in eval mode, where its gradient checkpointing does nothing",
            one.outcome,
            one.verdict,
            places,
            label="computes the loss here, in eval mode",
            remedy="call `train()` on the model before the training, and again after each evaluation",
            fix=train_before(one.event),
        )
