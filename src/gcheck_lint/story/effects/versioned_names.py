"""Names that come and go with the versions of a library, where a script uses them."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import NameUsed
from gcheck_lint.story.domain.values import ABSENT, Known, Thing
from gcheck_lint.story.interpreter.dispatch import Passed
from gcheck_lint.story.interpreter.interpreter import Teller

_LIBRARIES = ("transformers", "trl")  # those whose classes are transformers' own, or inherit from them


def is_own(name: str) -> bool:
    """Whether a class, by its dotted name, is one whose names are known: a package that copies it may have others."""
    return name.partition(".")[0] in _LIBRARIES


def note_origin(teller: Teller, model: Thing, library: str, passed: Passed) -> None:
    """Remember that a model is of the library's own class: code that comes with its weights may have methods of its own."""
    remote = passed.keywords.get("trust_remote_code")
    if teller.through_own_class:
        return
    if is_own(library) and (remote is None or (isinstance(remote, Known) and remote.value is False)) and not passed.open:
        model.fields["@own"] = Known(True)


def has_own_class(model: Thing) -> bool:
    """Whether a model is of the library's own class."""
    return "@own" in model.fields


def use_of_model(teller: Teller, of: str, name: str, node: cst.CSTNode, models: list[tuple[Condition, Thing, bool]]) -> None:
    """A method or an attribute of models is used."""
    known = teller.knowledge.name(of, name)
    if known is None:
        return
    own = [target for target in models if has_own_class(target[1])]
    if own:
        teller.emit(NameUsed, node, own, name=known, own=len(own) == len(models), guarded=teller.guarded)


def use_of_arguments(teller: Teller, of: str, call: cst.CSTNode, passed: Passed, *, own: bool) -> None:
    """The keywords of a call, as far as they are written there."""
    if not isinstance(call, cst.Call):
        return
    for keyword, value in passed.keywords.items():
        known = teller.knowledge.name(of, keyword)
        node = passed.nodes.get(keyword)
        if known is None or node is None or value is ABSENT or not any(node is arg for arg in call.args):
            continue
        teller.emit(NameUsed, node, [], name=known, own=own, guarded=teller.guarded)


def has_name(teller: Teller, of: str, name: str) -> Condition:
    """The versions that have a name, for a script that asks."""
    known = teller.knowledge.name(of, name)
    if known is None or known.missing is None:
        return TRUE
    found: Condition = FALSE
    for effect in teller.knowledge.effects(known.when_missing):
        found = teller.conditions.either(found, teller.versions.holds(effect.library, effect.versions))
    return teller.conditions.negate(found)
