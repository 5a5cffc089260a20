"""Calls of any value: which door they go through, by what is called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import libcst as cst

from gcheck_lint.knowledge import Act
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.values import NONE, Class, Function, Instance, Known, Library, Mapping, Sequence, Thing, Value
from gcheck_lint.story.interpreter.attributes import METHOD, METHOD_OF, read_attribute
from gcheck_lint.story.interpreter.containers import call_mapping, call_sequence, call_text
from gcheck_lint.story.interpreter.dispatch import CALLS, EFFECTS, Call, Passed, evaluates
from gcheck_lint.story.interpreter.functions import (
    call_function,
    construct,
    evaluate_arguments,
    fill_dataclass,
    inherited,
    instantiate,
    is_super,
    speaks,
)
from gcheck_lint.story.interpreter.interpreter import Teller
from gcheck_lint.story.interpreter.reveal import revealed_text


@evaluates(cst.Call)
def call(teller: Teller, node: cst.Call) -> Value:
    func = node.func
    if isinstance(func, cst.Name) and func.value == "reveal" and teller.frame.home("reveal") is None and len(node.args) == 1:
        teller.revealed.append((teller.site(node), revealed_text(teller, teller.evaluate(node.args[0].value))))
        return NONE
    if isinstance(func, cst.Attribute):
        if is_super(func.value):
            return _call_super(teller, func.attr.value, evaluate_arguments(teller, node), node)
        receiver = teller.evaluate(func.value)
        return call_method(teller, receiver, func.attr.value, evaluate_arguments(teller, node), node)
    value = teller.evaluate(func)
    return call_value(teller, value, evaluate_arguments(teller, node), node)


def _call_super(teller: Teller, name: str, passed: Passed, node: cst.Call) -> Value:
    running = teller.frame.function
    if running is None or running.owner is None or running.receiver is None:
        return teller.unknown(name)
    lineage = running.receiver.cls.lineage() if isinstance(running.receiver, Instance) else running.owner.lineage()
    after = lineage[lineage.index(running.owner) + 1 :] if running.owner in lineage else []
    for cls in after:
        member = cls.members.get(name)
        if isinstance(member, Function):
            return call_function(teller, member.bound_to(running.receiver), passed, node)
    if not isinstance(running.receiver, Instance):
        return teller.unknown(name)
    library, role = inherited(teller, running.receiver.cls)
    if name == "__init__":
        dataclass_parent = next((cls for cls in after if cls.dataclass), None)
        if dataclass_parent is not None:
            fill_dataclass(teller, running.receiver, passed)
        construct(teller, running.receiver, library, role, passed, node)
        return NONE
    act = teller.knowledge.method(role, name)
    if act is not None:
        return EFFECTS[act.effect](teller, Call(node, name, act, passed, running.receiver))
    return teller.unknown(name, passed.values())


# --- any value -----------------------------------------------------------------------------------------------------------


def call_value(teller: Teller, value: Value, passed: Passed, node: cst.Call) -> Value:
    """`value(...)`."""
    cases: list[tuple[Condition, Callable[[], Value]]] = []
    models: Condition = FALSE
    for condition, one in teller.alternatives(value):
        if teller.cores(one):
            models = teller.conditions.either(models, condition)
        else:
            cases.append((condition, partial(_call_one, teller, one, passed, node)))
    if models != FALSE:
        forward = Call(node, "forward", Act("forward", {}), passed, value)
        cases.append((models, lambda: EFFECTS["forward"](teller, forward)))
    return cases[0][1]() if len(cases) == 1 and cases[0][0] == TRUE else teller.split(cases)


CALLS["call"] = call_value


def _call_one(teller: Teller, one: Value, passed: Passed, node: cst.Call) -> Value:
    if isinstance(one, Function):
        return call_function(teller, one, passed, node)
    if isinstance(one, Class):
        return instantiate(teller, one, passed, node)
    if isinstance(one, Library):
        return call_library(teller, one.name, passed, node)
    if isinstance(one, Instance):
        for name in ("__call__", "forward"):
            member = one.cls.member(name)
            if isinstance(member, Function):
                return call_function(teller, member.bound_to(one), passed, node)
    if isinstance(one, Thing):
        found = _call_bound(teller, one, passed, node)
        if found is not None:
            return found
        act = teller.knowledge.method(one.role, "__call__")
        if act is not None:
            return EFFECTS[act.effect](teller, Call(node, "__call__", act, passed, one))
        if not teller.knowledge.is_harmless(one.made_by):
            teller.havoc(passed.values())
        return teller.unknown(about=[one, *passed.values()])
    return teller.unknown(about=passed.values())


def _call_bound(teller: Teller, one: Thing, passed: Passed, node: cst.Call) -> Value | None:
    """A method of a model that was looked up before: `getattr(model, "train")()`, `(model.train if on else model.eval)()`."""
    named, model = one.fields.get(METHOD), one.fields.get(METHOD_OF)
    act = teller.knowledge.method("model", str(named.value)) if isinstance(named, Known) else None
    if act is None or model is None or act.effect not in _BOUND:
        return None
    return EFFECTS[act.effect](teller, Call(node, "", act, passed, model))  # its name does not stand here


# those of a model's methods that change its state and nothing else
_BOUND = ("mode", "checkpointing", "input grads")


def call_library(teller: Teller, name: str, passed: Passed, node: cst.Call) -> Value:
    """A call of something imported, as far as knowledge speaks of it."""
    knowledge = teller.knowledge
    act = knowledge.function_named(name)
    if name in teller.replaced:
        teller.havoc(passed.values())
        hand_out(teller, passed.values(), node)
        return teller.unknown(f"{name.rpartition('.')[2]}()", passed.values())
    if act is not None:
        return EFFECTS[act.effect](teller, Call(node, name, act, passed))
    owner, _, last = name.rpartition(".")
    fact = knowledge.class_named(owner) if owner and owner.rpartition(".")[2][:1].isupper() else None
    if fact is not None:
        act = knowledge.method(fact.role, last)
        if act is not None:
            return EFFECTS[act.effect](teller, Call(node, name, act, passed, Library(owner)))
    if owner.endswith(("nn.Module", "PreTrainedModel")) and passed.positional and knowledge.method("model", last) is not None:
        rest = Passed(passed.positional[1:], passed.keywords, {})  # `nn.Module.eval(model)`
        return call_method(teller, passed.positional[0], last, rest, node)
    fact = knowledge.class_named(name)
    if fact is not None and f"new {fact.role}" in EFFECTS:
        return construct(teller, Thing(fact.role, name, teller.site(node)), name, fact.role, passed, node)
    if fact is not None:
        return Thing(fact.role, name, teller.site(node))
    values = passed.values()
    if not knowledge.is_harmless(name):
        teller.havoc(values)
    hand_out(teller, values, node)
    if last[:1].isupper():
        return _object_of(teller, name, values, node)
    if all(isinstance(value, Known) for value in values) and not passed.open:
        key = (
            name,
            tuple(
                value.value for value in values if isinstance(value, Known) and isinstance(value.value, (str, int, float, bool))
            ),
        )
        if key not in teller.remembered:
            teller.remembered[key] = teller.unknown(f"{name.rpartition('.')[2]}()")
        found = teller.remembered[key]
    else:
        found = teller.unknown(f"{last}()", values)
    if isinstance(found, Thing):
        found.made_by = name
    return found


def _object_of(teller: Teller, name: str, values: list[Value], node: cst.Call) -> Thing:
    """A new object of a class that nothing is known of."""
    made = Thing("object", name, teller.site(node))
    made.text = name.rpartition(".")[2]
    made.about = teller.subjects(values)
    return made


# --- methods -------------------------------------------------------------------------------------------------------------


def call_method(teller: Teller, receiver: Value, name: str, passed: Passed, node: cst.Call) -> Value:
    """`receiver.name(...)`: alternatives of one kind are told as one call, so that an event has all its models."""
    groups: dict[str, Condition] = {}
    singles: list[tuple[Condition, Callable[[], Value]]] = []
    for condition, one in teller.alternatives(receiver):
        role = _role_for(teller, one, name)
        if role is None:
            singles.append((condition, partial(_call_method_one, teller, one, name, passed, node)))
        else:
            groups[role] = teller.conditions.either(groups.get(role, FALSE), condition)
    cases = singles
    for role, condition in groups.items():
        act = teller.knowledge.method(role, name) or teller.knowledge.method(role, "parse_args_into_dataclasses")
        assert act is not None
        cases.append((condition, partial(EFFECTS[act.effect], teller, Call(node, name, act, passed, receiver))))
    return cases[0][1]() if len(cases) == 1 and cases[0][0] == TRUE else teller.split(cases)


def _role_for(teller: Teller, one: Value, name: str) -> str | None:
    """The role under which knowledge speaks of this method of this object; None where the script or nobody does."""
    if not isinstance(one, Thing):
        return None
    if one.role == "dataclass parser" and name.startswith("parse"):
        return one.role  # an own method that reads a YAML file as well gives the same dataclasses
    if isinstance(one, Instance) and isinstance(one.cls.member(name), Function):
        return None
    adoptable = one.role in ("unknown", "object") and name in teller.knowledge.adopting and name not in one.fields
    if adoptable and not teller.knowledge.is_harmless(one.made_by):
        teller.adopt(one)
    if one in teller.states and name in one.fields:
        return None  # the script has put its own in the place of the library's
    role = "model" if one in teller.states or one.role == "wrapper" else one.role
    if role == "wrapper" and not teller.cores(one):
        return None
    if role in ("unknown", "object") and one.about:
        role = "output"
    return role if teller.knowledge.method(role, name) is not None else None


def _call_method_one(teller: Teller, one: Value, name: str, passed: Passed, node: cst.Call) -> Value:
    if isinstance(one, Library):
        return call_library(teller, f"{one.name}.{name}", passed, node)
    found: Value | None = None
    if isinstance(one, Mapping):
        found = call_mapping(teller, one, name, passed, teller.site(node))
    elif isinstance(one, Sequence):
        found = call_sequence(teller, one, name, passed)
    elif isinstance(one, Known) and isinstance(one.value, str):
        return call_text(teller, one.value, name, passed)
    if found is not None:
        return found
    if isinstance(one, Thing) and one.role == "program module":
        return call_value(teller, read_attribute(teller, one, name, node.func), passed, node)
    if isinstance(one, (Instance, Class)) or (isinstance(one, Thing) and name in one.fields):
        member = read_attribute(teller, one, name, node.func)
        if isinstance(one, Class) and isinstance(member, Library):
            teller.through_own_class = True
            made = call_value(teller, member, passed, node)
            teller.through_own_class = False
            return _own_kind(teller, one, made)
        if not (isinstance(member, Thing) and member.role == "unknown" and not member.about):
            return call_value(teller, member, passed, node)
    switch = teller.knowledge.method("model", name)
    if isinstance(one, Thing) and one.about and switch is not None and switch.effect != "same":
        teller.havoc(one.about)  # a switch on something that was made of a model
    if isinstance(one, Thing) and one.role in ("unknown", "object", "instance", "namespace", "choices"):
        if not teller.knowledge.is_harmless(one.made_by):
            teller.havoc(passed.values())
        if (
            name == "get"
            and passed.positional
            and isinstance(passed.positional[0], Known)
            and isinstance(passed.positional[0].value, str)
        ):
            return _option(teller, one, passed.positional[0].value, passed, node)
    hand_out(teller, passed.values(), node)
    return _unknown_result(teller, one, name, passed)


def hand_out(teller: Teller, values: list[Value], node: cst.CSTNode) -> None:
    """A function that is given to something unknown may be called there, with arguments that nobody knows."""
    for value in values:
        for _, one in teller.alternatives(value):
            if not isinstance(one, Function):
                continue
            teller.handed.add(one.node)
            if one.node in teller.called or not speaks(teller, one):
                continue
            _, happens = teller.opaque(f"`{one.made_by}` is called")
            entry = teller.pc
            teller.pc = teller.conditions.both(entry, happens)
            call_function(teller, one, Passed([], {}, {}, open=True), node)
            teller.pc = entry


def _own_kind(teller: Teller, cls: Class, made: Value) -> Value:
    """A model loaded through a class of the script: what the class overrides is not what the library does."""
    for _, core, _ in teller.cores(made):
        for name in _OVERRIDABLE:
            if isinstance(cls.member(name), Function):
                core.fields[name] = teller.unknown(name, [core])
    return made


_OVERRIDABLE = ("generate", "gradient_checkpointing_enable", "save_pretrained", "train", "eval", "push_to_hub")


def _option(teller: Teller, one: Thing, key: str, passed: Passed, node: cst.Call) -> Value:
    """`config.get("key", default)` on something open: an open value with that default."""
    if key not in one.fields:
        made = teller.unknown(f"{one.text}.{key}" if one.text else key, chosen=True, site=teller.site(node))
        default = passed.get("default", 1)
        made.default = default if isinstance(default, Known) else None
        one.fields[key] = made
    return one.fields[key]


# what these give are parts of the model; a `state_dict()` is a copy of what it holds
_WALKS = frozenset({"modules", "named_modules", "children", "named_children"})


def _unknown_result(teller: Teller, one: Value, name: str, passed: Passed) -> Value:
    """The result of a method that nobody knows; asked again without arguments it is the same."""
    if isinstance(one, Thing) and not passed.values() and not one.about:
        key = (one, name)
        if key not in teller.remembered:
            teller.remembered[key] = teller.unknown(
                f"{one.text}.{name}()" if one.text else f"{name}()", [one] if name in _WALKS else ()
            )
        return teller.remembered[key]
    made = teller.unknown(f"{name}()", [one, *passed.values()])
    if isinstance(one, Thing):
        made.made_by = one.made_by if not one.about else ""
    return made
