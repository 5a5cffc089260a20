"""GCK403: checkpointing is asked for where nobody reads it. Evidence: scenarios legacy_config and renamed_arguments."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import CHECKPOINTING, LOADED_WITH_CHECKPOINTING, TRAINING
from gcheck_lint.judgements.unheard_requests import requests_in_vain
from gcheck_lint.remedies.names import enable_instead
from gcheck_lint.story import Story

_WORDS = {
    "live config": ("`gradient_checkpointing` is set on the config of a model that is already built", "call the model's method"),
    "config load": ("`gradient_checkpointing` is dropped when the config is loaded", "call the model's method once it is built"),
    "load": ("`from_pretrained` passes `gradient_checkpointing` to a constructor that rejects it", "call the model's method"),
    "arguments": (
        "`gradient_checkpointing` is set on training arguments after they are built, where the old name has no effect",
        "set `activation_checkpointing`",
    ),
}


@check("GCK403", needs=TRAINING & CHECKPOINTING | LOADED_WITH_CHECKPOINTING, once=True)
def legacy_checkpointing_config(story: Story) -> Iterator[Finding]:
    """Checkpointing is requested through a config, a load or an old name that does not switch it on."""
    for request in requests_in_vain(story):
        verdict = story.judge(story.entry_of(request.event), request.harmed, request.effect)
        if verdict is None:
            continue
        message, remedy = _WORDS[request.event.way]
        label = "raises a TypeError" if request.event.way == "load" else "switches nothing on"
        yield (
            Finding.at(request.site, label, message, verdict)
            .place(request.trainings, "trained here without checkpointing")
            .remedy(remedy, enable_instead(request.event, story))
        )
