"""Which functions of the script are generators."""

from __future__ import annotations

import functools

import libcst as cst

from gcheck_lint.python.nodes import parts
from gcheck_lint.story.domain.objects import Function


def is_generator(function: Function) -> bool:
    """Whether a function yields."""
    node = function.node
    if isinstance(node, cst.Lambda) or "yield" not in function.module.source.text or "yield" not in function.module.code(node):
        return False  # no lambda of a script yields, but by way of send()
    return _yields(function.module.body(node))


@functools.lru_cache(maxsize=4096)
def _yields(body: cst.BaseSuite) -> bool:
    waiting = parts(body)
    while waiting:
        child = waiting.pop()
        if isinstance(child, cst.Yield):
            return True
        if not isinstance(child, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            waiting += parts(child)
    return False
