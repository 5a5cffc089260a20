"""GCK408: DDP and DataParallel have no methods of the model. Evidence: the proof of its examples, and torch's source."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING_CALL, said
from gcheck_lint.remedies.receivers import on_module
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import SwitchedOnWrapper

WRAPPED = said("DistributedDataParallel") | said("DataParallel")


@check("GCK408", needs=(CHECKPOINTING_CALL | said("set_grad_checkpointing")) & WRAPPED, once=True)
def switch_on_wrapper(story: Story) -> Iterator[Finding]:
    """The script calls a checkpointing method on a wrapper that has none; the model's method is on `.module`."""
    for switched in story.events_of(SwitchedOnWrapper):
        if switched.guarded:
            continue
        verdict = story.judge(story.entry_of(switched), story.when(switched.condition), "switched-on-wrapper")
        if verdict is None:
            continue
        message = f"`{switched.wrapper}` has no `{switched.method}`"
        yield (
            Finding.at(switched.site, "called on the wrapper", message, verdict)
            .place(switched.built, "the model is wrapped here")
            .remedy("call the method on the wrapped model, `.module`", on_module(switched))
        )
