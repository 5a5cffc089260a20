"""Comprehensions: over a list that is known they are run element by element, over anything else once for all."""

from __future__ import annotations

from typing import TypeAlias

import libcst as cst

from gcheck_lint.python.names import names_in
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.limits import MEMBERS, UNROLLED
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.domain.texts import OneOfTexts
from gcheck_lint.story.domain.values import ABSENT, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, evaluates
from gcheck_lint.story.interpreter.sequences import element_of, items_of, numbers_of
from gcheck_lint.story.interpreter.texts import written_out

Comprehension: TypeAlias = cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp


@evaluates(cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)
def comprehension(interpreter: Interpreter, node: Comprehension) -> Value:
    frame = Frame(interpreter.frame.module, interpreter.frame, interpreter.frame.function, entry=interpreter.path_condition)
    made = _Made(interpreter)
    with interpreter.inside(frame):
        clause = node.for_in
        items = interpreter.evaluate(clause.iter)
        known = items_of(items)
        if known is None and _is_about_names(interpreter, node):
            known = numbers_of(items)
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
    if isinstance(node, cst.DictComp):
        return made.mapping()
    found = made.sequence()
    found.type_name = "list" if isinstance(node, cst.ListComp) else "set" if isinstance(node, cst.SetComp) else ""
    return found


def _is_told_apart(interpreter: Interpreter, node: Comprehension, known: list[Value]) -> bool:
    """Whether it is worth while to look at each element: it is about models or names in one, or only picks among constants."""
    plain = all(isinstance(one, Constant) for one in known)
    if plain and len(known) <= MEMBERS and _is_about_names(interpreter, node):
        return True
    if len(known) > UNROLLED:
        return False
    picks = plain and not isinstance(node, cst.DictComp) and isinstance(node.elt, cst.Name)
    return picks or bool(interpreter.provenance_of(known)) or interpreter.speaks_of_models(node)


def _is_about_names(interpreter: Interpreter, node: Comprehension) -> bool:
    """Whether each element is a text with a number in it, or is looked for in a text that is one of many."""
    if isinstance(node, cst.DictComp):
        return False
    if isinstance(node.elt, cst.FormattedString):
        return True
    homes = ((name, interpreter.frame.home(name)) for name in names_in(node).read)
    return any(home is not None and isinstance(home.names[name], OneOfTexts) for name, home in homes)


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
        if isinstance(node.elt, cst.FormattedString):
            return ABSENT, written_out(interpreter, node.elt), there
        return ABSENT, interpreter.evaluate(node.elt), there


def _tests(interpreter: Interpreter, clause: cst.CompFor) -> Condition:
    there: Condition = TRUE
    for test in clause.ifs:
        with interpreter.under(there):
            there = interpreter.conditions.both(there, interpreter.truth(interpreter.evaluate(test.test)))
    return there
