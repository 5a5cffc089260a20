"""Checkpoints of layers that the script defines, and those of them that get their input by keyword."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.python.nodes import parts
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.events import LayersCheckpointed
from gcheck_lint.story.domain.limits import HELD_DEEP
from gcheck_lint.story.domain.objects import Class, Function, Instance
from gcheck_lint.story.domain.values import NONE, Constant, Value
from gcheck_lint.story.effects.trainable_parts import kwargs_of, reentrancy
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

_BASE = "GradientCheckpointingLayer"
_ENABLE = "gradient_checkpointing_enable"


@does("checkpoint own layers")
def checkpoint_own_layers(interpreter: Interpreter, call: Call) -> Value:
    """`gradient_checkpointing_enable()` of a model whose class the script defines."""
    given = kwargs_of(call.passed, call.transfer.details["kwargs"])
    _checkpoint(interpreter, call.receiver, reentrancy(interpreter, given), interpreter.site(call.node))
    return NONE


def switch_layers(interpreter: Interpreter, model: Value, switch: Value, reentrant: Value, site: Site) -> None:
    """The same by the arguments of a trainer: `switch` is what they say."""
    for _, one in interpreter.cases(switch):
        if isinstance(one, Constant) and one.value is True:
            if any(
                isinstance(held, Instance) and held.cls.member(_ENABLE) is not None for _, held in interpreter.alternatives(model)
            ):
                continue  # the trainer calls the class's own
            _checkpoint(interpreter, model, reentrant, one.site or site)


def _checkpoint(interpreter: Interpreter, model: Value, reentrant: Value, site: Site) -> None:
    for _, one in interpreter.cases(model):
        calls = tuple(dict.fromkeys(called_by_keyword(one.cls))) if isinstance(one, Instance) else ()
        if calls:
            interpreter.emit(LayersCheckpointed, site, [], reentrant=reentrant, calls=calls)


# --- layers that get their input by keyword ----------------------------------------------------------------------------------


def called_by_keyword(cls: Class, depth: int = 0) -> list[tuple[Site, str]]:
    """Where a class, or one that it is made of, calls a checkpointed layer of its own with its first argument by keyword.

    Each call with the name of that argument.
    """
    init, forward = cls.member("__init__"), cls.member("forward")
    if not isinstance(init, Function) or not isinstance(forward, Function) or depth > HELD_DEEP:
        return []
    layers: dict[str, str] = {}
    found: list[tuple[Site, str]] = []
    for name, made in _parts(init):
        first = _first_argument(made)
        if any(base.root == "transformers" and base.last == _BASE for base in made.library_bases()):
            if first is not None and made.member("__call__") is None:
                layers[name] = first
        else:
            found += called_by_keyword(made, depth + 1)
    if layers:
        calls = _Calls(layers)
        _visit(forward, calls)
        found += [(Site(forward.module, node), first) for node, first in calls.found]
    return found


def _visit(function: Function, visitor: cst.CSTVisitor) -> None:
    body = function.node.body if isinstance(function.node, cst.Lambda) else function.module.body(function.node)
    body.visit(visitor)


def _parts(init: Function) -> list[tuple[str, Class]]:
    """The attributes of `self` that hold objects of the script's own classes, or lists of them."""
    found: list[tuple[str, Class]] = []

    class Parts(cst.CSTVisitor):
        def visit_Assign(self, node: cst.Assign) -> bool:  # noqa: N802 - LibCST's own naming
            for target in node.targets:
                name = _own_attribute(target.target)
                if name is not None:
                    found.extend((name, made) for made in _classes_called(node.value, init))
            return False

    _visit(init, Parts())
    return found


def _classes_called(node: cst.CSTNode, within: Function) -> list[Class]:
    found: list[Class] = []

    class Calls(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
            name = node.func.value if isinstance(node.func, cst.Name) else ""
            home = within.closure.home(name)
            value = home.names[name] if home is not None else None
            if isinstance(value, Class):
                found.append(value)

    node.visit(Calls())
    return found


def _first_argument(cls: Class) -> str | None:
    forward = cls.member("forward")
    if not isinstance(forward, Function) or len(forward.node.params.params) < 2:
        return None
    return forward.node.params.params[1].name.value


class _Calls(cst.CSTVisitor):
    """Calls of layers, held by these attributes, without any argument by position; each layer with its first argument's name."""

    def __init__(self, layers: dict[str, str]) -> None:
        self._layers = layers
        self._names: dict[str, str] = {}
        self.found: list[tuple[cst.Call, str]] = []

    def visit_For(self, node: cst.For) -> None:  # noqa: N802
        target: cst.CSTNode = node.target
        if isinstance(target, cst.Tuple) and target.elements:
            target = target.elements[-1].value
        walked = node.iter
        if isinstance(walked, cst.Call) and walked.args and _is_enumerate(walked.func):
            walked = walked.args[0].value
        name = self._held(walked)
        if name is not None and isinstance(target, cst.Name):
            self._names[target.value] = name

    def visit_If(self, node: cst.If) -> bool:  # noqa: N802
        return not _asks_for_training(node.test)

    def visit_IfExp(self, node: cst.IfExp) -> bool:  # noqa: N802
        return not _asks_for_training(node.test)

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        first = self._names.get(node.func.value) if isinstance(node.func, cst.Name) else self._held(node.func)
        plain = all(arg.keyword is not None for arg in node.args)
        if plain and first is not None and any(arg.keyword is not None and arg.keyword.value == first for arg in node.args):
            self.found.append((node, first))

    def _held(self, node: cst.BaseExpression) -> str | None:
        while isinstance(node, cst.Subscript):
            node = node.value
        name = _own_attribute(node)
        return None if name is None else self._layers.get(name)


def _asks_for_training(test: cst.BaseExpression) -> bool:
    """Whether a forward pass goes two ways, one for each mode: which call is made under a checkpoint can't be told."""
    waiting: list[cst.CSTNode] = [test]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Name) and ("training" in node.value or "checkpoint" in node.value):
            return True
        waiting += parts(node)
    return False


def _own_attribute(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self":
        return node.attr.value
    return None


def _is_enumerate(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "enumerate"
