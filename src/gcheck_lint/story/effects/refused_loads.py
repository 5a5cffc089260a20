"""Loads that raise: a keyword that nobody takes, a model whose type a release does not know. Nothing behind them is reached."""

from __future__ import annotations

import libcst as cst

from gcheck_lint.knowledge import ClassFact, hub
from gcheck_lint.story.domain.arguments import Call
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.raising import is_patched, raises
from gcheck_lint.versions import Specifier


class UsualBases:
    """The releases that can load what options name by default; the script's user may name something else."""

    def __init__(self) -> None:
        self.versions: list[str] = []


def refuse_load(interpreter: Interpreter, call: Call, fact: ClassFact) -> None:
    """A load of one of transformers' own classes that raises, in some releases or in all."""
    passed = call.passed
    known = fact.library in ("", "transformers") and not fact.patched and not passed.inherited
    if not known or "trust_remote_code" in passed.keywords or is_patched(interpreter):
        return  # code that comes with the weights takes what it likes, and knows its own type
    for keyword, value in passed.keywords.items():
        node = passed.nodes.get(keyword, call.node)
        if isinstance(node, cst.Arg) and node.keyword is not None and value is not ABSENT:
            meant = _meant(keyword, interpreter.knowledge.load_keywords)
            if meant:
                raises(
                    interpreter,
                    node,
                    f"TypeError: `{call.name.rpartition('.')[2]}()` does not accept `{keyword}`, only `{meant}`",
                )
                return
    source = passed.get("pretrained_model_name_or_path", 0)
    for condition, one in () if source is None else interpreter.alternatives(source):
        _refuse_release(interpreter, call, condition, one)


def _refuse_release(interpreter: Interpreter, call: Call, condition: Condition, source: Value) -> None:
    usual = source.default if isinstance(source, AbstractObject) and source.chosen else None
    named = usual if isinstance(usual, Constant) else source
    versions = hub.versions(named.value) if isinstance(named, Constant) and isinstance(named.value, str) else ""
    if not versions:
        return
    if named is not source:
        interpreter.own(UsualBases).versions.append(versions)
        return
    knows = interpreter.versions.holds("transformers", Specifier.parse(versions))
    raises(interpreter, call.node, "ValueError: an unknown model type", interpreter.conditions.without(condition, knows))


def _meant(keyword: str, known: tuple[str, ...]) -> str:
    """The keyword of which this one is a slip of a letter; a field of no config is that near to one of them."""
    if keyword in known or keyword.startswith("_"):
        return ""
    return next((one for one in known if _is_slip(keyword, one)), "")


def _is_slip(a: str, b: str) -> bool:
    """Whether two words differ in one letter that is another, missing or too many, or in two that have changed places."""
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) == len(b):
        differ = [at for at in range(len(a)) if a[at] != b[at]]
        first, last = (differ[0], differ[-1]) if differ else (0, 0)
        return len(differ) == 1 or (len(differ) == 2 and last == first + 1 and a[first] == b[last] and a[last] == b[first])
    short, long = sorted((a, b), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
