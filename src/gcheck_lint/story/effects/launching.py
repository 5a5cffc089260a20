"""Functions that are given to a launcher, which runs them elsewhere: with what arguments, and when.

What runs in another process works on a copy of what it is handed. That is not told apart: it is what the script does.
"""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.objects import Function, Mapping, Sequence
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.effects.frameworks import leave
from gcheck_lint.story.interpreter.interpreter import Interpreter, does
from gcheck_lint.story.interpreter.sequences import elements_of


class Launcher(AbstractObject):
    """What runs `function` when it is told to; `passed`: with these arguments, and those of that call."""

    __slots__ = ("function", "passed")

    def __init__(self, call: Call, function: Value, passed: Arguments, site: Site) -> None:
        super().__init__(Kind.LAUNCHER, call.name, site)
        self.function = function
        self.passed = passed

    def held(self) -> list[Value]:
        return [self.function, *self.passed.values(), *super().held()]


@does("launch")
def launch(interpreter: Interpreter, call: Call) -> Value:
    """A function that runs at once: `spawn(function, args=(…))`."""
    function = call.argument("function")
    if function is None:
        return interpreter.unknown(call.name)
    return interpreter.call(function, _handed(interpreter, call), call.node)


@does("launch with receiver")
def launch_with_receiver(interpreter: Interpreter, call: Call) -> Value:
    """`fabric.launch(function, …)`: the function gets the object itself, and the other arguments."""
    if not call.passed.positional:
        return NONE
    function, *rest = call.passed.positional
    passed = Arguments([call.receiver, *rest], dict(call.passed.keywords), {}, open=call.passed.open)
    return interpreter.call(function, passed, call.node)


@does("new launcher")
def new_launcher(interpreter: Interpreter, call: Call) -> Value:
    function = call.argument("function") or NONE
    return Launcher(call, function, _handed(interpreter, call), interpreter.site(call.node))


@does("run launcher")
def run_launcher(interpreter: Interpreter, call: Call) -> Value:
    for _, made in interpreter.cases(call.receiver):
        if not isinstance(made, Launcher):
            continue
        handed = made.passed
        passed = Arguments([*handed.positional, *call.passed.positional], dict(handed.keywords), {}, open=handed.open)
        if isinstance(made.function, Function) and not _takes_any(made.function):
            passed.positional = []  # a training loop may leave out the parameter for its config
        interpreter.call(made.function, passed, call.node)
    return interpreter.unknown(call.name)


@does("call remotely")
def call_remotely(interpreter: Interpreter, call: Call) -> Value:
    """`function.remote(…)`, `Actor.remote(…)`: what comes back is as good as the value that it stands for."""
    return interpreter.call(call.receiver, call.passed, call.node)


@does("make by target")
def make_by_target(interpreter: Interpreter, call: Call) -> Value:
    """`instantiate({"_target_": "transformers.…", …})`, where the dict stands in the script."""
    config = call.passed.get("config", 0)
    target = config.entries.get("_target_") if isinstance(config, Mapping) else None
    if not isinstance(config, Mapping) or not isinstance(target, Constant) or not isinstance(target.value, str):
        return leave(interpreter, call, "its dict is not in the script")
    given = {str(key): value for key, value in config.entries.items() if not str(key).startswith("_")}
    given |= {key: value for key, value in call.passed.keywords.items() if not key.startswith("_")}
    nodes: dict[str | int, cst.CSTNode] = dict.fromkeys(given, call.node)
    passed = Arguments([], given, nodes, open=config.open or call.passed.open)
    return interpreter.call(ExternalSymbol(target.value), passed, call.node)


def _handed(interpreter: Interpreter, call: Call) -> Arguments:
    """The arguments that a launcher hands on: its own number of the process, a tuple of positional ones, a dict of keywords."""
    positional: list[Value] = [interpreter.unknown("the number of the process")] * bool(call.transfer.details.get("numbered"))
    is_open = call.passed.open
    given, named, config = call.argument("args"), call.argument("kwargs"), call.argument("config")
    if given is not None:
        items = elements_of(interpreter, given) if isinstance(given, Sequence) else None
        positional += items or ()
        is_open = is_open or items is None
    if config is not None:
        positional.append(config)
    keywords = {str(key): value for key, value in named.entries.items()} if isinstance(named, Mapping) else {}
    return Arguments(positional, keywords, {}, open=is_open or (named is not None and not isinstance(named, Mapping)))


def _takes_any(function: Function) -> bool:
    params = function.node.params
    return bool(params.posonly_params or params.params or isinstance(params.star_arg, cst.Param))
