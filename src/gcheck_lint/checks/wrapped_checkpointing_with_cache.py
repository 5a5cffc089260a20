"""GCK105: layers are run again behind the model's back, with its cache on. Evidence: the proof of its examples, and its card."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.checks import Finding, check
from gcheck_lint.checks.needs import TRAINING, said
from gcheck_lint.judgements.recomputed_layers import recomputations_with_cache
from gcheck_lint.remedies.forward_passes import make_no_cache
from gcheck_lint.story import Story
from gcheck_lint.story.verdicts import sure_first

WRAPPING = (
    said("checkpoint_wrapper")
    | said("apply_activation_checkpointing")
    | said("activation_checkpointing_policy")
    | said("FSDPStrategy") & said("activation_checkpointing")
    | said("fsdp_config") & said("activation_checkpointing")
    | said("FullyShardedDataParallelPlugin") & said("activation_checkpointing")
)


@check("GCK105", needs=TRAINING & WRAPPING, once=True)
def wrapped_checkpointing_with_cache(story: Story) -> Iterator[Finding]:
    """Layers are wrapped in checkpoints, and the model trains with its cache on."""
    for found in sure_first(recomputations_with_cache(story)):
        message = f"`{found.subject.name}` trains with the KV cache on, and its layers are wrapped in checkpoints"
        yield (
            Finding.at(found.wrapped.site, "wrapped here", message, found.verdict)
            .place(found.subject.cache.sites(True, found.verdict.holds), "the cache is switched on here")
            .place(found.forward(), "this pass fills the cache")
            .place(found.event, "trained here with the cache on")
            .remedy("pass `use_cache=False` in training, or set it on the config first", make_no_cache(story, found.event))
        )
