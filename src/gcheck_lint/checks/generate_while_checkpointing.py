"""GCK203: generate() on a model in train mode with checkpointing on. Evidence: S6, S17, S19."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTING, CHECKPOINTING_CALL, GENERATING, TRAINING
from gcheck_lint.remedies.lines import eval_before
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.domain.events import Generated

_OUTCOME = "generate-while-checkpointing"


@check("GCK203", needs=(TRAINING & CHECKPOINTING) | (GENERATING & CHECKPOINTING_CALL))
def generate_while_checkpointing(story: Story) -> Iterator[Finding]:
    """A model generates in train mode with checkpointing on, as a training has left it or while it runs."""
    felt = story.affected(_OUTCOME)
    for generated in story.events_of(Generated):

        def wrong(subject: Subject, generated: Generated = generated) -> When:
            return subject.generates_wrong(generated.use_cache) & felt

        def maybe(subject: Subject) -> When:
            return (
                (subject.checkpointing | subject.checkpointing_unknown)
                & (subject.in_train_mode | subject.mode_unknown)
                & subject.may_have_cache
                & felt
            )

        verdict = story.judge(
            story.any(generated, lambda subject: subject.here), story.any(generated, wrong), story.any(generated, maybe)
        )
        outcome = None if verdict is None else story.worst_outcome(verdict, _OUTCOME)
        if verdict is None or outcome is None:
            continue
        harmed = [subject for subject in story.subjects(generated) if wrong(subject).possible] or story.subjects(generated)
        places = Places(generated.site)
        for subject in harmed:
            places.add(subject.switch_sites(verdict.holds), "checkpointing is switched on here")
            places.add(story.trainings_of(subject.state.model, verdict.holds)[:1], "the training leaves it in train mode")
        yield found(
            generated.site,
            f"`{harmed[0].state.model.made_by or 'the model'}` generates in train mode with gradient checkpointing on",
            outcome,
            verdict,
            places,
            label="generates here",
            remedy="call `eval()` on the model before it generates",
            fix=eval_before(generated, goes_on=generated.in_training or story.returns_to_training(generated)),
        )
