"""What an expression is."""

from __future__ import annotations

import ast
import builtins
import functools
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.scopes import Frame
from gcheck_lint.story.domain.values import ABSENT, NONE, Function, Known, Library, Mapping, OneOf, Sequence, Thing, Value
from gcheck_lint.story.effects.trainable_parts import piece_of
from gcheck_lint.story.interpreter.attributes import read_attribute
from gcheck_lint.story.interpreter.command_line import variable
from gcheck_lint.story.interpreter.containers import element_of, item_of
from gcheck_lint.story.interpreter.dispatch import evaluates
from gcheck_lint.story.interpreter.interpreter import Teller
from gcheck_lint.story.interpreter.modules import Imported, resolve, star_member
from gcheck_lint.story.interpreter.statements import assign

BUILTINS = frozenset(dir(builtins))


@evaluates(cst.Name)
def name(teller: Teller, node: cst.Name) -> Value:
    home = teller.frame.home(node.value)
    if home is not None:
        value = teller.narrow(home.names[node.value])
        if isinstance(value, (Imported, OneOf)) and any(isinstance(one, Imported) for _, one in teller.alternatives(value)):
            value = teller.flat(teller.each(value, lambda one: resolve(teller, one) if isinstance(one, Imported) else one))
            home.names[node.value] = teller.choose(teller.pc, value, home.names[node.value])
        return value
    if node.value in _CONSTANTS:
        return _CONSTANTS[node.value]
    if node.value == "__name__":
        return Known("__main__" if teller.frame.module is teller.module else "imported")
    if node.value == "__file__":
        return Known(str(Path(teller.frame.module.path).absolute()))
    if node.value in BUILTINS:
        return Library(f"builtins.{node.value}")
    top = teller.frame.top
    found = star_member(teller, top, node.value) if top.stars else None
    if found is None and top.stars:
        found = Library(f"{top.stars[-1]}.{node.value}")
    if found is None:
        found = teller.unknown(node.value, site=teller.site(node))
    top.names[node.value] = found
    return found


_CONSTANTS: dict[str, Value] = {"True": Known(True), "False": Known(False), "None": NONE}


@evaluates(cst.Integer, cst.Float, cst.SimpleString, cst.ConcatenatedString)
def constant(teller: Teller, node: cst.Integer | cst.Float | cst.SimpleString | cst.ConcatenatedString) -> Value:
    if isinstance(node, cst.SimpleString):
        return _text_of(node.value)
    value = node.evaluated_value
    if value is None and isinstance(node, cst.ConcatenatedString):
        teller.evaluate(node.left)
        teller.evaluate(node.right)
        return teller.unknown("text")
    return Known(value)


@functools.lru_cache(maxsize=4096)  # LibCST compiles a program for each string
def _text_of(literal: str) -> Known:
    quote = literal[0]
    plain = quote in "'\"" and "\\" not in literal and literal[1] != quote
    return Known(literal[1:-1] if plain else ast.literal_eval(literal))


@evaluates(cst.FormattedString)
def formatted(teller: Teller, node: cst.FormattedString) -> Value:
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            teller.evaluate(part.expression)
    return Thing("text")


@evaluates(cst.Attribute)
def attribute(teller: Teller, node: cst.Attribute) -> Value:
    return read_attribute(teller, teller.evaluate(node.value), node.attr.value, node)


@evaluates(cst.Subscript)
def subscript(teller: Teller, node: cst.Subscript) -> Value:
    value = teller.evaluate(node.value)
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return piece_of(teller, value, teller.unknown(about=[value]), some=True)
    key = teller.evaluate(node.slice[0].slice.value)
    if isinstance(value, Library) and value.name == "os.environ" and isinstance(key, Known):
        return variable(teller, str(key.value), None)
    return item_of(teller, value, key, teller.site(node))


@evaluates(cst.List, cst.Tuple, cst.Set)
def sequence(teller: Teller, node: cst.List | cst.Tuple | cst.Set) -> Value:
    items: list[Value] | None = []
    for element in node.elements:
        value = teller.evaluate(element.value)
        if isinstance(element, cst.StarredElement):
            more = value.items if isinstance(value, Sequence) else None
            items = items + more if items is not None and more is not None else None
        elif items is not None:
            items.append(value)
    return Sequence(items)


@evaluates(cst.Dict)
def mapping(teller: Teller, node: cst.Dict) -> Value:
    result = Mapping({})
    for element in node.elements:
        value = teller.evaluate(element.value)
        if isinstance(element, cst.StarredDictElement):
            if isinstance(value, Mapping):
                result.entries.update(value.entries)
                result.open = result.open or value.open
            else:
                result.open = True
            continue
        key = teller.evaluate(element.key) if isinstance(element, cst.DictElement) else ABSENT
        if isinstance(key, Known) and isinstance(key.value, (str, int, bool, type(None))):
            result.entries[key.value] = value
        else:
            result.open = True
    return result


