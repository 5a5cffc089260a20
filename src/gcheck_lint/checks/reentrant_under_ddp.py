"""GCK308: DDP looks for unused parameters, and reentrant checkpointing marks them twice. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING, said
from gcheck_lint.judgements.spread_trainings import sought_trainings
from gcheck_lint.remedies.arguments import say_not_reentrant, words_for_not_reentrant
from gcheck_lint.story import Story
from gcheck_lint.story.domain.model_state import Seeking

SAID = said("find_unused_parameters") | said("ddp_find_unused_parameters") | said("ddp_find_unused_parameters_true")
SEEKING = SAID | said("peft") | said("Module")  # the models for which a Trainer chooses it itself
_BY_ITSELF = "the trainer makes DDP look for unused parameters because the model is not a PreTrainedModel"


@check("GCK308", needs=TRAINING & CHECKPOINTING & SEEKING, once=True)
def reentrant_under_ddp(story: Story) -> Iterator[Finding]:
    """Checkpointing is reentrant, and DistributedDataParallel searches for unused parameters."""
    for one in sought_trainings(story):
        message = f"`{one.subject.name}` uses reentrant checkpointing, and DDP looks for unused parameters"
        label = _BY_ITSELF if one.how is Seeking.BY_TRAINER else "this makes DDP look for them"
        words = words_for_not_reentrant(one.switch, story, one.verdict.holds)
        off = "turn off the search for unused parameters (`False`)"
        yield (
            Finding.at(one.site, label, message, one.verdict)
            .place(one.switch, story.switch_label(one.switch))
            .place(one.event, "trained here")
            .remedy(f"{words}, or {off}" if words else off, say_not_reentrant(one.switch, story))
        )
