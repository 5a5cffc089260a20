"""What has a forward pass make no cache: an argument of the call, so that nothing is stored with the model."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.remedies.lines import is_made_of_others, switch_cache_off_before_trainer
from gcheck_lint.story.domain.events import Forwarded, Trained
from gcheck_lint.story.query import Story


def make_no_cache(story: Story, trained: Trained) -> Fix | None:
    """`use_cache=False` in the call that the loss comes from; for a trainer, which makes that call itself, in the config."""
    if any(story.models[state.model].nested is not None for state in trained.states):
        return None  # its switch is in a config within its config
    if trained.trainer is not None:
        built = story.trainer_built(trained.trainer)
        return None if built is None else switch_cache_off_before_trainer(built, ("config",))
    return _pass_off(trained.forwards[0]) if len(trained.forwards) == 1 else None


def _pass_off(forward: Forwarded) -> Fix | None:
    """The argument, as the call's last one. Unsafe where the script reads the cache of some pass."""
    site, node = forward.site, forward.site.node
    if site.inner is not None or not isinstance(node, cst.Call) or is_made_of_others(forward):
        return None
    if any(arg.keyword is not None and arg.keyword.value == "use_cache" for arg in node.args):
        return None
    made = edits.add_argument(site, "use_cache=False")
    safety = Safety.UNSAFE if "past_key_values" in site.module.source.text else Safety.SAFE
    return None if made is None else Fix("Pass `use_cache=False`", made, safety, "cache off")
