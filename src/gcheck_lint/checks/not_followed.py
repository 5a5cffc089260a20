"""GCK004: what trains a model was not followed, so nothing is known of it. Evidence: none, it speaks of no library."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED
from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import CheckpointingSwitched, Lost, NotFollowed, Trained


@check("GCK004", needs=CHECKPOINTED, once=True)
def not_followed(story: Story) -> Iterator[Finding]:
    """Checkpointing is requested, no training is found, and code that may train could not be followed."""
    if any(True for _ in story.events_of(Trained)):
        return
    asked = any(True for _ in story.events_of(CheckpointingSwitched))
    unseen: list[NotFollowed | Lost] = [*story.events_of(NotFollowed), *story.events_of(Lost)]
    for left in unseen:
        # a framework that got no model loads its own, and arguments that went away have asked for checkpointing
        counts = asked if left.states else isinstance(left, NotFollowed)
        if counts and story.when(left.condition).possible:
            what = left.what.rstrip(",")
            what = what if "`" in what else f"`{what}`"
            message = f"{what} could not be followed, so the training was not checked: {left.why}"
            yield Finding(left.site, message, Severity.INFO, "not followed", "`gclint story` shows what was followed")
