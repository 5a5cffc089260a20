"""What puts a finding right, as text edits at the place where it happens, on the name that the script itself uses there."""

from __future__ import annotations

import libcst as cst

from gcheck_lint import edits
from gcheck_lint.diagnostics import Edit, Fix, Safety
from gcheck_lint.story.events import CheckpointingSwitched, Generated, Receiver, Saved, TrainerBuilt
from gcheck_lint.story.values import Known
from gcheck_lint.syntax import Site

_TRAINER_METHODS = ("save_model", "_save", "train")


def name_of(receiver: Receiver | None) -> str | None:
    """The expression of a model at a place, when it can be written down again."""
    if receiver is None or receiver.site.inner is not None:
        return None
    text = edits.written(receiver.site)
    if text == "super()":
        text = "self"
    return text + receiver.suffix if edits.is_plain(text) else None


def switch_cache_off_after(switch: CheckpointingSwitched) -> Fix | None:
    """`model.config.use_cache = False` in the line after the call that switches checkpointing on."""
    named = _switched(switch.site)
    text = None if named is None else name_of(Receiver(Site(switch.site.module, named)))
    if text is None:
        return None
    line = f"{text}.config.use_cache = False"
    return _fix(f"Add `{line}`", edits.insert_after(switch.site, line), "cache off")


def _switched(site: Site) -> cst.CSTNode | None:
    """The expression of the model whose checkpointing a call switches on."""
    node = site.node
    if not isinstance(node, cst.Call):
        return None
    if site.inner is not None:  # the call leads into a helper of another module: what it returns is the model
        statement = site.module.statement(node)
        if isinstance(statement, cst.Assign) and statement.value is node and len(statement.targets) == 1:
            target = statement.targets[0].target
            return target if isinstance(target, (cst.Name, cst.Attribute)) else None
        return None
    if isinstance(node.func, cst.Attribute) and node.func.attr.value.endswith("_enable"):
        return node.func.value
    return node.args[0].value if node.args and node.args[0].star == "" else None


def switch_cache_off_before_trainer(built: TrainerBuilt) -> Fix | None:
    """`model.config.use_cache = False` in the line before the trainer is built."""
    if built.site.inner is not None:
        return None
    named = built.trainer.fields.get("@named")
    if not isinstance(named, Known) or named.site is None or not isinstance(named.site.node, (cst.Name, cst.Attribute)):
        return None
    text = edits.written(named.site)
    line = f"{text}.config.use_cache = False"
    return _fix(f"Add `{line}`", edits.insert_before(built.site, line), "cache off")


def restore_before(event: Saved | Generated, *, where: str = "config", goes_on: bool = False) -> Fix | None:
    """`model.config.use_cache = True` in the line before a save or a generate; where training goes on, `False` after it."""
    text = name_of(event.receiver)
    if text is None:
        return None
    on_config = isinstance(event, Saved) and event.how.startswith("config.") and event.site.inner is None
    holder = text if on_config else f"{text}.{where}"
    return _around(event.site, f"{holder}.use_cache = True", f"{holder}.use_cache = False" if goes_on else None, "cache on")


def eval_before(event: Generated, *, goes_on: bool) -> Fix | None:
    """`model.eval()` in the line before a generate; where training goes on, `model.train()` after it."""
    text = name_of(event.receiver)
    return None if text is None else _around(event.site, f"{text}.eval()", f"{text}.train()" if goes_on else None, "eval")


def _around(site: Site, first: str, then: str | None, group: str) -> Fix | None:
    """A line before a statement, and perhaps one after it: with both the fix is unsafe, since it frames somebody's loop."""
    before = edits.insert_before(site, first)
    if then is None:
        return _fix(f"Add `{first}`", before, group)
    after = edits.insert_after(site, then)
    if before is None or after is None:
        return None
    return Fix(f"Put `{first}` before and `{then}` after", (*before, *after), Safety.UNSAFE, group)


def turn_off(site: Site) -> Fix | None:
    """An explicit `use_cache=True` flipped, or a flag negated."""
    value = _value_node(site)
    if value is None:
        return None
    place = Site(site.module, value)
    if isinstance(value, cst.Name) and value.value == "True":
        return Fix("Set `use_cache` to `False`", edits.replace(place, "False"), Safety.UNSAFE)
    if isinstance(value, cst.UnaryOperation) and isinstance(value.operator, cst.Not):
        inner = edits.written(Site(site.module, value.expression))
        return Fix(f"Set `use_cache` to `{inner}`", edits.replace(place, inner), Safety.UNSAFE) if edits.is_plain(inner) else None
    if isinstance(value, (cst.Name, cst.Attribute)):
        text = edits.written(place)
        return Fix(f"Set `use_cache` to `not {text}`", edits.replace(place, f"not {text}"), Safety.UNSAFE)
    return None


def onto_config(site: Site) -> Fix | None:
    """`model.use_cache = …` moved to `model.config.use_cache = …`."""
    node = site.node
    if not isinstance(node, cst.Attribute) or site.inner is not None:
        return None
    text = edits.written(Site(site.module, node.value))
    line = f"{text}.config.use_cache"
    return Fix(f"Set `{line}`", edits.replace(site, line), Safety.SAFE) if edits.is_plain(text) else None


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
