"""Forward passes whose checkpointing is on and does no good: in eval mode, without gradients, or with a cache to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.events import Evaluated, Forwarded, Generated, ModeSet, Trained
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, once_each


@dataclass(frozen=True, slots=True)
class Pass:
    """One forward pass of a model that is harmed, and the training that learns from it, if one does."""

    event: Forwarded
    subject: Subject
    verdict: Verdict
    trained: Trained | None = None

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def switches(self) -> list[Site]:
        """Where its checkpointing was switched on."""
        return self.subject.checkpointing.sites(self.verdict.holds)


def passes_in_eval_mode(story: Story) -> list[Pass]:
    """Forward passes in eval mode that a backward pass learns from."""

    def found() -> Iterator[Pass]:
        for trained in story.events_of(Trained):
            for event in trained.forwards:
                if event.in_training:
                    continue
                reached = story.when(trained.condition) & ~story.when(event.without_grad)
                yield from _passes(story, event, reached, partial(_in_eval, story, trained), _EVAL, trained)

    return once_each(found(), lambda one: one.event.site)


_EVAL = "checkpointing-in-eval"


def _in_eval(story: Story, trained: Trained, subject: Subject) -> When:
    """This pass is in eval mode, and so is each other one of the same model that the same loss is made of."""
    checkpointing = subject.checkpointing
    harmed = checkpointing.on & checkpointing.asks_for_train_mode & subject.mode.eval & subject.learning.anywhere
    if not subject.is_also_of(trained) or _is_looked_into(story, trained, subject) or story.has_lost(subject.event.entry):
        return story.never()
    for other in trained.forwards:
        if other is not subject.event:
            for one in story.subjects(other):
                if one.state.model is subject.state.model:
                    harmed &= one.mode.eval | story.when(other.without_grad)
    return harmed


def _is_looked_into(story: Story, trained: Trained, subject: Subject) -> bool:
    """`eval()` is said for this very pass, of a model whose training is over: what it asks for are gradients, such as a map's."""
    before = [event for event in story.events[: subject.event.order] if subject.is_also_of(event)]
    since = 0
    for place, event in enumerate(before):
        if isinstance(event, ModeSet):
            since = place
    if not before or not isinstance(before[since], ModeSet):
        return False
    told = (Forwarded, Generated, Evaluated)
    between = [event for event in before[since:] if isinstance(event, told) and event.site != subject.event.site]
    trainings = [event.site for event in before[:since] if isinstance(event, Trained)]
    return bool(trainings) and not between and trained.site not in trainings


def passes_without_gradients(story: Story) -> list[Pass]:
    """Forward passes in train mode without gradients that a training has left there.

    Those that a loss is made of keep the mode of their training on purpose, and so do those that come before the training: what
    they compute is what it learns from, or the script has just asked for train mode.
    """
    on_purpose = {event.site for trained in story.events_of(Trained) for event in trained.forwards}
    for event in story.events_of(Forwarded):
        if story.when(event.without_grad).possible and not all(_since_mode(story, one) for one in story.subjects(event)):
            on_purpose.add(event.site)

    def harmed(subject: Subject) -> When:
        return subject.checkpointing.on & subject.checkpointing.asks_for_train_mode & subject.mode.train

    def found() -> Iterator[Pass]:
        for event in story.events_of(Forwarded):
            if event.site not in on_purpose and not story.has_lost(event.entry):
                yield from _passes(story, event, story.when(event.without_grad), harmed, "checkpointing-without-grad")

    return once_each(found(), lambda one: one.event.site)


def _since_mode(story: Story, subject: Subject) -> bool:
    """Whether a model was trained since its mode was set the last time, or was loaded; also where it is trained nowhere."""
    for event in reversed(story.events[: subject.event.order]):
        if isinstance(event, (ModeSet, Trained)) and subject.is_also_of(event):
            return isinstance(event, Trained) or not _is_trained(story, subject)
    return not _is_trained(story, subject)


def _is_trained(story: Story, subject: Subject) -> bool:
    return any(subject.is_also_of(trained) for trained in story.events_of(Trained))


def passes_with_cache(story: Story) -> list[Pass]:
    """Forward passes in train mode that are given the cache of an earlier one."""

    def found() -> Iterator[Pass]:
        for event in story.events_of(Forwarded):
            given = story.has_kind(event.past, Kind.CACHE)

            def harmed(subject: Subject, given: When = given) -> When:
                checkpointing = subject.checkpointing.on & subject.checkpointing.asks_for_train_mode & subject.mode.train
                return checkpointing & subject.checkpointing.drops_cache & subject.cache.may_exist & given

            yield from _passes(story, event, story.when(event.condition), harmed, "cache-passed-while-checkpointing")

    return once_each(found(), lambda one: one.event.site)


def _passes(
    story: Story,
    event: Forwarded,
    reached: When,
    harmed: Callable[[Subject], When],
    effect: str,
    trained: Trained | None = None,
) -> Iterator[Pass]:
    for subject in story.subjects(event):
        verdict = story.judge_model(subject, harmed, effect, reached=subject.here & reached)
        if verdict is not None:
            yield Pass(event, subject, verdict.unless_off("checkpointing"), trained)


def goes_on(story: Story, event: Forwarded) -> bool:
    """Whether the model of a pass is trained after it: it stands in a loop that trains, or runs inside train()."""
    return event.in_training or story.returns_to_training(event)
