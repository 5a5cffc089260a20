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

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.layout import wording_of
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import fill_from, is_setting, settings_of
from gcheck_lint.story.domain.limits import MEMBERS, QUESTION
from gcheck_lint.story.domain.model_state import Unsaid
from gcheck_lint.story.domain.objects import Function, Mapping, Promise, Sequence
from gcheck_lint.story.domain.texts import OneOfTexts
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, GuardedUnion, Value
from gcheck_lint.story.interpreter.arithmetic import computed
from gcheck_lint.story.interpreter.attributes import read_attribute
from gcheck_lint.story.interpreter.command_line import on_command_line, positional, variable
from gcheck_lint.story.interpreter.containers import item_of, lay_over, some_item
from gcheck_lint.story.interpreter.edited_constants import note_left_out
from gcheck_lint.story.interpreter.interpreter import Interpreter, evaluates
from gcheck_lint.story.interpreter.modules import resolve, star_member
from gcheck_lint.story.interpreter.open_keys import is_constant
from gcheck_lint.story.interpreter.option_comparisons import asked_of_option
from gcheck_lint.story.interpreter.raising import asks_of_library, asks_of_nothing
from gcheck_lint.story.interpreter.sequences import add, element_of, extend, items_of, joined, keep
from gcheck_lint.story.interpreter.texts import contains, equals, written_out

BUILTINS = frozenset(dir(builtins))


@evaluates(cst.Name)
def name(interpreter: Interpreter, node: cst.Name) -> Value:
    home = interpreter.frame.home(node.value)
    if home is not None:
        value = interpreter.narrow(home.names[node.value])
        if isinstance(value, (Promise, GuardedUnion)) and any(
            isinstance(one, Promise) for _, one in interpreter.alternatives(value)
        ):
            value = interpreter.flat(
                interpreter.each(value, lambda one: resolve(interpreter, one) if isinstance(one, Promise) else one)
            )
            before = home.names.get(node.value, value)
            home.names[node.value] = interpreter.select(interpreter.path_condition, value, before)
        return value
    if node.value in _CONSTANTS:
        return _CONSTANTS[node.value]
    if node.value == "__name__":
        return Constant("__main__" if interpreter.at_home else "imported")
    if node.value == "__file__":
        return Constant(str(Path(interpreter.frame.module.path).absolute()))
    if node.value in BUILTINS:
        return ExternalSymbol(f"builtins.{node.value}")
    top = interpreter.frame.top
    found = star_member(interpreter, top, node.value) if top.stars else None
    if found is None and top.stars:
        found = ExternalSymbol(f"{top.stars[-1]}.{node.value}")
    if found is None:
        found = interpreter.unknown(node.value, site=interpreter.site(node))
    top.names[node.value] = found
    return found


_CONSTANTS: dict[str, Value] = {"True": Constant(True), "False": Constant(False), "None": NONE}


@evaluates(cst.Integer, cst.Float, cst.SimpleString, cst.ConcatenatedString)
def constant(interpreter: Interpreter, node: cst.Integer | cst.Float | cst.SimpleString | cst.ConcatenatedString) -> Value:
    if isinstance(node, cst.SimpleString):
        return _text_of(node.value) or interpreter.unknown("text")
    try:
        value = node.evaluated_value
    except (SyntaxError, ValueError):  # an escape that is none, a number of 5,000 digits: Python takes neither
        return interpreter.unknown("constant")
    if value is None and isinstance(node, cst.ConcatenatedString):
        interpreter.evaluate(node.left)
        interpreter.evaluate(node.right)
        return interpreter.unknown("text")
    return Constant(value)


@functools.lru_cache(maxsize=4096)  # LibCST compiles a program for each string
def _text_of(literal: str) -> Constant | None:
    quote = literal[0]
    plain = quote in "'\"" and "\\" not in literal and literal[1] != quote
    if plain:
        return Constant(literal[1:-1])
    try:
        return Constant(ast.literal_eval(literal))
    except (SyntaxError, ValueError):  # an escape that is none
        return None


@evaluates(cst.FormattedString)
def formatted(interpreter: Interpreter, node: cst.FormattedString) -> Value:
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            interpreter.evaluate(part.expression)
    return AbstractObject(Kind.TEXT)


