"""Whether checkpointing is reentrant, asked for two rules: where nobody says it, and where layers get their input by keyword."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.events import LayersCheckpointed, Trained
from gcheck_lint.story.domain.facets import BuiltBy
from gcheck_lint.story.domain.model_state import Unsaid
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, once_each

_WARNED, _WARNED_OF_EMPTY = "implicit-reentrant", "implicit-reentrant-arguments"
_WARNED_BY_TRAINER = "implicit-reentrant-by-trainer"  # which hands on an empty dict where its arguments say nothing
_WARNS = "implicit-reentrant-call"  # of torch: the versions that warn at all
_LOST, _LOST_BY_DEFAULT = "keyword-hidden-states", "keyword-hidden-states-by-default"
_REFUSED, _REFUSED_BY_DEFAULT = "grad-through-reentrant", "grad-through-reentrant-by-default"


@dataclass(frozen=True, slots=True)
class ByDefault:
    """A training whose checkpointing is as reentrant as its libraries have it. `site`: where it is switched on."""

    event: Trained
    subject: Subject
    verdict: Verdict
    site: Site

    @property
    def name(self) -> str:
        return self.subject.name


def trainings_by_default(story: Story) -> list[ByDefault]:
    """Each switch once, the sure ones first."""
    return once_each(_by_default(story), lambda one: one.site)


def _by_default(story: Story) -> Iterator[ByDefault]:
    for event in story.events_of(Trained):
        if event.trainer is not None and not is_plain(story, event):
            continue
        for subject in story.subjects(event):
            verdict = story.judge_model(subject, partial(_unsaid, story), _WARNED, _WARNED_OF_EMPTY, _WARNED_BY_TRAINER)
            switch = None if verdict is None else subject.checkpointing.site(verdict.holds)
            if verdict is not None and switch is not None:
                yield ByDefault(event, subject, verdict.unless_off("checkpointing"), switch)


def _unsaid(story: Story, subject: Subject) -> When:
    """It is checkpointed, and nobody says how, in a version that then warns."""
    checkpointing = subject.checkpointing
    unsaid = checkpointing.reentrant_by_torch & story.affected(_WARNED_OF_EMPTY)
    if story.target.has_floor:  # where nobody says how old a version may be, the new ones count: they do not warn
        warned = story.affected(_WARNED) | (_by_arguments(story, subject) & story.affected(_WARNED_BY_TRAINER))
        unsaid |= checkpointing.reentrant_by_default & warned
    return unsaid & checkpointing.on & subject.mode.train & story.affected(_WARNS)


def _by_arguments(story: Story, subject: Subject) -> When:
    """A trainer's arguments have switched it on, and so have said last how."""
    cases = (case for case, site in subject.state.switches if story.switched_by_call(site) is None)
    return story.when(story.conditions.any(cases))


def is_plain(story: Story, event: Trained) -> bool:
    """Whether a trainer is transformers' own: what the arguments of other libraries say by default is theirs."""
    built = None if event.trainer is None else event.trainer.facet(BuiltBy)
    return built is not None and built.library.startswith("transformers.")


def loses_gradients(story: Story, event: LayersCheckpointed) -> Verdict | None:
    """Whether the layers are checkpointed reentrantly, because the script says so or because nobody does; None when not."""
    said = story.value_is(event.reentrant, True, Unsaid.BY_TORCH) & story.affected(_LOST)
    unsaid = story.value_is(event.reentrant, Unsaid.BY_DEFAULT) & story.affected(_LOST_BY_DEFAULT)
    return story.judge(story.when(event.condition), said | unsaid, _LOST, _LOST_BY_DEFAULT)


def asks_through(story: Story, subject: Subject) -> Verdict | None:
    """Whether the layers of a model that was given something are run again reentrantly; None when not."""

    def harmed(one: Subject) -> When:
        checkpointing = one.checkpointing
        unsaid = checkpointing.reentrant_by_default & story.affected(_REFUSED_BY_DEFAULT)
        said = checkpointing.reentrant & ~checkpointing.reentrant_by_default & story.affected(_REFUSED)
        return (said | unsaid) & checkpointing.on & one.mode.train & ~one.is_unread

    return story.judge_model(subject, harmed, _REFUSED, _REFUSED_BY_DEFAULT)
