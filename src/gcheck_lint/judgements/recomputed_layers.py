"""Trainings in which layers are run again behind the model's back, while its cache is on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.events import Forwarded, LayersRecomputed, Trained
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When

_RAISES, _WRONG = "recomputed-with-cache", "recomputed-with-cache-unheard"


@dataclass(frozen=True, slots=True)
class Recomputation:
    """A training that is harmed, and where its layers were wrapped."""

    event: Trained
    subject: Subject
    wrapped: LayersRecomputed
    verdict: Verdict

    def forward(self) -> Forwarded | None:
        """The one forward pass that the loss comes from, where the script makes it."""
        return self.event.forwards[0] if len(self.event.forwards) == 1 else None


def recomputations_with_cache(story: Story) -> Iterator[Recomputation]:
    """Each training of a model whose layers are run again, in the order in which they were wrapped."""
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            for wrapped in story.events_of(LayersRecomputed):
                if wrapped.order > event.order or wrapped.entry != event.entry or not subject.is_also_of(wrapped):
                    continue
                for effect, harm in ((_WRONG, wrapped.wrong), (_RAISES, wrapped.raises)):
                    harmed, maybe = partial(_harmed, event, wrapped, story.when(harm)), _perhaps(event, wrapped, subject)
                    verdict = story.judge_model(subject, harmed, effect, maybe=maybe if effect == _RAISES else None)
                    if verdict is not None:
                        yield Recomputation(event, subject, wrapped, verdict)


def _wrapped(wrapped: LayersRecomputed, subject: Subject) -> When:
    found = subject.story.never()
    for state in wrapped.states:
        if state.model is subject.state.model:
            found |= subject.story.when(state.condition)
    return found


def _harmed(event: Trained, wrapped: LayersRecomputed, seen: When, subject: Subject) -> When:
    """Its layers fill a cache that is on, and its own checkpointing, which would switch that off, is not."""
    exists = subject.cache.exists | subject.cache.is_believed
    return _wrapped(wrapped, subject) & seen & exists & _cache_on(event, subject) & subject.checkpointing.off


def _perhaps(event: Trained, wrapped: LayersRecomputed, subject: Subject) -> When:
    """The same, as far as anybody knows."""
    own = subject.checkpointing.on & subject.mode.train
    on = _cache_on(event, subject) | (subject.cache.unknown & subject.story.not_given(event.forward_cache))
    seen = subject.story.when(wrapped.may)
    return _wrapped(wrapped, subject) & seen & subject.cache.may_exist & on & ~own


def _cache_on(event: Trained, subject: Subject) -> When:
    """The forward pass makes a cache: it is asked to, or nobody has switched that off."""
    story, cache = subject.story, subject.cache
    unsaid = (cache.as_loaded | cache.forced_on) & story.not_given(event.forward_cache)
    return (unsaid | story.value_is(event.forward_cache, True)) & ~story.when(event.passes_cache_off)
