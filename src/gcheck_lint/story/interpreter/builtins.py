"""Python's own functions, as far as a story goes through them."""

from __future__ import annotations

import os.path
from collections.abc import Callable

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE
from gcheck_lint.story.domain.values import (
    NONE,
    Class,
    Function,
    Instance,
    Known,
    Library,
    Mapping,
    Sequence,
    Thing,
    Value,
)
from gcheck_lint.story.effects.versioned_names import has_name
from gcheck_lint.story.interpreter.attributes import read_attribute, write_attribute
from gcheck_lint.story.interpreter.calls import call_value
from gcheck_lint.story.interpreter.containers import elements_of
from gcheck_lint.story.interpreter.dispatch import Call, Passed, does
from gcheck_lint.story.interpreter.interpreter import Teller

_ANSWERED = ("model", "wrapper", "trainer", "config")


@does("none")
def nothing(teller: Teller, call: Call) -> Value:
    return teller.unknown(call.name, call.passed.values())


@does("fact")
def fact(teller: Teller, call: Call) -> Value:
    """A question to the machine: the same answer each time."""
    if call.name not in teller.remembered:
        teller.remembered[call.name] = teller.unknown(f"{call.name}()")
    return teller.remembered[call.name]


@does("choice")
def some_choice(teller: Teller, call: Call) -> Value:
    return teller.unknown(call.name, call.passed.values())


@does("havoc")
def havoc(teller: Teller, call: Call) -> Value:
    teller.havoc(call.passed.values())
    return teller.unknown(call.name, call.passed.values())


@does("exit")
def leave(teller: Teller, call: Call) -> Value:
    teller.pc = FALSE
    return NONE


@does("add path")
def add_path(teller: Teller, call: Call) -> Value:
    """`sys.path.append("…")`."""
    path = call.passed.positional[-1] if call.passed.positional else NONE
    if teller.finder is not None and isinstance(path, Known) and isinstance(path.value, str):
        teller.finder.added.append(path.value)
    return NONE


@does("path")
def path_text(teller: Teller, call: Call) -> Value:
    """A path made of constants is a constant; Path objects are told as their text."""
    parts = [value.value for value in call.passed.positional if isinstance(value, Known) and isinstance(value.value, str)]
    if len(parts) != len(call.passed.positional) or not parts:
        return teller.unknown("a path", call.passed.values())
    return Known(_PATHS.get(call.name.rpartition(".")[2], os.path.join)(*parts))


_PATHS: dict[str, Callable[..., str]] = {"dirname": os.path.dirname, "abspath": os.path.abspath, "realpath": os.path.realpath}


@does("setattr")
def set_attribute(teller: Teller, call: Call) -> Value:
    if len(call.passed.positional) == 3:
        target, name, value = call.passed.positional
        if isinstance(name, Known) and isinstance(name.value, str):
            write_attribute(teller, target, name.value, value, call.node)
        else:
            teller.havoc([target])
    return NONE


@does("getattr")
def get_attribute(teller: Teller, call: Call) -> Value:
    given = call.passed.positional
    if len(given) < 2 or not isinstance(given[1], Known) or not isinstance(given[1].value, str):
        return teller.unknown("an attribute", given[:1])
    name = given[1].value
    default = given[2] if len(given) > 2 else None

    def read(one: Value) -> Value:
        if default is not None and isinstance(one, Known) and one.value is None:
            return default
        if (
            default is not None
            and isinstance(one, Instance)
            and name not in one.fields
            and one.cls.member(name) is None
            and one.role == "instance"
        ):
            return default
        value = read_attribute(teller, one, name, call.node)
        if isinstance(default, Known) and isinstance(value, Thing) and value.role == "unknown" and value.default is None:
            value.default = default
        return value

    return teller.flat(teller.each(given[0], read))


@does("hasattr")
def has_attribute(teller: Teller, call: Call) -> Value:
    """A model has what the script asks for before it uses it."""
    given = call.passed.positional
    if len(given) == 2 and isinstance(given[1], Known):
        cores = teller.cores(given[0])
        if cores or (isinstance(given[0], Thing) and given[0].role in _ANSWERED):
            if given[1].value == "gradient_checkpointing" and not cores:
                return teller.unknown("hasattr()")  # a field that some configs have
            if given[1].value in ("module", "_orig_mod", "peft_config", "model_parallel"):
                return Known(False)
            return teller.boolean(has_name(teller, "model", str(given[1].value)))
        name = str(given[1].value)
        if isinstance(given[0], Instance) and (name in given[0].fields or given[0].cls.member(name) is not None):
            return Known(True)
    return teller.unknown("hasattr()")


