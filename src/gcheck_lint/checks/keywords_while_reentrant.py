"""GCK409: `checkpoint()` is given arguments by keyword, which a reentrant one refuses. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTED_CALL
from gcheck_lint.judgements.own_checkpoints import is_reentrant
from gcheck_lint.remedies.arguments import say_of_call
from gcheck_lint.story import Story
from gcheck_lint.story.domain.call_events import CallCheckpointed

_EFFECT = "keywords-while-reentrant"


@check("GCK409", needs=CHECKPOINTED_CALL, once=True)
def keywords_while_reentrant(story: Story) -> Iterator[Finding]:
    """A reentrant checkpoint gets keyword arguments, which only a non-reentrant one passes on."""
    for call in story.events_of(CallCheckpointed):
        if not call.keywords or call.guarded:
            continue
        alone, reached, harmed = story.when(call.by_itself), story.when(call.condition), is_reentrant(story, call)
        verdict = story.judge(alone, harmed, _EFFECT) or story.judge(reached, story.never(), _EFFECT, maybe=reached & harmed)
        if verdict is None:
            continue
        names = " and ".join(f"`{name}`" for name in call.keywords[:3])
        message = f"a reentrant checkpoint does not accept {names}"
        finding = Finding.at(call.site, "passed as keyword arguments here", message, verdict).whoever_calls()
        yield finding.remedy("pass `use_reentrant=False`, or pass the arguments positionally", say_of_call(call))
