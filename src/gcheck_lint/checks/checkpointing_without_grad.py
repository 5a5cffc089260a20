"""GCK305: a forward pass in train mode with checkpointing on, and no gradients. Evidence: S10, forward_without_grad."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTED, GRAD_MODE
from gcheck_lint.judgements.harmed_passes import goes_on, passes_without_gradients
from gcheck_lint.remedies.lines import eval_around
from gcheck_lint.story import Story


@check("GCK305", needs=CHECKPOINTED & GRAD_MODE)
def checkpointing_without_grad(story: Story) -> Iterator[Finding]:
    """A model in train mode with checkpointing on computes under `no_grad()` or `inference_mode()`."""
    for one in passes_without_gradients(story):
        places = Places(one.event.site)
        places.add(one.switches, "checkpointing is switched on here")
        places.add(one.subject.mode_sites("train"), "this leaves it in train mode")
        places.add([one.event.scope] if one.event.scope is not None else [], "gradients are off from here")
        yield found(
            one.event.site,
            f"`{one.name}` computes in train mode without gradients while gradient checkpointing is on",
            one.outcome,
            one.verdict,
            places,
            label="computes here",
            remedy="call `eval()` on the model before, and `train()` where the training goes on",
            fix=eval_around(one.event, goes_on=goes_on(story, one.event)),
        )
