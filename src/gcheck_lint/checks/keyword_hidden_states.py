"""GCK306: layers get their input by keyword, where a reentrant checkpoint does not look. Evidence: keyword_hidden_states."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTED, LAYER
from gcheck_lint.judgements.reentrancy import by_position, loses_gradients
from gcheck_lint.story import Site, Story
from gcheck_lint.story.domain.events import LayersCheckpointed


@check("GCK306", needs=CHECKPOINTED & LAYER)
def keyword_hidden_states(story: Story) -> Iterator[Finding]:
    """A layer derived from `GradientCheckpointingLayer` is called with its hidden states by keyword while reentrant."""
    reported: set[Site] = set()
    for event in story.events_of(LayersCheckpointed):
        lost = loses_gradients(story, event)
        if lost is None:
            continue
        for call, first in event.calls:
            if call in reported:
                continue
            reported.add(call)
            yield found(
                call,
                "a checkpointed layer gets its input by keyword",
                lost[1],
                lost[0],
                Places(call).add([event.site], "checkpointing is switched on here, reentrantly"),
                label="nothing here is passed by position",
                remedy="pass the hidden states by position, or checkpoint with `use_reentrant` False",
                fix=by_position(call, first),
            )
