"""What is left of a part that was given up: all that it could come by, and may have written, is in an unknown state.

What it can come by: its arguments, the object whose method it is, what the names in its text are bound to, and the same for each
function of the program that it can come by. What it may have written is told by those texts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import field
from pathlib import PurePath

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.names import names_in
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.facets import OneOfMany
from gcheck_lint.story.domain.limits import REACHED_FUNCTIONS, REACHED_OBJECTS
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Promise, Scope, Sequence
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import GIVING_UP, Interpreter
from gcheck_lint.story.interpreter.sequences import open_up

_NAME = re.compile(r"[A-Za-z_]\w*")
_ASSIGNED = re.compile(r"\.[ \t]*([A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?(?:[-+*/|&%]|//|\*\*)?=(?!=)")
_ITEM_SET = re.compile(r"\][ \t]*(?:[-+*/|&%]|//|\*\*)?=(?!=)")
_OUTER = re.compile(r"\b(?:global|nonlocal)[ \t]+([\w, \t]+)")
_METHOD = re.compile(r"\bdef[ \t]+\w+[ \t]*\(\s*self\b")
# where a method hands its object on, or gets at any attribute of it
_ITSELF = re.compile(r"\bself\b(?![ \t]*\.)|\b(?:getattr|setattr|vars|super|__dict__)\b")
_CHANGING = frozenset({"append", "extend", "insert", "remove", "clear", "pop", "sort", "reverse", "update", "setdefault", "del"})

ITEM = "[]"  # an item is set

Loser = Callable[[Interpreter, AbstractObject | None, frozenset[str]], None]
LOSERS: list[Loser] = []


def loses(handler: Loser) -> Loser:
    """This function tells what more is unknown, of an object or (None) of all, when a text with these names was given up."""
    LOSERS.append(handler)
    return handler


@dataclass(slots=True)
class Reach:
    """What a part can come by: objects, and what the texts that it runs say.

    `assigned`: attributes that they assign. `changes`: they change containers. `outer`: names around them that they bind.
    `itself`: a method hands its object on.
    """

    objects: dict[AbstractObject, None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    changes: bool = False
    assigned: set[str] = field(default_factory=set)
    outer: list[tuple[Scope, str]] = field(default_factory=list)
    itself: bool = False


def reach_of(interpreter: Interpreter, values: Iterable[Value], text: str, scope: Scope, method_of: Value | None = None) -> Reach:
    """All that a piece of code can come by that stands in a scope, and is given these values.

    Of the object whose method it is it comes by the attributes that it names, and by all of them where it hands the object on.
    """
    found = Reach()
    waiting: list[Value] = list(values)
    texts = [(text, scope)]
    functions: set[cst.CSTNode] = set()
    named: dict[Instance, set[str]] = {}  # what of the object was come by
    if method_of is not None:
        named = {
            one: set()
            for _, one in interpreter.alternatives(method_of)
            if isinstance(one, Instance) and not one.cls.library_bases()
        }
        waiting += [one for _, one in interpreter.alternatives(method_of) if one not in named]
        waiting += [value for one in named for value in one.held_besides_fields()]
    found.objects.update(dict.fromkeys(named))
    computed: list[AbstractObject] = []  # results of models, which lead to no model
    while waiting or texts or (waiting := _named(found, named)) or (waiting := _learned_from(found, computed)):
        if texts:
            waiting += _read(found, *texts.pop())
            continue
        for _, one in interpreter.alternatives(waiting.pop()):
            if one in named:
                named.pop(one)  # it is come by in another way, too
                waiting += one.held()
                continue
            if not isinstance(one, AbstractObject) or one in found.objects or isinstance(one, Promise):
                continue
            if len(found.objects) >= REACHED_OBJECTS:
                return found
            found.objects[one] = None
            if one.kind is Kind.OUTPUT or any(origin.kind is Kind.OUTPUT for origin in one.provenance):
                computed.append(one)
                waiting += [value for value in one.held() if value not in one.provenance]
                continue
            waiting += [*one.held(), *((*one.members.values(), *one.bases) if isinstance(one, Class) else ())]
            if isinstance(one, Function) and one.node not in functions and len(functions) < REACHED_FUNCTIONS:
                functions.add(one.node)
                texts.append((one.module.code(one.node), one.closure))
    return found


def _named(found: Reach, named: dict[Instance, set[str]]) -> list[Value]:
    """What more the texts come by of the objects whose methods they are: attributes and methods that they name."""
    more: list[Value] = []
    for one, known in named.items():
        for name, value in one.fields.items():
            if name not in known and (found.itself or name in found.names):
                known.add(name)
                more.append(value)
        for name in sorted(found.names - known):
            member = one.cls.member(name)
            if member is not None:
                known.add(name)
                more.append(member)
    return more


def _learned_from(found: Reach, computed: list[AbstractObject]) -> list[Value]:
    """The models whose results a text calls `backward` of: it comes by them as a training does."""
    return [origin for _ in range(len(computed)) for origin in computed.pop().provenance] if "backward" in found.names else []


@dataclass(frozen=True, slots=True)
class _Said:
    """What one text says, as in `Reach`; `outer`: by name alone."""

    names: frozenset[str]
    ordered: tuple[str, ...]
    changes: bool
    assigned: frozenset[str]
    outer: tuple[str, ...]
    itself: bool


@functools.lru_cache(maxsize=4096)
def _said(text: str) -> _Said:
    names = frozenset(_NAME.findall(text))
    return _Said(
        names,
        tuple(sorted(names)),  # a set is in another order in each process
        bool(names & _CHANGING) or _ITEM_SET.search(text) is not None,
        names if "setattr" in names else frozenset(_ASSIGNED.findall(text)),
        tuple(name for match in _OUTER.finditer(text) for name in _NAME.findall(match[1])),
        _ITSELF.search(_METHOD.sub("", text)) is not None,
    )


def _read(found: Reach, text: str, scope: Scope) -> list[Value]:
    said = _said(text)
    found.names |= said.names
    found.itself |= said.itself
    found.changes |= said.changes
    found.assigned |= said.assigned
    found.outer += [(scope.home(name) or scope.top, name) for name in said.outer]
    homes = ((name, scope.home(name)) for name in said.ordered)
    return [home.names[name] for name, home in homes if home is not None]


def lose(interpreter: Interpreter, reach: Reach, since: int, node: cst.CSTNode, what: str, why: str) -> None:
    """Give a part up. `since`: what was born after it was begun was made by itself."""
    made = [model for model in interpreter.states if model.born > since]
    models = [*dict.fromkeys([*(one for one in reach.objects if one in interpreter.states), *made])]
    for one in reach.objects:
        _forget(interpreter, one, reach)
    for home, name in reach.outer:
        before = home.names.get(name)
        unknown = interpreter.unknown(name, [] if before is None else [before])
        home.names[name] = unknown if before is None else interpreter.select(interpreter.path_condition, unknown, before)
    for look in LOSERS:
        look(interpreter, None, frozenset(reach.names))
    interpreter.lose(models, node, what, why)


def lose_statement(interpreter: Interpreter, statement: cst.CSTNode, why: str, since: int) -> Value:
    """A statement was given up: the names that it binds are unknown as well."""
    if interpreter.left_by is not None:
        interpreter.given_up.add(interpreter.left_by)  # what was called there is not tried once more
    names = names_in(statement)
    module = interpreter.frame.module
    reach = reach_of(interpreter, (), module.written(statement), interpreter.frame)
    for name in sorted(names.bound):
        interpreter.bind(name, interpreter.unknown(name))
    what = "a statement" if interpreter.at_home else f"a statement of `{PurePath(module.path).name}`"
    lose(interpreter, reach, since, statement, what, why)
    return NONE


GIVING_UP["statement"] = lose_statement


def lose_members(interpreter: Interpreter, one: AbstractObject, name: str, *, assigned: bool = False) -> None:
    """An attribute was set, or a method called, of one of many objects: each of them may be the one (a weak update)."""
    many = one.facet(OneOfMany)
    if many is not None:
        changes = name in _CHANGING or name == ITEM
        for member in many.members:
            keys = map(str, member.entries) if changes and isinstance(member, Mapping) else ()
            interpreter.note_write(member)
            _forget(interpreter, member, Reach(names={name, *keys}, changes=changes, assigned={name} if assigned else set()))


def _forget(interpreter: Interpreter, one: AbstractObject, reach: Reach) -> None:
    """What the texts may have written of an object: attributes that they assign, items, and the order of a list."""
    now = interpreter.path_condition
    if isinstance(one, Sequence):
        if reach.changes:
            open_up(interpreter, one, other=True)
    elif isinstance(one, Mapping):
        one.open = one.open or reach.changes
        for key in [key for key in one.entries if str(key) in reach.names]:
            one.entries[key] = interpreter.select(now, interpreter.unknown(str(key)), one.entries[key])
    written = one.members if isinstance(one, Class) else one.fields
    for name in [name for name in written if name in reach.assigned and not isinstance(written[name], Function)]:
        before = written[name]
        about = [] if isinstance(before, Constant) else [before]
        written[name] = interpreter.select(now, interpreter.unknown(name, about), before)
    if one in interpreter.states:
        for name in reach.assigned:
            if interpreter.knowledge.method(Kind.MODEL, name) is not None:  # one of its own in the place of the library's
                one.fields[name] = interpreter.select(now, interpreter.unknown(name, [one]), one.fields.get(name, ABSENT))
    for look in LOSERS:
        look(interpreter, one, frozenset(reach.names))
