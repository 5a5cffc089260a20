"""What a script asks of a model before it uses it: `hasattr` and `isinstance`."""

from __future__ import annotations

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.facets import HAS_ATTRIBUTE, OwnClass, options_in
from gcheck_lint.story.domain.model_state import Unsaid
from gcheck_lint.story.domain.objects import Class, Function, Instance, Mapping, Sequence, Wrapper
from gcheck_lint.story.domain.values import AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.effects.configs import has_nested
from gcheck_lint.story.effects.versioned_names import has_name
from gcheck_lint.story.effects.wrapper_switches import hidden_by_wrapper
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

_PLAIN = frozenset({"list", "tuple", "set", "dict", "str", "bytes", "int", "float", "bool"})
_ANSWERED = (Kind.MODEL, Kind.WRAPPER, Kind.TRAINER, Kind.CONFIG)


@does("hasattr", pure=True)
def has_attribute(interpreter: Interpreter, call: Call) -> Value:
    """A model has what the script asks for before it uses it."""
    given = call.passed.positional
    if len(given) == 2 and isinstance(given[1], Constant):
        underlying_models = interpreter.underlying_models(given[0])
        if underlying_models or (isinstance(given[0], AbstractObject) and given[0].kind in _ANSWERED):
            if given[1].value == "gradient_checkpointing" and not underlying_models:
                return interpreter.unknown("hasattr()")  # a field that some configs have
            if given[1].value in interpreter.knowledge.nested_configs and not underlying_models:
                return _asked_for_part(interpreter, given[0], str(given[1].value))
            if given[1].value == "module" and _is_wrapped(interpreter, given[0]):
                return Constant(True)
            if given[1].value in ("module", "_orig_mod", "peft_config", "model_parallel"):
                return Constant(False)
            if str(given[1].value).startswith("_") and not _has_field(given[0], str(given[1].value)):
                return interpreter.unknown("hasattr()")  # a mark that somebody leaves on models
            named = str(given[1].value)
            there = has_name(interpreter, "model", named)
            if named in interpreter.knowledge.methods_that("checkpointing"):
                there = interpreter.conditions.without(there, hidden_by_wrapper(interpreter, given[0]))
            return interpreter.boolean(there)
        name = str(given[1].value)
        if isinstance(given[0], Instance) and (name in given[0].fields or given[0].cls.member(name) is not None):
            return Constant(True)
    if len(given) == 2 and isinstance(given[1], AbstractObject) and options_in(given[1]) is not None:
        named = given[1].words
        asked = interpreter.predicate(given[1], HAS_ATTRIBUTE, f"there is a field `{named}`", f"there is no field `{named}`")
        return interpreter.boolean(asked)
    return interpreter.unknown("hasattr()")


def _asked_for_part(interpreter: Interpreter, config: Value, name: str) -> Value:
    """Whether a config has one of a part within it."""

    def there(one: Value) -> Value:
        if not isinstance(one, AbstractObject) or one.kind is not Kind.CONFIG:
            return interpreter.unknown("hasattr()")
        return interpreter.boolean(has_nested(interpreter, one, name))

    return interpreter.flat(interpreter.each(config, there))


def _is_wrapped(interpreter: Interpreter, value: Value) -> bool:
    """Whether there is an engine, or what runs it in parallel, around a model in any case."""
    return all(isinstance(one, Wrapper) and not one.is_adapter for _, one in interpreter.alternatives(value))


def _has_field(value: Value, name: str) -> bool:
    return isinstance(value, AbstractObject) and name in value.fields


def _own_class(one: Value) -> Class | None:
    """The class of the script that an object is of."""
    if isinstance(one, Instance):
        return one.cls
    own = one.facet(OwnClass) if isinstance(one, AbstractObject) else None
    return None if own is None else own.cls


def _is_only_library(interpreter: Interpreter, one: Value, classes: list[Class]) -> bool:
    """Whether a model is of the library's class, and none of these can stand behind that."""
    loaded = isinstance(one, AbstractObject) and one in interpreter.states and bool(interpreter.states[one].library)
    return loaded and all(not _is_for_models(interpreter, cls) for cls in classes)


def _is_for_models(interpreter: Interpreter, cls: Class) -> bool:
    facts = (interpreter.knowledge.class_named(base.name) for base in cls.library_bases())
    return any(fact is not None and fact.kind is Kind.MODEL for fact in facts)


@does("isinstance", pure=True)
def is_instance(interpreter: Interpreter, call: Call) -> Value:
    given = call.passed.positional
    if len(given) != 2:
        return interpreter.unknown("isinstance()")
    asked = given[1].items or [] if isinstance(given[1], Sequence) else [given[1]]
    names = [one.last for one in asked if isinstance(one, ExternalSymbol)]
    classes = [one for one in asked if isinstance(one, Class)]
    plain = len(names) == len(asked) and _PLAIN.issuperset(names)

    def check(one: Value) -> Value:
        if isinstance(one, Wrapper):
            if one.is_adapter:
                return Constant(any("Peft" in name or "Pretrained" in name or "PreTrained" in name for name in names))
            return Constant(any("Parallel" in name for name in names))
        if one in interpreter.states and names and all("Peft" in name or "Parallel" in name for name in names):
            return Constant(False)
        if isinstance(one, Constant) and one.value is None and names and "NoneType" not in names:
            return Constant(False)
        if isinstance(one, Constant) and names and not isinstance(one.value, Unsaid):
            return Constant(type(one.value).__name__ in names)
        if isinstance(one, Mapping) and names:
            return Constant("dict" in names or "Mapping" in names)
        if plain and isinstance(one, Sequence) and one.type_name:
            return Constant(one.type_name in names)
        if plain and (one in interpreter.states or isinstance(one, (Function, Class))):
            return Constant(False)
        own = _own_class(one)
        if own is not None and any(cls in own.lineage() for cls in classes):
            return Constant(True)
        if classes and len(classes) == len(asked) and (own is not None or _is_only_library(interpreter, one, classes)):
            return Constant(False)
        return interpreter.unknown("isinstance()")

    return interpreter.flat(interpreter.each(given[0], check))
