"""GCK307: a prefix is trained under checkpointing, which drops the cache that carries it. Evidence: S19."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import Trained


@check("GCK307", needs=TRAINING & CHECKPOINTING, once=True)
def prefix_tuning_checkpointing(story: Story) -> Iterator[Finding]:
    """A model with a PEFT prefix trains with checkpointing on."""
    for trained in story.events_of(Trained):
        for subject in story.subjects(trained):
            verdict = story.judge_model(subject, lambda one: one.learning.by_prefix, "prefix-tuning-checkpointing")
            if verdict is None:
                continue
            message = f"`{subject.name}` trains a prefix with gradient checkpointing on"
            for site in subject.checkpointing.sites(verdict.holds)[-1:]:
                yield (
                    Finding.at(site, story.switch_label(site), message, verdict)
                    .place(trained, "trained here")
                    .remedy("train the prefix without checkpointing, or use LoRA")
                )
