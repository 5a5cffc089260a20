"""GCK102: checkpointing is switched on by training arguments, and the model trains with the cache on. Evidence: S1, S3, S11."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.judgements.trainings_with_cache import trainings_with_cache
from gcheck_lint.remedies.lines import switch_cache_off_before_trainer
from gcheck_lint.story import Story


@check("GCK102", needs=TRAINING & CHECKPOINTING, once=True)
def arguments_with_cache(story: Story) -> Iterator[Finding]:
    """Training arguments switch checkpointing on, and the script does not set `use_cache` to False on the model."""
    for training in trainings_with_cache(story, forced=False):
        site = training.switched_by_arguments()
        if site is None or training.switched_by_call() is not None or training.event.trainer is None:
            continue
        built = story.trainer_built(training.event.trainer)
        message = f"`{training.name}` trains with gradient checkpointing and the KV cache on"
        yield (
            Finding.at(site, story.switch_label(site), message, training.verdict)
            .place(built, "passed to the trainer here")
            .place(training.meant_off(), "this is meant to switch it off")
            .place(training.event, "trained here with the cache on")
            .remedy(*training.remedied(None if built is None else switch_cache_off_before_trainer(built, training.holders)))
        )
