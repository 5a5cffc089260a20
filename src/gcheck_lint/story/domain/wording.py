"""Answers to what a script leaves open, as they are told: several to one option in one breath.

Of an option that is compared with several texts, "is not 'a'" and "is not 'b'" become "is 'c'" where only that is left of its
choices, else "is neither 'a' nor 'b'".
"""

from __future__ import annotations

from collections.abc import Iterable

from gcheck_lint.story.domain.conditions import Symbol
from gcheck_lint.story.domain.questions import Asked, answer

_Answer = tuple[Symbol, bool]


def in_words(answers: Iterable[_Answer]) -> list[str]:
    """The answers, each as it reads after "when", in their order; those to one option at the place of its first."""
    of_options: dict[object, list[_Answer]] = {}
    for symbol, value in answers:
        refused = None if value else _refused(symbol)
        of_options.setdefault(symbol.index if refused is None else ("of option", refused.option), []).append((symbol, value))
    return list(dict.fromkeys(_of_one(group) for group in of_options.values()))


def _of_one(group: list[_Answer]) -> str:
    """One answer, or several that say what one option is not."""
    group = sorted(group, key=lambda one: one[0].index)
    first, value = group[0]
    questions = [] if value else [asked for symbol, _ in group if (asked := _refused(symbol)) is not None]
    if not questions:
        return first.text if value else first.negated
    name, offered = questions[0].name, dict.fromkeys(questions[0].offered)
    left = [one for one in offered if not any(answer(asked.question, one) for asked in questions)]
    if len(left) == 1 and isinstance(left[0], str):
        return f"`{name}` is {left[0]!r}"
    if len(questions) == 1:
        return first.negated
    *others, last = (repr(asked.constant) for asked in questions)
    return f"`{name}` is neither {', '.join(others)} nor {last}"


def _refused(symbol: Symbol) -> Asked | None:
    """The question, where it is whether an option is a certain text."""
    return None if symbol.asked is None or symbol.asked.constant is None else symbol.asked
