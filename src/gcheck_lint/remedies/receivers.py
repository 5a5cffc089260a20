"""What calls a method of the thing that has it: the model within a wrapper."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.findings.diagnostics import Fix, Safety
from gcheck_lint.story.domain.events import SwitchedOnWrapper
from gcheck_lint.text.spans import Edit


def on_module(switched: SwitchedOnWrapper) -> Fix | None:
    """`.module` before the method, where the model is wrapped whenever the place is reached."""
    site, node = switched.site, switched.site.node
    if site.inner is not None or not switched.always or not isinstance(node, cst.Call):
        return None
    if not isinstance(node.func, cst.Attribute) or node.func.attr.value != switched.method:
        return None
    end = site.module.extent(node.func.value)[1]
    return Fix(f"Call `.module.{switched.method}()`", (Edit(site.path, end, end, ".module"),), Safety.SAFE, "receiver")
