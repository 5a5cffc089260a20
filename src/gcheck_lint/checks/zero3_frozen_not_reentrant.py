"""GCK309: ZeRO-3 empties frozen weights while checkpointing computes with them again. Evidence: read in DeepSpeed, and run."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING, said
from gcheck_lint.judgements.spread_trainings import sharded_trainings
from gcheck_lint.story import Story

ZERO = said("deepspeed") | said("DeepSpeedPlugin") | said("DeepSpeedStrategy") | said("deepspeed_plugin")


@check("GCK309", needs=TRAINING & CHECKPOINTING & ZERO, once=True)
def zero3_frozen_not_reentrant(story: Story) -> Iterator[Finding]:
    """An adapter is trained under DeepSpeed's ZeRO-3 with non-reentrant checkpointing."""
    for one in sharded_trainings(story):
        message = f"`{one.subject.name}` trains an adapter under ZeRO-3 with non-reentrant checkpointing"
        yield (
            Finding.at(one.switch, story.switch_label(one.switch), message, one.verdict)
            .place(one.site, "ZeRO-3 is selected here")
            .place(one.event, "trained here")
            .remedy(
                "pass `use_reentrant=True` and call `enable_input_require_grads()` on the model before it trains, "
                "or use DeepSpeed 0.19.3 or later"
            )
        )
