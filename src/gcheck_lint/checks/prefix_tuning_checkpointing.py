"""GCK307: a prefix is trained under checkpointing, which drops the cache that carries it. Evidence: S19."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.story import Site, Story
from gcheck_lint.story.domain.events import Trained

_OUTCOME = "prefix-tuning-checkpointing"


@check("GCK307", needs=TRAINING & CHECKPOINTING)
def prefix_tuning_checkpointing(story: Story) -> Iterator[Finding]:
    """A model with a PEFT prefix trains with checkpointing on."""
    reported: set[Site] = set()
    for trained in story.events_of(Trained):
        for subject in story.subjects(trained):
            verdict = story.judge(subject.here, subject.learns_by_prefix & story.affected(_OUTCOME))
            outcome = None if verdict is None else story.worst_outcome(verdict, _OUTCOME)
            sites = [] if verdict is None else subject.switch_sites(verdict.holds)
            if verdict is None or outcome is None or not sites or sites[-1] in reported:
                continue
            reported.add(sites[-1])
            yield found(
                sites[-1],
                f"`{subject.state.model.made_by or 'the model'}` trains a prefix with gradient checkpointing on",
                outcome,
                verdict,
                Places(sites[-1]).add([trained.site], "trained here"),
                label="checkpointing is switched on here",
                remedy="train the prefix without checkpointing, or use LoRA",
                fix=None,
            )
