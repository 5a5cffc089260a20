"""`a and b`, `a or b`: one of the two as a value, and as an answer something of both.

Of two values of which nothing is known one is as good as the other, so the value is one that nobody knows. Whether it counts as
true is known from its parts all the same, where callers have a say in it: if `self.recompute and self.training` holds, both do.
"""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.values import AbstractObject, Value, is_top
from gcheck_lint.story.interpreter.interpreter import Interpreter, evaluates
from gcheck_lint.story.interpreter.left_to_callers import is_left, leave_to_callers


@evaluates(cst.BooleanOperation)
def boolean_operation(interpreter: Interpreter, node: cst.BooleanOperation) -> Value:
    conditions = interpreter.conditions
    left = interpreter.evaluate(node.left)
    test = interpreter.truth(left)
    both = isinstance(node.operator, cst.And)
    right_when = test if both else conditions.negate(test)
    found: list[Value] = []

    def right() -> Value:
        found.append(interpreter.evaluate(node.right))
        return found[0]

    value = interpreter.split([(conditions.negate(right_when), lambda: left), (right_when, right)])
    if not found or not (isinstance(value, AbstractObject) and is_top(value) and is_top(left)):
        return value
    if not (is_left(interpreter, left) or is_left(interpreter, found[0])):
        return value  # facts of the run: a finding says nothing of them, and they are many
    then: Condition = interpreter.truth(found[0])
    holds = conditions.both(test, then) if both else conditions.either(test, then)
    made = leave_to_callers(interpreter, interpreter.unknown(value.text))
    made.predicates["truth"] = holds
    return made
