"""Names that come and go with the versions of a library, where a script uses them."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import NameUsed
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant
from gcheck_lint.story.interpreter.interpreter import Interpreter

_LIBRARIES = ("transformers", "trl")  # those whose classes are transformers' own, or inherit from them


def is_own(name: str) -> bool:
    """Whether a class, by its dotted name, is one whose names are known: a package that copies it may have others."""
    return name.partition(".")[0] in _LIBRARIES


def note_origin(interpreter: Interpreter, model: AbstractObject, library: str, passed: Arguments) -> None:
    """Remember that a model is of the library's own class: code that comes with its weights may have methods of its own."""
    remote = passed.keywords.get("trust_remote_code")
    if passed.inherited:
        return
    if is_own(library) and (remote is None or (isinstance(remote, Constant) and remote.value is False)) and not passed.open:
        interpreter.states[model].own_class = True


def use_of_model(
    interpreter: Interpreter, of: str, name: str, node: cst.CSTNode, models: list[tuple[Condition, AbstractObject, bool]]
) -> None:
    """A method or an attribute of models is used."""
    known = interpreter.knowledge.name(of, name)
    if known is None:
        return
    own = [target for target in models if interpreter.states[target[1]].own_class]
    if own:
        interpreter.emit(NameUsed, node, own, name=known, own=len(own) == len(models), guarded=interpreter.is_caught)


def use_of_arguments(interpreter: Interpreter, of: str, call: cst.CSTNode, passed: Arguments, *, own: bool) -> None:
    """The keywords of a call, as far as they are written there."""
    if not isinstance(call, cst.Call):
        return
    for keyword, value in passed.keywords.items():
        known = interpreter.knowledge.name(of, keyword)
        node = passed.nodes.get(keyword)
        if known is None or node is None or value is ABSENT or not any(node is arg for arg in call.args):
            continue
        interpreter.emit(NameUsed, node, [], name=known, own=own, guarded=interpreter.is_caught)


def has_name(interpreter: Interpreter, of: str, name: str) -> Condition:
    """The versions that have a name, for a script that asks."""
    known = interpreter.knowledge.name(of, name)
    if known is None or known.missing is None:
        return TRUE
    found: Condition = FALSE
    for effect in interpreter.knowledge.outcomes(known.when_missing):
        found = interpreter.conditions.either(found, interpreter.versions.holds(effect.library, effect.versions))
    return interpreter.conditions.negate(found)
