"""What puts a finding right, as text edits at the place where it happens, on the name that the script itself uses there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import libcst as cst

from gcheck_lint import knowledge
from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.edits import Naming
from gcheck_lint.python.repeating import can_be_called_again
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.events import CheckpointingSwitched, Event, Forwarded, Generated, Receiver, Saved, TrainerBuilt
from gcheck_lint.story.domain.facets import Holding, TrainerSetup
from gcheck_lint.story.domain.objects import Wrapper, Wrapping
from gcheck_lint.story.domain.values import GuardedUnion, Value
from gcheck_lint.text.spans import Edit

_WAS: Final = "cache_was"
_KEPT: Final = re.compile(rf"\b{_WAS} = \S+\.use_cache\b|\.use_cache = {_WAS}\b")
_LEARNS: Final = r"\b(?:backward|fit|step|train)\b"
_Insert = Callable[..., "tuple[Edit, ...] | None"]


def name_of(receiver: Receiver | None) -> Naming | None:
    """The expression of a model at a place, when it can be written down again."""
    if receiver is None or receiver.site.inner is not None:
        return None
    named = edits.naming(receiver.site)
    if named is None or not (named.pure or _only_asks(receiver.site)):
        return None
    return Naming(("self" if named.text == "super()" else named.text) + receiver.suffix, named.pure)


def _only_asks(site: Site) -> bool:
    """Whether functions of the script's own that name a model can be called again: none of them does anything to one."""
    return can_be_called_again(site, re.compile(f"{_LEARNS}|{knowledge.load().relevant.pattern}"))


def is_made_of_others(event: Event) -> bool:
    """Whether a model is made of others, by the script or by its class: the config that counts is none that is named there.

    Of those whose class was run it is known where the switch is.
    """
    composites = knowledge.load().composites
    return any(
        state.model.facet(Holding) is not None or (state.model.made_by in composites and not state.written)
        for state in event.states
    )


def switch_cache_off_after(switch: CheckpointingSwitched, holders: Sequence[str]) -> Fix | None:
    """`model.config.use_cache = False` in the line after the call that switches checkpointing on."""
    return _line_after(switch, [f"{holder}.use_cache = False" for holder in holders], "cache off")


def let_gradients_through(switch: CheckpointingSwitched | None, built: TrainerBuilt | None) -> Fix | None:
    """`model.enable_input_require_grads()` after the call that switches checkpointing on, or before the trainer is built."""
    line, group = "enable_input_require_grads()", "input grads"
    if switch is not None:
        return _line_after(switch, [line], group)
    return None if built is None else _line_before_trainer(built, [line], group)


def _line_after(switch: CheckpointingSwitched, what: Sequence[str], group: str) -> Fix | None:
    named = _switched(switch.site)
    name = None if named is None or is_made_of_others(switch) else name_of(Receiver(Site(switch.site.module, named)))
    if name is None or not what:
        return None
    lines = [f"{name.text}.{one}" for one in what]
    # behind an `and` it would be done also where checkpointing is not on
    safety = Safety.SAFE if name.pure and edits.runs_always(switch.site) else Safety.UNSAFE
    return _fix(_added(lines), edits.insert_after(switch.site, *lines), group, safety)


def _added(lines: Sequence[str]) -> str:
    return f"Add `{'`, `'.join(lines)}`"


def _switched(site: Site) -> cst.CSTNode | None:
    """The expression of the model whose checkpointing a call switches on, as it is named after the call."""
    node = site.node
    if not isinstance(node, cst.Call):
        return None
    if site.inner is None:
        if isinstance(node.func, cst.Attribute) and node.func.attr.value.endswith("_enable"):
            return node.func.value
        given = next((arg for arg in node.args if arg.keyword is not None and arg.keyword.value == "model"), None)
        if given is None and node.args and node.args[0].keyword is None and node.args[0].star == "":
            given = node.args[0]
        if given is not None and edits.naming(Site(site.module, given.value)) is not None:
            return given.value
    # a model that is loaded right there, or a helper of another module: what comes back is the model
    statement = site.module.statement(node)
    if isinstance(statement, cst.Assign) and statement.value is node and len(statement.targets) == 1:
        target = statement.targets[0].target
        return target if isinstance(target, (cst.Name, cst.Attribute)) else None
    return None


def switch_cache_off_before_trainer(built: TrainerBuilt, holders: Sequence[str]) -> Fix | None:
    """`model.config.use_cache = False` in the line before the trainer is built."""
    return _line_before_trainer(built, [f"{holder}.use_cache = False" for holder in holders], "cache off")


def _line_before_trainer(built: TrainerBuilt, what: Sequence[str], group: str) -> Fix | None:
    if built.site.inner is not None or is_made_of_others(built) or not what:
        return None
    setup = built.trainer.facet(TrainerSetup)
    if setup is None or setup.named is None or setup.named.module is not built.site.module:
        return None
    name = name_of(Receiver(setup.named))
    wrapped = _is_parallel(built.trainer.fields.get("model"))
    if name is None or not name.pure or wrapped is None:
        return None
    lines = [f"{name.text}{'.module' if wrapped else ''}.{one}" for one in what]
    return _fix(_added(lines), edits.insert_before(built.site, *lines), group)


def _is_parallel(value: Value | None) -> bool | None:
    """Whether a model is behind DistributedDataParallel or the like, which has no `config`. None: only sometimes."""
    if isinstance(value, GuardedUnion):
        found = {_is_parallel(choice) for _, choice in value.alternatives}
        return found.pop() if len(found) == 1 else None
    return isinstance(value, Wrapper) and value.wrapping is Wrapping.PARALLEL


