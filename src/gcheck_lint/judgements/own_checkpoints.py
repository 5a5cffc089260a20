"""Calls that the script checkpoints itself: when torch runs them reentrantly."""

from __future__ import annotations

from gcheck_lint.story.domain.events import CallCheckpointed
from gcheck_lint.story.query import Story
from gcheck_lint.story.verdicts import When


def is_reentrant(story: Story, call: CallCheckpointed) -> When:
    """The call says so, or says nothing: that is torch's default in all releases that were run."""
    return story.value_is(call.reentrant, True) | story.not_given(call.reentrant)
