"""Which modules of a model a function picks out, or a policy: the classes that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from gcheck_lint.python.nodes import parts
from gcheck_lint.story.domain.facets import Layers
from gcheck_lint.story.domain.limits import HELD_DEEP
from gcheck_lint.story.domain.objects import Class, Function, Promise, Sequence
from gcheck_lint.story.domain.values import Constant, ExternalSymbol, GuardedUnion, Value
from gcheck_lint.story.interpreter.builtins import PartialCall
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.modules import resolve

_CLASS = re.compile(r"[A-Z]\w*$")
_NONE = Layers((), sure=False, all_modules=False)


def layers_listed(interpreter: Interpreter, value: Value) -> Layers:
    """Those that a list names, a set, a text with commas, or a policy made of one of them."""
    names = list(_names_in(interpreter, value))
    known = [name for name in names if name]
    return Layers(tuple(dict.fromkeys(known)), sure=len(known) == len(names), all_modules=False) if known else _NONE


def _names_in(interpreter: Interpreter, value: Value, depth: int = 0) -> Iterator[str]:
    """The names of the classes in a value; an empty one for what is not known."""
    if isinstance(value, Promise):
        value = resolve(interpreter, value)
    if isinstance(value, ExternalSymbol):
        yield value.last
    elif isinstance(value, Constant) and isinstance(value.value, str):
        yield from (name.strip() for name in value.value.split(",") if _CLASS.match(name.strip()))
    elif isinstance(value, Class):
        yield value.made_by
    elif isinstance(value, Sequence) and depth < HELD_DEEP:
        for one in value.contents:
            yield from _names_in(interpreter, one, depth + 1)
    elif isinstance(value, PartialCall) and isinstance(value.function, ExternalSymbol):
        given = value.keywords.get("transformer_layer_cls", value.keywords.get("module_classes"))
        yield from ("",) if given is None else _names_in(interpreter, given, depth + 1)
    elif isinstance(value, GuardedUnion):
        for _, one in value.alternatives:
            yield from _names_in(interpreter, one, depth + 1)
        yield ""
    else:
        yield ""


def layers_chosen(interpreter: Interpreter, chooser: Value) -> Layers:
    """Those that a function says yes to: it asks for their class and for nothing else, or is not known."""
    if isinstance(chooser, Promise):
        chooser = resolve(interpreter, chooser)
    if isinstance(chooser, PartialCall):
        return _chosen_by_partial(interpreter, chooser)
    if not isinstance(chooser, Function):
        return _NONE
    body = chooser.node.body if isinstance(chooser.node, cst.Lambda) else chooser.module.body(chooser.node)
    test = _answer(body)
    params = chooser.node.params.params
    asked = None if test is None or not params else _classes_asked(test, params[0].name.value)
    if asked == []:
        return Layers()  # it says yes to all
    nodes = asked if asked is not None else [*_all_names(chooser.node), *_all_names(body)]
    names = [name for node in nodes for name in _names_at(interpreter, chooser, node)]
    known = tuple(dict.fromkeys(name for name in names if name))
    return Layers(known, sure=asked is not None and all(names), all_modules=False) if known else _NONE


def _chosen_by_partial(interpreter: Interpreter, chooser: PartialCall) -> Layers:
    names = [name for value in chooser.keywords.values() for name in _names_in(interpreter, value)]
    return Layers(tuple(name for name in names if name), sure=False, all_modules=False) if any(names) else _NONE


def _answer(node: cst.BaseSuite | cst.BaseExpression) -> cst.BaseExpression | None:
    """What a function, by its body, gives that does nothing else."""
    if isinstance(node, cst.BaseExpression):
        return node
    body = [one for one in node.body if not _is_docstring(one)]
    if len(body) != 1 or not isinstance(body[0], cst.SimpleStatementLine) or len(body[0].body) != 1:
        return None
    only = body[0].body[0]
    return only.value if isinstance(only, cst.Return) else None


def _is_docstring(node: cst.CSTNode) -> bool:
    only = node.body[0] if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 else None
    return isinstance(only, cst.Expr) and isinstance(only.value, (cst.SimpleString, cst.ConcatenatedString))


def _called(node: cst.CSTNode, function: str) -> list[cst.BaseExpression]:
    """The arguments of a call of this function; none for what is no such call."""
    named = isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == function
    return [arg.value for arg in node.args] if isinstance(node, cst.Call) and named else []


def _is(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _classes_asked(test: cst.BaseExpression, module: str) -> list[cst.BaseExpression] | None:
    """The expressions of the classes that a test asks a module for; none for one that is true, None where it asks for more."""
    if isinstance(test, cst.Name) and test.value == "True":
        return []
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or):
        both = [_classes_asked(side, module) for side in (test.left, test.right)]
        return [node for side in both for node in side or ()] if all(both) else None
    given = _called(test, "isinstance")
    if len(given) == 2 and _is(given[0], module):
        return given[1:]
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and _is_class_of(test.left, module):
        compared = test.comparisons[0]
        return [compared.comparator] if isinstance(compared.operator, (cst.Is, cst.Equal, cst.In)) else None
    return None


def _is_class_of(node: cst.BaseExpression, module: str) -> bool:
    """`type(module)`, `module.__class__`, and the name of either."""
    if isinstance(node, cst.Attribute) and node.attr.value == "__name__":
        node = node.value
    if isinstance(node, cst.Attribute):
        return node.attr.value == "__class__" and _is(node.value, module)
    given = _called(node, "type")
    return len(given) == 1 and _is(given[0], module)


def _names_at(interpreter: Interpreter, chooser: Function, node: cst.BaseExpression) -> Iterator[str]:
    """The names of the classes that an expression in a function stands for, as it was defined."""
    if isinstance(node, (cst.Tuple, cst.List, cst.Set)):
        for element in node.elements:
            yield from _names_at(interpreter, chooser, element.value)
    elif isinstance(node, cst.Attribute):
        yield node.attr.value if _CLASS.match(node.attr.value) else ""
    elif isinstance(node, cst.SimpleString):
        yield str(node.evaluated_value)
    elif len(listed := _called(node, "tuple") or _called(node, "set")) == 1:
        yield from _names_at(interpreter, chooser, listed[0])
    elif isinstance(node, cst.Name):
        home = chooser.closure.home(node.value)
        yield from ("",) if home is None else _names_in(interpreter, home.names[node.value])
    else:
        yield ""


def _all_names(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """The names that look like classes in a function that asks for more than a class."""
    found: list[cst.BaseExpression] = []
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, cst.Name) and _CLASS.match(one.value):
            found.append(one)
        waiting += parts(one)
    return found
