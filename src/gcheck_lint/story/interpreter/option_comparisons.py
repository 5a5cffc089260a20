"""Comparisons of an option with a constant: `args.rank > 0`, `"lora" in cfg["method"]`, `len(args.layers) > 0`.

Each is a question to the option, as `if args.rank:` is. One that is asked twice is one question, and what the answers exclude of
each other is ruled out (`domain.questions`).
"""

from __future__ import annotations

import libcst as cst

from gcheck_lint.story.domain.arguments import Arguments
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.facets import is_setting
from gcheck_lint.story.domain.questions import answer
from gcheck_lint.story.domain.values import AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter
from gcheck_lint.story.interpreter.open_keys import is_open
from gcheck_lint.story.interpreter.texts import texts_of

_FLIPPED: dict[object, object] = {
    cst.LessThan: cst.GreaterThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThan: cst.LessThan,
    cst.GreaterThanEqual: cst.LessThanEqual,
}


def asked_of_option(interpreter: Interpreter, a: Value, how: cst.BaseCompOp, b: Value) -> Condition | None:
    """When such a comparison holds; None for any other."""
    operator: object = type(how)
    if isinstance(how, cst.In):
        option, constant = b, a
    elif isinstance(b, Constant):
        option, constant = a, b
    else:
        option, constant, operator = b, a, _FLIPPED.get(operator, operator)
    measured = isinstance(option, AbstractObject) and option.text.startswith("len(--")
    if not isinstance(constant, Constant) or not (measured or is_declared(option)):
        return None
    assert isinstance(option, AbstractObject)
    value, name = constant.value, option.words
    if operator is cst.In:
        if not isinstance(value, str) or not value:
            return None
        return _asked(interpreter, option, ("holds", value), f"`{name}` holds {value!r}", f"`{name}` does not hold {value!r}")
    if not isinstance(value, (int, float)) or isinstance(value, bool) or operator not in _FLIPPED:
        return None
    strict = operator in (cst.GreaterThan, cst.LessThanEqual)  # x <= 4 is not (x > 4)
    texts = (f"is above {value}", f"is at most {value}") if strict else (f"is at least {value}", f"is below {value}")
    holds = _asked(interpreter, option, ("above", value, strict), f"`{name}` {texts[0]}", f"`{name}` {texts[1]}")
    return holds if operator in (cst.GreaterThan, cst.GreaterThanEqual) else interpreter.conditions.negate(holds)


def is_declared(value: Value) -> bool:
    """Whether the script asks its user for this: an option of a parser, a parameter of a command, what a file of settings says.

    What is found in rows of data is too much.
    """
    if not isinstance(value, AbstractObject) or not value.chosen or not is_open(value):
        return False
    if is_setting(value):
        return True
    return value.site is not None and value.text.startswith("--")


_ENDS = {"startswith": ("begins with", "does not begin with"), "endswith": ("ends with", "does not end with")}


def asked_by_method(interpreter: Interpreter, option: AbstractObject, name: str, passed: Arguments) -> Value | None:
    """`args.method.startswith("lora")`, with a text or a tuple of them; None for any other call."""
    if name not in _ENDS or len(passed.values()) != 1 or not passed.positional or not is_declared(option):
        return None
    ends = texts_of(passed.positional[0])
    if not ends or not all(ends):
        return None
    text, said = option.words, _ENDS[name]
    questions = (
        _asked(interpreter, option, (name, end), f"`{text}` {said[0]} {end!r}", f"`{text}` {said[1]} {end!r}") for end in ends
    )
    return interpreter.boolean(interpreter.conditions.any(questions))


def _asked(interpreter: Interpreter, option: AbstractObject, question: object, text: str, negated: str) -> Condition:
    if option.choices:
        offered = [*option.choices, *([option.default.value] if isinstance(option.default, Constant) else [])]
        answers = {answer(question, one) for one in offered if one is not None}
        if answers in ({True}, {False}):
            return TRUE if answers == {True} else FALSE
    return interpreter.predicate(option, question, text, negated)


def length_of(interpreter: Interpreter, option: AbstractObject) -> Value:
    """`len(option)`: whether there is anything in it is whether it counts as true."""
    key = ("length", option)
    if key not in interpreter.remembered:
        made = interpreter.unknown(f"len({option.text})", chosen=True)
        made.said = f"len({option.words})"
        some = interpreter.truth(option)
        none = interpreter.conditions.negate(some)
        made.predicates.update({"truth": some, ("above", 0, True): some, ("above", 1, False): some, ("is", 0): none})
        interpreter.remembered[key] = made
    return interpreter.remembered[key]