@evaluates(cst.Attribute)
def attribute(interpreter: Interpreter, node: cst.Attribute) -> Value:
    value = interpreter.evaluate(node.value)
    asks_of_nothing(interpreter, node.value, value, node.attr.value, node)
    if isinstance(value, ExternalSymbol):
        asks_of_library(interpreter, value.name, node.attr.value, node, "AttributeError")
    return read_attribute(interpreter, value, node.attr.value, node)


@evaluates(cst.Subscript)
def subscript(interpreter: Interpreter, node: cst.Subscript) -> Value:
    value = interpreter.evaluate(node.value)
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return some_item(interpreter, value)
    key = interpreter.evaluate(node.slice[0].slice.value)
    if isinstance(value, ExternalSymbol) and value.name == "os.environ" and isinstance(key, Constant):
        return variable(interpreter, str(key.value), None)
    if isinstance(value, ExternalSymbol) and value.name == "sys.argv" and isinstance(key, Constant) and key.value != 0:
        return positional(interpreter, key.value)
    return item_of(interpreter, value, key, interpreter.site(node))


@evaluates(cst.List, cst.Tuple, cst.Set)
def sequence(interpreter: Interpreter, node: cst.List | cst.Tuple | cst.Set) -> Value:
    made = Sequence([], since=interpreter.path_condition)
    made.type_name = _TYPES[type(node)]
    for element in node.elements:
        value = interpreter.evaluate(element.value)
        if isinstance(element, cst.StarredElement):
            extend(interpreter, made, value)
        elif made.items is not None:
            made.items.append(value)
        else:
            add(interpreter, made, value)
    return made


_TYPES: dict[type[cst.CSTNode], str] = {cst.List: "list", cst.Tuple: "tuple", cst.Set: "set"}


@evaluates(cst.Dict)
def mapping(interpreter: Interpreter, node: cst.Dict) -> Value:
    result = Mapping({})
    sources: list[AbstractObject | None] = []  # of what is not known
    for element in node.elements:
        value = interpreter.evaluate(element.value)
        if isinstance(element, cst.StarredDictElement):
            alternatives = interpreter.alternatives(value)
            if any(not isinstance(one, Mapping) or one.open for _, one in alternatives):
                sources.append(settings_of(value))
            for case, one in alternatives:
                lay_over(interpreter, result, one, case)
                if isinstance(one, Mapping):
                    result.open, result.chosen = result.open or one.open, result.chosen or one.chosen
                    result.some += one.some
                else:
                    result.open = True
            continue
        key = interpreter.evaluate(element.key) if isinstance(element, cst.DictElement) else ABSENT
        keys = [(case, name.value) for case, name in interpreter.alternatives(key) if isinstance(name, Constant)]
        if isinstance(key, Constant) and isinstance(key.value, (str, int, bool, type(None))):
            result.entries[key.value] = value
        elif (
            isinstance(key, GuardedUnion)
            and len(keys) == len(key.alternatives)
            and all(isinstance(name, str) for _, name in keys)
        ):
            for case, name in keys:  # one of several
                result.entries[name] = interpreter.select(case, value, result.entries.get(name, ABSENT))
        else:
            result.open = True
            sources.append(None)
            keep(interpreter, result, value)
    fill_from(result, sources[0] if len(sources) == 1 else None)
    return result


@evaluates(cst.Lambda)
def function_of_lambda(interpreter: Interpreter, node: cst.Lambda) -> Value:
    return Function(node, interpreter.frame.module, interpreter.frame, "lambda")


@evaluates(cst.NamedExpr)
def walrus(interpreter: Interpreter, node: cst.NamedExpr) -> Value:
    value = interpreter.evaluate(node.value)
    interpreter.assign(node.target, value)
    return value


@evaluates(cst.Await)
def awaited(interpreter: Interpreter, node: cst.Await) -> Value:
    return interpreter.evaluate(node.expression)


@evaluates(cst.Yield)
def yielded(interpreter: Interpreter, node: cst.Yield) -> Value:
    if isinstance(node.value, cst.From):
        _yield_from(interpreter, interpreter.evaluate(node.value.item))
        return interpreter.unknown()
    value = NONE if node.value is None else interpreter.evaluate(node.value)
    if interpreter.frame.at_yield is not None:
        interpreter.frame.at_yield(value)
    return interpreter.unknown()


def _yield_from(interpreter: Interpreter, iterable: Value) -> None:
    items, at_yield = items_of(iterable), interpreter.frame.at_yield
    if at_yield is None:
        return
    for item in items or ():
        at_yield(item)
    if items is None:
        with interpreter.again():
            at_yield(element_of(interpreter, iterable))


