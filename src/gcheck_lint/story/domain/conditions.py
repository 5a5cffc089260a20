"""Under which conditions something holds, and how certain that makes it.

A script leaves questions open, and each is a *symbol*: a flag of its own (`--gradient_checkpointing`), whether a library's
version is in a set, a fact that nobody can tell (`torch.cuda.is_available()`). A *condition* is a Boolean function of
symbols. Whatever the interpreter does is guarded by the condition under which it runs, the *path condition*. A question that
is asked twice is one symbol, and so is a flag with its negation: this is how correlated switches are seen through.

## Three answers

A rule names two conditions: that a place is `reached`, and that the defect `holds` there. It wants one of three answers.
Which one depends on who answers the symbols, and so each kind of symbol is quantified in its own way:

| kind | example | who answers | in `surely` |
| --- | --- | --- | --- |
| flag | `--gradient_checkpointing` is on | the user of the script | one choice is enough, and the finding names it |
| version | transformers is `>=4.53` | the target | one release is enough, and the finding names it |
| nondeterministic | `torch.cuda.is_available()` | nobody | one fact is enough to reach, all facts that reach must harm |
| exception | the body of a `try` raises | nobody | taken as false: what is sure is sure without any |

So for one choice of flags and versions, as the facts go through all that they can be:

| the place is reached | and there the defect holds | answer for this choice |
| --- | --- | --- |
| under no fact | | never |
| under some fact, or all | under each of these | surely |
| under some fact, or all | under some of these | possibly |
| under some fact, or all | under none of these | never |

The answer for the script is the best that any choice gives: *surely* when there is one, else *possibly*, else *never*.
`surely(reached, holds)` is the condition on the choices for which it is sure, `can_be` tells the possible from the
impossible.

Three values are what a verdict is, and not what is computed with: "possibly" and "possibly" is "never" when they are `fast`
and `not fast`, and "surely" under one choice and "surely" under another may be "never" in one run. No table over three
values sees that.

## An example

    if args.checkpoint:                             # c, a flag
        model.gradient_checkpointing_enable()
    if torch.cuda.is_available():                   # g, a fact
        model.generate(prompt)                      # wrong text under checkpointing, where transformers is >=4.53: v, a version

The place is reached under g, the defect holds there under c and v. For the choice "c on, v true" there is a fact that
reaches the place (a GPU), and no fact reaches it without the defect: surely. For any other choice every fact that reaches it
spares it. So `surely(g, c & v)` is `c & v`, which is told as "when `--checkpoint` is on" and "affects transformers >=4.53".

Had the script switched under a fact (`if enough_memory():`, m) instead of under the flag, no choice would bring m about:
`surely` is `FALSE`, `can_be(g & m & v)` is true, and the answer is possibly. Did it generate `if not args.checkpoint:`, then
reached and holds together were `not c & c & v`, which is `FALSE`: never, whatever else the script leaves open.

## Diagrams

A condition is kept as a reduced ordered binary decision diagram (`diagrams`): a graph whose nodes ask one symbol each and
lead on by the answer, to `TRUE` or `FALSE` in the end. *Ordered*: every path asks in the order in which the symbols were
made; *reduced*: what makes no difference is not asked, and what is alike exists once. So each function has one diagram, two
conditions that mean the same are the same number, and a contradiction is `FALSE` as soon as it is written down.

## Combinations that can't occur

`args.mode == "a"` and `args.mode == "b"` are two symbols, and no run has both. Such combinations are handed to `rule_out`
and kept apart; they count when something is judged (`feasible`, `can_be`, `surely`, `needs`), and not in the conditions
themselves. For one thing, each condition on one mode would then speak of all modes and grow with their number, in every
write that it guards. For another, the question about "b" may be asked long after conditions on "a" were made and stored;
they would have to be made anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from gcheck_lint.records import dataclass
from gcheck_lint.story.domain.diagrams import FALSE, TRUE, Condition, Diagrams, TooComplex
from gcheck_lint.story.domain.questions import Asked

__all__ = ["FALSE", "TRUE", "Condition", "Conditions", "Symbol", "TooComplex"]


@dataclass(slots=True)
class Symbol:
    """One open question. `text` reads well after "when".

    `flag`: the script lets its user choose. `version`: that a library's version is in a set; which one it is the target says,
    and where it leaves it open a defect in one version is a defect. Everything else is nondeterministic. `exception`: that one is
    raised; what is sure is sure without any. `asked`: which question it is to which option, of which there may be others.
    `by_callers`: it is no flag, and whoever uses the file gives what it asks about.
    """

    index: int
    text: str
    negated: str
    flag: bool
    default: bool | None = None
    exception: bool = False
    version: bool = False
    asked: Asked | None = None
    by_callers: bool = False


class Conditions(Diagrams):
    """The conditions of one story: the diagrams, what their symbols stand for, and which combinations of them there are."""

    def __init__(self) -> None:
        super().__init__()
        self.symbols: list[Symbol] = []
        self.unanswered = 0  # questions of rules that had too many cases
        self._sure: dict[tuple[Condition, Condition, int, int], Condition] = {}  # what `surely` has said
        self._kinds = 0, 0  # how many symbols there were, and which of them are facts
        self._impossible: list[tuple[int, Condition]] = []  # with what they mention, as the bits of a number

    def symbol(
        self,
        text: str,
        negated: str,
        *,
        flag: bool,
        default: bool | None = None,
        exception: bool = False,
        version: bool = False,
        asked: Asked | None = None,
    ) -> tuple[Symbol, Condition]:
        """A new symbol and the condition that it is true."""
        symbol = Symbol(len(self.symbols), text, negated, flag, default, exception, version, asked)
        condition = self._node(symbol.index, FALSE, TRUE)
        self.symbols.append(symbol)
        return symbol, condition

    def make_flag(self, symbol: Symbol) -> None:
        """The script's user chooses after all."""
        symbol.flag = True
        self._sure.clear()
        self._kinds = 0, 0

    def rule_out(self, impossible: Condition) -> None:
        """Remember that a combination can't occur (`mode == "a"` and `mode == "b"`)."""
        if impossible != FALSE:
            self._impossible.append((self._mask(impossible), impossible))

    def feasible(self, a: Condition) -> Condition:
        """A condition without the combinations that can't occur, as far as it mentions all of their symbols."""
        return self._without_impossible(a, self._mask(a)) if self._impossible else a

    def _without_impossible(self, a: Condition, among: int) -> Condition:
        """A condition without the impossible combinations of certain symbols."""
        if a != FALSE:
            for involved, impossible in self._impossible:
                if not involved & ~among:
                    a = self.without(a, impossible)
        return a

    def can_be(self, a: Condition) -> bool:
        """Whether some feasible choice makes it true."""
        return self.feasible(a) != FALSE

    def facts_of(self, a: Condition) -> frozenset[int]:
        """The symbols in it that are neither a flag nor a version."""
        return frozenset(index for index in self.support(a) if not (self.symbols[index].flag or self.symbols[index].version))

    def is_nondeterministic(self, a: Condition) -> bool:
        """Whether no flag and no version has a part in it."""
        return not any(self.symbols[index].flag or self.symbols[index].version for index in self.support(a))

    def surely(self, reached: Condition, holds: Condition) -> Condition:
        """The choices of flags and versions for which it can be reached, and holds whenever it is, whatever the facts are.

        No exception is raised, and no combination occurs that can't, as far as the two together mention all of its symbols. The
        answer is `FALSE` exactly when there is no such choice. Where there is one, it may hold choices that can't occur as well,
        as that takes fewer words.
        """
        key = (reached, holds, len(self.symbols), len(self._impossible))
        found = self._sure.get(key)
        if found is None:
            found = self._sure[key] = self._surely(reached, holds)
        return found

    def _surely(self, reached: Condition, holds: Condition) -> Condition:
        exceptions = [(index, False) for index in self.support(reached) | self.support(holds) if self.symbols[index].exception]
        reached, holds = self.given(reached, exceptions), self.given(holds, exceptions)
        spared = self.without(reached, holds)
        facts = self._facts()
        plain = self.without(self._exists(self.feasible(reached), facts), self._exists(self.feasible(spared), facts))
        if not self._impossible:
            return plain
        among = self._mask(reached) | self._mask(holds)
        sure = self.without(
            self._exists(self._without_impossible(reached, among), facts),
            self._exists(self._without_impossible(spared, among), facts),
        )
        if sure != FALSE and sure == self._exists(self._without_impossible(plain, among), facts):
            return plain
        return sure

    def _facts(self) -> int:
        """All symbols that are neither a flag nor a version, as the bits of a number."""
        if self._kinds[0] != len(self.symbols):
            facts = (one.index for one in self.symbols if not (one.flag or one.version))
            self._kinds = len(self.symbols), sum(1 << index for index in facts)
        return self._kinds[1]

    def needs(self, a: Condition) -> list[tuple[Symbol, bool]]:
        """The symbols that must have one certain value for it to be true, in the order in which they were made.

        Of a condition that can't be, none: it would need everything. No node is made for the answer.
        """
        wanted = self.feasible(a)
        memo: dict[Condition, int] = {FALSE: -1, TRUE: 0}  # that it is false implies everything, that it is true nothing

        def implied(node: Condition) -> int:
            """What follows from a condition: bit 2n says that symbol n is false, the one after it that it is true."""
            found = memo.get(node)
            if found is None:
                index, off, on = self._nodes[node]
                found = memo[node] = (implied(off) | 1 << 2 * index) & (implied(on) | 2 << 2 * index)
            return found

        literals = 0 if wanted == FALSE else implied(wanted)
        answers = ((symbol, literals >> 2 * symbol.index & 3) for symbol in self.symbols)
        return [(symbol, bits == 2) for symbol, bits in answers if bits]

    def explanation(self, a: Condition, given: Condition = TRUE) -> list[tuple[Symbol, bool]]:
        """Answers that make it true, none of them needless, and as few as can be that differ from a default; nothing for `FALSE`.

        In the order in which the symbols were made. Of two choices with as few the earlier symbol is off, and of two answers
        that each would do what an option is stays, not what it isn't. What holds anyway, if
        `given` does, needs no answer, and no answer contradicts that.
        """
        wanted = self.feasible(self.both(a, given))
        if wanted == FALSE:
            return []
        answers = self._cheapest(wanted)
        for answer in sorted(answers, key=lambda answer: (self._price(*answer), self._says_what_not(*answer)), reverse=True):
            others = [one for one in answers if one != answer]
            spared = self.without(self.both(given, self._all(others)), a)
            if not self.can_be(spared) or not self.can_be(self._all([*others, (answer[0], not answer[1])])):
                answers = others
        return [(self.symbols[index], value) for index, value in answers]

    def nearest(self, a: Condition) -> Condition:
        """One choice of the flags for which it can be, with as few answers as can be that differ from a default.

        What it does not hang on is at its default, where that can be.
        """
        wanted = self.feasible(a)
        if wanted == FALSE:
            return FALSE
        answers = {index: value for index, value in self._cheapest(wanted) if self.symbols[index].flag}
        defaults = {one.index: one.default for one in self.symbols if one.flag and one.default is not None}
        case = self._all((defaults | answers).items())
        return case if self.can_be(case) else self._all(answers.items())

    def _cheapest(self, wanted: Condition) -> list[tuple[int, bool]]:
        """The answers along a path to true on which as few as can be differ from a default."""
        memo: dict[Condition, float] = {FALSE: math.inf, TRUE: 0}

        def cost(node: Condition) -> float:
            found = memo.get(node)
            if found is None:
                index, off, on = self._nodes[node]
                found = memo[node] = min(cost(off) + self._price(index, False), cost(on) + self._price(index, True))
            return found

        answers: list[tuple[int, bool]] = []
        node = wanted
        while node != TRUE:
            index, off, on = self._nodes[node]
            value = cost(off) + self._price(index, False) > cost(on) + self._price(index, True)
            answers.append((index, value))
            node = on if value else off
        return answers

    def _price(self, index: int, value: bool) -> int:
        """What an answer costs to be told: nothing where it is the default."""
        symbol = self.symbols[index]
        return int(symbol.flag and symbol.default is not value)

    def _says_what_not(self, index: int, value: bool) -> bool:
        """Whether an answer only says which text an option is not: which one it is says more."""
        asked = self.symbols[index].asked
        return not value and asked is not None and asked.constant is not None

    def _all(self, answers: Iterable[tuple[int, bool]]) -> Condition:
        found = TRUE
        for index, value in answers:
            found = self.both(found, self._node(index, FALSE, TRUE) if value else self._node(index, TRUE, FALSE))
        return found
