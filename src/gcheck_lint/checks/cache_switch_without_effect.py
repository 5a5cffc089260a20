"""GCK104: a switch of the cache that does nothing. Evidence: S2, S7."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.diagnostics import Severity
from gcheck_lint.story import Story
from gcheck_lint.story.events import Ineffective
from gcheck_lint.story.repairs import onto_config

_REJECTED = "from_config rejects use_cache"
_MESSAGES = {
    "attribute of the model": (
        "`use_cache` is set on the model, which nothing reads",
        "set it on the model's `config`",
    ),
    _REJECTED: (
        "`from_config` passes `use_cache` on to a constructor that rejects it",
        "set `use_cache` on the config before",
    ),
    "after the training": (
        "`use_cache` is switched off only after the training",
        "switch it off before the model trains",
    ),
    "not the model's config": ("`use_cache` is set on a config that no model has", "set it on `model.config`"),
}


@check("GCK104")
def cache_switch_without_effect(story: Story) -> Iterator[Finding]:
    """A switch of the cache has no effect on the model that trains, or is an error."""
    reported = set()
    for event in story.events_of(Ineffective):
        impact = story.target.impact("from-config-rejects-use-cache" if event.why == _REJECTED else "switch-without-effect")
        verdict = story.judge(story.when(event.condition), story.when(event.condition))
        if impact is None or verdict is None or event.site in reported:
            continue
        reported.add(event.site)
        message, remedy = _MESSAGES[event.why]
        label = "raises a TypeError" if impact.severity is Severity.ERROR else "does nothing"
        fix = onto_config(event.site) if event.why == "attribute of the model" else None
        yield found(event.site, message, impact, verdict, Places(event.site), label=label, help=remedy, fix=fix)
