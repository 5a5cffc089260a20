"""GCK101: checkpointing is switched on by a call, and the model trains with the cache on. Evidence: S1, S3."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.judgements.trainings_with_cache import trainings_with_cache
from gcheck_lint.remedies.lines import switch_cache_off_after
from gcheck_lint.story import Story


@check("GCK101", needs=TRAINING & CHECKPOINTING, once=True)
def checkpointing_with_cache(story: Story) -> Iterator[Finding]:
    """A call switches checkpointing on, then the model trains, and the script does not set its `use_cache` to False."""
    for training in trainings_with_cache(story, forced=False):
        switch = training.switched_by_call()
        if switch is None:
            continue
        message = f"`{training.name}` trains with gradient checkpointing and the KV cache on"
        yield (
            Finding.at(switch.site, story.switch_label(switch.site), message, training.verdict)
            .place(training.switches, lambda site: f"{story.switch_label(site)}, too")
            .place(training.meant_off(), "this is meant to switch it off")
            .place(training.event, "trained here with the cache on")
            .remedy(*training.remedied(switch_cache_off_after(switch, training.holders)))
        )
