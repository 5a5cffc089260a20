"""GCK205: a forward pass in train mode with checkpointing on is given a cache. Evidence: S17, cache_passed."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED, PAST
from gcheck_lint.judgements.harmed_passes import passes_with_cache
from gcheck_lint.story import Story
from gcheck_lint.story.domain.model_state import ModelMode


@check("GCK205", needs=CHECKPOINTED & PAST)
def cache_passed_while_checkpointing(story: Story) -> Iterator[Finding]:
    """A model in train mode with checkpointing on is called with the `past_key_values` of an earlier pass."""
    for one in passes_with_cache(story):
        message = f"`{one.name}` is given a cache in train mode with gradient checkpointing on"
        yield (
            Finding.at(one.event.site, "`past_key_values` is passed here", message, one.verdict)
            .place(one.switches, story.switch_label)
            .place(one.subject.mode.sites(ModelMode.TRAIN), "this leaves it in train mode")
            .remedy(
                "switch checkpointing off for passes that read a cache, or pass the whole sequence",
            )
        )
