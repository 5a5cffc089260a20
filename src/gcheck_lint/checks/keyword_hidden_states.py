"""GCK306: layers get their input by keyword, where a reentrant checkpoint does not look. Evidence: keyword_hidden_states."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED, LAYER
from gcheck_lint.judgements.reentrancy import loses_gradients
from gcheck_lint.remedies.arguments import by_position
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import LayersCheckpointed


@check("GCK306", needs=CHECKPOINTED & LAYER, once=True)
def keyword_hidden_states(story: Story) -> Iterator[Finding]:
    """A layer derived from `GradientCheckpointingLayer` gets its hidden states by keyword under reentrant checkpointing."""
    for event in story.events_of(LayersCheckpointed):
        verdict = loses_gradients(story, event)
        if verdict is None:
            continue
        for call, first in event.calls:
            message = "a checkpointed layer gets its input as a keyword argument"
            yield (
                Finding.at(call, "all arguments here are keyword arguments", message, verdict)
                .place(event, "reentrant checkpointing is switched on here")
                .remedy(
                    "pass the hidden states positionally, or checkpoint with `use_reentrant=False`",
                    by_position(call, first),
                )
            )
