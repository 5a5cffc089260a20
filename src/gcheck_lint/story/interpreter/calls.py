"""Calls of any value: which door they go through, by what is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import MadeOf, OwnClass, is_setting, is_setting_of, pass_on
from gcheck_lint.story.domain.model_state import Unsaid
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Sequence
from gcheck_lint.story.domain.texts import OneOfTexts
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.argument_lists import evaluate_arguments
from gcheck_lint.story.interpreter.attributes import library_member, read_attribute
from gcheck_lint.story.interpreter.containers import call_mapping, call_text
from gcheck_lint.story.interpreter.functions import (
    call_function,
    construct,
    fill_dataclass,
    inherited,
    instantiate,
    is_relevant,
    is_super,
)
from gcheck_lint.story.interpreter.handed_functions import hand_over
from gcheck_lint.story.interpreter.interpreter import (
    ADOPTING,
    BY_UNKNOWN,
    EFFECTS,
    INHERITED,
    LEAVING,
    Derivation,
    Interpreter,
    calls,
    evaluates,
)
from gcheck_lint.story.interpreter.left_to_callers import read_of
from gcheck_lint.story.interpreter.losing import lose_members
from gcheck_lint.story.interpreter.open_keys import is_open
from gcheck_lint.story.interpreter.option_comparisons import asked_by_method, is_declared
from gcheck_lint.story.interpreter.raising import asks_in_vain, builds, takes
from gcheck_lint.story.interpreter.reveal import revealed_text
from gcheck_lint.story.interpreter.sequences import call_sequence
from gcheck_lint.story.interpreter.texts import CompiledPattern, call_one_of_texts, call_pattern, write_out


@evaluates(cst.Call)
def call(interpreter: Interpreter, node: cst.Call) -> Value:
    func = node.func
    if isinstance(func, cst.Name) and func.value == "reveal" and interpreter.frame.home("reveal") is None and len(node.args) == 1:
        interpreter.trace.revealed.append(
            (interpreter.site(node), revealed_text(interpreter, interpreter.evaluate(node.args[0].value)))
        )
        return NONE
    if isinstance(func, cst.Attribute):
        if is_super(func.value):
            return _call_super(interpreter, func.attr.value, evaluate_arguments(interpreter, node), node)
        receiver = interpreter.evaluate(func.value)
        passed = evaluate_arguments(interpreter, node)
        asks_in_vain(interpreter, func.value, receiver, func.attr.value, node)
        if isinstance(receiver, OneOfTexts):
            write_out(interpreter, node, passed)
        return call_method(interpreter, receiver, func.attr.value, passed, node)
    value = interpreter.evaluate(func)
    return interpreter.call(value, evaluate_arguments(interpreter, node), node)


def _call_super(interpreter: Interpreter, name: str, passed: Arguments, node: cst.Call) -> Value:
    running = interpreter.frame.function
    if running is None or running.owner is None or running.receiver is None:
        return interpreter.unknown(name)
    receiver = running.receiver
    made_of = receiver.cls if isinstance(receiver, Instance) else receiver if isinstance(receiver, Class) else running.owner
    lineage = made_of.lineage()
    after = lineage[lineage.index(running.owner) + 1 :] if running.owner in lineage else []
    for cls in after:
        member = cls.members.get(name)
        if isinstance(member, Function):
            return call_function(interpreter, member.bound_to(running.receiver), passed, node)
    if isinstance(receiver, Class):
        return _call_inherited(interpreter, receiver, library_member(interpreter, receiver, name), passed, node)
    if not isinstance(running.receiver, Instance):
        return interpreter.unknown(name)
    library, kind = inherited(interpreter, running.receiver.cls)
    if name == "__init__":
        dataclass_parent = next((cls for cls in after if cls.dataclass), None)
        if dataclass_parent is not None:
            fill_dataclass(interpreter, running.receiver, passed)
        construct(interpreter, running.receiver, library, kind, passed, node)
        return NONE
    transfer = interpreter.knowledge.method(kind, name)
    if transfer is not None:
        return interpreter.do(Call(node, name, transfer, passed, running.receiver))
    if name == "__getattr__":
        interpreter.end_path(catchable=True)  # what the object has was found before it was asked for
    return interpreter.unknown(name, passed.values())


# --- any value -----------------------------------------------------------------------------------------------------------


@calls(Function)
def call_own_function(interpreter: Interpreter, one: Function, passed: Arguments, node: cst.CSTNode) -> Value:
    if not takes(interpreter, one, passed, node):
        return interpreter.unknown(one.made_by)
    return call_function(interpreter, one, passed, node)


@calls(Class)
def call_own_class(interpreter: Interpreter, one: Class, passed: Arguments, node: cst.Call) -> Value:
    if not builds(interpreter, one, passed, node):
        return interpreter.unknown(one.made_by)
    return instantiate(interpreter, one, passed, node)


@calls(ExternalSymbol)
def call_external(interpreter: Interpreter, one: ExternalSymbol, passed: Arguments, node: cst.Call) -> Value:
    return call_library(interpreter, one.name, passed, node)


@calls(Instance)
def call_instance(interpreter: Interpreter, one: Instance, passed: Arguments, node: cst.Call) -> Value:
    for name in ("__call__", "forward"):
        if name == "forward" and name in one.fields:  # an object's own goes before that of its class
            return interpreter.call(one.fields[name], passed, node)
        member = one.cls.member(name)
        if isinstance(member, Function):
            return call_function(interpreter, member.bound_to(one), passed, node)
    return call_object(interpreter, one, passed, node)


@calls(AbstractObject)
def call_object(interpreter: Interpreter, one: AbstractObject, passed: Arguments, node: cst.Call) -> Value:
    found = _call_bound(interpreter, one, passed, node)
    if found is not None:
        return found
    transfer = interpreter.knowledge.method(one.kind, "__call__")
    if transfer is not None:
        return interpreter.do(Call(node, "__call__", transfer, passed, one))
    for guess in BY_UNKNOWN if one.kind is Kind.UNKNOWN and passed.keywords else ():
        found = guess(interpreter, one, passed, node)
        if found is not None:
            return found
    if not interpreter.knowledge.is_harmless(one.made_by):
        interpreter.havoc(passed.values())
    return interpreter.unknown(provenance=[one, *passed.values()])


def _call_bound(interpreter: Interpreter, one: AbstractObject, passed: Arguments, node: cst.Call) -> Value | None:
    """A method that was looked up before: `getattr(model, "train")()`, `(model.train if on else model.eval)()`."""
    if one.method is None:
        return None
    return interpreter.do(Call(node, "", one.method.transfer, passed, one.method.receiver))  # its name does not stand here


def call_library(interpreter: Interpreter, name: str, passed: Arguments, node: cst.Call) -> Value:
    """A call of something imported, as far as knowledge speaks of it."""
    knowledge = interpreter.knowledge
    transfer = knowledge.function_named(name)
    if name in interpreter.definitions.replaced:
        interpreter.havoc(passed.values())
        hand_out(interpreter, passed.values(), node)
        return interpreter.unknown(f"{name.rpartition('.')[2]}()", passed.values())
    if transfer is not None:
        return interpreter.do(Call(node, name, transfer, passed))
    owner, _, last = name.rpartition(".")
    fact = knowledge.class_named(owner) if owner and owner.rpartition(".")[2][:1].isupper() else None
    if fact is not None:
        transfer = knowledge.method(fact.kind, last)
        if transfer is not None:
            return interpreter.do(Call(node, name, transfer, passed, ExternalSymbol(owner)))
    if owner.endswith(("nn.Module", "PreTrainedModel")) and passed.positional and knowledge.method(Kind.MODEL, last) is not None:
        rest = Arguments(passed.positional[1:], passed.keywords, {})  # `nn.Module.eval(model)`
        return call_method(interpreter, passed.positional[0], last, rest, node)
    fact = knowledge.class_named(name)
    if fact is not None and f"new {fact.kind.value}" in EFFECTS:
        return construct(interpreter, AbstractObject(fact.kind, name, interpreter.site(node)), name, fact.kind, passed, node)
    if fact is not None:
        return AbstractObject(fact.kind, name, interpreter.site(node))
    if knowledge.is_of_other_framework(name):
        return AbstractObject(Kind.OBJECT, name, interpreter.site(node))
    values = passed.values()
    if not knowledge.is_harmless(name):
        _leave(interpreter, name, values, node)
    hand_out(interpreter, values, node)
    if last[:1].isupper():
        return _object_of(interpreter, name, values, node)
    if all(isinstance(value, Constant) for value in values) and not passed.open and not knowledge.changes(name):
        key = (
            name,
            tuple(
                value.value
                for value in values
                if isinstance(value, Constant) and isinstance(value.value, (str, int, float, bool, Unsaid))
            ),
        )
        if key not in interpreter.remembered:
            interpreter.remembered[key] = interpreter.unknown(f"{last}()")
        found = interpreter.remembered[key]
    else:
        found = interpreter.unknown(f"{last}()", values)
    if isinstance(found, AbstractObject):
        found.made_by = name
    return found


def _leave(interpreter: Interpreter, name: str, values: list[Value], node: cst.Call, held: Iterable[Value] = ()) -> None:
    """Values go to code that nobody knows. `held`: those that it has already."""
    for note in LEAVING:
        note(interpreter, name, [*held, *values], node)
    interpreter.havoc(values)


def _object_of(interpreter: Interpreter, name: str, values: list[Value], node: cst.Call) -> AbstractObject:
    """A new object of a class that nothing is known of."""
    made = AbstractObject(Kind.OBJECT, name, interpreter.site(node), name.rpartition(".")[2])
    made.provenance, made.facets = interpreter.provenance_of(values), (MadeOf(tuple(values)),)
    return made


# --- methods -------------------------------------------------------------------------------------------------------------


def call_method(interpreter: Interpreter, receiver: Value, name: str, passed: Arguments, node: cst.Call) -> Value:
    """`receiver.name(...)`: alternatives of one kind are told as one call, so that an event has all its models."""
    groups: dict[Kind, Condition] = {}
    singles: list[tuple[Condition, Callable[[], Value]]] = []
    for condition, one in interpreter.alternatives(receiver):
        kind = _kind_for(interpreter, one, name)
        if kind is None:
            singles.append((condition, partial(_call_method_one, interpreter, one, name, passed, node)))
        else:
            groups[kind] = interpreter.conditions.either(groups.get(kind, FALSE), condition)
    cases = singles
    for kind, condition in groups.items():
        transfer = interpreter.knowledge.method(kind, name) or interpreter.knowledge.method(kind, "parse_args_into_dataclasses")
        assert transfer is not None
        cases.append((condition, partial(interpreter.do, Call(node, name, transfer, passed, receiver))))
    return cases[0][1]() if len(cases) == 1 and cases[0][0] == TRUE else interpreter.split(cases)


def _kind_for(interpreter: Interpreter, one: Value, name: str) -> Kind | None:
    """The kind under which knowledge speaks of this method of this object; None where the script or nobody does."""
    if not isinstance(one, AbstractObject):
        return None
    if one.kind is Kind.DATACLASS_PARSER and name.startswith("parse"):
        return one.kind  # an own method that reads a YAML file as well gives the same dataclasses
    if isinstance(one, Instance) and (isinstance(one.cls.member(name), Function) or _is_handed_on(interpreter, one, name)):
        return None
    for adopt in ADOPTING if one.kind is Kind.PART and name in interpreter.knowledge.kind_revealing else ():
        adopt(interpreter, one)
    adoptable = (
        one.kind in (Kind.UNKNOWN, Kind.OBJECT) and name in interpreter.knowledge.kind_revealing and name not in one.fields
    )
    if adoptable and not interpreter.knowledge.is_harmless(one.made_by):
        interpreter.havoc(one.provenance)  # it may be one of those
        interpreter.infer_model(one)
    if one in interpreter.states and name in one.fields:
        return None  # the script has put its own in the place of the library's
    kind = Kind.MODEL if one in interpreter.states or one.kind is Kind.WRAPPER else one.kind
    if kind in (Kind.UNKNOWN, Kind.OBJECT) and one.provenance:
        kind = Kind.OUTPUT
    return kind if interpreter.knowledge.method(kind, name) is not None else None


def _is_handed_on(interpreter: Interpreter, one: Instance, name: str) -> bool:
    """Whether a method that only models have is looked for by `__getattr__` of the script's own class, which is none of them."""
    if one.cls.member("__getattr__") is None or name not in interpreter.knowledge.kind_revealing:
        return False
    facts = [interpreter.knowledge.class_named(base.name) for base in one.cls.library_bases()]
    return not any(facts)


