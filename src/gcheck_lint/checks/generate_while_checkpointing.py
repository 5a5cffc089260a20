"""GCK203: generate() on a model in train mode with checkpointing on. Evidence: S6, S17, S19."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import UNREAD, Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, CHECKPOINTING_CALL, GENERATING, TRAINING
from gcheck_lint.remedies.lines import eval_before
from gcheck_lint.story import Story, Subject, When
from gcheck_lint.story.domain.events import Generated


@check("GCK203", needs=(TRAINING & CHECKPOINTING) | (GENERATING & CHECKPOINTING_CALL))
def generate_while_checkpointing(story: Story) -> Iterator[Finding]:
    """A model generates in train mode with checkpointing on, as a training has left it or while it runs."""
    for generated in story.events_of(Generated):

        def wrong(subject: Subject, generated: Generated = generated) -> When:
            return subject.generates_wrong(generated.use_cache)

        verdict = story.judge(
            story.any(generated, lambda subject: subject.here),
            story.any(generated, wrong),
            "generate-while-checkpointing",
            maybe=story.any(generated, _maybe_wrong),
        )
        if verdict is None:
            continue
        harmed = [subject for subject in story.subjects(generated) if wrong(subject).possible] or story.subjects(generated)
        message = f"`{harmed[0].name}` generates in train mode with gradient checkpointing on"
        finding = Finding.at(generated.site, "generates here", message, verdict)
        for subject in harmed:
            finding = finding.place(subject.checkpointing.sites(verdict.holds), "checkpointing is switched on here")
            finding = finding.place(subject.unread_sites(verdict.certainty), UNREAD)
            finding = finding.place(subject.training_sites(verdict.holds)[:1], "the training leaves it in train mode")
        goes_on = generated.in_training or story.returns_to_training(generated)
        yield finding.remedy("call `eval()` on the model before it generates", eval_before(generated, goes_on=goes_on))


def _maybe_wrong(subject: Subject) -> When:
    checkpointing = subject.checkpointing.on | subject.checkpointing.unknown
    return checkpointing & (subject.mode.train | subject.mode.unknown) & subject.cache.may_exist
