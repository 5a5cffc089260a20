"""GCK311: a reentrant checkpoint is fed data, which needs no gradient. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED_CALL, TRAINING
from gcheck_lint.judgements.own_checkpoints import is_reentrant, judge_learned, learned_calls
from gcheck_lint.remedies.arguments import say_of_call
from gcheck_lint.story import Story


@check("GCK311", needs=CHECKPOINTED_CALL & TRAINING, once=True)
def starved_checkpoint(story: Story) -> Iterator[Finding]:
    """The inputs of a reentrant checkpoint require no gradient, so the weights in it get none."""
    for call, learned, reached in learned_calls(story):
        if not call.starved:
            continue
        harmed = is_reentrant(story, call) & ~story.when(call.without_grad)
        verdict = judge_learned(story, call, reached, harmed, "starved-checkpoint")
        if verdict is None:
            continue
        message = "no input of a reentrant checkpoint requires a gradient"
        yield (
            Finding.at(call.site, "none of its inputs requires a gradient", message, verdict)
            .place(learned, "the backward pass starts here")
            .remedy("pass `use_reentrant=False`, or keep the first layers out of the checkpoint", say_of_call(call))
        )
