"""Python's own functions, as far as a story goes through them."""

from __future__ import annotations

import functools
import os.path
from collections.abc import Callable
from contextlib import suppress

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.facets import Counted, fill_from, settings_of
from gcheck_lint.story.domain.limits import MAPPED, MEMBERS
from gcheck_lint.story.domain.objects import DataclassField, Instance, Mapping, Promise, Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.attributes import read_attribute, write_attribute
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.modules import attribute_by_key, imported, resolve
from gcheck_lint.story.interpreter.option_comparisons import is_declared, length_of
from gcheck_lint.story.interpreter.sequences import (
    element_of,
    elements_of,
    items_of,
    made_of,
    numbers_of,
    open_up,
    size_of,
)
from gcheck_lint.story.interpreter.set_by_name import set_by_name


@does("none", pure=True)
def nothing(interpreter: Interpreter, call: Call) -> Value:
    return interpreter.unknown(call.name, call.passed.values())


@does("fact", pure=True)
def fact(interpreter: Interpreter, call: Call) -> Value:
    """A question to the machine: the same answer each time."""
    if call.name not in interpreter.remembered:
        interpreter.remembered[call.name] = interpreter.unknown(f"{call.name}()")
    return interpreter.remembered[call.name]


@does("choice", pure=True)
def some_choice(interpreter: Interpreter, call: Call) -> Value:
    return interpreter.unknown(call.name, call.passed.values())


@does("havoc")
def havoc(interpreter: Interpreter, call: Call) -> Value:
    interpreter.havoc(call.passed.values())
    return interpreter.unknown(call.name, call.passed.values())


@does("exit")
def leave(interpreter: Interpreter, call: Call) -> Value:
    interpreter.end_path(catchable=False)
    return NONE


@does("add path")
def add_path(interpreter: Interpreter, call: Call) -> Value:
    """`sys.path.append("…")`."""
    path = call.passed.positional[-1] if call.passed.positional else NONE
    if interpreter.modules.resolver is not None and isinstance(path, Constant) and isinstance(path.value, str):
        interpreter.modules.resolver.added.append(path.value)
    return NONE


@does("path", pure=True)
def path_text(interpreter: Interpreter, call: Call) -> Value:
    """A path made of constants is a constant; Path objects are told as their text."""
    parts = [value.value for value in call.passed.positional if isinstance(value, Constant) and isinstance(value.value, str)]
    if len(parts) != len(call.passed.positional) or not parts:
        return interpreter.unknown("a path", call.passed.values())
    return Constant(_PATHS.get(call.name.rpartition(".")[2], os.path.join)(*parts))


_PATHS: dict[str, Callable[..., str]] = {"dirname": os.path.dirname, "abspath": os.path.abspath, "realpath": os.path.realpath}


@does("setattr")
def set_attribute(interpreter: Interpreter, call: Call) -> Value:
    if len(call.passed.positional) == 3:
        target, name, value = call.passed.positional
        for _, one in interpreter.cases(name):
            if isinstance(one, Constant) and isinstance(one.value, str):
                write_attribute(interpreter, target, one.value, value, call.node)
            else:
                set_by_name(interpreter, target, one, value, call.node)
    return NONE


@does("getattr", pure=True)
def get_attribute(interpreter: Interpreter, call: Call) -> Value:
    given = call.passed.positional
    if len(given) < 2:
        return interpreter.unknown("an attribute", given)
    names = interpreter.alternatives(given[1])
    return interpreter.split([(case, functools.partial(_attribute_named, interpreter, call, name)) for case, name in names])


def _attribute_named(interpreter: Interpreter, call: Call, named: Value) -> Value:
    """`getattr(value, name)` with one of the names that it can be."""
    given = call.passed.positional
    if not isinstance(named, Constant):
        return attribute_by_key(interpreter, given[0], named, call.node) or interpreter.unknown("an attribute", given[:1])
    if not isinstance(named.value, str):
        return interpreter.unknown("an attribute", given[:1])
    name = named.value
    default = given[2] if len(given) > 2 else None

    def read(one: Value) -> Value:
        if default is not None and isinstance(one, Constant) and one.value is None:
            return default
        if (
            default is not None
            and isinstance(one, Instance)
            and name not in one.fields
            and one.cls.member(name) is None
            and one.kind is Kind.INSTANCE
        ):
            return default
        value = read_attribute(interpreter, one, name, call.node)
        if (
            isinstance(default, Constant)
            and isinstance(value, AbstractObject)
            and value.kind is Kind.UNKNOWN
            and value.default is None
        ):
            value.default = default
        return value

    return interpreter.flat(interpreter.each(given[0], read))