@evaluates(cst.Lambda)
def function_of_lambda(teller: Teller, node: cst.Lambda) -> Value:
    return Function(node, teller.frame.module, teller.frame, "lambda")


@evaluates(cst.NamedExpr)
def walrus(teller: Teller, node: cst.NamedExpr) -> Value:
    value = teller.evaluate(node.value)
    assign(teller, node.target, value)
    return value


@evaluates(cst.Await)
def awaited(teller: Teller, node: cst.Await) -> Value:
    return teller.evaluate(node.expression)


@evaluates(cst.Yield)
def yielded(teller: Teller, node: cst.Yield) -> Value:
    value: Value = NONE
    if isinstance(node.value, cst.From):
        teller.evaluate(node.value.item)
    elif node.value is not None:
        value = teller.evaluate(node.value)
    if teller.frame.at_yield is not None:
        teller.frame.at_yield(value)
    return teller.unknown()


@evaluates(cst.IfExp)
def conditional(teller: Teller, node: cst.IfExp) -> Value:
    test = teller.truth(teller.evaluate(node.test))
    return teller.split(
        [
            (test, lambda: teller.evaluate(node.body)),
            (teller.conditions.negate(test), lambda: teller.evaluate(node.orelse)),
        ]
    )


@evaluates(cst.BooleanOperation)
def boolean_operation(teller: Teller, node: cst.BooleanOperation) -> Value:
    left = teller.evaluate(node.left)
    test = teller.truth(left)
    right_when = test if isinstance(node.operator, cst.And) else teller.conditions.negate(test)
    return teller.split([(teller.conditions.negate(right_when), lambda: left), (right_when, lambda: teller.evaluate(node.right))])


@evaluates(cst.UnaryOperation)
def unary(teller: Teller, node: cst.UnaryOperation) -> Value:
    value = teller.evaluate(node.expression)
    if isinstance(node.operator, cst.Not):
        return teller.boolean(teller.conditions.negate(teller.truth(value)))
    if isinstance(value, Known) and isinstance(value.value, (int, float)):
        if isinstance(node.operator, cst.Minus):
            return Known(-value.value)
        if isinstance(node.operator, cst.Plus):
            return Known(value.value)
    return teller.unknown(about=[value])


@evaluates(cst.BinaryOperation)
def binary(teller: Teller, node: cst.BinaryOperation) -> Value:
    left, right = teller.evaluate(node.left), teller.evaluate(node.right)
    compute = _ARITHMETIC.get(type(node.operator))
    if compute and isinstance(left, Known) and isinstance(right, Known):
        return _computed(teller, compute, left, right)
    if isinstance(node.operator, cst.Divide) and isinstance(left, Known) and isinstance(right, Known):
        texts = isinstance(left.value, str) and isinstance(right.value, str)  # paths
        return Known(f"{left.value}/{right.value}") if texts else teller.unknown()
    if isinstance(node.operator, cst.Add) and isinstance(left, Sequence) and isinstance(right, Sequence):
        return Sequence(left.items + right.items if left.items is not None and right.items is not None else None)
    if isinstance(node.operator, cst.BitOr) and isinstance(left, Mapping) and isinstance(right, Mapping):
        return Mapping({**left.entries, **right.entries}, is_open=left.open or right.open)
    return teller.unknown(about=[left, right])


_ARITHMETIC: dict[type[cst.BaseBinaryOp], Callable[[Any, Any], Any]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.FloorDivide: operator.floordiv,
    cst.Modulo: operator.mod,
}


def _is_large(value: object) -> bool:
    """Whether a constant is no longer worth computing with."""
    return len(value) > 4096 if isinstance(value, str) else isinstance(value, int) and abs(value) > 1 << 64


def _computed(teller: Teller, compute: Callable[[Any, Any], Any], left: Known, right: Known) -> Value:
    numbers = isinstance(left.value, (int, float)) and isinstance(right.value, (int, float))
    texts = isinstance(left.value, str) and isinstance(right.value, str) and compute is operator.add
    if not numbers and not texts:
        return teller.unknown()
    if _is_large(left.value) or _is_large(right.value):
        return teller.unknown()
    try:
        return Known(compute(left.value, right.value))
    except (ArithmeticError, ValueError):
        return teller.unknown()


@evaluates(cst.Comparison)
def comparison(teller: Teller, node: cst.Comparison) -> Value:
    left = teller.evaluate(node.left)
    holds: Condition = TRUE
    for target in node.comparisons:
        right = teller.evaluate(target.comparator)
        holds = teller.conditions.both(holds, compared(teller, left, target.operator, right, node))
        left = right
    return teller.boolean(holds)


