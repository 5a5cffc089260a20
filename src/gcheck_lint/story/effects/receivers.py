"""How the file that is interpreted names the object that something happens to, for fixes that write it."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.events import Receiver
from gcheck_lint.story.domain.values import AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter


def receiver_of(
    interpreter: Interpreter, node: cst.Call, suffix: str, targets: list[tuple[Condition, AbstractObject, bool]]
) -> Receiver | None:
    """How the file that is told names the object whose method is called; None when it has no name for it."""
    if interpreter.at_home:
        func = node.func
        return Receiver(interpreter.site(func.value if isinstance(func, cst.Attribute) else func), suffix)
    if not interpreter.outside:
        return None
    models = {model for _, model, _ in targets}
    seen, passed = interpreter.outside[-1]
    given_values: list[tuple[str | int, Value]] = [*enumerate(passed.positional), *passed.keywords.items()]
    for key, value in given_values:
        given = passed.nodes.get(key)
        if isinstance(given, cst.Arg) and given.star == "":
            found = _name_for(interpreter, value, models)
            if found is not None:
                return Receiver(Site(seen.module, given.value), found)
    if isinstance(seen.node, cst.Call) and isinstance(seen.node.func, cst.Attribute):
        running = interpreter.stack[0] if interpreter.stack else None
        for function in interpreter.stack:
            if function.module is not interpreter.module:
                running = function
                break
        found = _name_for(interpreter, running.receiver, models) if running is not None and running.receiver is not None else None
        if found is not None:
            return Receiver(Site(seen.module, seen.node.func.value), found)
    return None


def _name_for(interpreter: Interpreter, value: Value, models: set[AbstractObject], depth: int = 0) -> str | None:
    """What has to follow a value to name one of these models: nothing, `.model`, `.trainer.model`."""
    for _, one in interpreter.alternatives(value):
        if {core for _, core, _ in interpreter.underlying_models(one)} & models:
            return ""
        if isinstance(one, AbstractObject) and depth < 2 and one.kind in (Kind.TRAINER, Kind.INSTANCE, Kind.MODULE):
            for name, held in one.fields.items():
                if name.isidentifier():
                    found = _name_for(interpreter, held, models, depth + 1)
                    if found is not None:
                        return f".{name}{found}"
    return None
