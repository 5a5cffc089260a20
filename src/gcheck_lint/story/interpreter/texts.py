"""What a script asks of a text that is one of many: `in`, `startswith`, `==`, a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.arguments import Arguments, Call
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition
from gcheck_lint.story.domain.objects import Sequence
from gcheck_lint.story.domain.texts import OneOfTexts, Question
from gcheck_lint.story.domain.values import NONE, AbstractObject, Constant, Value
from gcheck_lint.story.interpreter.interpreter import Interpreter, does

_CHANGES: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "strip": str.strip}
_TESTS: dict[str, Callable[[re.Pattern[str], str], re.Match[str] | None]] = {
    "search": re.Pattern.search,
    "match": re.Pattern.match,
    "fullmatch": re.Pattern.fullmatch,
}


def asked(interpreter: Interpreter, text: OneOfTexts, key: tuple[str, str], test: Callable[[str], bool]) -> Condition:
    """When something holds for the text: always, never, or as a fact of its own."""
    known = text.asked.questions.get((text.texts[:1], key))
    if known is not None:
        return known.condition
    holds = text.held_by(test)
    everywhere, nowhere = all(holds), not any(holds)
    marked = any(mark in key[1] for mark in text.marks)
    if text.closed or marked:
        if everywhere or nowhere:
            return TRUE if everywhere else FALSE
        found, condition = interpreter.nondeterministic(f"a name {key[0]} {key[1]!r}")
        text.asked.questions[text.texts[:1], key] = Question(found.index, condition, holds)
        return condition
    return interpreter.open_fact(text, f"a name {key[0]} {key[1]!r}", key)


def contains(interpreter: Interpreter, text: OneOfTexts, part: str) -> Condition:
    """`"lm_head" in name`."""
    return asked(interpreter, text, ("contains", part), lambda one: part in one)


def equals(interpreter: Interpreter, text: OneOfTexts, other: str) -> Condition:
    """`name == "lm_head.weight"`."""
    return asked(interpreter, text, ("is", other), lambda one: one == other)


def written_out(interpreter: Interpreter, node: cst.FormattedString) -> Value:
    """An f-string as the text that it makes, where all of it is known. Everywhere it would cost more than it tells."""
    texts: list[str] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            value = interpreter.evaluate(part.expression)
            plain = part.format_spec is None and part.conversion is None
            if not plain or not isinstance(value, Constant) or type(value.value) not in (str, int):
                return AbstractObject(Kind.TEXT)
            texts.append(str(value.value))
        elif isinstance(part, cst.FormattedStringText):
            texts.append(part.value)
    return (
        AbstractObject(Kind.TEXT)
        if any(character in text for text in texts for character in "\\{}")
        else Constant("".join(texts))
    )


def write_out(interpreter: Interpreter, node: cst.Call, passed: Arguments) -> None:
    """`name.startswith(f"model.layers.{i}.")`: its f-strings as the texts that they make."""
    for place, arg in enumerate(node.args):
        if isinstance(arg.value, cst.FormattedString) and place in passed.nodes:
            passed.positional[place] = written_out(interpreter, arg.value)


def call_one_of_texts(interpreter: Interpreter, text: OneOfTexts, name: str, passed: Arguments) -> Value | None:
    """A method of such a text; None for one that is not known."""
    if name in _CHANGES and not passed.values():
        return text.changed(_CHANGES[name])
    given = [one.value if isinstance(one, Constant) else None for one in passed.positional]
    if name == "replace" and len(given) == 2 and all(isinstance(one, str) for one in given):
        return text.changed(lambda one: one.replace(str(given[0]), str(given[1])))
    if name in ("startswith", "endswith") and len(passed.positional) == 1:
        ends = texts_of(passed.positional[0])
        if ends is not None:
            key = (name, " or ".join(ends))
            return interpreter.boolean(asked(interpreter, text, key, lambda one: bool(getattr(one, name)(ends))))
    return None


def texts_of(value: Value) -> tuple[str, ...] | None:
    """A text, or a tuple of them."""
    items = value.items if isinstance(value, Sequence) else [value]
    if isinstance(value, Constant) and isinstance(value.value, tuple):
        items = [Constant(one) for one in value.value]
    found = tuple(one.value for one in items or () if isinstance(one, Constant) and isinstance(one.value, str))
    return found if items and len(found) == len(items) else None


class CompiledPattern(AbstractObject):
    """`re.compile("…")`."""

    __slots__ = ("pattern",)

    def __init__(self, pattern: re.Pattern[str], site: Site) -> None:
        super().__init__(Kind.OBJECT, "re.Pattern", site)
        self.pattern = pattern


@does("compile pattern", pure=True)
def compile_pattern(interpreter: Interpreter, call: Call) -> Value:
    pattern = _pattern(call.passed)
    return interpreter.unknown(call.name) if pattern is None else CompiledPattern(pattern, interpreter.site(call.node))


@does("match pattern", pure=True)
def match_pattern(interpreter: Interpreter, call: Call) -> Value:
    """`re.search(pattern, name)`."""
    given = call.passed.get("pattern", 0)
    pattern = given.pattern if isinstance(given, CompiledPattern) else _pattern(call.passed, among=2)
    found = _matched(interpreter, pattern, call.name.rpartition(".")[2], call.passed.get("string", 1), call.node)
    return interpreter.unknown(call.name, call.passed.values()) if found is None else found


def call_pattern(
    interpreter: Interpreter, pattern: CompiledPattern, name: str, passed: Arguments, node: cst.CSTNode
) -> Value | None:
    """A method of a compiled pattern; None for one that is not known."""
    return _matched(interpreter, pattern.pattern, name, passed.get("string", 0), node) if len(passed.values()) == 1 else None


def _pattern(passed: Arguments, among: int = 1) -> re.Pattern[str] | None:
    given = passed.get("pattern", 0)
    if not isinstance(given, Constant) or not isinstance(given.value, str) or len(passed.values()) > among or passed.open:
        return None  # flags are not followed
    try:
        return re.compile(given.value)
    except (re.error, OverflowError, RecursionError):
        return None


def _matched(
    interpreter: Interpreter, pattern: re.Pattern[str] | None, how: str, text: Value | None, node: cst.CSTNode
) -> Value | None:
    if pattern is None or how not in _TESTS or not isinstance(text, OneOfTexts) or may_be_slow(pattern.pattern):
        return None
    test = _TESTS[how]
    holds = asked(interpreter, text, (how, pattern.pattern), lambda one: test(pattern, one) is not None)
    return interpreter.select(holds, AbstractObject(Kind.OBJECT, "re.Match", interpreter.site(node)), NONE)


def may_be_slow(pattern: str) -> bool:
    """Whether a regular expression may take long: repetitions within repetitions."""
    return len(pattern) > 400 or re.search(r"[*+}]\)+[*+{]", pattern) is not None or pattern.count("*") + pattern.count("+") > 6
