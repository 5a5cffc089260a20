"""Trainings that are spread over processes in a way that their checkpointing does not stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gcheck_lint.findings.diagnostics import Certainty
from gcheck_lint.judgements.reentrancy import is_plain
from gcheck_lint.python.syntax import Site
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import TRUE
from gcheck_lint.story.domain.events import Trained
from gcheck_lint.story.domain.model_state import Seeking
from gcheck_lint.story.query import Story
from gcheck_lint.story.subject import Subject
from gcheck_lint.story.verdicts import Verdict, When, once_each

_SAID, _UNSAID = "reentrant-under-ddp", "reentrant-under-ddp-by-default"
_FROZEN, _FROZEN_UNSAID = "zero3-frozen-not-reentrant", "zero3-frozen-not-reentrant-by-default"
_BY_TRAINER, _BY_TRAINER_UNSAID = "reentrant-under-ddp-of-trainer", "reentrant-under-ddp-of-trainer-by-default"
# what only a script for several processes says, and what keeps a training in one process or away from DistributedDataParallel
_SEVERAL: Final = re.compile(r"LOCAL_RANK|WORLD_SIZE|init_process_group|process_index|\bddp_(?:backend|timeout|bucket_cap_mb)\b")
_OTHERWISE: Final = re.compile(
    r"device_map\W{1,4}(?:auto|balanced)|CUDA_VISIBLE_DEVICES\W{1,8}\d\W?[\"']|deepspeed|fsdp|FullyShard", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sought:
    """A training whose DistributedDataParallel looks for unused parameters. `site`: where that is said."""

    event: Trained
    subject: Subject
    verdict: Verdict
    how: Seeking
    site: Site
    switch: Site


def sought_trainings(story: Story) -> list[Sought]:
    """Each place once, the sure ones first."""
    return once_each(_sought(story), lambda one: one.site)


def _sought(story: Story) -> Iterator[Sought]:
    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            for how in Seeking:
                seeks = story.value_is(subject.state.spread.seeking, how)
                if seeks.never or (how is Seeking.BY_TRAINER and _runs_otherwise(story)):
                    continue
                found = _judged(story, event, subject, how, seeks)
                if found is not None:
                    yield found


def _judged(story: Story, event: Trained, subject: Subject, how: Seeking, seeks: When) -> Sought | None:
    said, unsaid = (_BY_TRAINER, _BY_TRAINER_UNSAID) if how is Seeking.BY_TRAINER else (_SAID, _UNSAID)

    def harmed(one: Subject) -> When:
        checkpointing = one.checkpointing
        reentrant = story.value_is(one.state.gradients.reentrant, True) | checkpointing.reentrant_by_torch
        again = reentrant & story.affected(said)
        if event.trainer is None or is_plain(story, event):  # what other libraries' arguments say by default is theirs
            again |= checkpointing.reentrant_by_default & story.affected(unsaid)
        learns = story.when(one.state.gradients.layers)
        return seeks & _through(story, event, how) & checkpointing.on & one.mode.train & again & learns & ~one.is_unread

    verdict = story.judge_model(subject, harmed, said, unsaid)
    if verdict is None or (verdict.holds & ~subject.learning.cut_off).never:  # then it stops before that: GCK302
        return None
    sites = story.sites_of(subject.state.spread.seeking, how, verdict.holds)
    switch = subject.checkpointing.site(verdict.holds)
    if not sites or switch is None:
        return None
    if how is Seeking.BY_TRAINER and _SEVERAL.search(story.module.source.text) is None:
        verdict = replace(verdict, certainty=Certainty.POSSIBLE)
    return Sought(event, subject, verdict, how, sites[-1], switch)


def _through(story: Story, event: Trained, how: Seeking) -> When:
    """A wrapper that the script builds counts where the model is called through it."""
    if how is not Seeking.BY_WRAPPER or not event.forwards:
        return story.when(TRUE)
    return story.when(story.conditions.any(one.parallel for one in event.forwards))


def _runs_otherwise(story: Story) -> bool:
    """Whether a script says something that keeps its training in one process, or has it spread in another way."""
    return _OTHERWISE.search(story.module.source.text) is not None


@dataclass(frozen=True, slots=True)
class Sharded:
    """A training of an adapter under ZeRO-3, whose checkpointing is not reentrant. `site`: where ZeRO-3 is chosen."""

    event: Trained
    subject: Subject
    verdict: Verdict
    site: Site
    switch: Site


def sharded_trainings(story: Story) -> list[Sharded]:
    """Each switch once, the sure ones first."""
    return once_each(_sharded(story), lambda one: one.switch)


def _sharded(story: Story) -> Iterator[Sharded]:
    def harmed(one: Subject) -> When:
        said = story.value_is(one.state.gradients.reentrant, False) & story.affected(_FROZEN)
        unsaid = one.checkpointing.reentrant_by_default & story.affected(_FROZEN_UNSAID)
        frozen = story.when(one.model_state.lora) & story.when(one.state.gradients.layers)
        third = story.value_is(one.state.spread.sharded, True)
        return third & frozen & one.checkpointing.on & one.mode.train & (said | unsaid) & ~one.is_unread

    for event in story.events_of(Trained):
        for subject in story.subjects(event):
            verdict = story.judge_model(subject, harmed, _FROZEN, _FROZEN_UNSAID)
            switch = None if verdict is None else subject.checkpointing.site(verdict.holds)
            sites = [] if verdict is None else story.sites_of(subject.state.spread.sharded, True, verdict.holds)
            if verdict is not None and switch is not None and sites:
                yield Sharded(event, subject, verdict, sites[-1], switch)
