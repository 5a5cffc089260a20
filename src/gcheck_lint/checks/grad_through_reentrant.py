"""GCK312: `torch.autograd.grad()` through a reentrant checkpoint. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import BACKWARD_WITH_INPUTS, CHECKPOINTED_CALL, CHECKPOINTING, said
from gcheck_lint.judgements.own_checkpoints import is_reentrant
from gcheck_lint.judgements.reentrancy import asks_through
from gcheck_lint.remedies.arguments import say_not_reentrant, say_of_call
from gcheck_lint.story import Story
from gcheck_lint.story.domain.call_events import GradientsAsked

ASKING = said("@autograd") | BACKWARD_WITH_INPUTS
_LABEL = "gradients of its inputs are computed here"


@check("GCK312", needs=(CHECKPOINTED_CALL | CHECKPOINTING) & ASKING, once=True)
def grad_through_reentrant(story: Story) -> Iterator[Finding]:
    """`torch.autograd.grad()` or a backward pass with `inputs` computes gradients through a reentrant checkpoint."""
    for asked in story.events_of(GradientsAsked):
        if asked.guarded:
            continue
        for subject in story.subjects(asked):
            verdict = asks_through(story, subject)
            switch = None if verdict is None else subject.checkpointing.site(verdict.holds)
            if verdict is None or switch is None:
                continue
            message = f"gradients are computed through `{subject.name}`, whose layers use reentrant checkpointing"
            yield (
                Finding.at(asked.site, _LABEL, message, verdict)
                .place(switch, story.switch_label)
                .remedy("checkpoint with `use_reentrant=False`", say_not_reentrant(switch, story))
            )
        for call in asked.calls:
            reached = story.when(asked.condition) & story.when(call.condition)
            harmed = is_reentrant(story, call) & ~story.when(call.without_grad)
            verdict = story.judge(reached, harmed, "grad-through-reentrant-call")
            if verdict is None:
                continue
            message = "gradients are computed through a reentrant checkpoint"
            finding = Finding.at(asked.site, _LABEL, message, verdict).place(call, "checkpointed here")
            yield finding.remedy("pass `use_reentrant=False` to the checkpoint", say_of_call(call))
