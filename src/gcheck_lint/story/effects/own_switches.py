"""Methods of the script's own classes by which a trainer switches checkpointing on, and whether they take what it passes."""

from __future__ import annotations

from collections.abc import Iterator

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.events import OwnSwitchAsked
from gcheck_lint.story.domain.facets import BuiltBy, OwnClass
from gcheck_lint.story.domain.objects import Class, Function, Instance
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import raises

_LIBRARY = "transformers."
_OLD, _NEW = "gradient_checkpointing", "activation_checkpointing"
_MORE = ("every_n_layers", "offload")


def ask_own_switches(interpreter: Interpreter, made: AbstractObject, switch: Value, call: Call) -> None:
    """A trainer of transformers is to switch checkpointing on: it calls the method of the class that its model is of."""
    built, conditions = made.facet(BuiltBy), interpreter.conditions
    if built is None or not built.library.startswith(_LIBRARY) or (isinstance(made, Instance) and made.cls.member("train")):
        return
    ons = (case for case, value in interpreter.alternatives(switch) if isinstance(value, Constant) and value.value is True)
    on = conditions.any(ons)
    for condition, one in interpreter.alternatives(made.fields.get("model", NONE)):
        cls = _class_of(one)
        if cls is None or cls.member("__getattribute__") is not None:
            continue
        asked, refused = conditions.both(condition, on), FALSE
        with interpreter.under(asked):
            for method, outcomes in _refusing(cls):
                versions = _versions(interpreter, outcomes)
                refused = conditions.either(refused, versions)
                seen, defined = interpreter.site(call.node), Site(method.module, method.node)
                site = defined if method.module is interpreter.module else Site(seen.module, seen.node, defined)
                details = {"method": method.made_by, "called": seen, "refusals": outcomes}
                interpreter.emit(OwnSwitchAsked, site, [], **details)
        raises(interpreter, call.node, "TypeError: its own method accepts fewer arguments", conditions.both(asked, refused))


def _class_of(one: Value) -> Class | None:
    """The script's own class that a module or a model is of."""
    if isinstance(one, Instance):
        return one.cls if one.kind in (Kind.MODULE, Kind.MODEL) else None
    own = one.facet(OwnClass) if isinstance(one, AbstractObject) else None
    return None if own is None else own.cls


def _refusing(cls: Class) -> Iterator[tuple[Function, tuple[str, ...]]]:
    """The methods that take less than they are passed, and what is seen of that."""
    old, new = cls.member(f"{_OLD}_enable"), cls.member(f"{_NEW}_enable")
    found = []
    if isinstance(old, Function) and not old.decorators:
        if not _takes(old, f"{_OLD}_kwargs"):
            found.append("own-switch-refuses-kwargs")
        if not _takes(old, f"{_OLD}_kwargs", *_MORE):
            found.append("own-switch-refuses-layers")
            if new is None:
                found.append("own-switch-refuses-layers-still")
        if found:
            yield old, tuple(found)
    if isinstance(new, Function) and not new.decorators and not _takes(new, f"{_NEW}_kwargs", *_MORE):
        yield new, ("own-switch-refuses-layers-still",)


def _versions(interpreter: Interpreter, outcomes: tuple[str, ...]) -> Condition:
    entries = [entry for name in outcomes for entry in interpreter.knowledge.outcomes(name)]
    return interpreter.conditions.any([interpreter.versions.holds(entry.library, entry.versions) for entry in entries])


def _takes(method: Function, *keywords: str) -> bool:
    params = method.node.params
    names = {param.name.value for param in (*params.params, *params.kwonly_params)}
    return params.star_kwarg is not None or names.issuperset(keywords)
