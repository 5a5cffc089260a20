"""The arguments of a call as they stand there, with `*` and `**` spread out as far as it is known what they hold."""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.facets import settings_of
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import ABSENT, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.sequences import element_of, item_at


def evaluate_arguments(interpreter: Interpreter, node: cst.Call) -> Arguments:
    """The arguments of a call, `*` and `**` of known lists and dicts spread out."""
    passed = Arguments([], {}, {}, of=node)
    told_apart = True
    for arg in node.args:
        value = interpreter.evaluate(arg.value)
        if arg.star == "*":
            told_apart = _spread_list(interpreter, passed, value, told_apart=told_apart)
        elif arg.star == "**":
            _spread(interpreter, passed, value, arg.value)
        elif arg.keyword is not None:
            passed.keywords[arg.keyword.value] = value
            passed.nodes[arg.keyword.value] = arg
        elif not told_apart:
            passed.more.append(value)
        else:
            passed.nodes[len(passed.positional)] = arg
            passed.positional.append(value)
    return passed


def _spread_list(interpreter: Interpreter, passed: Arguments, value: Value, *, told_apart: bool) -> bool:
    """`*value`: what it holds one by one, or what may be among it. Whether the arguments are still told apart by their places."""
    items = value.items if isinstance(value, Sequence) else None
    if isinstance(value, Sequence) and items is not None and told_apart:
        found = [item_at(interpreter, value, place, ABSENT) for place in range(len(items))]
        if None not in found:
            passed.positional += [item for item in found if item is not None]
            return True
    passed.open = True
    passed.add_source(None)
    for _, one in interpreter.alternatives(value):
        held = one.contents if isinstance(one, Sequence) else [element_of(interpreter, one)]
        passed.more += [interpreter.without_absent(item) for item in held if interpreter.provenance_of([item])]
    return False


def _spread(interpreter: Interpreter, passed: Arguments, value: Value, node: cst.BaseExpression) -> None:
    if not isinstance(value, Mapping) or value.open:
        passed.add_source(settings_of(value))
    for condition, one in interpreter.alternatives(value):
        if not isinstance(one, Mapping):
            passed.open = True
            passed.may_switch = passed.may_switch or _names_options(node)
            continue
        passed.more += [item for item in one.some if interpreter.provenance_of([item])]
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