@evaluates(cst.IfExp)
def conditional(interpreter: Interpreter, node: cst.IfExp) -> Value:
    test = interpreter.truth(interpreter.evaluate(node.test))
    note_left_out(interpreter, node.test, test, node.body)
    note_left_out(interpreter, node.test, interpreter.conditions.negate(test), node.orelse)
    return interpreter.split(
        [
            (test, lambda: interpreter.evaluate(node.body)),
            (interpreter.conditions.negate(test), lambda: interpreter.evaluate(node.orelse)),
        ]
    )


@evaluates(cst.UnaryOperation)
def unary(interpreter: Interpreter, node: cst.UnaryOperation) -> Value:
    value = interpreter.evaluate(node.expression)
    if isinstance(node.operator, cst.Not):
        return interpreter.boolean(interpreter.conditions.negate(interpreter.truth(value)))
    if isinstance(value, Constant) and isinstance(value.value, (int, float)):
        if isinstance(node.operator, cst.Minus):
            return Constant(-value.value)
        if isinstance(node.operator, cst.Plus):
            return Constant(value.value)
    return interpreter.unknown(provenance=[value])


@evaluates(cst.BinaryOperation)
def binary(interpreter: Interpreter, node: cst.BinaryOperation) -> Value:
    left, right = interpreter.evaluate(node.left), interpreter.evaluate(node.right)
    if isinstance(left, Constant) and isinstance(right, Constant) and (found := computed(node.operator, left, right)) is not None:
        return found
    if isinstance(node.operator, cst.Divide) and isinstance(left, Constant) and isinstance(right, Constant):
        texts = isinstance(left.value, str) and isinstance(right.value, str)  # paths
        return Constant(f"{left.value}/{right.value}") if texts else interpreter.unknown()
    if isinstance(node.operator, (cst.Add, cst.BitOr)) and isinstance(left, Sequence):
        return joined(interpreter, left, right)
    if isinstance(node.operator, cst.BitOr) and isinstance(left, Mapping) and isinstance(right, Mapping):
        merged = Mapping({**left.entries, **right.entries}, is_open=left.open or right.open, some=left.some + right.some)
        merged.chosen = left.chosen or right.chosen
        return merged
    return interpreter.unknown(provenance=[left, right])


@evaluates(cst.Comparison)
def comparison(interpreter: Interpreter, node: cst.Comparison) -> Value:
    left = interpreter.evaluate(node.left)
    holds: Condition = TRUE
    for target in node.comparisons:
        right = interpreter.evaluate(target.comparator)
        if isinstance(right, OneOfTexts) and isinstance(node.left, cst.FormattedString) and target is node.comparisons[0]:
            left = written_out(interpreter, node.left)
        holds = interpreter.conditions.both(holds, compared(interpreter, left, target.operator, right, node))
        left = right
    return interpreter.boolean(holds)


def compared(interpreter: Interpreter, left: Value, how: cst.BaseCompOp, right: Value, node: cst.CSTNode) -> Condition:
    """When a comparison holds."""
    conditions = interpreter.conditions
    if isinstance(how, (cst.NotEqual, cst.IsNot, cst.NotIn)):
        positive = cst.Equal() if isinstance(how, cst.NotEqual) else cst.Is() if isinstance(how, cst.IsNot) else cst.In()
        return conditions.negate(compared(interpreter, left, positive, right, node))
    cases: list[Condition] = []
    for c1, a in interpreter.alternatives(left):
        for c2, b in interpreter.alternatives(right):
            guard = conditions.both(c1, c2)
            if guard != FALSE:
                cases.append(conditions.both(guard, _compared_one(interpreter, a, how, b, node)))
    return conditions.any(cases)


