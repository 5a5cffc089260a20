"""GCK301: checkpointing, and nothing says whether it is reentrant. Evidence: S9, S14."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED_CALL, CHECKPOINTING, TRAINING
from gcheck_lint.judgements.reentrancy import trainings_by_default
from gcheck_lint.remedies.arguments import say_not_reentrant, say_of_call, words_for_not_reentrant
from gcheck_lint.story import Story
from gcheck_lint.story.domain.call_events import CallCheckpointed


@check("GCK301", needs=TRAINING & CHECKPOINTING | CHECKPOINTED_CALL, once=True)
def implicit_reentrant(story: Story) -> Iterator[Finding]:
    """Checkpointing is on without `use_reentrant`, and torch warns or the target versions differ."""
    for training in trainings_by_default(story):
        message = f"`{training.name}` trains with checkpointing, but `use_reentrant` is not set"
        yield (
            Finding.at(training.site, f"{story.switch_label(training.site)}, without it", message, training.verdict)
            .place(training.event, "trained here")
            .remedy(
                words_for_not_reentrant(training.site, story, training.verdict.holds),
                say_not_reentrant(training.site, story),
            )
        )
    for call in story.events_of(CallCheckpointed):
        effect = "implicit-reentrant-sequence" if call.sequence else "implicit-reentrant-call"
        unsaid = story.not_given(call.reentrant)
        alone, reached = story.when(call.by_itself) & unsaid, story.when(call.condition) & unsaid
        verdict = story.judge(alone, alone, effect) or story.judge(reached, story.never(), effect, maybe=reached)
        if verdict is None:
            continue
        message = "a call is checkpointed, but `use_reentrant` is not set"
        if call.left_open and not alone.possible:
            message = message.replace(",", f" where {call.left_open}, which the user of this file decides,", 1)
        finding = Finding.at(call.site, "called without it", message, verdict).whoever_calls()
        yield finding.remedy("pass `use_reentrant=False`", say_of_call(call))