def _call_method_one(interpreter: Interpreter, one: Value, name: str, passed: Arguments, node: cst.Call) -> Value:
    if isinstance(one, ExternalSymbol):
        return call_library(interpreter, f"{one.name}.{name}", passed, node)
    found: Value | None = None
    if isinstance(one, Mapping):
        found = call_mapping(interpreter, one, name, passed, interpreter.site(node))
    elif isinstance(one, Sequence):
        found = call_sequence(interpreter, one, name, passed)
    elif isinstance(one, Constant) and isinstance(one.value, str):
        return call_text(interpreter, one.value, name, passed)
    elif isinstance(one, OneOfTexts):
        found = call_one_of_texts(interpreter, one, name, passed)
    elif isinstance(one, CompiledPattern):
        found = call_pattern(interpreter, one, name, passed, node)
    elif isinstance(one, AbstractObject) and one.chosen:
        found = asked_by_method(interpreter, one, name, passed)
    if found is not None:
        return found
    if isinstance(one, AbstractObject) and one.kind is Kind.PROGRAM_MODULE:
        return interpreter.call(read_attribute(interpreter, one, name, node.func), passed, node)
    if isinstance(one, (Instance, Class)) or (isinstance(one, AbstractObject) and name in one.fields):
        member = read_attribute(interpreter, one, name, node.func)
        if isinstance(one, Class) and isinstance(member, ExternalSymbol):
            return _call_inherited(interpreter, one, member, passed, node)
        if not (isinstance(member, AbstractObject) and member.kind is Kind.UNKNOWN and not member.provenance):
            return interpreter.call(member, passed, node)
    if isinstance(one, AbstractObject):
        lose_members(interpreter, one, name)
    switch = interpreter.knowledge.method(Kind.MODEL, name)
    if isinstance(one, AbstractObject) and one.provenance and switch is not None and switch.effect != "same":
        interpreter.havoc(one.provenance)  # a switch on something that was made of a model
    if isinstance(one, AbstractObject) and one.kind in (Kind.UNKNOWN, Kind.OBJECT, Kind.INSTANCE, Kind.NAMESPACE, Kind.CHOICES):
        if not interpreter.knowledge.is_harmless(one.made_by):
            _leave(interpreter, f"{one.text or one.made_by}.{name}", passed.values(), node, [one, *one.provenance])
        key = passed.positional[0] if passed.positional else None
        is_asked = name == "get" or (name == "pop" and is_setting(one))
        if is_asked and isinstance(key, Constant) and isinstance(key.value, str):
            return _option(interpreter, one, key.value, passed, node)
    hand_out(interpreter, passed.values(), node)
    return _unknown_result(interpreter, one, name, passed)


