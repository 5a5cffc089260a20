"""GCK313: a checkpointed call holds layers that keep statistics. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED_CALL, TRAINING, said
from gcheck_lint.judgements.own_checkpoints import is_reentrant, judge_learned, learned_calls
from gcheck_lint.story import Story

KEEPING = said("BatchNorm1d") | said("BatchNorm2d") | said("BatchNorm3d") | said("SyncBatchNorm")


@check("GCK313", needs=CHECKPOINTED_CALL & TRAINING & KEEPING, once=True)
def statistics_twice(story: Story) -> Iterator[Finding]:
    """BatchNorm inside a checkpointed call counts each batch twice in its running statistics."""
    for call, learned, reached in learned_calls(story):
        if not call.norms:
            continue
        run_again = ~story.when(call.without_grad) & ~story.when(call.in_eval)
        if call.starved:
            run_again &= ~is_reentrant(story, call)  # no gradient leads there
        verdict = judge_learned(story, call, reached, run_again, "statistics-twice")
        if verdict is None:
            continue
        name = call.norms[0].made_by.rpartition(".")[2]
        message = f"a checkpoint runs `{name}` twice"
        yield (
            Finding.at(call.site, "runs it again in the backward pass", message, verdict)
            .place(call.norms[0].site, f"`{name}` is made here")
            .place(learned, "the backward pass starts here")
            .remedy("keep it out of the checkpoint, or use a norm without running statistics, such as GroupNorm")
        )
