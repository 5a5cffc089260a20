"""GCK203: generate() on a model in train mode with checkpointing on. Evidence: S6, S17, S19."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gcheck_lint.checks import UNREAD, Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, CHECKPOINTING_CALL, GENERATING, TRAINING
from gcheck_lint.judgements.faults import Place, faults
from gcheck_lint.judgements.restores import eval_with_cache
from gcheck_lint.story import Site, Story, Subject, When
from gcheck_lint.story.domain.events import Event, Generated, Lost, ModeSet, Trained


@check("GCK203", needs=(TRAINING & CHECKPOINTING) | (GENERATING & CHECKPOINTING_CALL))
def generate_while_checkpointing(story: Story) -> Iterator[Finding]:
    """A model generates in train mode with checkpointing on, after or during a training."""
    for fault in faults(_places(story), partial(_stays_in_eval_mode, story)):
        generated, verdict = fault.first.event, fault.first.verdict
        harmed = story.told(_harmed(story, generated), verdict)
        message = f"`{story.called(_harmed(story, generated), verdict)}` generates in train mode with gradient checkpointing on"
        finding = Finding.at(generated.site, "generates here", message, verdict)
        for subject in harmed:
            finding = finding.place(subject.checkpointing.sites(verdict.told), story.switch_label)
            finding = finding.place(subject.unread_sites(verdict.certainty), UNREAD)
            finding = finding.place(subject.training_sites(verdict.told)[:1], "the training leaves it in train mode")
        finding = finding.place([other.event.site for other in fault.others], "generates here, too")
        yield finding.remedy("call `eval()` on the model before it generates", fault.fix)


def _places(story: Story) -> Iterator[Place[Generated]]:
    """Each generate() of a model in that state."""
    for generated in story.events_of(Generated):
        verdict = story.judge(
            story.any(generated, lambda subject: subject.here),
            story.any(generated, partial(_wrong, generated)),
            "generate-while-checkpointing",
            maybe=story.any(generated, _maybe_wrong),
            event=generated,
        )
        if verdict is None or generated.uses_no_cache:
            continue
        origins: list[Site] = []
        for subject in _harmed(story, generated):
            origins += subject.checkpointing.sites(verdict.holds)
            origins += subject.training_sites(verdict.holds)
        goes_on = generated.in_training or story.returns_to_training(generated)
        fix = None if story.comes_after(generated, Trained, ModeSet) else eval_with_cache(story, generated, goes_on)
        yield Place(generated, verdict, tuple(origins), fix, lasts=not goes_on)


def _harmed(story: Story, generated: Generated) -> list[Subject]:
    """The models that are in that state; all of them where that is open."""
    return story.harmed(generated, partial(_wrong, generated))


def _stays_in_eval_mode(story: Story, first: Event, later: Event) -> bool:
    """Whether nobody changes the mode between two events."""
    changes = (event for kind in (ModeSet, Trained, Lost) for event in story.events_of(kind))
    return not any(first.order < event.order < later.order for event in changes)


def _wrong(generated: Generated, subject: Subject) -> When:
    return subject.generates_wrong(generated.use_cache)


def _maybe_wrong(subject: Subject) -> When:
    checkpointing = subject.checkpointing.on | subject.checkpointing.unknown
    return checkpointing & (subject.mode.train | subject.mode.unknown) & subject.cache.may_exist
