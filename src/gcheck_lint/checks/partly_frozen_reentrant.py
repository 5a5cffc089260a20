"""GCK303: a head is trained, and the layers before it are cut off by a reentrant checkpoint without a word. Evidence: S9."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import UNREAD, Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, TRAINING
from gcheck_lint.judgements.cut_off_layers import cut_trainings, starved_towers
from gcheck_lint.story import Story


@check("GCK303", needs=TRAINING & CHECKPOINTING)
def partly_frozen_reentrant(story: Story) -> Iterator[Finding]:
    """Layers and a head are trained, the embeddings are frozen, and reentrant checkpointing gives the layers no gradient."""
    for cut in cut_trainings(story, raising=False):
        message = f"`{cut.name}` trains with frozen embeddings under reentrant checkpointing"
        yield (
            Finding.at(cut.site, story.switch_label(cut.site), message, cut.verdict)
            .place(cut.subject.unread_sites(cut.verdict.certainty), UNREAD)
            .place(cut.built, "passed to the trainer here")
            .place(cut.event, "trained here")
            .remedy(cut.remedy, cut.fix())
        )
    for cut in starved_towers(story):
        message = f"`{cut.name}` trains adapters in its encoder or tower under reentrant checkpointing"
        yield (
            Finding.at(cut.site, story.switch_label(cut.site), message, cut.verdict)
            .place(cut.built, "passed to the trainer here")
            .place(cut.event, "trained here")
            .remedy(cut.remedy, cut.fix())
        )
