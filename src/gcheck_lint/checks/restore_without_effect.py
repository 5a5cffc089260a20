"""GCK204: the cache is switched on again where generation does not ask. Evidence: S7, S18."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CACHE, TRAINING
from gcheck_lint.judgements.vain_restores import EFFECT, restores_in_vain
from gcheck_lint.remedies.names import restore_generation_config
from gcheck_lint.story import Site, Story
from gcheck_lint.story.domain.events import Generated


@check("GCK204", needs=TRAINING & CACHE)
def restore_without_effect(story: Story) -> Iterator[Finding]:
    """`config.use_cache = True` is meant to bring the cache back, and the generation_config keeps it off."""
    reported: set[Site] = set()
    for restore in restores_in_vain(story):
        reached = story.when(restore.event.condition)
        verdict = story.judge(reached, restore.harmed)
        outcome = None if verdict is None else story.worst_outcome(verdict, EFFECT)
        if verdict is None or outcome is None or restore.event.site in reported:
            continue
        reported.add(restore.event.site)
        places = Places(restore.event.site)
        places.add(restore.offs, "the generation_config has the cache off since here")
        for shown in restore.shown:
            label = "generates without the cache here" if isinstance(shown, Generated) else "saved so here"
            places.add([shown.site], label)
        name = restore.event.states[0].model.made_by or "the model"
        yield found(
            restore.event.site,
            f"the cache of `{name}` is switched on again in its `config`, and its `generation_config` keeps it off",
            outcome,
            verdict,
            places,
            label="nothing asks this switch when text is generated",
            remedy="set `generation_config.use_cache = True` as well",
            fix=restore_generation_config(restore.event),
        )
