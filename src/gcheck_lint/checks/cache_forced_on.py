"""GCK103: the script says `use_cache=True` in the very run that checkpoints. Evidence: S1, S3."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CACHE, CHECKPOINTING, TRAINING
from gcheck_lint.judgements.trainings_with_cache import trainings_with_cache
from gcheck_lint.remedies.lines import turn_off
from gcheck_lint.story import Story


@check("GCK103", needs=TRAINING & CHECKPOINTING & CACHE, once=True)
def cache_forced_on(story: Story) -> Iterator[Finding]:
    """`use_cache` is explicitly True in a run with checkpointing."""
    for training in trainings_with_cache(story, forced=True):
        for site in training.forced[:1]:
            message = f"`use_cache` is switched on where `{training.name}` trains with gradient checkpointing"
            yield (
                Finding.at(site, "the cache is switched on here", message, training.verdict)
                .place(training.switches, story.switch_label)
                .place(training.event, "trained here with both on")
                .remedy(
                    "`use_cache` must be the opposite of the checkpointing flag while the model trains",
                    training.turned_round(turn_off(site)),
                )
            )