@does("import module")
def import_module(interpreter: Interpreter, call: Call) -> Value:
    """`importlib.import_module("name")`, `__import__("name")`."""
    wanted = call.passed.positional[0] if call.passed.positional else NONE
    if not isinstance(wanted, Constant) or not isinstance(wanted.value, str):
        return interpreter.unknown("a module")
    found = imported(interpreter, wanted.value, "")
    return resolve(interpreter, found) if isinstance(found, Promise) else found


@does("dict", pure=True)
def make_dict(interpreter: Interpreter, call: Call) -> Value:
    made = Mapping({}, is_open=call.passed.open)
    for source in call.passed.positional:
        if isinstance(source, Mapping):
            made.entries.update(source.entries)
            made.open, made.chosen = made.open or source.open, made.chosen or source.chosen
            made.some += source.some
        else:
            made.open = True
        fill_from(made, settings_of(source) if len(call.passed.positional) == 1 and not call.passed.open else None)
    fill_from(made, call.passed.rest if not call.passed.positional else None)
    made.entries.update(call.passed.keywords)
    return made


@does("list", pure=True)
def make_list(interpreter: Interpreter, call: Call) -> Value:
    given = call.passed.positional
    counted = numbers_of(given[0]) if given else []
    made = made_of(interpreter, given[0]) if counted is None else Sequence([*counted], since=interpreter.path_condition)
    made.type_name = _TYPES.get(call.name.rpartition(".")[2], "")
    return made


_TYPES = {"list": "list", "sorted": "list", "tuple": "tuple"}


@does("range", pure=True)
def counting(interpreter: Interpreter, call: Call) -> Value:
    """`range(…)`: how often a loop runs is nobody's business, but the numbers may be part of a name."""
    made = interpreter.unknown("range()", call.passed.values())
    ends = [one.value for one in call.passed.positional if isinstance(one, Constant)]
    known = [end for end in ends if isinstance(end, int)]
    if 0 < len(known) == len(call.passed.positional) <= 3 and known[2:] != [0] and not call.passed.open:
        numbers = range(*known)
        if len(numbers) <= MEMBERS:
            made.attach(Counted(tuple(numbers)))
    return made


@does("bool", pure=True)
def make_bool(interpreter: Interpreter, call: Call) -> Value:
    return interpreter.boolean(interpreter.truth(call.passed.positional[0])) if call.passed.positional else Constant(False)


@does("convert", pure=True)
def convert(interpreter: Interpreter, call: Call) -> Value:
    first = call.passed.positional[0] if call.passed.positional else NONE
    if isinstance(first, Constant) and isinstance(first.value, (str, int, float)):
        kinds = {"str": str, "int": int, "float": float}
        try:
            return Constant(kinds[call.name.rpartition(".")[2]](first.value))
        except (ValueError, OverflowError):
            return interpreter.unknown()
    if isinstance(first, AbstractObject) and first.kind is Kind.UNKNOWN:
        return _as_number(interpreter, first, call.name)
    return interpreter.unknown(provenance=[first])


def _as_number(interpreter: Interpreter, text: AbstractObject, kind: str) -> AbstractObject:
    """An option that is a text and is read as a number: `"0"` counts as true, and 0 as false. Any other is what it was."""
    default = text.default.value if isinstance(text.default, Constant) else None
    if kind == "builtins.str" or not (isinstance(default, str) or text.text.startswith("$")):
        return text
    key = ("number", text, kind)
    if key not in interpreter.remembered:
        made = interpreter.unknown(text.text, chosen=text.chosen, site=text.site)
        made.made_by, made.said, made.valued = kind, text.words, True
        if isinstance(default, str):
            with suppress(ValueError):
                made.default = Constant(float(default) if kind == "builtins.float" else int(default))
        interpreter.remembered[key] = made
    found = interpreter.remembered[key]
    assert isinstance(found, AbstractObject)
    return found


@does("zip", pure=True)
def zipped(interpreter: Interpreter, call: Call) -> Value:
    lists = [elements_of(interpreter, value) for value in call.passed.positional]
    known = [items for items in lists if items is not None]
    if len(known) != len(lists) or not known:
        made = Sequence(None, [Sequence([element_of(interpreter, value) for value in call.passed.positional])])
        made.provenance = interpreter.provenance_of(call.passed.positional)
        return made
    return Sequence([Sequence(list(row)) for row in zip(*known, strict=False)])


@does("enumerate", pure=True)
def enumerated(interpreter: Interpreter, call: Call) -> Value:
    if not call.passed.positional:
        return Sequence(None)
    items = elements_of(interpreter, call.passed.positional[0])
    if items is not None:
        return Sequence([Sequence([Constant(index), item]) for index, item in enumerate(items)])
    many = made_of(interpreter, call.passed.positional[0])
    open_up(interpreter, many)
    number = interpreter.unknown("a number")
    many.some = [Sequence([number, item]) for item in many.some]
    return many