def compared(teller: Teller, left: Value, how: cst.BaseCompOp, right: Value, node: cst.CSTNode) -> Condition:
    """When a comparison holds."""
    conditions = teller.conditions
    if isinstance(how, (cst.NotEqual, cst.IsNot, cst.NotIn)):
        positive = cst.Equal() if isinstance(how, cst.NotEqual) else cst.Is() if isinstance(how, cst.IsNot) else cst.In()
        return conditions.negate(compared(teller, left, positive, right, node))
    cases: list[Condition] = []
    for c1, a in teller.alternatives(left):
        for c2, b in teller.alternatives(right):
            guard = conditions.both(c1, c2)
            if guard != FALSE:
                cases.append(conditions.both(guard, _compared_one(teller, a, how, b, node)))
    return conditions.any(cases)


def _compared_one(teller: Teller, a: Value, how: cst.BaseCompOp, b: Value, node: cst.CSTNode) -> Condition:
    if isinstance(how, (cst.Equal, cst.Is)):
        if isinstance(a, Known) and isinstance(b, Known):
            if any(side.value in ("as loaded", "unknown") for side in (a, b)) and any(
                isinstance(side.value, bool) for side in (a, b)
            ):
                return teller.opaque("the config as it is loaded says so")[1]
            return TRUE if a.value == b.value else FALSE
        for one, other in ((a, b), (b, a)):
            if isinstance(other, Known) and isinstance(one, Thing) and one.role == "unknown":
                return _is(teller, one, other)
        if a is b:
            return TRUE
        if (isinstance(a, Known) and a.value is None) or (isinstance(b, Known) and b.value is None):
            return FALSE
        return _open_question(teller, node, (a, b))
    if isinstance(how, cst.In):
        members = (
            list(b.items)
            if isinstance(b, Sequence) and b.items is not None
            else list(map(Known, b.entries))
            if isinstance(b, Mapping) and not b.open
            else None
        )
        if members is not None:
            return teller.conditions.any(_compared_one(teller, a, cst.Equal(), member, node) for member in members[:20])
        if isinstance(a, Known) and isinstance(b, Mapping) and a.value in b.entries:
            return TRUE
        if isinstance(a, Known) and isinstance(b, Known) and isinstance(a.value, str) and isinstance(b.value, str):
            return TRUE if a.value in b.value else FALSE
        return _open_question(teller, node, (a, b))
    if isinstance(a, Known) and isinstance(b, Known):
        compute = _ORDER.get(type(how))
        try:
            return TRUE if compute is not None and compute(a.value, b.value) else FALSE
        except TypeError:
            return FALSE
    return _open_question(teller, node, (a, b))


_ORDER: dict[type[cst.BaseCompOp], Callable[[Any, Any], Any]] = {
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}


def _is(teller: Teller, thing: Thing, constant: Known) -> Condition:
    name = thing.text or "a value"
    if constant.value is True:
        return teller.truth(thing)
    if constant.value is False and isinstance(thing.default, Known) and isinstance(thing.default.value, bool):
        return teller.conditions.negate(teller.truth(thing))
    if constant.value is None:
        return teller.ask(thing, ("is", None), f"`{name}` is not given", f"`{name}` is given")
    return teller.ask(thing, ("is", constant.value), f"`{name}` is {constant.value!r}", f"`{name}` is not {constant.value!r}")


def _open_question(teller: Teller, node: cst.CSTNode, values: tuple[Value, ...]) -> Condition:
    """A comparison that can't be decided: one opaque fact for each text of it over the same things.

    Several comparisons of one option hang together in ways that are not followed, so none of them is the user's free choice.
    """
    things = [value for value in values if isinstance(value, Thing)]
    text = cst.Module([]).code_for_node(node)
    if things and len(text) < 120:
        text = " ".join(text.split())
        thing = things[0]
        if text not in thing.asked:
            thing.asked[text] = teller.opaque(f"`{text}`")[1]
        return thing.asked[text]
    return teller.opaque("a comparison holds")[1]


@evaluates(cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)
def comprehension(teller: Teller, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp) -> Value:
    frame = Frame(teller.frame.module, teller.frame, teller.frame.function)
    with teller.inside(frame):
        entry = teller.pc
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            items = teller.evaluate(clause.iter)
            assign(teller, clause.target, element_of(teller, items))
            for test in clause.ifs:
                teller.evaluate(test.test)
            clause = clause.inner_for_in
        if isinstance(node, cst.DictComp):
            teller.evaluate(node.key)
            about = teller.evaluate(node.value)
        else:
            about = teller.evaluate(node.elt)
        teller.pc = entry
    result: Thing = Mapping({}, is_open=True) if isinstance(node, cst.DictComp) else Sequence(None)
    result.about = teller.subjects([about])
    return result
