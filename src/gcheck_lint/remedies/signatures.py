"""What lets a method of the script's own take what it is passed: keyword arguments that it hands on."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.python import edits
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.events import OwnSwitchAsked
from gcheck_lint.text.spans import Edit

_ENABLING = ("gradient_checkpointing_enable", "activation_checkpointing_enable")
_NAME = "kwargs"


def take_and_pass_on(asked: OwnSwitchAsked) -> Fix | None:
    """`**kwargs` behind the parameters, and in each call by which the method switches checkpointing on itself.

    Unsafe where it hands nothing on: what the arguments say of checkpointing is lost then.
    """
    site, node = asked.site, asked.site.node
    if site.inner is not None or not isinstance(node, cst.FunctionDef) or not isinstance(node.body, cst.IndentedBlock):
        return None
    calls = _Calls()
    node.body.visit(calls)
    if calls.names:
        return None  # the name means something else there
    taken = _parameter(site, node)
    passed = [edits.add_argument(Site(site.module, call), f"**{_NAME}") for call in calls.found]
    if taken is None or None in passed:
        return None
    changes = [taken, *(edit for made in passed if made is not None for edit in made)]
    safety = Safety.SAFE if len(calls.found) == 1 else Safety.UNSAFE
    return Fix(f"Take `**{_NAME}` and pass them on" if passed else f"Take `**{_NAME}`", tuple(changes), safety, "signature")


def _parameter(site: Site, node: cst.FunctionDef) -> Edit | None:
    """The new parameter, behind the last one."""
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
    return Edit(site.path, end, end, f", **{_NAME}")


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
