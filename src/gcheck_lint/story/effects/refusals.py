"""What the constructors of trainers and their arguments refuse, so that nothing behind it is reached."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge import keywords
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.objects import Instance
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Value
from gcheck_lint.story.interpreter.functions import is_super
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import is_patched, raises
from gcheck_lint.versions import Specifier


def refuse_keywords(interpreter: Interpreter, call: Call) -> None:
    """A constructor given a keyword raises a TypeError in the releases that do not take it, which may be all of them."""
    if call.passed.of is not call.node or not _reaches_library(call):
        return
    if is_patched(interpreter):
        return
    conditions = interpreter.conditions
    for keyword, value in call.passed.keywords.items():
        if isinstance(call.receiver, Instance) and _is_own_field(call.receiver, keyword):
            continue
        node = call.passed.nodes.get(keyword, call.node)
        is_written = isinstance(node, cst.Arg) and node.keyword is not None
        given = conditions.any(case for case, one in interpreter.alternatives(value) if one is not ABSENT)
        why = f"TypeError: `{call.name.rpartition('.')[2]}()` does not accept `{keyword}`"
        if is_written and not isinstance(call.receiver, Instance) and keywords.is_never_taken(call.name, keyword):
            raises(interpreter, node, why)
            return
        bound = keywords.bound(call.name, keyword)
        # a name that a rule speaks of is judged there
        if bound is not None and interpreter.knowledge.name("arguments", keyword) is None:
            library, versions = bound
            taken = interpreter.versions.holds(library, Specifier.parse(versions))
            raises(interpreter, node, why, conditions.without(given, taken))


def _reaches_library(call: Call) -> bool:
    """Whether what a call passes is what the library's constructor gets, also by way of a class of the script."""
    made = call.receiver
    if not isinstance(made, Instance):
        return True
    func = call.node.func
    by_super = isinstance(func, cst.Attribute) and is_super(func.value)
    return (by_super or made.cls.member("__init__") is None) and len(made.cls.library_bases()) == 1


def _is_own_field(made: Instance, keyword: str) -> bool:
    """Whether a class of the script has a field of this name itself."""
    return made.cls.member(keyword) is not None or made.cls.declared_at(keyword) is not None


def refuse_bits(interpreter: Interpreter, call: Call, model: Value) -> None:
    """A trainer that raises when it is given a model in 8 or 4 bits without an adapter."""
    conditions = interpreter.conditions
    if call.passed.keywords.get("peft_config", NONE) != NONE:
        return  # an adapter that it puts on itself, or one that nobody knows
    is_one = interpreter.knowledge.library_of(call.name) in ("transformers", "trl")
    refused = interpreter.habit("trainer-refuses-bits", f"transformers.{call.name.rpartition('.')[2]}") if is_one else FALSE
    for condition, one in interpreter.alternatives(model) if refused != FALSE else ():
        if not isinstance(one, AbstractObject) or one not in interpreter.states:
            continue
        state = interpreter.states[one]
        bare = conditions.without(state.in_bits, conditions.any([state.adapter, state.lora, state.prefix, state.own_lora]))
        when = conditions.both(conditions.both(condition, bare), refused)
        raises(interpreter, call.node, "ValueError: a model in 8 or 4 bits is trained with adapters only", when)
