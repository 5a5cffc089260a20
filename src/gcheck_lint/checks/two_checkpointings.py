"""GCK405: both FSDP's checkpointing and the model's are asked for. Evidence: Trainer's source; see the card."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINER, said
from gcheck_lint.remedies.arguments import ask_for_none
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import CheckpointedTwice


@check("GCK405", needs=TRAINER & CHECKPOINTING & said("fsdp_config"), once=True)
def two_checkpointings(story: Story) -> Iterator[Finding]:
    """A trainer's arguments switch on both FSDP's checkpointing and the model's own."""
    for asked in story.events_of(CheckpointedTwice):
        verdict = story.judge(story.entry_of(asked), story.when(asked.condition), "checkpointed-twice")
        if verdict is None:
            continue
        yield (
            Finding.at(asked.site, "the model's own checkpointing", "FSDP's checkpointing is switched on as well", verdict)
            .place(asked.strategy, "FSDP's checkpointing")
            .remedy("switch one of them off: FSDP's own gathers each layer's weights one time fewer", ask_for_none(asked.site))
        )