@does("isinstance")
def is_instance(teller: Teller, call: Call) -> Value:
    given = call.passed.positional
    if len(given) != 2:
        return teller.unknown("isinstance()")
    names = [
        one.last for one in (given[1].items or [] if isinstance(given[1], Sequence) else [given[1]]) if isinstance(one, Library)
    ]

    def check(one: Value) -> Value:
        if isinstance(one, Thing) and one.role == "wrapper":
            if one.made_by == "adapter":
                return Known(any("Peft" in name or "Pretrained" in name or "PreTrained" in name for name in names))
            return Known(any("Parallel" in name for name in names))
        if one in teller.states and names and all("Peft" in name or "Parallel" in name for name in names):
            return Known(False)
        if isinstance(one, Known) and one.value is None and names and "NoneType" not in names:
            return Known(False)
        if isinstance(one, Known) and names:
            return Known(type(one.value).__name__ in names)
        if isinstance(one, Mapping) and names:
            return Known("dict" in names or "Mapping" in names)
        return teller.unknown("isinstance()")

    return teller.flat(teller.each(given[0], check))


@does("dict")
def make_dict(teller: Teller, call: Call) -> Value:
    made = Mapping({}, is_open=call.passed.open)
    for source in call.passed.positional:
        if isinstance(source, Mapping):
            made.entries.update(source.entries)
            made.open = made.open or source.open
        else:
            made.open = True
    made.entries.update(call.passed.keywords)
    return made


@does("list")
def make_list(teller: Teller, call: Call) -> Value:
    if not call.passed.positional:
        return Sequence([])
    items = elements_of(teller, call.passed.positional[0])
    made = Sequence(items)
    if items is None:
        made.about = teller.subjects(call.passed.positional)
    return made


@does("bool")
def make_bool(teller: Teller, call: Call) -> Value:
    return teller.boolean(teller.truth(call.passed.positional[0])) if call.passed.positional else Known(False)


@does("convert")
def convert(teller: Teller, call: Call) -> Value:
    first = call.passed.positional[0] if call.passed.positional else NONE
    if isinstance(first, Known) and isinstance(first.value, (str, int, float)):
        kinds = {"str": str, "int": int, "float": float}
        try:
            return Known(kinds[call.name.rpartition(".")[2]](first.value))
        except (ValueError, OverflowError):
            return teller.unknown()
    if isinstance(first, Thing) and first.role == "unknown":
        return first
    return teller.unknown(about=[first])


@does("zip")
def zipped(teller: Teller, call: Call) -> Value:
    lists = [elements_of(teller, value) for value in call.passed.positional]
    known = [items for items in lists if items is not None]
    if len(known) != len(lists) or not known:
        made = Sequence(None)
        made.about = teller.subjects(call.passed.positional)
        return made
    return Sequence([Sequence(list(row)) for row in zip(*known, strict=False)])


@does("enumerate")
def enumerated(teller: Teller, call: Call) -> Value:
    items = elements_of(teller, call.passed.positional[0]) if call.passed.positional else None
    return Sequence(None if items is None else [Sequence([Known(index), item]) for index, item in enumerate(items)])


@does("map")
def mapped(teller: Teller, call: Call) -> Value:
    if len(call.passed.positional) == 2:
        items = elements_of(teller, call.passed.positional[1]) or [teller.unknown("an element")]
        for item in items[:4]:
            call_value(teller, call.passed.positional[0], Passed([item], {}, {}), call.node)
    return Sequence(None)


@does("len")
def length(teller: Teller, call: Call) -> Value:
    items = elements_of(teller, call.passed.positional[0]) if call.passed.positional else None
    return Known(len(items)) if items is not None else teller.unknown("len()", call.passed.positional)


