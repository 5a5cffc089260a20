"""GCK301: checkpointing, and nothing says whether it is reentrant. Evidence: S9, S14."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTED_CALL, CHECKPOINTING, TRAINING
from gcheck_lint.judgements.reentrancy import say_not_reentrant, say_of_call, trainings_by_default
from gcheck_lint.story import Site, Story
from gcheck_lint.story.domain.events import CallCheckpointed


@check("GCK301", needs=TRAINING & CHECKPOINTING | CHECKPOINTED_CALL)
def implicit_reentrant(story: Story) -> Iterator[Finding]:
    """Checkpointing is on and nothing says `use_reentrant`, where torch warns of it or the versions of the target differ."""
    for training in trainings_by_default(story):
        yield found(
            training.site,
            f"`{training.name}` trains with checkpointing, and nothing says `use_reentrant`",
            training.outcome,
            training.verdict,
            Places(training.site).add([training.event.site], "trained here"),
            label="switched on without it",
            remedy='pass `gradient_checkpointing_kwargs={"use_reentrant": False}`',
            fix=say_not_reentrant(training, story),
        )
    reported: set[Site] = set()
    for call in story.events_of(CallCheckpointed):
        reached = story.when(call.condition)
        verdict = story.judge(reached, reached & story.affected("implicit-reentrant-call"))
        outcome = None if verdict is None else story.worst_outcome(verdict, "implicit-reentrant-call")
        if verdict is None or outcome is None or call.site in reported:
            continue
        reported.add(call.site)
        yield found(
            call.site,
            "a call is checkpointed, and nothing says `use_reentrant`",
            outcome,
            verdict,
            Places(call.site),
            label="called without it",
            remedy="pass `use_reentrant=False`",
            fix=say_of_call(call),
        )
