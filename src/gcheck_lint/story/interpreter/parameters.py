"""What parameters are that a call does not give: defaults, a user's choice, settings behind `**`."""

from __future__ import annotations

import re
from typing import Final

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.layout import wording_of
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.facets import Setting
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.attributes import read_attribute
from gcheck_lint.story.interpreter.command_options import CommandOption
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.left_to_callers import leave_to_callers


def not_given(
    interpreter: Interpreter,
    parameter: cst.Param,
    default: Value | None,
    passed: Arguments,
    *,
    by_user: bool,
    option: CommandOption | None,
) -> Value:
    """A parameter that may be given by what can't be followed: a command line, or a `**` of settings."""
    name = parameter.name.value
    if passed.rest is not None and option is None:
        return setting(interpreter, passed.rest, name, default, parameter)
    if by_user:
        site = interpreter.site(parameter)
        offered = "" if option is None else option.name
        told = default if option is None or option.default is None else option.default
        return choice(interpreter, name, told, site, parameter.annotation, command=option is not None, offered=offered)
    return _one_more(interpreter, name, default, passed)


def _one_more(interpreter: Interpreter, name: str, default: Value | None, passed: Arguments) -> Value:
    """An argument that is one of those that are not told apart."""
    if not passed.more:
        return leave_to_callers(interpreter, interpreter.unknown(name), default)
    one = interpreter.widened(passed.more)
    one.text = name
    return one


def setting(interpreter: Interpreter, rest: AbstractObject, name: str, default: Value | None, node: cst.CSTNode) -> Value:
    """What a `**` of settings gives under this name: as in the settings themselves, and the default where they say nothing."""
    value = read_attribute(interpreter, rest, name, node)
    if isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and value.chosen:
        if value.default is None and isinstance(default, Constant):
            value.default = default
        return given_or(interpreter, value, default)
    return value


def choice(
    interpreter: Interpreter,
    name: str,
    default: Value | None,
    site: Site | None,
    annotation: cst.Annotation | None = None,
    *,
    command: bool = False,
    offered: str = "",
) -> Value:
    """A value that the script's user chooses, with its default.

    `command`: it is a parameter of a command. `offered`: what a command line calls it.
    """
    made = interpreter.unknown(f"--{name}", chosen=True, site=site)
    made.said = offered
    made.valued = _takes_value(annotation, default)
    if command:
        made.attach(Setting())
    made.default = default if isinstance(default, Constant) else None
    if not command and not offered:
        leave_to_callers(interpreter, made)
    return given_or(interpreter, made, default)


def _takes_value(annotation: cst.Annotation | None, default: Value | None) -> bool:
    """Whether a parameter or a field holds a text or a number, and is no switch."""
    if isinstance(default, Constant) and default.value is not None:
        return isinstance(default.value, (str, int, float)) and not isinstance(default.value, bool)
    inner = None if annotation is None else wording_of(annotation.annotation)
    return inner is not None and _VALUED.match(inner) is not None


# `str`, `Optional[int]`, `float | None`
_VALUED: Final = re.compile(r"(?:(?:typing\.)?Optional\[\s*)?(?:str|int|float)\b(?:\s*\]|\s*\|\s*None)?$")


def given_or(interpreter: Interpreter, option: AbstractObject, default: Value | None) -> Value:
    """An option whose default is a list or a dict of the script: that is what it is where nobody gives it."""
    if not isinstance(default, (Sequence, Mapping)) or not default.held():
        return option
    name = option.words
    _, given = interpreter.conditions.symbol(f"`{name}` is given", f"`{name}` is not given", flag=option.chosen, default=False)
    return interpreter.select(given, option, default)
