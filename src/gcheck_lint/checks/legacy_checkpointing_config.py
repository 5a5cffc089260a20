"""GCK403: checkpointing is asked for where nobody reads it. Evidence: scenarios legacy_config and renamed_arguments."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, Places, check, found
from gcheck_lint.checks.needs import CHECKPOINTING, LOADED_WITH_CHECKPOINTING, TRAINING
from gcheck_lint.judgements.unheard_requests import requests_in_vain
from gcheck_lint.remedies.names import enable_instead
from gcheck_lint.story import Site, Story

_WORDS = {
    "live config": ("`gradient_checkpointing` is set on the config of a model that is there already", "call the model's method"),
    "config load": ("`gradient_checkpointing` is dropped by the load of a config", "call the model's method once it is built"),
    "load": ("`from_pretrained` hands `gradient_checkpointing` to a constructor that rejects it", "call the model's method"),
    "arguments": ("an old name is set on training arguments that are built", "set `activation_checkpointing`"),
}


@check("GCK403", needs=TRAINING & CHECKPOINTING | LOADED_WITH_CHECKPOINTING)
def legacy_checkpointing_config(story: Story) -> Iterator[Finding]:
    """Checkpointing is asked for through a config, a load or an old name that does not switch it on."""
    reported: set[Site] = set()
    for request in requests_in_vain(story):
        verdict = story.judge(story.entry_of(request.event), request.harmed)
        outcome = None if verdict is None else story.worst_outcome(verdict, request.outcome_id)
        if verdict is None or outcome is None or request.site in reported:
            continue
        reported.add(request.site)
        message, remedy = _WORDS[request.event.way]
        yield found(
            request.site,
            message,
            outcome,
            verdict,
            Places(request.site).add(request.trainings, "trained here without checkpointing"),
            label="raises a TypeError" if request.event.way == "load" else "switches nothing on",
            remedy=remedy,
            fix=enable_instead(request.event, story),
        )
