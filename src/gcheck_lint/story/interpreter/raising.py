"""What raises for sure, so that nothing behind it is reached: a call that its function does not take, and what is asked of None.

Only what the script itself writes down counts: the arguments of a call as they stand there, none behind `*` or `**`, and a
function that no decorator has changed. What stands behind such a line is never run, and a finding in it would be wrong.
"""

from __future__ import annotations

import re

import libcst as cst

from gcheck_lint.knowledge import names
from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.knowledge.proofs import PATCHING
from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.events import Raised
from gcheck_lint.story.domain.objects import Class, Function
from gcheck_lint.story.domain.values import ABSENT, NONE, AbstractObject, Constant, ExternalSymbol, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter

_SHOWN = 5  # parameters that are named


def raises(interpreter: Interpreter, node: cst.CSTNode, why: str, when: Condition = TRUE) -> None:
    """Tell that the script raises here, and go on with what is left: the other cases, and the handlers of a `try` around."""
    conditions, entry = interpreter.conditions, interpreter.path_condition
    gone = conditions.both(entry, when)
    if not conditions.can_be(gone):
        return  # a check before this one has ended the program
    if gone == entry:
        interpreter.emit(Raised, node, (), why=why)
    if interpreter.attempts:
        interpreter.attempts[-1].raised = conditions.either(interpreter.attempts[-1].raised, gone)
        interpreter.path_condition = conditions.without(entry, gone)
    elif gone == entry:
        interpreter.path_condition = FALSE
    elif any(conditions.symbols[index].version for index in conditions.support(gone)):
        # of two branches that end with the same versions none goes on with them
        interpreter.path_condition = conditions.without(entry, gone)
    else:
        interpreter.going_on(gone)


def takes(interpreter: Interpreter, function: Function, passed: Arguments, node: cst.CSTNode) -> bool:
    """Whether a function of the script takes the arguments of a call; where it surely does not, the call raises."""
    why = _misfit(function, passed) if passed.of is node and node is not None else ""
    if why:
        raises(interpreter, node, f"TypeError: `{function.made_by}()` {why}")
    return not why


def builds(interpreter: Interpreter, cls: Class, passed: Arguments, node: cst.CSTNode) -> bool:
    """Whether a class of the script is built from the arguments of a call by its own `__init__`."""
    init = cls.member("__init__")
    plain = isinstance(init, Function) and cls.member("__new__") is None and not _is_made_elsewhere(cls)
    return not plain or takes(interpreter, init.bound_to(NONE), passed, node)  # type: ignore[union-attr] # it is a Function


def _is_made_elsewhere(cls: Class) -> bool:
    """Whether a metaclass or a decorator has a say in how objects of a class are made."""
    return any(kin.node.keywords or kin.node.decorators for kin in cls.lineage())


def _misfit(function: Function, passed: Arguments) -> str:
    """Why a function does not take what a call passes to it; empty where it does, or where nobody can tell."""
    if any(not isinstance(one, ExternalSymbol) or one.name not in _PLAIN for one in function.decorators):
        return ""
    params = function.node.params
    places = [param.name.value for param in (*params.posonly_params, *params.params)]
    named = {param.name.value for param in (*params.params, *params.kwonly_params)}
    if params.star_kwarg is None:
        for name, value in passed.keywords.items():
            said = isinstance(node := passed.nodes.get(name), cst.Arg) and node.keyword is not None
            if said and name not in named and value is not ABSENT:
                return f"does not accept `{name}`"
    if passed.open or passed.more or any(not isinstance(node, cst.Arg) for node in passed.nodes.values()):
        return ""
    given = len(passed.positional) + (function.receiver is not None)
    if given > len(places) and not isinstance(params.star_arg, cst.Param):
        return f"takes {len(places)} positional arguments but gets {given}"
    required = [param.name.value for param in (*params.posonly_params, *params.params)[given:] if param.default is None]
    required += [param.name.value for param in params.kwonly_params if param.default is None]
    missing = [name for name in required if name not in passed.keywords]
    return f"needs {', '.join(f'`{name}`' for name in missing[:_SHOWN])}" if missing else ""


_PLAIN = frozenset({"staticmethod", "classmethod", "torch.no_grad", "torch.inference_mode", "torch.enable_grad"})


def asks_of_nothing(interpreter: Interpreter, owner: cst.BaseExpression, value: Value, name: str, node: cst.CSTNode) -> None:
    """`name.attribute` where the running function itself has bound the name to None."""
    if not isinstance(owner, cst.Name) or owner.value not in interpreter.frame.names:
        return
    if (interpreter.frame, owner.value) in interpreter.open_places or owner.value in interpreter.frame.globals:
        return
    if hasattr(None, name):
        return
    none = interpreter.conditions.any(case for case, one in interpreter.alternatives(value) if one == NONE)
    if none != FALSE:
        raises(interpreter, node, f"AttributeError: `{owner.value}` is None, which has no `{name}`", none)


def asks_in_vain(interpreter: Interpreter, owner: cst.BaseExpression, value: Value, name: str, node: cst.CSTNode) -> None:
    """A method of None, or one of tensors of a text: `"…".to("cuda")` (a path, which is told as its text, has none)."""
    asks_of_nothing(interpreter, owner, value, name, node)
    if name in _OF_TENSORS:
        texts = interpreter.conditions.any(case for case, one in interpreter.alternatives(value) if _is_text(one))
        if texts != FALSE:
            raises(interpreter, node, f"AttributeError: a str has no `{name}`", texts)


def _is_text(one: Value) -> bool:
    return (isinstance(one, Constant) and isinstance(one.value, str)) or (
        isinstance(one, AbstractObject) and one.kind is Kind.TEXT
    )


_OF_TENSORS = frozenset(
    {
        "to",
        "cuda",
        "cpu",
        "half",
        "float",
        "bfloat16",
        "detach",
        "numpy",
        "tolist",
        "unsqueeze",
        "squeeze",
        "backward",
        "generate",
    }
)


def asks_of_library(interpreter: Interpreter, module: str, name: str, node: cst.CSTNode, error: str) -> None:
    """A class that no release of a library has: whoever imports it, or reads it off the library, gets an exception."""
    if names.is_nowhere(module, name, newer=interpreter.versions.is_open(module)) and not _is_another(interpreter, module, name):
        raises(interpreter, node, f"{error}: `{module}` has no `{name}`")


def _is_another(interpreter: Interpreter, module: str, name: str) -> bool:
    """Whether the library may be another than the published one: the program's own, a fork, one changed as it runs."""
    resolver = interpreter.modules.resolver
    if resolver is not None and resolver.find(module, interpreter.frame.module) is not None:
        return True
    changed = re.compile(rf"git\+|setattr\(|\b{module}\.{name}\s*=(?!=)|\b(?:{'|'.join(PATCHING)})\b")
    return any(changed.search(text) for text in _texts(interpreter))


def is_patched(interpreter: Interpreter) -> bool:
    """Whether the program speaks of a library that has others take what they don't take."""
    return any(word in text for text in _texts(interpreter) for word in PATCHING)


def _texts(interpreter: Interpreter) -> list[str]:
    """What stands in the file that is run, and in the one whose function runs."""
    return [module.source.text for module in (interpreter.module, interpreter.frame.module)]
