"""Annotations: what can't be followed is what the program says it is, in a state that nobody knows.

`def train(model: PreTrainedModel, args: TrainingArguments)` told alone gets such a model and such arguments; an attribute, a name
or the result of a function that is annotated is one, too. What is known by other ways is left as it is. Classes are looked up
where the annotation stands, when it is asked for, as type checkers do: quoted, under TYPE_CHECKING, `Optional[…]`, `X | None`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.facets import is_besides
from gcheck_lint.story.domain.objects import Class, Promise, Scope, Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, ExternalSymbol, Value
from gcheck_lint.story.interpreter.attributes import library_member
from gcheck_lint.story.interpreter.functions import chosen_instance, inherited
from gcheck_lint.story.interpreter.interpreter import ANNOTATED, Interpreter
from gcheck_lint.story.interpreter.modules import member_of, resolve, star_member
from gcheck_lint.text.nesting import TooDeepError, guard

Typed = Callable[[Interpreter, AbstractObject, ExternalSymbol, "Class | None"], Value]
TYPED: dict[Kind, Typed] = {}


def types(*kinds: Kind) -> Callable[[Typed], Typed]:
    """This function makes an object of unknown state of an unknown one that is said to be of a library's class of these kinds.

    It is given the library's class, and the class of the script that inherits from it, if any.
    """

    def register(function: Typed) -> Typed:
        TYPED.update(dict.fromkeys(kinds, function))
        return function

    return register


@dataclass(frozen=True, slots=True)
class _Type:
    """What an annotation says: a class, or the classes of a tuple's items. `optional`: it may be None as well."""

    of: Value | None
    items: tuple[_Type, ...] = ()
    optional: bool = False


_NOTHING = _Type(None)


class _Types:
    """The annotations that were looked up so far."""

    def __init__(self) -> None:
        self.known: dict[cst.CSTNode, _Type] = {}


def typed(
    interpreter: Interpreter, value: Value, annotation: cst.BaseExpression, scope: Scope, *, optional: bool = False
) -> Value:
    """A value that is annotated: what of it can't be followed is what the annotation says. `optional`: it may be None."""
    if not any(_is_open(interpreter, one) for _, one in interpreter.alternatives(value)) and not isinstance(value, Sequence):
        return value
    known = interpreter.own(_Types).known
    if annotation not in known:
        known[annotation] = _NOTHING  # while it is looked up: two modules may import a class from each other
        known[annotation] = _type_of(interpreter, annotation, scope)
    told = known[annotation]
    return value if told == _NOTHING else _as(interpreter, value, told, optional=optional or told.optional)


ANNOTATED["typed"] = typed


def _is_open(interpreter: Interpreter, one: Value) -> bool:
    """Whether nothing is known of a value, nor what it comes from."""
    return (
        isinstance(one, AbstractObject)
        and one.kind is Kind.UNKNOWN
        and one not in interpreter.states
        and not (one.provenance or is_besides(one) or one.method)
    )


def _as(interpreter: Interpreter, value: Value, told: _Type, *, optional: bool) -> Value:
    if told.items:
        items = value.items if isinstance(value, Sequence) else [interpreter.unknown() for _ in told.items]
        if items is None or len(items) != len(told.items):
            return value
        if isinstance(value, Sequence) or (isinstance(value, AbstractObject) and _is_open(interpreter, value)):
            return Sequence(
                [_as(interpreter, item, one, optional=one.optional) for item, one in zip(items, told.items, strict=True)]
            )
        return value

    def of_one(one: Value) -> Value:
        if not isinstance(one, AbstractObject) or not _is_open(interpreter, one):
            return one
        given = _is_given(interpreter, one) if optional else None
        made = _made(interpreter, one, told.of)
        return one if made is None else made if given is None else interpreter.select(given, made, NONE)

    return interpreter.flat(interpreter.each(value, of_one))


def _is_given(interpreter: Interpreter, one: AbstractObject) -> Condition:
    """That a value is not None."""
    name = one.words
    missing = interpreter.predicate(one, ("is", None), f"`{name}` is not given", f"`{name}` is given")
    return interpreter.conditions.negate(missing)


