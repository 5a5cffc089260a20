"""Constants at a script's top that look like switches, such as `USE_ADAPTERS = True`: its user may edit them.

A script does what its constants say, and its story is told so. Whatever stands in the arm of a branch that a constant leaves
out is a part of the script all the same: somebody will edit the constant and run it. So a second story can be told, in which
the constants that left something out are options with what is written as their default.

The two are not one story: a switch that is open would guard all that the live arm does, and of what is sure for the constant
as it is written some would be lost.
"""

from __future__ import annotations

from dataclasses import field

import libcst as cst

from gcheck_lint.python.nodes import parts
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.facets import Setting
from gcheck_lint.story.domain.values import Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter


@dataclass(slots=True)
class Switches:
    """The constants of the file. `bound`: how often each is; `left_out`: those that leave out what speaks of models.

    `edited`: those that are options in this story.
    """

    bound: dict[str, int] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    edited: frozenset[str] = frozenset()


def as_edited(interpreter: Interpreter, target: cst.CSTNode, value: Value) -> Value:
    """What a name is bound to by an assignment: the constant, or an option where the story is that of the edited script."""
    if not isinstance(target, cst.Name) or not _is_switch(target.value, value):
        return value
    if interpreter.frame.parent is not None or not interpreter.at_home:
        return value
    switches, name = interpreter.own(Switches), target.value
    switches.bound[name] = switches.bound.get(name, 0) + 1
    if name not in switches.edited:
        return value
    option = interpreter.unknown(name, chosen=True, site=interpreter.site(target))
    option.default = value
    option.attach(Setting())
    return option


def _is_switch(name: str, value: Value) -> bool:
    """Whether a constant looks like a switch: upper case, and on, off, none or a word."""
    return name.isupper() and isinstance(value, Constant) and (value.value is None or isinstance(value.value, (bool, str)))


def note_left_out(interpreter: Interpreter, test: cst.BaseExpression, start: Condition, arm: cst.CSTNode) -> None:
    """An arm of a branch that is not run, for what the test says: remember the constants that have a part in it."""
    if start != FALSE or not interpreter.at_home:
        return
    switches = interpreter.own(Switches)
    names = _names_in(test) & switches.bound.keys() - switches.left_out if switches.bound else set()
    deciding = {name for name in names if switches.bound[name] == 1 and _is_as_written(interpreter, name)}
    if deciding and interpreter.speaks_of_models(arm):
        switches.left_out |= deciding


def _names_in(test: cst.BaseExpression) -> set[str]:
    found: set[str] = set()
    waiting: list[cst.CSTNode] = [test]
    while waiting:
        one = waiting.pop()
        if isinstance(one, cst.Name):
            found.add(one.value)
        else:
            waiting += parts(one)
    return found


def _is_as_written(interpreter: Interpreter, name: str) -> bool:
    """Whether a name means a constant of the file's top here, and that still is one."""
    home = interpreter.frame.home(name)
    return home is not None and home.parent is None and _is_switch(name, home.names[name])
