"""Models whose layers share keys and values through the cache, in trainings that have none for them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gcheck_lint import knowledge
from gcheck_lint.knowledge.entries import Sharing
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.events import Trained
from gcheck_lint.story.domain.model_state import Unsaid
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, once_each

_ALWAYS = "gemma3n-in-train-mode"  # of a model of such versions that makes no cache in train mode
_WITHOUT = {"gemma3n": "gemma3n-without-cache", "gemma4": "gemma4-without-cache"}
_REENTRANT = {"gemma3n": "gemma3n-reentrant", "gemma4": "gemma4-reentrant"}


@dataclass(frozen=True, slots=True)
class Bereft:
    """A training of such a model. `site`: what takes the cache away, or the training where nothing has to.

    `reentrant`: its layers have their keys and values, and a reentrant checkpoint passes no gradient back to them.
    """

    story: Story
    event: Trained
    subject: Subject
    verdict: Verdict
    site: Site
    reentrant: bool

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def switched_off(self) -> list[Site]:
        """Where the cache is switched off."""
        return [*self.subject.cache.sites(False, self.verdict.holds), *_passed_off(self.story, self.event, self.verdict.holds)]


def sharing_of(subject: Subject) -> Sharing | None:
    """How a model shares keys and values through the cache; None where it does not, or nobody has said which it is."""
    state = subject.model_state
    if state.patched:
        return None
    return next((one for one in knowledge.load().sharing if one.fits(state.model.made_by, state.source)), None)


def without_shared(subject: Subject) -> When:
    """The versions in which a model goes wrong without its cache."""
    one = sharing_of(subject)
    return subject.story.never() if one is None else subject.story.affected(*_effects(one))


def bereft_trainings(story: Story) -> list[Bereft]:
    """Each place once, the sure ones first."""
    return once_each(_bereft(story), lambda one: one.site)


def _bereft(story: Story) -> Iterator[Bereft]:
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            one = sharing_of(subject)
            if one is None:
                continue
            verdict = story.judge_model(subject, partial(_without, story, event, one), *_effects(one))
            reentrant = verdict is None
            if verdict is None:
                verdict = story.judge_model(subject, partial(_reentrant, story), _REENTRANT[one.id])
            if verdict is not None:
                yield Bereft(story, event, subject, verdict, _site(story, event, subject, verdict, reentrant), reentrant)


def _effects(one: Sharing) -> tuple[str, ...]:
    return (*([_ALWAYS] if one.always else []), _WITHOUT[one.id])


def _without(story: Story, event: Trained, one: Sharing, subject: Subject) -> When:
    """Its layers get no cache to share through: it is off, dropped by checkpointing, or never made in train mode."""
    dropped = subject.checkpointing.on & subject.mode.train
    off = story.value_is(event.forward_cache, False) | story.when(event.passes_cache_off)
    if one.asks_its_config(subject.state.model.made_by):
        off |= story.value_is(subject.state.cache, False, Unsaid.BY_TRAINER) & story.not_given(event.forward_cache)
    given = story.never()
    for forward in event.forwards:
        given |= ~story.not_given(forward.past)
    taken = (dropped | off & ~given) & story.affected(_WITHOUT[one.id])
    if one.always:
        taken |= subject.mode.train & (dropped | ~given) & story.affected(_ALWAYS)
    return taken & ~subject.is_unread


def _reentrant(story: Story, subject: Subject) -> When:
    """Checkpointing that the script itself has made reentrant."""
    said = story.value_is(subject.state.gradients.reentrant, True)
    return subject.checkpointing.on & subject.mode.train & said & ~subject.is_unread


def _site(story: Story, event: Trained, subject: Subject, verdict: Verdict, reentrant: bool) -> Site:
    off = [] if reentrant else [*subject.cache.sites(False, verdict.holds), *_passed_off(story, event, verdict.holds)]
    switches = subject.checkpointing.sites(verdict.holds)
    return next(iter([*(switches if reentrant or not off else []), *off, event.site]))


def _passed_off(story: Story, event: Trained, holds: When) -> list[Site]:
    return story.sites_of(event.forward_cache, False, holds)
