"""Calls that the script checkpoints itself: when torch runs them reentrantly."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.story.domain.call_events import CallCheckpointed, CallsLearned
from gcheck_lint.story.query import Story
from gcheck_lint.story.verdicts import Verdict, When


def is_reentrant(story: Story, call: CallCheckpointed) -> When:
    """The call says so, or says nothing: that is torch's default in all releases that were run."""
    return story.value_is(call.reentrant, True) | story.not_given(call.reentrant)


def learned_calls(story: Story) -> Iterator[tuple[CallCheckpointed, CallsLearned, When]]:
    """Each call through which something is learned, with the backward pass, and when both happen."""
    for learned in story.events_of(CallsLearned):
        for call in learned.calls:
            yield call, learned, story.when(learned.condition) & story.when(call.condition)


def judge_learned(story: Story, call: CallCheckpointed, reached: When, harmed: When, effect: str) -> Verdict | None:
    """The verdict on such a call: with a switch that nothing in the program sets, or offers to its user, only possible."""
    alone = reached & story.when(call.by_itself)
    return story.judge(alone, harmed, effect) or story.judge(reached, story.never(), effect, maybe=reached & harmed)
