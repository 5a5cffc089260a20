"""GCK106: a model whose layers share keys and values through the cache trains without it. Evidence: shared_keys_and_values."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import SHARED_CACHE, TRAINING
from gcheck_lint.judgements.shared_caches import Bereft, bereft_trainings
from gcheck_lint.story import Site, Story

_NEWER = "train it with transformers 5.6 or later, and pass `use_reentrant=False` if it uses checkpointing"
_NOT_REENTRANT = "pass `use_reentrant=False`"


@check("GCK106", needs=TRAINING & SHARED_CACHE, once=True)
def shared_kv_without_cache(story: Story) -> Iterator[Finding]:
    """Gemma 3n, or Gemma 4 E2B and E4B, train without the cache through which their layers share keys and values."""
    for one in bereft_trainings(story):
        lack = "reentrant gradient checkpointing" if one.reentrant else "no cache"
        message = f"`{one.name}`, whose layers share keys and values, trains with {lack}"
        finding = Finding.at(one.site, _label(one, one.site), message, one.verdict)
        for site in (*([] if one.reentrant else one.switched_off), *one.subject.checkpointing.sites(one.verdict.holds)):
            finding = finding.place(site, _label(one, site))
        yield finding.place(one.event, "trained here").remedy(_NOT_REENTRANT if one.reentrant else _NEWER)


def _label(one: Bereft, site: Site) -> str:
    """What stands at a place: what switches the cache off, or checkpointing on, or trains."""
    if site in one.switched_off:
        return "the cache is switched off here"
    return "trained here" if site == one.event.site else one.story.switch_label(site)
