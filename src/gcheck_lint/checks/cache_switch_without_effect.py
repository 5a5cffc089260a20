"""GCK104: a switch of the cache that does nothing. Evidence: S2, S7, nested_configs."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import BUILT_WITH_CACHE, CACHE, CACHE_ATTRIBUTE, TRAINING
from gcheck_lint.findings.diagnostics import Severity
from gcheck_lint.judgements.vain_switches import BESIDE_THE_PART, switches_without_effect
from gcheck_lint.remedies.lines import onto_config
from gcheck_lint.remedies.nested_lines import onto_part
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import ON_THE_MODEL

_REJECTED = "from_config rejects use_cache"
_EFFECTS = {_REJECTED: "from-config-rejects-use-cache", BESIDE_THE_PART: "switch-beside-the-part"}
_WITHIN = "set it on the language model's config, inside the model's `config`"
_WORDS = {
    ON_THE_MODEL: ("`use_cache` is set on the model itself", "set it on the model's `config`"),
    _REJECTED: ("`from_config` passes `use_cache` to a constructor that rejects it", "set `use_cache` on the config before"),
    "after the training": ("`use_cache` is switched off only after the training", "switch it off before the model trains"),
    BESIDE_THE_PART: ("`use_cache` is switched off in a config that the text model does not read", _WITHIN),
    "no model uses it": ("`use_cache` is switched off on a config that is not the trained model's", "set it on `model.config`"),
}


@check("GCK104", needs=(TRAINING & CACHE) | CACHE_ATTRIBUTE | BUILT_WITH_CACHE)
def cache_switch_without_effect(story: Story) -> Iterator[Finding]:
    """A statement that switches the cache has no effect on the model that trains, or raises an exception."""
    for switch in switches_without_effect(story):
        effect = _EFFECTS.get(switch.why, "switch-without-effect")
        verdict = story.judge(switch.reached, switch.reached, effect)
        if verdict is None:
            continue
        message, remedy = _WORDS[switch.why]
        remedy = _WITHIN if switch.composite and switch.why == ON_THE_MODEL else remedy
        label = "raises a TypeError" if verdict.outcome.severity is Severity.ERROR else "does nothing"
        label = "the text model does not read this" if switch.missed is not None else label
        fix = onto_config(switch.site) if switch.why == ON_THE_MODEL and not switch.composite else None
        if switch.missed is not None:
            remedy, fix = switch.missed.where_heard, onto_part(switch.missed.switches_of_whole(), switch.missed.part)
        yield Finding.at(switch.site, label, message, verdict).place(switch.trainings, "trained here").remedy(remedy, fix)
