"""What whoever uses the file gives it: parameters of what nobody in it calls, their attributes, what nobody in it sets.

Where one of these decides something, the file by itself leaves it as it is: at its default, or off.
"""

from __future__ import annotations

from typing import Final

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.facets import is_setting
from gcheck_lint.story.domain.objects import Instance
from gcheck_lint.story.domain.questions import answer
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Derivation, Interpreter, derives

# what an input or a module in use is by itself: nobody sets it to have something done
_FACTS: Final = frozenset(
    {"training", "requires_grad", "is_cuda", "is_leaf", "device", "dtype", "shape", "ndim", "size", "dim", "grad_fn", "is_sparse"}
)


class LeftToCallers:
    """The values, each with what it is where nobody gives it (None: not known)."""

    def __init__(self) -> None:
        self.values: dict[AbstractObject, Value | None] = {}


def leave_to_callers(interpreter: Interpreter, value: AbstractObject, default: Value | None = None) -> AbstractObject:
    """A value that the file leaves to whoever uses it."""
    interpreter.own(LeftToCallers).values[value] = default
    return value


def is_left(interpreter: Interpreter, value: Value) -> bool:
    """Whether callers give it."""
    return isinstance(value, AbstractObject) and value in interpreter.own(LeftToCallers).values


def read_of(interpreter: Interpreter, origin: AbstractObject, made: AbstractObject) -> AbstractObject:
    """An item of something open: left to callers where all of it is."""
    return leave_to_callers(interpreter, made) if origin in interpreter.own(LeftToCallers).values else made


@derives
def note_derived(interpreter: Interpreter, origin: Value, made: AbstractObject, derivation: Derivation) -> None:
    """What is read of such a value is one, and an attribute of an own object that the file does not set."""
    known = interpreter.own(LeftToCallers).values
    left = origin in known or (isinstance(origin, Instance) and origin.kind is Kind.MODULE and not origin.chosen)
    left = left or (isinstance(origin, AbstractObject) and origin.kind is Kind.CONFIG)
    read = derivation.how != "result" and derivation.name not in _FACTS
    if left and isinstance(origin, AbstractObject) and read and made not in known:
        leave_to_callers(interpreter, made)


def note_what_callers_give(interpreter: Interpreter) -> None:
    """Mark the facts that callers decide: a finding that needs one says so."""
    machine, known = interpreter.knowledge.machine_facts, interpreter.own(LeftToCallers).values
    for symbol in interpreter.conditions.symbols:
        thing = interpreter.asked_of(symbol.index)
        if thing is None or thing not in known or symbol.flag or thing.words.rpartition(".")[2] in machine:
            continue
        symbol.by_callers, default = True, known[thing]
        if symbol.default is None and symbol.asked is not None and isinstance(default, Constant):
            symbol.default = answer(symbol.asked.question, default.value)


def by_itself(interpreter: Interpreter, condition: Condition) -> tuple[Condition, str]:
    """What is left of a condition where callers leave all at its default, and the first answer that it needs of them besides.

    That is empty where it needs none.
    """
    conditions, known = interpreter.conditions, interpreter.own(LeftToCallers).values
    answers: list[tuple[int, bool]] = []
    for index in conditions.support(condition):
        thing, asked = interpreter.asked_of(index), conditions.symbols[index].asked
        if thing is not None and asked is not None and (thing in known or _is_set_by_nobody(thing)):
            default = known.get(thing) or thing.default
            answers.append((index, bool(answer(asked.question, (default if isinstance(default, Constant) else NONE).value))))
    left = conditions.given(condition, answers)
    usual = dict(answers)
    needed = next((one for one in conditions.needs(condition) if usual.get(one[0].index, one[1]) is not one[1]), None)
    return left, "" if needed is None else needed[0].text if needed[1] else needed[0].negated


def _is_set_by_nobody(thing: AbstractObject) -> bool:
    """Whether it is read of a file of settings, or of parsed arguments that do not offer it."""
    read = is_setting(thing) or (thing.text.startswith("--") and "." not in thing.text)
    return thing.chosen and read and not thing.words.startswith(("-", "$")) and not thing.words.isidentifier()
