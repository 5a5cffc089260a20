"""GCK204: the cache is switched on again where generation does not ask. Evidence: S7, S18."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CACHE, TRAINING
from gcheck_lint.judgements.restores import spoils_text
from gcheck_lint.judgements.unread_bases import question_of_base
from gcheck_lint.judgements.vain_restores import EFFECT, restores_in_vain
from gcheck_lint.remedies.names import restore_generation_config
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import Generated


@check("GCK204", needs=TRAINING & CACHE, once=True)
def restore_without_effect(story: Story) -> Iterator[Finding]:
    """`config.use_cache = True` should restore the cache, but the generation_config keeps it off."""
    for restore in restores_in_vain(story):
        verdict = story.judge(story.when(restore.event.condition), restore.harmed, EFFECT)
        if verdict is None:
            continue
        name = story.subjects(restore.event)[0].name
        message = f"`{name}` has its cache switched on in `config`, but generation reads `generation_config`"
        finding = Finding.at(restore.event.site, "generation does not read this switch", message, verdict)
        finding = finding.place(restore.offs, "the cache is off in the generation_config from here")
        for shown in restore.shown:
            label = "generates without the cache here" if isinstance(shown, Generated) else "saved like this here"
            finding = finding.place(shown, label)
        fix = None if spoils_text(story, restore.event) else restore_generation_config(restore.event)
        question = question_of_base(story.subjects(restore.event)[0], verdict)
        yield finding.remedy(f"set `generation_config.use_cache = True` as well{question}", fix)
