"""Functions that somebody else calls, or may have called: hooks, callbacks, what nobody in the file calls.

When and how often they run nobody can tell. So what they fill or set is *open*: lists and dicts have any length from the moment
on in which such a function is handed over, and a name or an attribute that was a constant may be something else; also where
the script binds it anew. What they do to a model is told by those who run them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TypeAlias, cast

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.names import bound_in, names_in
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import TRUE, Condition
from gcheck_lint.story.domain.limits import HELD_DEEP, REACHED_FUNCTIONS
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Scope, Sequence
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, GuardedUnion, Value
from gcheck_lint.story.interpreter.heap import Heap, havocks
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.left_to_callers import leave_to_callers
from gcheck_lint.story.interpreter.position import opens
from gcheck_lint.story.interpreter.sequences import open_up

_CHAIN = r"\b([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)[ \t]*"
_OPERATOR = r"(?:[-+*/|&%]|//|\*\*)?=(?!=)"
_METHODS = "append|appendleft|extend|insert|add|update|setdefault|remove|discard|clear|pop|popleft|__setitem__"
_FILLED = re.compile(rf"{_CHAIN}(?:\[[^\]\n]*\][ \t]*)?(?:\.[ \t]*(?:{_METHODS})\b|\[[^\]\n]*\][ \t]*{_OPERATOR})")
_SET = re.compile(_CHAIN + r"(?::[^=\n]+)?" + _OPERATOR)
_CALLED = re.compile(_CHAIN + r"\(")
_OUTER = re.compile(r"\b(?:global|nonlocal)[ \t]+([\w, \t]+)")

Holder: TypeAlias = Scope | AbstractObject


@dataclass(slots=True)
class _Handed:
    """The functions that were handed over so far, each with the object whose method it is."""

    seen: set[tuple[cst.CSTNode, Value | None]] = field(default_factory=set)


def hand_over(interpreter: Interpreter, values: Iterable[Value], depth: int = 0) -> None:
    """These values are given to somebody: the functions among them, and the methods of callbacks, may be called at any time."""
    for value in values:
        for _, one in interpreter.alternatives(value):
            if isinstance(one, Function):
                open_what_it_fills(interpreter, one)
            elif isinstance(one, (Sequence, Mapping)) and depth < HELD_DEEP:
                hand_over(interpreter, one.contents, depth + 1)
            elif isinstance(one, AbstractObject) and one.kind is Kind.PARTIAL:
                hand_over(interpreter, one.held(), HELD_DEEP)
            elif isinstance(one, Instance) and one.kind is Kind.CALLBACK:
                open_what_methods_fill(interpreter, one)


def open_what_methods_fill(interpreter: Interpreter, instance: Instance) -> None:
    """Somebody may call the methods of an object."""
    for cls in instance.cls.lineage():
        for name, member in cls.members.items():
            if isinstance(member, Function) and name != "__init__":
                open_what_it_fills(interpreter, member.bound_to(instance))


def open_what_it_fills(interpreter: Interpreter, function: Function) -> None:
    """Somebody may call a function: what it fills and sets is open from now on, and what those do that it calls."""
    seen = interpreter.own(_Handed).seen
    waiting = [function]
    while waiting and len(seen) < REACHED_FUNCTIONS * 10:
        one = waiting.pop()
        if (one.node, one.receiver) in seen:
            continue
        seen.add((one.node, one.receiver))
        said = _said(one.module.code(one.node))
        for holder, name in _places(one, said):
            _open(interpreter, holder, name)
        for path in said.called:
            found = _resolved(one, path)
            if isinstance(found, Function):
                waiting.append(found)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the text of a function says: dotted names that it fills, sets and calls, in parts; names of around that it binds.

    `binds`: it may bind names of its own.
    """

    text: str
    filled: frozenset[tuple[str, ...]]
    chains: tuple[tuple[str, ...], ...]
    called: tuple[tuple[str, ...], ...]
    outer: frozenset[str]
    binds: bool


@functools.lru_cache(maxsize=4096)
def _said(text: str) -> _Said:
    filled = {match[1] for match in _FILLED.finditer(text)}
    chains = {*filled, *(match[1] for match in _SET.finditer(text) if "." in match[1])}
    return _Said(
        text,
        frozenset(tuple(chain.split(".")) for chain in filled),
        tuple(tuple(chain.split(".")) for chain in sorted(chains)),
        tuple(dict.fromkeys(tuple(match[1].split(".")) for match in _CALLED.finditer(text))),
        frozenset(name for match in _OUTER.finditer(text) for name in re.findall(r"\w+", match[1])),
        _SET.search(text) is not None or " as " in text or "for " in text,
    )


