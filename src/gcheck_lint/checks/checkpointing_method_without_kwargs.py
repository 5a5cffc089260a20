"""GCK404: a class's own method is called with more than it takes. Evidence: the proof of its examples, and Trainer's source."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING_CALL, TRAINER, TRAINING
from gcheck_lint.remedies.signatures import take_and_pass_on
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import OwnSwitchAsked


@check("GCK404", needs=TRAINER & TRAINING & CHECKPOINTING_CALL, once=True)
def checkpointing_method_without_kwargs(story: Story) -> Iterator[Finding]:
    """A Trainer switches checkpointing on with a method of the script that does not accept the Trainer's arguments."""
    for asked in story.events_of(OwnSwitchAsked):
        verdict = story.judge(story.entry_of(asked), story.when(asked.condition), *asked.refusals)
        if verdict is None:
            continue
        message = f"`{asked.method}` does not accept the keyword arguments that the Trainer passes"
        yield (
            Finding.at(asked.site, "accepts too few arguments", message, verdict)
            .place(asked.called, "the Trainer calls it here")
            .remedy("accept `**kwargs` and pass them on", take_and_pass_on(asked, story))
        )
