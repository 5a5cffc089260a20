"""GCK108: a load hands `use_cache` to a constructor that takes none. Evidence: the proof of its examples."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import LOADED_WITH_CACHE
from gcheck_lint.remedies.cache_arguments import onto_config, words_for_config
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import CacheRefused


@check("GCK108", needs=LOADED_WITH_CACHE, once=True)
def cache_argument_not_taken(story: Story) -> Iterator[Finding]:
    """`from_pretrained` passes `use_cache`, which the config does not accept, to a constructor that rejects it."""
    for refused in story.events_of(CacheRefused):
        if refused.guarded:
            continue  # an error that is caught is expected
        effect = "cache-argument-beside-config" if refused.beside else "cache-argument-not-taken"
        verdict = story.judge(story.entry_of(refused), story.when(refused.condition), effect)
        if verdict is None:
            continue
        message = f"`{refused.cls}` does not accept `use_cache`"
        if refused.beside:
            message = f"`{refused.cls}` gets `use_cache` together with a config, and no constructor accepts it"
        finding = Finding.at(refused.site, "raises a TypeError", message, verdict)
        yield finding.remedy(words_for_config(refused), onto_config(refused, story, verdict.holds))
