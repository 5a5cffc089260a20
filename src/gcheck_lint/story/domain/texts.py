"""A text that is one of many that are known, such as the name of some parameter: a question tells them apart.

What is asked of it (`"lm_head" in name`) holds for all of the texts, for none, or for some. Then it is a fact of its own, and the
text remembers for which: whoever goes through all texts can say what comes of them together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import field

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.conditions import Condition
from gcheck_lint.story.domain.values import AbstractObject

_NUMBERS = 100  # of the layers that are counted through
_ALWAYS = 2  # so many of them there are in any model


@dataclass(slots=True, eq=False)
class Question:
    """A fact that holds for some of the texts. `holds`: for which, by their number."""

    symbol: int
    condition: Condition
    holds: tuple[bool, ...]


@functools.lru_cache(maxsize=64)
def _numbered(forms: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    """The texts of all forms, those without a number first, and the number that each holds."""
    numbered = [(form.replace("#", str(n)), n) for form in forms if "#" in form for n in range(_NUMBERS)]
    texts: list[tuple[str, int | None]] = [*((form, None) for form in forms if "#" not in form), *numbered]
    return tuple(text for text, _ in texts), tuple(number for _, number in texts)


@dataclass(slots=True, eq=False)
class Asked:
    """What was asked of one text so far, whatever was made of it since (`name.lower()`)."""

    questions: dict[object, Question] = field(default_factory=dict)

    def symbols(self) -> frozenset[int]:
        return frozenset(question.symbol for question in self.questions.values())


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to all questions that some text gives. `surely`: there is such a text in any case."""

    given: tuple[tuple[int, bool], ...]
    surely: bool


class OneOfTexts(AbstractObject):
    """One of these texts. `numbers`: the number that each of them holds (None: it has none, and is always there).

    `closed`: there are no others. Where not, only what no text in the world has is known not to be in it: `marks` says what.
    """

    __slots__ = ("asked", "closed", "marks", "numbers", "texts")

    def __init__(self, forms: tuple[str, ...], *, closed: bool, marks: tuple[str, ...] = ()) -> None:
        super().__init__(Kind.OBJECT, text="a name")
        self.texts, self.numbers = _numbered(forms)
        self.closed = closed
        self.marks = marks
        self.asked = Asked()

    def changed(self, change: Callable[[str], str]) -> OneOfTexts:
        """What becomes of each text."""
        made = OneOfTexts((), closed=self.closed, marks=self.marks)
        made.texts, made.numbers, made.asked = tuple(map(change, self.texts)), self.numbers, self.asked
        return made

    def held_by(self, test: Callable[[str], bool]) -> tuple[bool, ...]:
        """For which of the texts something holds."""
        return tuple(map(test, self.texts))

    def answers(self) -> list[Answers]:
        """What the texts answer to all that was asked, each answer once.

        How many layers there are is not known. Those that the questions tell from the last ones are taken to be there.
        """
        questions = list(self.asked.questions.values())
        rows = [tuple(question.holds[i] for question in questions) for i in range(len(self.texts))]
        last: dict[int, set[tuple[bool, ...]]] = {}
        for row, number in zip(rows, self.numbers, strict=True):
            if number is not None:
                last.setdefault(number, set()).add(row)
        there = max((n for n in last if last[n] != last[_NUMBERS - 1]), default=0)
        surely = {
            row for row, number in zip(rows, self.numbers, strict=True) if number is None or number < _ALWAYS or number <= there
        }
        return [
            Answers(tuple((question.symbol, answer) for question, answer in zip(questions, row, strict=True)), row in surely)
            for row in dict.fromkeys(rows)
        ]
