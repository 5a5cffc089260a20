"""`match`."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, runs
from gcheck_lint.story.interpreter.open_keys import is_constant


@runs(cst.Match)
def match(interpreter: Interpreter, node: cst.Match) -> None:
    subject = interpreter.evaluate(node.subject)
    entry, rest, left = interpreter.path_condition, interpreter.path_condition, FALSE
    for case in node.cases:
        holds = _case_holds(interpreter, subject, case)
        interpreter.path_condition = interpreter.conditions.both(rest, holds)
        rest = interpreter.conditions.without(rest, holds)
        if interpreter.path_condition != FALSE:
            interpreter.run_block(case.body)
            left = interpreter.conditions.either(left, interpreter.path_condition)
    interpreter.path_condition = interpreter.conditions.both(entry, interpreter.conditions.either(left, rest))


def _case_holds(interpreter: Interpreter, subject: Value, case: cst.MatchCase) -> Condition:
    pattern = case.pattern
    if case.guard is None:
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
            if pattern.name is not None:
                interpreter.bind(pattern.name.value, subject)
            return TRUE
        if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
            constant = interpreter.evaluate(pattern.value)
            if isinstance(constant, Constant) and isinstance(subject, Constant):
                return TRUE if constant.value == subject.value else FALSE
            if isinstance(constant, Constant) and isinstance(subject, AbstractObject) and subject.kind is Kind.UNKNOWN:
                return is_constant(interpreter, subject, constant.value)
    return interpreter.nondeterministic("a case matches")[1]