@does("map")
def mapped(interpreter: Interpreter, call: Call) -> Value:
    if len(call.passed.positional) == 2:
        items = elements_of(interpreter, call.passed.positional[1]) or [interpreter.unknown("an element")]
        with interpreter.again():
            call_it = [
                interpreter.call(call.passed.positional[0], Arguments([item], {}, {}), call.node) for item in items[:MAPPED]
            ]
        return Sequence(None, call_it)
    return Sequence(None)


@does("len", pure=True)
def length(interpreter: Interpreter, call: Call) -> Value:
    option = call.passed.positional[0] if call.passed.positional else NONE
    if isinstance(option, AbstractObject) and is_declared(option):
        return length_of(interpreter, option)
    return size_of(interpreter, call.passed.positional[0]) if call.passed.positional else NONE


@does("any", "all", pure=True)
def any_or_all(interpreter: Interpreter, call: Call) -> Value:
    conditions = interpreter.conditions
    items = items_of(call.passed.positional[0]) if call.passed.positional else None
    if items is None:
        return interpreter.unknown(f"{call.name.rpartition('.')[2]}()")
    wanted = call.name.endswith("any")
    found: Condition = FALSE
    for item in items:
        truth = interpreter.truth(interpreter.without_absent(item))
        found = conditions.either(
            found, conditions.both(interpreter.present(item), truth if wanted else conditions.negate(truth))
        )
    return interpreter.boolean(found if wanted else conditions.negate(found))


@does("first argument", pure=True)
def first_argument(interpreter: Interpreter, call: Call) -> Value:
    return call.passed.positional[0] if call.passed.positional else interpreter.unknown()


@does("the model it is given", pure=True)
def given_model(interpreter: Interpreter, call: Call) -> Value:
    return call.argument("model") or interpreter.unknown(call.name, call.passed.values())


@does("second argument", pure=True)
def second_argument(interpreter: Interpreter, call: Call) -> Value:
    return call.passed.positional[1] if len(call.passed.positional) > 1 else interpreter.unknown()


@does("next", pure=True)
def next_element(interpreter: Interpreter, call: Call) -> Value:
    default = call.passed.positional[1:2]
    if not call.passed.positional or default:
        return interpreter.unknown("an element", call.passed.positional)
    return element_of(interpreter, call.passed.positional[0])


class PartialCall(AbstractObject):
    """`partial(f, …)`: a function with some of its arguments given; `open` says that there may be more of them."""

    __slots__ = ("function", "keywords", "open", "positional")

    def __init__(self, call: Call, site: Site) -> None:
        super().__init__(Kind.PARTIAL, call.name, site)
        self.function, *self.positional = call.passed.positional or [NONE]
        self.keywords = dict(call.passed.keywords)
        self.open = call.passed.open

    def held(self) -> list[Value]:
        return [self.function, *self.positional, *self.keywords.values(), *super().held()]


@does("partial", pure=True)
def partial(interpreter: Interpreter, call: Call) -> Value:
    """`partial(f, …)`: f with some of its arguments given."""
    return PartialCall(call, interpreter.site(call.node))


@does("call partial")
def call_partial(interpreter: Interpreter, call: Call) -> Value:
    made = call.receiver
    assert isinstance(made, PartialCall)
    nodes: dict[str | int, cst.CSTNode] = dict.fromkeys(made.keywords, call.node)
    passed = Arguments(
        [*made.positional, *call.passed.positional],
        {**made.keywords, **call.passed.keywords},
        {**nodes, **call.passed.nodes},
        call.passed.open or made.open,
        call.passed.may_switch,
    )
    return interpreter.call(made.function, passed, call.node)


@does("object", pure=True)
def plain_object(interpreter: Interpreter, call: Call) -> Value:
    """An object that holds what it is given."""
    made = AbstractObject(Kind.OBJECT, call.name, interpreter.site(call.node))
    made.fields.update(call.passed.keywords)
    fill_from(made, call.passed.rest)
    return made


@does("dataclass field")
def dataclass_field(interpreter: Interpreter, call: Call) -> Value:
    default = call.passed.keywords.get("default")
    factory = call.passed.keywords.get("default_factory")
    if default is None and factory is not None:
        default = interpreter.call(factory, Arguments([], {}, {}), call.node)
    return DataclassField(default)


@does("replaced copy", pure=True)
def replaced_copy(interpreter: Interpreter, call: Call) -> Value:
    first = call.passed.positional[0] if call.passed.positional else NONE
    if isinstance(first, Instance):
        made = Instance(first.cls, first.kind, interpreter.site(call.node))
        made.chosen = first.chosen
        made.take_after(first)
        made.fields.update(call.passed.keywords)
        return made
    return interpreter.unknown("a copy", call.passed.values())