@does("any", "all")
def any_or_all(teller: Teller, call: Call) -> Value:
    items = elements_of(teller, call.passed.positional[0]) if call.passed.positional else None
    if items is None:
        return teller.unknown(f"{call.name.rpartition('.')[2]}()")
    truths = [teller.truth(item) for item in items]
    if call.name.endswith("any"):
        return teller.boolean(teller.conditions.any(truths))
    everything = TRUE
    for truth in truths:
        everything = teller.conditions.both(everything, truth)
    return teller.boolean(everything)


@does("first argument")
def first_argument(teller: Teller, call: Call) -> Value:
    return call.passed.positional[0] if call.passed.positional else teller.unknown()


@does("second argument")
def second_argument(teller: Teller, call: Call) -> Value:
    return call.passed.positional[1] if len(call.passed.positional) > 1 else teller.unknown()


@does("next")
def next_element(teller: Teller, call: Call) -> Value:
    return teller.unknown("an element", call.passed.positional[:1])


@does("copy")
def copied(teller: Teller, call: Call) -> Value:
    """A copy is another object: switches on it do not reach the original."""

    def copy_one(one: Value) -> Value:
        if isinstance(one, Mapping):
            return Mapping(dict(one.entries), is_open=one.open)
        if isinstance(one, Sequence):
            return Sequence(None if one.items is None else list(one.items))
        if isinstance(one, (Function, Class)) or not isinstance(one, Thing):
            return one
        if one in teller.states:
            state = teller.states[one]
            model = teller.new_model(one.made_by, teller.site(call.node), state.cached, state.mode)
            its_state = teller.states[model]
            its_state.checkpointing, its_state.switches, its_state.trained = (
                state.checkpointing,
                list(state.switches),
                state.trained,
            )
            pairs = ((state.config, its_state.config), (state.generation_config, its_state.generation_config))
            for held, copy in pairs:
                if isinstance(held, Thing) and isinstance(copy, Thing):
                    copy.fields.update(held.fields)
            return model
        if one.role in ("config", "generation config"):
            twin = Thing(one.role, one.made_by, teller.site(call.node))
            twin.fields.update(one.fields)
            return twin
        return teller.unknown("a copy", [one])

    return teller.each(call.passed.positional[0], copy_one) if call.passed.positional else NONE


@does("partial")
def partial(teller: Teller, call: Call) -> Value:
    """`partial(f, …)`: f with some of its arguments given."""
    made = Thing("partial", call.name, teller.site(call.node))
    made.fields["inner"] = call.passed.positional[0] if call.passed.positional else NONE
    made.fields["positional"] = Sequence(call.passed.positional[1:])
    made.fields["keywords"] = Mapping(call.passed.keywords, is_open=call.passed.open)
    return made


@does("call partial")
def call_partial(teller: Teller, call: Call) -> Value:
    made = call.receiver
    assert isinstance(made, Thing)
    positional, keywords = made.fields["positional"], made.fields["keywords"]
    assert isinstance(positional, Sequence)
    assert isinstance(keywords, Mapping)
    given = {str(name): value for name, value in keywords.entries.items()}
    nodes: dict[str | int, cst.CSTNode] = dict.fromkeys(given, call.node)
    passed = Passed(
        [*(positional.items or []), *call.passed.positional],
        {**given, **call.passed.keywords},
        {**nodes, **call.passed.nodes},
        call.passed.open or keywords.open,
        call.passed.may_switch,
    )
    return call_value(teller, made.fields["inner"], passed, call.node)


@does("object")
def plain_object(teller: Teller, call: Call) -> Value:
    """An object that holds what it is given."""
    made = Thing("object", call.name, teller.site(call.node))
    made.fields.update(call.passed.keywords)
    return made


@does("dataclass field")
def dataclass_field(teller: Teller, call: Call) -> Value:
    made = Thing("field", "dataclasses.field")
    default = call.passed.keywords.get("default")
    factory = call.passed.keywords.get("default_factory")
    if default is None and factory is not None:
        default = call_value(teller, factory, Passed([], {}, {}), call.node)
    if default is not None:
        made.fields["default"] = default
    return made


@does("replaced copy")
def replaced_copy(teller: Teller, call: Call) -> Value:
    first = call.passed.positional[0] if call.passed.positional else NONE
    if isinstance(first, Instance):
        made = Instance(first.cls, first.role, teller.site(call.node))
        made.chosen = first.chosen
        made.fields.update(first.fields)
        made.fields.update(call.passed.keywords)
        return made
    return teller.unknown("a copy", call.passed.values())