def _compared_one(interpreter: Interpreter, a: Value, how: cst.BaseCompOp, b: Value, node: cst.CSTNode) -> Condition:
    if isinstance(how, cst.In) and isinstance(b, ExternalSymbol) and b.name == "os.environ" and isinstance(a, Constant):
        return interpreter.truth(variable(interpreter, str(a.value), NONE))
    if isinstance(how, cst.In) and isinstance(b, ExternalSymbol) and b.name == "sys.argv" and isinstance(a, Constant):
        return on_command_line(interpreter, a.value)
    asked = asked_of_option(interpreter, a, how, b)
    if asked is not None:
        return asked
    if isinstance(b, OneOfTexts) and isinstance(a, Constant) and isinstance(a.value, str) and isinstance(how, cst.In):
        return contains(interpreter, b, a.value)
    if isinstance(how, (cst.Equal, cst.Is)):
        for one, other in ((a, b), (b, a)):
            if isinstance(one, OneOfTexts) and isinstance(other, Constant) and isinstance(other.value, str):
                return equals(interpreter, one, other.value)
    if isinstance(how, (cst.Equal, cst.Is)):
        if isinstance(a, Constant) and isinstance(b, Constant):
            return _equal(interpreter, a.value, b.value)
        for one, other in ((a, b), (b, a)):
            if isinstance(other, Constant) and isinstance(one, AbstractObject) and one.kind is Kind.UNKNOWN:
                unsaid = isinstance(other.value, Unsaid)
                return _open_question(interpreter, node, (a, b)) if unsaid else _is(interpreter, one, other)
        if a is b:
            return TRUE
        if (isinstance(a, Constant) and a.value is None) or (isinstance(b, Constant) and b.value is None):
            return FALSE
        return _open_question(interpreter, node, (a, b))
    if isinstance(how, cst.In):
        members = items_of(b)
        if members is not None and (len(members) <= MEMBERS or isinstance(a, Constant)):
            return interpreter.conditions.any(
                interpreter.conditions.both(
                    interpreter.present(member), compared(interpreter, a, cst.Equal(), interpreter.without_absent(member), node)
                )
                for member in members
            )
        if isinstance(a, Constant) and isinstance(b, Mapping) and a.value in b.entries:
            return TRUE
        if isinstance(a, Constant) and isinstance(b, Constant) and isinstance(a.value, str) and isinstance(b.value, str):
            return TRUE if a.value in b.value else FALSE
        return _open_question(interpreter, node, (a, b))
    if isinstance(a, Constant) and isinstance(b, Constant):
        compute = _ORDER.get(type(how))
        try:
            return TRUE if compute is not None and compute(a.value, b.value) else FALSE
        except TypeError:
            return FALSE
    return _open_question(interpreter, node, (a, b))


_ORDER: dict[type[cst.BaseCompOp], Callable[[Any, Any], Any]] = {
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}


def _equal(interpreter: Interpreter, a: object, b: object) -> Condition:
    """Whether two constants are one; what a config says that nobody has switched can be compared with anything."""
    sides = [False if side is Unsaid.BY_TRAINER else side for side in (a, b)]
    if any(isinstance(side, Unsaid) for side in sides) and any(isinstance(side, bool) for side in sides):
        return interpreter.nondeterministic("the loaded config says so")[1]
    return TRUE if sides[0] == sides[1] else FALSE


def _is(interpreter: Interpreter, thing: AbstractObject, constant: Constant) -> Condition:
    if constant.value is True:
        return interpreter.truth(thing)
    if constant.value is False and isinstance(thing.default, Constant) and isinstance(thing.default.value, bool):
        return interpreter.conditions.negate(interpreter.truth(thing))
    if constant.value is None:
        name, none = thing.words, ("is not given", "is given")
        if thing.text.startswith("$"):
            none = ("is not set", "is set")
        elif is_setting(thing) and not thing.text.startswith("--"):
            none = ("is None", "is not None")
        return interpreter.predicate(thing, ("is", None), f"`{name}` {none[0]}", f"`{name}` {none[1]}")
    return is_constant(interpreter, thing, constant.value)


def _open_question(interpreter: Interpreter, node: cst.CSTNode, values: tuple[Value, ...]) -> Condition:
    """A comparison that can't be decided: one opaque fact for each text of it over the same things.

    Several comparisons of one option hang together in ways that are not followed, so none of them is the user's free choice.
    """
    things = [value for value in values if isinstance(value, AbstractObject)]
    text = wording_of(node)
    if things and len(text) < QUESTION:
        text = " ".join(text.split())
        thing = things[0]
        question = (text, *(value if isinstance(value, Constant) else id(value) for value in values if value is not thing))
        if question not in thing.predicates:
            thing.predicates[question] = interpreter.nondeterministic(f"`{text}`")[1]
        return thing.predicates[question]
    return interpreter.nondeterministic("a comparison holds")[1]