def hand_out(interpreter: Interpreter, values: list[Value], node: cst.CSTNode) -> None:
    """A function that is given to something unknown may be called there, with arguments that nobody knows."""
    hand_over(interpreter, values)
    for value in values:
        for _, one in interpreter.alternatives(value):
            if not isinstance(one, Function):
                continue
            interpreter.definitions.handed.add(one.node)
            if one.node in interpreter.definitions.called or not is_relevant(interpreter, one):
                continue
            _, happens = interpreter.nondeterministic(f"`{one.made_by}` is called")
            with interpreter.under(happens):
                call_function(interpreter, one, Arguments([], {}, {}, open=True), node)


def _call_inherited(interpreter: Interpreter, cls: Class, member: Value, passed: Arguments, node: cst.Call) -> Value:
    """A class method that a class of the script has from a library."""
    return _own_kind(interpreter, cls, interpreter.call(member, replace(passed, inherited=True), node), passed, node)


def _own_kind(interpreter: Interpreter, cls: Class, made: Value, passed: Arguments, node: cst.Call) -> Value:
    """A model loaded through a class of the script: what the class overrides is not what the library does."""
    loaded = made.contents if isinstance(made, Sequence) else [made]  # the model, or it and what was found in the file
    for _, core, _ in [target for one in loaded for target in interpreter.underlying_models(one)]:
        if core.facet(OwnClass) is None:  # the first that hands it on is the nearest to what was loaded
            core.attach(OwnClass(cls))
            for look in INHERITED:
                look(interpreter, core, cls, passed, node)
        for name in _OVERRIDABLE:
            if isinstance(cls.member(name), Function):
                core.fields[name] = interpreter.unknown(name, [core])
    return made


