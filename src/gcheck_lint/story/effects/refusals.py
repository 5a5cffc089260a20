"""What the constructors of trainers and their arguments refuse, so that nothing behind it is reached."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge import keywords
from gcheck_lint.knowledge.proofs import PATCHING
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import FALSE
from gcheck_lint.story.domain.objects import Instance
from gcheck_lint.story.domain.values import AbstractObject, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import raises


def refuse_keywords(interpreter: Interpreter, call: Call) -> None:
    """A constructor given a keyword that it takes in no release raises a TypeError. A class of the script has its own."""
    if isinstance(call.receiver, Instance) or call.passed.of is not call.node:
        return
    texts = (module.source.text for module in (interpreter.module, interpreter.frame.module))
    if any(word in text for text in texts for word in PATCHING):
        return
    for keyword in call.passed.keywords:
        node = call.passed.nodes.get(keyword)
        if isinstance(node, cst.Arg) and node.keyword is not None and keywords.is_never_taken(call.name, keyword):
            raises(interpreter, node, f"TypeError: `{call.name.rpartition('.')[2]}()` takes no `{keyword}`")
            return


def refuse_bits(interpreter: Interpreter, call: Call, model: Value) -> None:
    """A trainer that raises when it is given a model in 8 or 4 bits without an adapter."""
    conditions = interpreter.conditions
    is_one = interpreter.knowledge.library_of(call.name) in ("transformers", "trl")
    refused = interpreter.habit("trainer-refuses-bits", f"transformers.{call.name.rpartition('.')[2]}") if is_one else FALSE
    for condition, one in interpreter.alternatives(model) if refused != FALSE else ():
        if not isinstance(one, AbstractObject) or one not in interpreter.states:
            continue
        state = interpreter.states[one]
        bare = conditions.without(state.in_bits, conditions.any([state.adapter, state.lora, state.prefix, state.own_lora]))
        when = conditions.both(conditions.both(condition, bare), refused)
        raises(interpreter, call.node, "ValueError: a model in 8 or 4 bits is trained with adapters only", when)