def _places(function: Function, said: _Said) -> Iterator[tuple[Holder, str]]:
    """Where a function's text fills something that it has not made itself, or sets it."""
    for name in sorted(said.outer):
        yield function.closure.home(name) or function.closure.top, name
    for chain in said.chains:
        *path, name = chain
        if not path:
            if chain in said.filled and name not in _parameters(function) and not _is_own(function, said, name):
                yield function.closure.home(name) or function.closure.top, name
            continue
        holder = _resolved(function, path)
        holds = isinstance(holder, (Instance, Class)) or (isinstance(holder, AbstractObject) and holder.kind in _HOLDING)
        if holds and not _is_own(function, said, path[0]):
            yield cast(AbstractObject, holder), name


def _is_own(function: Function, said: _Said, name: str) -> bool:
    """Whether a function binds a name for itself."""
    if not said.binds or name in said.outer:
        return False
    body = function.module.body_text(function.node)
    if body is not None and re.search(rf"\b(?:def|class)\s+{name}\b|\b{name}\b(?!\s*[.\[(])", body) is None:
        return False  # it only goes on with it
    return name in _bound_in(function)


_HOLDING = frozenset({Kind.OBJECT, Kind.NAMESPACE, Kind.CHOICES, Kind.PROGRAM_MODULE})


def _bound_in(function: Function) -> frozenset[str]:
    text = function.module.body_text(function.node)
    return frozenset(names_in(function.node.body).bound) if text is None else bound_in(text)


def _parameters(function: Function) -> list[str]:
    params = function.node.params
    return [one.name.value for one in (*params.posonly_params, *params.params, *params.kwonly_params)]


def _resolved(function: Function, path: Iterable[str]) -> Value | None:
    """What a dotted name means in a function, as far as that can be told without running it."""
    first, *rest = path
    parameters = _parameters(function)
    if first in parameters:
        value = function.receiver if first == parameters[0] else None
    else:
        home = function.closure.home(first)
        value = None if home is None else home.names[first]
    for name in rest:
        if not isinstance(value, AbstractObject):
            return None
        member = value.cls.member(name) if isinstance(value, Instance) and name not in value.fields else value.fields.get(name)
        if isinstance(value, Class):
            member = value.member(name)
        value = member.bound_to(value) if isinstance(member, Function) and isinstance(value, Instance) else member
    return value


def _open(interpreter: Interpreter, holder: Holder, name: str) -> None:
    if (holder, name) in interpreter.open_places:
        return
    interpreter.open_places.add((holder, name))
    interpreter.note_write(None)
    if isinstance(holder, Instance) and name not in holder.fields:
        member = holder.cls.member(name)
        if member is not None and not isinstance(member, (Function, Class)):
            opened = open_value(interpreter, name, member)
            if opened is not member:
                holder.fields[name] = opened
        return
    table = holder.members if isinstance(holder, Class) else holder.fields if isinstance(holder, AbstractObject) else holder.names
    if name in table:
        table[name] = open_value(interpreter, name, table[name])


@opens
def open_value(interpreter: Interpreter, name: str, value: Value) -> Value:
    """What is left of a value that somebody may have filled, or have put something else in the place of."""
    if isinstance(value, GuardedUnion):
        cases = [(case, open_value(interpreter, name, one)) for case, one in value.alternatives]
        result = cases[-1][1]
        for case, one in cases[:-1]:
            result = interpreter.select(case, one, result)
        return result
    if isinstance(value, (Sequence, Mapping)):
        open_container(interpreter, value)
    elif isinstance(value, Constant) and value is not ABSENT:
        return leave_to_callers(interpreter, interpreter.unknown(name), value)
    return value


def open_container(interpreter: Interpreter, container: Sequence | Mapping, depth: int = 0) -> None:
    """Somebody may fill a list or a dict, and what it holds."""
    interpreter.filled_elsewhere.add(container)
    if isinstance(container, Sequence):
        open_up(interpreter, container, other=True)
        return
    container.open = True
    container.predicates.pop("truth", None)
    for key, item in container.entries.items():
        if isinstance(item, (Sequence, Mapping)) and depth < HELD_DEEP:
            open_container(interpreter, item, depth + 1)
        elif isinstance(item, Constant) and item is not ABSENT:
            container.entries[key] = open_value(interpreter, str(key), item)


@havocks
def note_handed(heap: Heap, one: AbstractObject, condition: Condition) -> None:
    """What a function gets that nobody knows: functions, and lists and dicts that nothing may be in yet."""
    if not isinstance(heap, Interpreter):
        return
    if isinstance(one, (Sequence, Mapping)) and one not in heap.filled_elsewhere and heap.truth(one) != TRUE:
        heap.note_write(one)
        open_container(heap, one)
    hand_over(heap, [one], HELD_DEEP)
