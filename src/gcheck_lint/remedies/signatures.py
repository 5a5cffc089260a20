"""What lets a method of the script's own take what it is passed: keyword arguments that it hands on."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Site
from gcheck_lint.remedies.arguments import lacking
from gcheck_lint.story import Story
from gcheck_lint.story.domain.events import OwnSwitchAsked
from gcheck_lint.text.spans import Edit

_ENABLING = ("gradient_checkpointing_enable", "activation_checkpointing_enable")
_NAME = "kwargs"


def take_and_pass_on(asked: OwnSwitchAsked, story: Story) -> Fix | None:
    """`**kwargs` behind the parameters, and in each call by which the method switches checkpointing on itself.

    Unsafe where it hands nothing on: what the arguments say of checkpointing is lost then.
    """
    site, node = asked.site, asked.site.node
    if site.inner is not None or not isinstance(node, cst.FunctionDef) or not isinstance(node.body, cst.IndentedBlock):
        return None
    calls = _Calls()
    site.module.body(node).visit(calls)
    if calls.names:
        return None  # the name means something else there
    own = f"{asked.method.removesuffix('_enable')}_kwargs"
    others = {_attribute(call).attr.value for call in calls.found} - {asked.method}
    # a method of another name has another name for what this one is passed
    other = others.pop() if others and not _takes(node, own) else ""
    name = f"{other.removesuffix('_enable')}_kwargs"
    handed = f"{name}={own}, " if other else ""
    if handed and (len(calls.found) != 1 or lacking(f"model.{other}", name, story).possible):
        return None
    taken = _parameter(site, node, f", {own}=None, **{_NAME}" if handed else f", **{_NAME}")
    passed = [_passing(site, call, f"{handed}**{_NAME}") for call in calls.found]
    if taken is None or None in passed:
        return None
    changes = [taken, *(edit for edit in passed if edit is not None)]
    safety = Safety.SAFE if len(calls.found) == 1 else Safety.UNSAFE
    return Fix(f"Accept `**{_NAME}` and pass them on" if passed else f"Accept `**{_NAME}`", tuple(changes), safety, "signature")


def _passing(site: Site, call: cst.Call, code: str) -> Edit | None:
    """One more argument, in an edit that holds the method's name as well: what renames it has to see the argument."""
    made = edits.add_argument(Site(site.module, call), code)
    if made is None:
        return None
    start, text = site.module.extent(_attribute(call).attr)[0], site.module.source.text
    return Edit(site.path, start, made[0].end, text[start : made[0].start] + made[0].content)


def _attribute(call: cst.Call) -> cst.Attribute:
    assert isinstance(call.func, cst.Attribute)
    return call.func


def _takes(node: cst.FunctionDef, name: str) -> bool:
    return any(param.name.value == name for param in (*node.params.params, *node.params.kwonly_params))


def _parameter(site: Site, node: cst.FunctionDef, code: str) -> Edit | None:
    """New parameters, behind the last one."""
    params = node.params
    if params.star_kwarg is not None or isinstance(params.star_arg, cst.ParamStar):
        return None
    listed = [*params.posonly_params, *params.params]
    if isinstance(params.star_arg, cst.Param):
        listed = [params.star_arg]
    listed += params.kwonly_params
    if not listed:
        return None
    last = listed[-1]
    part = last.default or last.annotation or last.name
    end = site.module.extent(part)[1]
    return Edit(site.path, end, end, code)


class _Calls(cst.CSTVisitor):
    """The calls that switch checkpointing on, and whether the name is in use."""

    def __init__(self) -> None:
        self.found: list[cst.Call] = []
        self.names = False

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - LibCST's own naming
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in _ENABLING:
            self.found.append(node)

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
        self.names |= node.value == _NAME