def _made(interpreter: Interpreter, one: AbstractObject, cls: Value | None) -> Value | None:
    """The object of a class that an unknown one is; None where that says nothing."""
    if isinstance(cls, ExternalSymbol):
        fact = interpreter.knowledge.class_named(cls.name)
        if interpreter.knowledge.is_of_other_framework(cls.name):
            return AbstractObject(Kind.OBJECT, cls.name, one.site)
        handler = None if fact is None else TYPED.get(fact.kind)
        return None if handler is None else handler(interpreter, one, cls, None)
    if not isinstance(cls, Class):
        return None
    base = library_member(interpreter, cls, "")
    symbol = ExternalSymbol(base.owner) if isinstance(base, ExternalSymbol) else None
    fact = None if symbol is None else interpreter.knowledge.class_named(symbol.name)
    if symbol is not None and fact is not None and fact.kind is Kind.MODEL:
        return TYPED[Kind.MODEL](interpreter, one, symbol, cls)
    if cls.dataclass or inherited(interpreter, cls)[1] is Kind.ARGUMENTS:
        return chosen_instance(interpreter, cls, one.site)
    return None


# --- looking up --------------------------------------------------------------------------------------------------------------

_FIRST = ("Annotated", "Final", "ClassVar", "Required", "NotRequired")


def _type_of(interpreter: Interpreter, node: cst.BaseExpression, scope: Scope) -> _Type:
    """What an annotation says; `_NOTHING` for what says nothing to us."""
    if isinstance(node, cst.SimpleString):
        quoted = _quoted(node.value)
        return _NOTHING if quoted is None else _type_of(interpreter, quoted, scope)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        return _either([_type_of(interpreter, side, scope) for side in (node.left, node.right)])
    if isinstance(node, cst.Subscript):
        return _of_subscript(interpreter, node, scope)
    if isinstance(node, cst.Name) and node.value == "None":
        return _Type(NONE)
    found = _class_at(interpreter, node, scope)
    return _Type(found) if isinstance(found, (ExternalSymbol, Class)) else _NOTHING


def _of_subscript(interpreter: Interpreter, node: cst.Subscript, scope: Scope) -> _Type:
    head = node.value.attr.value if isinstance(node.value, cst.Attribute) else getattr(node.value, "value", "")
    inner = [item.slice.value for item in node.slice if isinstance(item.slice, cst.Index)]
    if head in ("Tuple", "tuple"):
        items = tuple(_type_of(interpreter, one, scope) for one in inner)
        return _NOTHING if all(item == _NOTHING for item in items) else _Type(None, items)
    if head == "Union":
        return _either([_type_of(interpreter, one, scope) for one in inner])
    if head == "Optional" and len(inner) == 1:
        return _either([_type_of(interpreter, inner[0], scope), _Type(NONE)])
    return _type_of(interpreter, inner[0], scope) if head in _FIRST and inner else _NOTHING


def _either(sides: list[_Type]) -> _Type:
    """One of several: a class or None. Beside a model, a module of torch is one as well."""
    optional = any(side.of == NONE or side.optional for side in sides)
    rest = [side for side in sides if side.of != NONE]
    named = [side for side in rest if not (isinstance(side.of, ExternalSymbol) and side.of.last == "Module")]
    if len(named) != 1 or named[0] == _NOTHING:
        return _NOTHING
    return _Type(named[0].of, named[0].items, optional)


@functools.lru_cache(maxsize=1024)
def _quoted(literal: str) -> cst.BaseExpression | None:
    text = literal.strip("'\"")
    try:
        guard(text)
        return cst.parse_expression(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError, TooDeepError):
        return None


def _class_at(interpreter: Interpreter, node: cst.BaseExpression, scope: Scope) -> Value | None:
    """What a dotted name is in a scope, looked up without binding anything new."""
    if isinstance(node, cst.Attribute):
        owner = _class_at(interpreter, node.value, scope)
        if isinstance(owner, ExternalSymbol):
            return ExternalSymbol(f"{owner.name}.{node.attr.value}")
        if isinstance(owner, AbstractObject) and owner.kind is Kind.PROGRAM_MODULE:
            return member_of(interpreter, owner, node.attr.value, node)
        return None
    if not isinstance(node, cst.Name):
        return None
    home = scope.home(node.value)
    if home is None:
        top = scope.top
        found = star_member(interpreter, top, node.value) if top.stars else None
        return ExternalSymbol(f"{top.stars[-1]}.{node.value}") if found is None and top.stars else found
    bound = home.names[node.value]
    for _, one in interpreter.alternatives(bound):  # one of a `try` that imports it, and an `except` that sets it None
        value = resolve(interpreter, one) if isinstance(one, Promise) else one
        if value is not one and bound is one:
            home.names[node.value] = value
        if isinstance(value, (ExternalSymbol, Class)) or (
            isinstance(value, AbstractObject) and value.kind is Kind.PROGRAM_MODULE
        ):
            return value
    return None
