"""Forward passes whose checkpointing is on and does no good: in eval mode, without gradients, or with a cache to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from gcheck_lint.diagnostics import Certainty
from gcheck_lint.story.events import Forwarded, Trained
from gcheck_lint.story.story import Story, Subject, Verdict, When
from gcheck_lint.story.target import Impact
from gcheck_lint.syntax import Site


@dataclass(frozen=True, slots=True)
class Pass:
    """One forward pass of a model that is harmed, and the training that learns from it, if one does."""

    event: Forwarded
    subject: Subject
    verdict: Verdict
    impact: Impact
    trained: Trained | None = None

    @property
    def name(self) -> str:
        """The model's class, as the script loads it."""
        return self.subject.state.model.made_by or "the model"

    @property
    def switches(self) -> list[Site]:
        """Where its checkpointing was switched on."""
        return self.subject.switch_sites(self.verdict.holds)


def passes_in_eval_mode(story: Story) -> list[Pass]:
    """Forward passes in eval mode that a backward pass learns from."""

    def found() -> Iterator[Pass]:
        for trained in story.events_of(Trained):
            for event in trained.forwards:
                if event.in_training:
                    continue
                reached = story.when(trained.condition) & ~story.when(event.without_grad)
                yield from _passes(story, event, reached, partial(_in_eval, story, trained), _EVAL, trained)

    return _first_of_each_place(found())


_EVAL = "checkpointing-in-eval"


def _in_eval(story: Story, trained: Trained, subject: Subject) -> When:
    """This pass is in eval mode, and so is each other one of the same model that the same loss is made of."""
    harmed = subject.checkpointing & subject.in_eval_mode & subject.checkpoints_by_mode
    for other in trained.forwards:
        if other is not subject.event:
            for one in story.subjects(other):
                if one.state.model is subject.state.model:
                    harmed &= one.in_eval_mode | story.when(other.without_grad)
    return harmed


def passes_without_gradients(story: Story) -> list[Pass]:
    """Forward passes in train mode without gradients; those that a loss is made of keep the mode of their training on purpose."""
    for_a_loss = {event.site for trained in story.events_of(Trained) for event in trained.forwards}

    def harmed(subject: Subject) -> When:
        return subject.checkpointing & subject.in_train_mode & subject.checkpoints_by_mode

    def found() -> Iterator[Pass]:
        for event in story.events_of(Forwarded):
            if event.site not in for_a_loss:
                yield from _passes(story, event, story.when(event.without_grad), harmed, "checkpointing-without-grad")

    return _first_of_each_place(found())


def passes_with_cache(story: Story) -> list[Pass]:
    """Forward passes in train mode that are given the cache of an earlier one."""

    def found() -> Iterator[Pass]:
        for event in story.events_of(Forwarded):
            given = story.when(story.is_thing(event.past, "cache"))

            def harmed(subject: Subject, given: When = given) -> When:
                wrong = subject.checkpointing & subject.in_train_mode & subject.may_have_cache & subject.checkpoints_by_mode
                return wrong & given

            yield from _passes(story, event, story.when(event.condition), harmed, "cache-passed-while-checkpointing")

    return _first_of_each_place(found())


def _passes(
    story: Story, event: Forwarded, reached: When, harmed: Callable[[Subject], When], effect: str, trained: Trained | None = None
) -> Iterator[Pass]:
    felt = story.affected(effect)
    for subject in story.subjects(event):
        wrong = harmed(subject) & felt
        verdict = story.judge(subject.here & reached, wrong) if wrong.possible else None
        impact = None if verdict is None else story.impact(verdict, effect)
        if verdict is None or impact is None:
            continue
        if verdict.certainty is Certainty.SURE and story.needs_off(verdict.holds, "checkpointing"):
            verdict = replace(verdict, certainty=Certainty.POSSIBLE)
        yield Pass(event, subject, verdict, impact, trained)


def _first_of_each_place(passes: Iterator[Pass]) -> list[Pass]:
    """One for each place, a sure one if there is any."""
    found: dict[Site, Pass] = {}
    for one in sorted(passes, key=lambda one: one.verdict.certainty is not Certainty.SURE):
        found.setdefault(one.event.site, one)
    return list(found.values())


def goes_on(story: Story, event: Forwarded) -> bool:
    """Whether the model of a pass is trained after it: it stands in a loop that trains, or runs inside train()."""
    return event.in_training or story.returns_to_training(event)