_OVERRIDABLE = ("generate", "gradient_checkpointing_enable", "save_pretrained", "train", "eval", "push_to_hub")


def _option(interpreter: Interpreter, one: AbstractObject, key: str, passed: Arguments, node: cst.Call) -> Value:
    """`config.get("key", default)` on something open: an open value with that default."""
    if key not in one.fields:
        made = interpreter.unknown(f"{one.text}.{key}" if one.text else key, chosen=True, site=interpreter.site(node))
        default = passed.get("default", 1)
        made.default = default if isinstance(default, Constant) else None
        one.fields[key] = is_setting_of(one, read_of(interpreter, one, made))
    return one.fields[key]


# what these give are parts of the model; a `state_dict()` is a copy of what it holds
_SPELLINGS = frozenset({"lower", "upper", "strip", "casefold"})
_VIEWS = frozenset({"items", "keys", "values"})
_WALKS = frozenset({"modules", "named_modules", "children", "named_children"})


def _is_said(one: AbstractObject) -> bool:
    """Whether the script says what its user may choose, or asks for it."""
    return is_declared(one) or (one.chosen and is_open(one) and bool(one.choices or one.default is not None))


def _unknown_result(interpreter: Interpreter, one: Value, name: str, passed: Arguments) -> Value:
    """The result of a method that nobody knows; asked again without arguments it is the same."""
    changing = interpreter.knowledge.changes(name, method=True)
    if isinstance(one, AbstractObject) and name in _SPELLINGS and not passed.values() and _is_said(one):
        return one  # what the user chooses, in another spelling: one that is compared with is spelt so
    if isinstance(one, AbstractObject) and not passed.values() and not one.provenance and not changing:
        key = (one, name)
        if key not in interpreter.remembered:
            text = f"{one.text}.{name}()" if one.text else f"{name}()"
            asked = interpreter.remembered[key] = interpreter.unknown(text, [one] if name in _WALKS else ())
            if name in _VIEWS:
                pass_on(one, asked)
            interpreter.derived(one, asked, Derivation("result", name))
        return interpreter.remembered[key]
    made = interpreter.unknown(f"{name}()", [one, *passed.values()])
    if isinstance(one, AbstractObject):
        made.made_by = one.made_by if not one.provenance else ""
        interpreter.derived(one, made, Derivation("result", name))
    if name in _VIEWS:
        pass_on(one, made)
    return made
