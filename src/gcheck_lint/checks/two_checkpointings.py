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
    """A trainer's arguments ask for FSDP's checkpointing and for the model's own at once."""
    for asked in story.events_of(CheckpointedTwice):
        verdict = story.judge(story.entry_of(asked), story.when(asked.condition), "checkpointed-twice")
        if verdict is None:
            continue
        yield (
            Finding.at(asked.site, "the model's own checkpointing", "FSDP's checkpointing is asked for as well", verdict)
            .place(asked.strategy, "FSDP's checkpointing")
            .remedy("leave one of them out: FSDP's own gathers each layer's weights once less", ask_for_none(asked.site))
        )
