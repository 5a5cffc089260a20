"""GCK410: DeepSpeed's section on checkpointing is asked for by no model of transformers. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import TRAINING, said
from gcheck_lint.story import Story, Subject
from gcheck_lint.story.domain.events import SectionAsked, Trained
from gcheck_lint.story.verdicts import When

SECTION = said("activation_checkpointing") & said("deepspeed")


@check("GCK410", needs=TRAINING & SECTION, once=True)
def deepspeed_checkpointing_unheard(story: Story) -> Iterator[Finding]:
    """A DeepSpeed config has a checkpointing section, but the model trains without checkpointing."""
    for asked in story.events_of(SectionAsked):
        for subject in (one for trained in story.events_of(Trained) for one in story.subjects(trained)):
            if not subject.is_also_of(asked) or subject.event.order < asked.order or subject.event.entry != asked.entry:
                continue
            held = _held(story, asked, subject)
            verdict = story.judge(subject.here, held & subject.here & subject.checkpointing.off, "section-unheard")
            if verdict is None:
                continue
            message = f"`{subject.name}` does not use DeepSpeed's `activation_checkpointing`"
            yield (
                Finding.at(asked.site, "this config has the section", message, verdict)
                .place(subject.event, "trained here without checkpointing")
                .remedy("call `gradient_checkpointing_enable()` on the model, or remove the section")
            )


def _held(story: Story, asked: SectionAsked, subject: Subject) -> When:
    """The config is that of the model."""
    found = story.never()
    for state in asked.states:
        found |= story.when(state.condition) if state.model is subject.state.model else story.never()
    return found
