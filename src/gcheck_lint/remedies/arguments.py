"""What makes checkpointing not reentrant, or a reentrant one see its input: arguments that are added, or lose their name."""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Site
from gcheck_lint.remedies.names import call_around
from gcheck_lint.story.domain.call_events import CallCheckpointed
from gcheck_lint.story.effects.checkpointing_requests import FIELD
from gcheck_lint.story.query import Story
from gcheck_lint.story.verdicts import When
from gcheck_lint.text.spans import Edit

_NEW = "activation_checkpointing"
_ENABLING = (f"{FIELD}_enable", f"{_NEW}_enable")
_SAID = '{"use_reentrant": False}'
# Under ZeRO-3 checkpointing that is not reentrant raises a CheckpointError where weights are frozen: computed again they have
# another shape (reported in huggingface/transformers#47254, deepspeedai/DeepSpeed#8130 and huggingface/trl#2514; not run).
# Which stage it is mostly stands in another file.
_DEEPSPEED = re.compile(r"deepspeed|zero3|zero_3", re.IGNORECASE)


def can_be_not_reentrant(site: Site, story: Story, holds: When) -> bool:
    """Whether all versions in which a finding holds have the argument that makes the checkpointing of a switch not reentrant."""
    return not story.releases(lacking(*_argument(site), story) & holds)


def words_for_not_reentrant(site: Site, story: Story, holds: When) -> str:
    """What is to be passed beside the switch; without a name that raises in one of the versions in which a finding holds."""
    name = _argument(site)[1]
    if can_be_not_reentrant(site, story, holds):
        unless = ", except under DeepSpeed's ZeRO-3 with frozen weights" if may_be_under_deepspeed(site) else ""
        return f"pass `{name}={_SAID}`{unless}"
    return "" if name.startswith(_NEW) else "require transformers 4.35 or later, which has `use_reentrant`"


def may_be_under_deepspeed(site: Site) -> bool:
    """Whether a script speaks of DeepSpeed, so that it may train with ZeRO-3: `use_reentrant=False` may end it there."""
    return _DEEPSPEED.search(site.module.source.text) is not None


def _argument(site: Site) -> tuple[str, str]:
    """The argument that says it beside a switch: of what, and its name."""
    node = site.node
    if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value in (FIELD, _NEW):
        return "arguments", f"{node.keyword.value}_kwargs"
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _ENABLING:
        return f"model.{node.func.attr.value}", f"{node.func.attr.value.removesuffix('_enable')}_kwargs"
    return "arguments", f"{FIELD}_kwargs"


def lacking(of: str, name: str, story: Story) -> When:
    """The versions that lack an argument, or the method that takes it."""
    method = knowledge.load().name(*of.split(".", 1)) if "." in of else None
    names = [one for one in (method, knowledge.load().name(of, name)) if one is not None and one.missing is not None]
    return story.affected(*(one.when_missing for one in names)) if names else story.never()


def say_not_reentrant(site: Site, story: Story, safety: Safety = Safety.UNSAFE) -> Fix | None:
    """The argument, beside the switch. It changes how the layers run: safe where they can't be run, or learn, as they are."""
    node = site.node
    if site.inner is not None or may_be_under_deepspeed(site):
        return None
    of, name = _argument(site)
    if isinstance(node, cst.Arg) and node.keyword is not None and f"{node.keyword.value}_kwargs" == name:
        call = call_around(site, node)
    elif isinstance(node, cst.Call) and of != "arguments":
        call = node
    else:
        return None
    if lacking(of, name, story).possible:
        return None
    given = {arg.keyword.value for arg in call.args if arg.keyword is not None} if call is not None else set()
    if call is None or given & {f"{FIELD}_kwargs", f"{_NEW}_kwargs"} or (call is node and node.args):
        return None
    beside = node if isinstance(node, cst.Arg) else None
    made = edits.add_argument(Site(site.module, call), f"{name}={_SAID}", beside)
    return None if made is None else Fix(f"Pass `{name}={_SAID}`", made, safety, "reentrant")


def say_of_call(call: CallCheckpointed) -> Fix | None:
    """`use_reentrant=False` as the call's last argument, or in the place of a plain `use_reentrant=True`."""
    node = call.site.node
    if call.site.inner is not None or not isinstance(node, cst.Call) or may_be_under_deepspeed(call.site):
        return None
    given = next((arg for arg in node.args if arg.keyword is not None and arg.keyword.value == "use_reentrant"), None)
    if given is None:
        made = edits.add_argument(call.site, "use_reentrant=False")
    elif isinstance(given.value, cst.Name) and given.value.value == "True":
        made = edits.replace(Site(call.site.module, given.value), "False")
    else:
        made = None
    return None if made is None else Fix("Pass `use_reentrant=False`", made, Safety.UNSAFE, "reentrant")


def by_position(call: Site, name: str) -> Fix | None:
    """The layer's first argument without its name, where it is the first one that is written."""
    node = call.node
    if call.inner is not None or not isinstance(node, cst.Call) or not node.args or node.args[0].keyword is None:
        return None
    first = node.args[0]
    start, end = call.module.extent(first)[0], call.module.extent(first.value)[0]
    text = call.module.source.text[start:end]
    if "#" in text or first.keyword is None or first.keyword.value != name or name not in text:
        return None
    return Fix("Pass it positionally", (Edit(call.path, start, end, ""),), Safety.UNSAFE, "position")


def ask_for_none(switch: Site) -> Fix | None:
    """`gradient_checkpointing=False` in the place of `True`. Unsafe: what is left checkpoints in another way."""
    node = switch.node
    if switch.inner is not None or not isinstance(node, cst.Arg) or not isinstance(node.value, cst.Name) or node.keyword is None:
        return None
    if node.value.value != "True":
        return None
    made = edits.replace(Site(switch.module, node.value), "False")
    return Fix(f"Set `{node.keyword.value}` to `False`", made, Safety.UNSAFE, "one checkpointing")


def is_argument(site: Site) -> bool:
    """Whether it is an argument of a call."""
    return isinstance(site.node, cst.Arg)
