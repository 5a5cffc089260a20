"""GCK205: a forward pass in train mode with checkpointing on is given a cache. Evidence: E2 of the facts, cache_passed."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTED, PAST
from gcheck_lint.judgements.harmed_passes import passes_with_cache
from gcheck_lint.story import Story


@check("GCK205", needs=CHECKPOINTED & PAST)
def cache_passed_while_checkpointing(story: Story) -> Iterator[Finding]:
    """A model in train mode with checkpointing on is called with the `past_key_values` of an earlier pass."""
    for one in passes_with_cache(story):
        places = Places(one.event.site)
        places.add(one.switches, "checkpointing is switched on here")
        places.add(one.subject.mode_sites("train"), "this leaves it in train mode")
        yield found(
            one.event.site,
            f"`{one.name}` is given a cache in train mode with gradient checkpointing on",
            one.outcome,
            one.verdict,
            places,
            label="`past_key_values` is passed here",
            remedy="switch checkpointing off for passes that read a cache, or pass the whole sequence",
            fix=None,
        )
