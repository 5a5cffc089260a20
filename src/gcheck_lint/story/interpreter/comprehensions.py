"""Comprehensions: over a list that is known they are run element by element, over anything else once for all."""

from __future__ import annotations

from typing import TypeAlias

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.limits import UNROLLED
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.domain.values import ABSENT, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, evaluates
from gcheck_lint.story.interpreter.sequences import element_of, items_of

Comprehension: TypeAlias = cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp


@evaluates(cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)
def comprehension(interpreter: Interpreter, node: Comprehension) -> Value:
    frame = Frame(interpreter.frame.module, interpreter.frame, interpreter.frame.function, entry=interpreter.path_condition)
    made = _Made(interpreter)
    with interpreter.inside(frame):
        clause = node.for_in
        items = interpreter.evaluate(clause.iter)
        known = items_of(items)
        if known is not None and clause.inner_for_in is None and _is_told_apart(interpreter, node, known):
            for item in known:
                with interpreter.under(interpreter.present(item)):
                    if interpreter.path_condition != FALSE:
                        interpreter.assign(clause.target, interpreter.without_absent(item))
                        made.take(*_element(interpreter, node, clause))
            made.exact = True
        else:
            with interpreter.again(), interpreter.under(TRUE):
                made.take(*_for_all(interpreter, node, clause, items))
    return made.mapping() if isinstance(node, cst.DictComp) else made.sequence()


def _is_told_apart(interpreter: Interpreter, node: Comprehension, known: list[Value]) -> bool:
    """Whether it is worth while to look at each element: it is about models, or only picks among constants."""
    if len(known) > UNROLLED:
        return False
    picks = (
        not isinstance(node, cst.DictComp) and isinstance(node.elt, cst.Name) and all(isinstance(one, Constant) for one in known)
    )
    return picks or bool(interpreter.provenance_of(known)) or interpreter.speaks_of_models(node)


class _Made:
    """What a comprehension has made: keys (none in a list), values, and when each of them is there."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._rows: list[tuple[Value, Value, Condition]] = []
        self.exact = False

    def take(self, key: Value, value: Value, there: Condition) -> None:
        now = self._interpreter.path_condition
        self._rows.append((key, value, self._interpreter.conditions.both(now, there)))

    def sequence(self) -> Sequence:
        select, now = self._interpreter.select, self._interpreter.path_condition
        if self.exact:
            restrict = self._interpreter.conditions.restrict
            rows = [select(restrict(there, now), value, ABSENT) for _, value, there in self._rows if there != FALSE]
            return Sequence(rows, since=now)
        made = Sequence(None, [self._kept(value, there) for _, value, there in self._rows])
        made.provenance = self._interpreter.provenance_of(made.some)
        return made

    def mapping(self) -> Mapping:
        made = Mapping({}, is_open=not self.exact)
        for key, value, there in self._rows:
            if isinstance(key, Constant) and self.exact:
                made.entries[key.value] = self._interpreter.select(there, value, made.entries.get(key.value, ABSENT))
            else:
                made.open = True
                made.some.append(self._kept(value, there))
        made.provenance = self._interpreter.provenance_of(made.some)
        return made

    def _kept(self, value: Value, there: Condition) -> Value:
        """Of what a filter lets through nobody can tell which it is."""
        return value if there == self._interpreter.path_condition else self._interpreter.widened([value])


def _for_all(interpreter: Interpreter, node: Comprehension, clause: cst.CompFor, items: Value) -> tuple[Value, Value, Condition]:
    interpreter.assign(clause.target, element_of(interpreter, items))
    if clause.inner_for_in is None:
        return _element(interpreter, node, clause)
    there = _tests(interpreter, clause)
    inner = clause.inner_for_in
    with interpreter.under(there):
        key, value, more = _for_all(interpreter, node, inner, interpreter.evaluate(inner.iter))
    return key, value, interpreter.conditions.both(there, more)


def _element(interpreter: Interpreter, node: Comprehension, clause: cst.CompFor) -> tuple[Value, Value, Condition]:
    there = _tests(interpreter, clause)
    with interpreter.under(there):
        if isinstance(node, cst.DictComp):
            return interpreter.evaluate(node.key), interpreter.evaluate(node.value), there
        return ABSENT, interpreter.evaluate(node.elt), there


def _tests(interpreter: Interpreter, clause: cst.CompFor) -> Condition:
    there: Condition = TRUE
    for test in clause.ifs:
        with interpreter.under(there):
            there = interpreter.conditions.both(there, interpreter.truth(interpreter.evaluate(test.test)))
    return there
