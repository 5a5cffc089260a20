"""`use_cache=…` in a load: where the config does not take it, a constructor gets it, and refuses it."""

from __future__ import annotations

from gcheck_lint.knowledge.cache_arguments import base_named, drops_it, makes_known_classes, refusal_of
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE, Condition
from gcheck_lint.story.domain.events import CacheRefused
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import is_patched, raises
from gcheck_lint.versions import Specifier

_ARGUMENT = "use_cache"
_BESIDE = ">=4.36"  # the oldest that was run
_TEXT, _OF_SEVERAL = "text_config", ("AutoModelForImageTextToText", "AutoModelForVision2Seq", "AutoModelForMultimodalLM")
_BASE_SAYS_NOTHING = "its config.json has no `use_cache`"


def refuse_cache(interpreter: Interpreter, call: Call) -> None:
    """The versions in which a load ends in a TypeError go no further."""
    value, name = call.passed.keywords.get(_ARGUMENT), getattr(call.receiver, "name", "")
    if value is None or not isinstance(call.receiver, ExternalSymbol) or not name.startswith("transformers."):
        return
    if is_patched(interpreter):
        return
    given = interpreter.conditions.any(case for case, one in interpreter.alternatives(value) if one is not ABSENT)
    _beside_config(interpreter, call, given)
    _by_class(interpreter, call, given)


def _beside_config(interpreter: Interpreter, call: Call, given: Condition) -> None:
    """A config that is passed as an object takes no more arguments: they go to the constructor."""
    loader = getattr(call.receiver, "last", "")
    if drops_it(loader) or (loader.startswith("Auto") and (not makes_known_classes(loader) or _brings_code(call))):
        return
    cases = interpreter.alternatives(call.passed.keywords.get("config", NONE))
    objects = interpreter.conditions.any(
        case for case, one in cases if isinstance(one, AbstractObject) and one.kind is Kind.CONFIG
    )
    when = interpreter.conditions.both(given, objects)
    known = refusal_of(loader)
    part = known.part if known is not None else _TEXT if loader in _OF_SEVERAL else ""
    _refuse(interpreter, call, loader, part, _in(interpreter, when, _BESIDE), FALSE, beside=True)


def _by_class(interpreter: Interpreter, call: Call, given: Condition) -> None:
    """A class whose config has no such field; of an Auto class, that of the base that is named."""
    conditions, passed = interpreter.conditions, call.passed
    loader = getattr(call.receiver, "last", "")
    bare = conditions.any(case for case, one in interpreter.alternatives(passed.keywords.get("config", NONE)) if _is_none(one))
    for case, one in interpreter.alternatives(passed.get("pretrained_model_name_or_path", 0) or NONE):
        when = conditions.both(conditions.both(given, bare), case)
        source = str(one.value) if isinstance(one, Constant) else ""
        base = base_named(source, loader)
        cls = loader if base is None else base.cls
        refusal = refusal_of(cls)
        if refusal is None or when == FALSE:
            continue
        sure = _in(interpreter, when, refusal.always)
        maybe = _in(interpreter, when, refusal.unless_said)
        if base is not None and base.bare:
            sure, maybe = conditions.either(sure, maybe), FALSE
        _refuse(interpreter, call, cls, refusal.part, sure, maybe, beside=False)


def _refuse(
    interpreter: Interpreter, call: Call, cls: str, part: str, sure: Condition, maybe: Condition, *, beside: bool
) -> None:
    """Tell it, and end the path where it is sure."""
    conditions = interpreter.conditions
    node = call.passed.nodes.get(_ARGUMENT, call.node)
    if maybe != FALSE:
        maybe = conditions.both(maybe, interpreter.nondeterministic(_BASE_SAYS_NOTHING)[1])
    copied = interpreter.habit("build-copies-config", f"transformers.{cls}")
    with interpreter.under(conditions.either(sure, maybe)):
        interpreter.emit(
            CacheRefused,
            node,
            [],
            cls=cls,
            beside=beside,
            part=part,
            heard=conditions.negate(copied),
            guarded=interpreter.is_caught,
        )
    if sure != FALSE:
        raises(interpreter, node, f"TypeError: `{cls}()` does not accept `{_ARGUMENT}`", sure)


def _in(interpreter: Interpreter, when: Condition, versions: str | None) -> Condition:
    if versions is None:
        return FALSE
    return interpreter.conditions.both(when, interpreter.versions.holds("transformers", Specifier.parse(versions)))


def _brings_code(call: Call) -> bool:
    """Whether the class may come with the weights."""
    remote: Value = call.passed.keywords.get("trust_remote_code", NONE)
    return call.passed.open or not (_is_none(remote) or remote == Constant(False))


def _is_none(one: Value) -> bool:
    return one is ABSENT or one == NONE
