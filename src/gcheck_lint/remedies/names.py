"""What puts a name, or a request that nobody reads, right: the name itself is edited, or the model's method is called."""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Site
from gcheck_lint.remedies.lines import is_made_of_others
from gcheck_lint.story.domain.events import CacheSwitched, CheckpointingAsked, NameUsed
from gcheck_lint.story.effects.checkpointing_requests import FIELD
from gcheck_lint.story.query import Story

_ENABLE = "gradient_checkpointing_enable"
_NEW_KWARGS = "activation_checkpointing_kwargs"
_READ = re.compile(rf"\.{FIELD}\b(?!\s*=(?!=))|attr\([^)]*[\"']{FIELD}[\"']")


def rename(used: NameUsed, story: Story) -> Fix | None:
    """A deprecated name in its new form; a method together with its argument."""
    node, site = used.site.node, used.site
    if site.inner is not None:
        return None
    if isinstance(node, cst.Arg):
        return _renamed_argument(site, node, used.name.new)
    attribute = node.func if isinstance(node, cst.Call) else node
    if not isinstance(attribute, cst.Attribute) or attribute.attr.value != used.name.name:
        return None
    changes = [*edits.replace(Site(site.module, attribute.attr), used.name.new)]
    title = f"Rename to `{used.name.new}`"
    for argument in node.args if isinstance(node, cst.Call) else ():
        keyword = argument.keyword
        if keyword is not None and keyword.value == f"{FIELD}_kwargs":
            changes += edits.replace(Site(site.module, keyword), _NEW_KWARGS)
            title += f", and its argument `{_NEW_KWARGS}`"
        elif argument.star == "**":
            return None  # it may hold the argument under its old name
    return Fix(title, tuple(changes), Safety.SAFE, "name")


def _renamed_argument(site: Site, node: cst.Arg, new: str) -> Fix | None:
    call = call_around(site, node)
    if call is None or node.keyword is None:
        return None
    if any(other.keyword is not None and other.keyword.value == new for other in call.args):
        return None
    # what is unpacked beside it may hold the new name already
    safety = Safety.UNSAFE if any(other.star == "**" for other in call.args) else Safety.SAFE
    return Fix(f"Pass it as `{new}`", edits.replace(Site(site.module, node.keyword), new), safety, "name")


def restore_generation_config(switch: CacheSwitched) -> Fix | None:
    """`model.generation_config.use_cache = True` in the line after the same for `model.config`."""
    node, site = switch.site.node, switch.site
    if site.inner is not None or not isinstance(node, cst.Attribute) or not isinstance(node.value, cst.Attribute):
        return None
    if node.value.attr.value != "config" or is_made_of_others(switch):
        return None
    named = edits.naming(Site(site.module, node.value.value))
    if named is None:
        return None
    line = f"{named.text}.generation_config.use_cache = True"
    made = edits.insert_after(site, line)
    return None if made is None else Fix(f"Add `{line}`", made, Safety.SAFE if named.pure else Safety.UNSAFE, "cache on")


def enable_instead(asked: CheckpointingAsked, story: Story) -> Fix | None:
    """What was asked for in vain, asked where it is heard."""
    node, site = asked.site.node, asked.site
    if site.inner is not None:
        return None
    statement = site.module.statement(node)
    if isinstance(node, cst.Attribute):
        if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
            return None
        if asked.way == "arguments":
            return _new_name(site, node, story)
        if asked.way == "live config" and _is(statement.value, "True") and isinstance(node.value, cst.Attribute):
            named = edits.naming(Site(site.module, node.value.value))
            if node.value.attr.value == "config" and named is not None and not _is_read(site):
                code = f"{named.text}.{_enabling(story)}()"
                return Fix(f"Call `{code}`", edits.replace(Site(site.module, statement), code), Safety.SAFE, "enable")
        return None
    return _moved_out(asked, story, statement) if isinstance(node, cst.Arg) else None


def _new_name(site: Site, node: cst.Attribute, story: Story) -> Fix | None:
    """`args.activation_checkpointing = …`, where all of the target has it."""
    if (~story.affected(f"deprecated arguments.{FIELD}")).possible:
        return None
    new = "activation_checkpointing"
    # what reads the old name does not see what is assigned to the new one
    safety = Safety.UNSAFE if _is_read(site) else Safety.SAFE
    return Fix(f"Set `{new}`", edits.replace(Site(site.module, node.attr), new), safety, "name")


def _is_read(site: Site) -> bool:
    """Whether the file also reads a field of this name, of whatever object."""
    return _READ.search(site.module.source.text) is not None


def _moved_out(asked: CheckpointingAsked, story: Story, statement: cst.CSTNode) -> Fix | None:
    """A keyword of a load becomes a statement after it."""
    node, site = asked.site.node, asked.site
    assert isinstance(node, cst.Arg)
    call = call_around(site, node)
    if call is None or not isinstance(statement, cst.Assign) or len(statement.targets) != 1 or statement.value is not call:
        return None
    named = edits.naming(Site(site.module, statement.targets[0].target))
    away = edits.drop_argument(site.module, call, node)
    if named is None or away is None:
        return None
    if _is(node.value, "False"):
        return Fix("Remove the argument", away, Safety.SAFE, "enable")
    line = f"{named.text}.{_enabling(story)}()" if asked.way == "load" else f"{named.text}.{FIELD} = True"
    after = edits.insert_after(site, line)
    if after is None or not _is(node.value, "True"):
        return None
    return Fix(f"Set `{line}` after it", (*away, *after), Safety.SAFE, "enable")


def _enabling(story: Story) -> str:
    """The method's name in the target."""
    name = f"deprecated model.{_ENABLE}"
    return _ENABLE if (~story.affected(name)).possible else "activation_checkpointing_enable"


def _is(node: cst.BaseExpression, word: str) -> bool:
    return isinstance(node, cst.Name) and node.value == word


def call_around(site: Site, argument: cst.Arg) -> cst.Call | None:
    """The call that an argument is written in."""
    found: list[cst.Call] = []

    class Calls(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - LibCST's own naming
            if any(one is argument for one in node.args):
                found.append(node)

    site.module.statement(argument).visit(Calls())
    return found[0] if found else None
