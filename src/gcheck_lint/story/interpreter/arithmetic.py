"""What is computed with constants."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from gcheck_lint.story.domain.values import Constant, Value

_ARITHMETIC: dict[type[cst.CSTNode], Callable[[Any, Any], Any]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.FloorDivide: operator.floordiv,
    cst.Modulo: operator.mod,
    cst.AddAssign: operator.add,
    cst.SubtractAssign: operator.sub,
}


def computed(how: cst.CSTNode, left: Value, right: Value) -> Constant | None:
    """What two constants give; None where that is not computed."""
    compute = _ARITHMETIC.get(type(how))
    if compute is None or not isinstance(left, Constant) or not isinstance(right, Constant):
        return None
    a, b = left.value, right.value
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
    texts = isinstance(a, str) and isinstance(b, str) and compute is operator.add
    if not (numbers or texts) or _is_large(a) or _is_large(b):
        return None
    try:
        return Constant(compute(a, b))
    except (ArithmeticError, ValueError):
        return None


def _is_large(value: object) -> bool:
    """Whether a constant is no longer worth computing with."""
    return len(value) > 4096 if isinstance(value, str) else isinstance(value, int) and abs(value) > 1 << 64