def restore_before(
    event: Saved | Generated,
    holders: Sequence[str] = ("config",),
    *,
    goes_on: bool = False,
    training: bool = False,
    always_off: Sequence[str] = ("config", "generation_config"),
) -> Fix | None:
    """`model.config.use_cache = True` in the line before a save or a generate; where training goes on, `False` after it.

    `holders`: which of the model's configs have, or may have, the cache off. `training`: the model is in train mode with
    checkpointing on, where a cache would make the text wrong, so it has to be put into eval mode as well. `always_off`: which
    have it off for all choices of the user. Of the config, which the training asks, the old value is kept and put back for the
    others; a generation_config that may have been on all the time stays on.
    """
    name = name_of(event.receiver)
    if name is None or is_made_of_others(event):
        return None
    on_config = isinstance(event, Saved) and event.how.startswith("config.") and event.site.inner is None
    holders = [holder for holder in holders if holder != "generation_config"] if on_config else holders
    places = [f"{name.text}{holder.removeprefix('config') if on_config else f'.{holder}'}" for holder in holders]
    first = [f"{name.text}.eval()"] * training + [f"{place}.use_cache = True" for place in places]
    then = [f"{name.text}.train()"] * training
    for holder, place in zip(holders, places, strict=True):
        if holder in always_off:
            then.append(f"{place}.use_cache = False")
        elif goes_on and holder != "generation_config":
            if then[training:] or _KEPT.sub("", event.site.module.source.text).count(_WAS):
                return None
            first.insert(0, f"{_WAS} = {place}.use_cache")
            then.append(f"{place}.use_cache = {_WAS}")
    return _around(event.site, first, then if goes_on else [], "cache on", name.pure)


def eval_before(event: Generated, *, goes_on: bool) -> Fix | None:
    """`model.eval()` in the line before a generate; where training goes on, `model.train()` after it."""
    name = name_of(event.receiver)
    if name is None:
        return None
    return _around(event.site, [f"{name.text}.eval()"], [f"{name.text}.train()"] if goes_on else [], "eval", name.pure)


def train_before(event: Forwarded) -> Fix | None:
    """`model.train()` in the line before a forward pass: shown as advice, for it changes what the model computes."""
    name = name_of(event.receiver)
    line = f"{name.text}.train()" if name is not None else ""
    made = edits.insert_before(event.site, line) if line else None
    return _fix(f"Add `{line}`", made, "train", Safety.DISPLAY)


def eval_around(event: Forwarded, *, goes_on: bool) -> Fix | None:
    """`model.eval()` in the line before the block without gradients; where training goes on, `model.train()` after it."""
    name = name_of(event.receiver)
    if name is None:
        return None
    then = [f"{name.text}.train()"] if goes_on else []
    scope = event.scope
    if scope is None or not isinstance(scope.node, cst.With) or not edits.holds(scope, event.site):
        return _around(event.site, [f"{name.text}.eval()"], then, "eval", name.pure)
    if not edits.bound_outside(scope, name.text):
        return None
    return _around(scope, [f"{name.text}.eval()"], then, "eval", name.pure, edits.insert_after_block)


def _around(
    site: Site, first: list[str], then: list[str], group: str, pure: bool, insert_after: _Insert = edits.insert_after
) -> Fix | None:
    """Lines before a statement, and perhaps after it: with both the fix is unsafe, since it frames somebody's loop."""
    before = edits.insert_before(site, *first)
    if not then:
        return _fix(f"Add `{'`, `'.join(first)}`", before, group, Safety.SAFE if pure else Safety.UNSAFE)
    after = insert_after(site, *then)
    if before is None or after is None:
        return None
    return Fix(f"Put `{'`, `'.join(first)}` before and `{'`, `'.join(then)}` after", (*before, *after), Safety.UNSAFE, group)


def turn_off(site: Site) -> Fix | None:
    """An explicit `use_cache=True` flipped, or a flag negated."""
    value = _value_node(site)
    if value is None:
        return None
    place = Site(site.module, value)
    if isinstance(value, cst.Name) and value.value == "True":
        return _set(place, "False")
    if isinstance(value, cst.UnaryOperation) and isinstance(value.operator, cst.Not):
        inner = edits.written(Site(site.module, value.expression))
        bare = isinstance(value.expression, (cst.NamedExpr, cst.Lambda, cst.Yield, cst.GeneratorExp))
        return None if inner is None or bare else _set(place, inner)
    if isinstance(value, (cst.Name, cst.Attribute)):
        text = edits.written(place)
        return None if text is None else _set(place, f"not {text}")
    return None


def _set(place: Site, code: str) -> Fix:
    return Fix(f"Set `use_cache` to `{code}`", edits.replace(place, code), Safety.UNSAFE, "cache off")


def onto_config(site: Site) -> Fix | None:
    """`model.use_cache = …` moved to `model.config.use_cache = …`."""
    node = site.node
    if not isinstance(node, cst.Attribute) or site.inner is not None:
        return None
    text = edits.written(Site(site.module, node.value))
    title = "Set `use_cache` on the `config`" if text is None else f"Set `{text}.config.use_cache`"
    start, _ = site.module.extent(node.attr)
    return Fix(title, (Edit(site.path, start, start, "config."),), Safety.SAFE, "cache off")


def _value_node(site: Site) -> cst.BaseExpression | None:
    node = site.node
    if site.inner is not None:
        return None
    if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "use_cache":
        return node.value
    statement = site.module.statement(node)
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return statement.value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "setattr" and len(node.args) == 3:
        return node.args[2].value
    return None


def _fix(title: str, made: tuple[Edit, ...] | None, group: str, safety: Safety = Safety.SAFE) -> Fix | None:
    return None if made is None else Fix(title, made, safety, group)
