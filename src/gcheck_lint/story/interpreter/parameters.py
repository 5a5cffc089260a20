"""What a call passes to parameters, and what those are that it does not give: defaults, a user's choice, settings behind `**`."""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.facets import Setting, settings_of
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.attributes import read_attribute
from gcheck_lint.story.interpreter.interpreter import Interpreter


def evaluate_arguments(interpreter: Interpreter, node: cst.Call) -> Arguments:
    """The arguments of a call, `*` and `**` of known lists and dicts spread out."""
    passed = Arguments([], {}, {})
    for arg in node.args:
        value = interpreter.evaluate(arg.value)
        if arg.star == "*":
            items = value.items if isinstance(value, Sequence) else None
            if items is None:
                passed.open = True
                passed.add_source(None)
            else:
                passed.positional += items
        elif arg.star == "**":
            _spread(interpreter, passed, value, arg.value)
        elif arg.keyword is not None:
            passed.keywords[arg.keyword.value] = value
            passed.nodes[arg.keyword.value] = arg
        else:
            passed.nodes[len(passed.positional)] = arg
            passed.positional.append(value)
    return passed


def _spread(interpreter: Interpreter, passed: Arguments, value: Value, node: cst.BaseExpression) -> None:
    if not isinstance(value, Mapping) or value.open:
        passed.add_source(settings_of(value))
    for condition, one in interpreter.alternatives(value):
        if not isinstance(one, Mapping):
            passed.open = True
            passed.may_switch = passed.may_switch or _names_options(node)
            continue
        passed.open = passed.open or one.open
        passed.chosen = passed.chosen or one.chosen
        passed.may_switch = passed.may_switch or (one.open and _names_options(node))
        for key, item in one.entries.items():
            if isinstance(key, str):
                passed.keywords[key] = interpreter.select(condition, item, passed.keywords.get(key, ABSENT))
                passed.nodes[key] = node


_OPTIONS = re.compile(r"kwarg|config|gen|arg|option|setting|param|cfg", re.IGNORECASE)


def _names_options(node: cst.BaseExpression) -> bool:
    """Whether a `**` that can't be followed is named like options, not like a batch."""
    if isinstance(node, cst.Call):
        return _names_options(node.func)
    if isinstance(node, cst.Subscript):
        return _names_options(node.value)
    name = node.attr.value if isinstance(node, cst.Attribute) else node.value if isinstance(node, cst.Name) else ""
    return _OPTIONS.search(name) is not None


def not_given(
    interpreter: Interpreter, parameter: cst.Param, default: Value | None, passed: Arguments, *, by_user: bool, command: bool
) -> Value:
    """A parameter that may be given by what can't be followed: a command line, or a `**` of settings."""
    name = parameter.name.value
    if passed.rest is not None and not command:
        return setting(interpreter, passed.rest, name, default, parameter)
    if by_user:
        return choice(interpreter, name, default, interpreter.site(parameter), command=command)
    return interpreter.unknown(name)


def setting(interpreter: Interpreter, rest: AbstractObject, name: str, default: Value | None, node: cst.CSTNode) -> Value:
    """What a `**` of settings gives under this name: as in the settings themselves, and the default where they say nothing."""
    value = read_attribute(interpreter, rest, name, node)
    if isinstance(value, AbstractObject) and value.kind is Kind.UNKNOWN and value.chosen:
        if value.default is None and isinstance(default, Constant):
            value.default = default
        return given_or(interpreter, value, default)
    return value


def choice(interpreter: Interpreter, name: str, default: Value | None, site: Site | None, *, command: bool = False) -> Value:
    """A value that the script's user chooses, with its default. `command`: it is a parameter of a command."""
    made = interpreter.unknown(f"--{name}", chosen=True, site=site)
    if command:
        made.attach(Setting())
    made.default = default if isinstance(default, Constant) else None
    return given_or(interpreter, made, default)


def given_or(interpreter: Interpreter, option: AbstractObject, default: Value | None) -> Value:
    """An option whose default is a list or a dict of the script: that is what it is where nobody gives it."""
    if not isinstance(default, (Sequence, Mapping)) or not default.held():
        return option
    name = option.text
    _, given = interpreter.conditions.symbol(f"`{name}` is given", f"`{name}` is not given", flag=option.chosen, default=False)
    return interpreter.select(given, option, default)
