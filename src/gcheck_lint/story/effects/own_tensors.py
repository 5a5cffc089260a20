"""Modules and tensors of the script's own: which layers of a library a module holds, its mode, and what is plain data.

Data is what surely needs no gradient: what a library reads or draws, and what is made of that by methods. Who speaks of
`requires_grad` anywhere may have changed that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Module
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.facets import MadeOf
from gcheck_lint.story.domain.limits import HELD_DEEP
from gcheck_lint.story.domain.objects import Function, Instance, Sequence
from gcheck_lint.story.domain.values import AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter, derives, reads

# Words with which a program may have changed what is taken for granted here.
_SPEAKS = {
    "gradients": re.compile(r"requires_grad|\bvmap\b|\bfunctional_call\b|set_grad_enabled\(\s*False"),
    "statistics": re.compile(
        r"track_running_stats|momentum\s*=\s*(?:None|0(?:\.0*)?)\s*[,)]|\.momentum\b|def train\(self"
        r"|(?i:freeze|frozen|fixed_?bn|bn_?eval)"
        r"|isinstance\([^)]*(?:BatchNorm|_NormBase)|\.running_(?:mean|var)\b|num_batches_tracked"
    ),
}


class Tensors:
    """What is data, and when a module is in eval mode."""

    def __init__(self) -> None:
        self.data: set[AbstractObject] = set()
        self.speaks: dict[tuple[str, Module], bool] = {}  # whether a module does, of a matter
        self.in_eval: dict[tuple[AbstractObject, int], Condition] = {}  # by module, and the entry point in which it was set


def speaks_of(interpreter: Interpreter, what: str) -> bool:
    """Whether a module of the program, as far as it was met, speaks of one of these matters."""
    modules = {interpreter.module, *(frame.module for frame in interpreter.modules.frames.values())}
    known = interpreter.own(Tensors).speaks
    for module in modules:
        if (what, module) not in known:
            known[what, module] = _SPEAKS[what].search(module.source.text) is not None
    return any(known[what, module] for module in modules)


# --- data --------------------------------------------------------------------------------------------------------------------


@derives
def note_data(interpreter: Interpreter, origin: Value, made: AbstractObject, derivation: Derivation) -> Value | None:
    """An element of data is data, and so is what a method makes of it."""
    if derivation.how != "each" and isinstance(origin, AbstractObject) and _is_data(interpreter, origin, within=True):
        interpreter.own(Tensors).data.add(made)
    return None


def are_data(interpreter: Interpreter, values: Iterable[Value]) -> bool:
    """Whether all of these are data or constants, and at least one is data."""
    cases = [one for value in values for _, one in interpreter.alternatives(value)]
    plain = [one for one in cases if not isinstance(one, Constant)]
    return bool(plain) and all(isinstance(one, AbstractObject) and _is_data(interpreter, one) for one in plain)


def _is_data(interpreter: Interpreter, one: AbstractObject, *, within: bool = False) -> bool:
    if isinstance(one, Sequence):
        return one.items is not None and are_data(interpreter, one.items)
    known = interpreter.knowledge.data
    drawn = one.made_by in known["tensors"] or (within and one.made_by in known["batches"])
    return not one.provenance and (drawn or one in interpreter.own(Tensors).data)


# --- modules -----------------------------------------------------------------------------------------------------------------


def note_mode(interpreter: Interpreter, value: Value, evaluated: Condition, depth: int = 0) -> None:
    """`train()` or `eval()` of a module, and so of all that it holds: `evaluated` says when it is the latter."""
    conditions, modes = interpreter.conditions, interpreter.own(Tensors).in_eval
    for case, one in interpreter.alternatives(value):
        if not isinstance(one, AbstractObject) or one.kind not in (Kind.MODULE, Kind.OBJECT, Kind.SEQUENCE) or depth > HELD_DEEP:
            continue
        with interpreter.under(case):
            now = interpreter.path_condition
            kept = conditions.without(modes.get((one, interpreter.trace.entry), FALSE), now)
            modes[one, interpreter.trace.entry] = conditions.either(kept, conditions.both(now, evaluated))
            made_of = one.facet(MadeOf)
            held = one.items or [] if isinstance(one, Sequence) else [*one.fields.values(), *(made_of.values if made_of else ())]
            for inner in held:
                note_mode(interpreter, inner, evaluated, depth + 1)


@reads(Kind.MODULE)
def read_training(interpreter: Interpreter, one: AbstractObject, name: str, node: cst.CSTNode) -> Value | None:
    """`self.training` of a module whose mode was set."""
    evaluated = interpreter.own(Tensors).in_eval.get((one, interpreter.trace.entry))
    if name != "training" or evaluated is None:
        return None
    return interpreter.boolean(interpreter.conditions.negate(evaluated))


def in_eval(interpreter: Interpreter, function: Value | None) -> Condition:
    """When what a call runs, or a module whose method runs now, was put in eval mode."""
    modes = interpreter.own(Tensors).in_eval
    if not modes:
        return FALSE
    running = [one.receiver for one in interpreter.stack if isinstance(one.receiver, Instance)]
    held = [] if function is None else [one for _, one in interpreter.alternatives(function)]
    layers = [] if function is None else layers_in(interpreter, function)
    keys = ((one, interpreter.trace.entry) for one in (*running, *held, *layers) if isinstance(one, AbstractObject))
    return interpreter.conditions.any(modes[key] for key in keys if key in modes)


def layers_in(interpreter: Interpreter, value: Value, depth: int = 0) -> list[AbstractObject]:
    """The objects of a library's classes that a module, or a function of its class, surely works with; in order."""
    cases = interpreter.alternatives(value)
    if len(cases) != 1 or depth > HELD_DEEP:
        return []
    one = cases[0][1]
    inner: list[Value] = []
    if isinstance(one, Sequence):
        inner = one.items or []
    elif isinstance(one, Function):
        inner = _named(one, one)
    elif isinstance(one, Instance):
        forward = one.cls.member("forward")
        inner = _named(forward.bound_to(one), forward) if isinstance(forward, Function) else []
    elif isinstance(one, AbstractObject) and one.kind is Kind.OBJECT:
        made_of = one.facet(MadeOf)
        within = (
            [] if made_of is None else [found for held in made_of.values for found in layers_in(interpreter, held, depth + 1)]
        )
        return [*within, one]
    return [found for held in inner for found in layers_in(interpreter, held, depth + 1)]


def _named(method: Function, function: Function) -> list[Value]:
    """The attributes of its object that a function names, and what it calls by a name of the function around it."""
    text = function.module.code(function.node)
    around = function.closure if function.closure.parent is not None else None
    called = dict.fromkeys(re.findall(r"(?<![.\w])(\w+)\(", text)) if around is not None else {}
    homes = [(name, around.home(name)) for name in called] if around is not None else []
    found = [home.names[name] for name, home in homes if home is not None and home.parent is not None]
    home = function.closure.home("self")
    owner = method.receiver if method.receiver is not None else home.names["self"] if home is not None else None
    if isinstance(owner, Instance):
        names = dict.fromkeys(re.findall(r"\bself\.(\w+)", text))
        found += [owner.fields[name] for name in names if name in owner.fields]
    return [one for one in found if one is not function]
