"""Under which conditions something holds: Boolean functions of symbols, as reduced ordered decision diagrams.

A symbol is something that the script leaves open: a flag of its own (`--gradient_checkpointing`), an opaque fact
(`torch.cuda.is_available()`), or that a library's version is in a set, where the target leaves that open. One flag and its
negation are one symbol, so correlated switches are seen through.
Diagrams are unique: two conditions that mean the same are the same number, and `FALSE` is the only contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass

from gcheck_lint.story.domain.diagrams import FALSE, TRUE, Budget, Condition, Diagrams, TooComplex

__all__ = ["FALSE", "TRUE", "Budget", "Condition", "Conditions", "Symbol", "TooComplex"]


@dataclass(slots=True)
class Symbol:
    """One open question. `text` reads well after "when".

    `flag`: the script lets its user choose. `version`: that a library's version is in a set; which one it is the target says,
    and where it leaves it open a defect in one version is a defect. Everything else is nondeterministic. `exception`: that one is
    raised; what is sure is sure without any.
    """

    index: int
    text: str
    negated: str
    flag: bool
    default: bool | None = None
    exception: bool = False
    version: bool = False


class Conditions(Diagrams):
    """The conditions of one story: the diagrams, what their symbols stand for, and which combinations of them there are."""

    def __init__(self) -> None:
        super().__init__()
        self.symbols: list[Symbol] = []
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
    ) -> tuple[Symbol, Condition]:
        """A new symbol and the condition that it is true."""
        symbol = Symbol(len(self.symbols), text, negated, flag, default, exception, version)
        condition = self._node(symbol.index, FALSE, TRUE)
        self.symbols.append(symbol)
        return symbol, condition

    def rule_out(self, impossible: Condition) -> None:
        """Remember that a combination can't occur (`mode == "a"` and `mode == "b"`)."""
        if impossible != FALSE:
            self._impossible.append((self._mask(impossible), impossible))

    def feasible(self, a: Condition) -> Condition:
        """A condition without the combinations that can't occur, as far as it mentions all of their symbols."""
        if not self._impossible or a <= TRUE:
            return a
        mentioned = self._mask(a)
        for involved, impossible in self._impossible:
            if not involved & ~mentioned:
                a = self.without(a, impossible)
        return a

    def can_be(self, a: Condition) -> bool:
        """Whether some feasible choice makes it true."""
        return self.feasible(a) != FALSE

    def is_nondeterministic(self, a: Condition) -> bool:
        """Whether no flag and no version has a part in it."""
        return not any(self.symbols[index].flag or self.symbols[index].version for index in self.support(a))

    def surely(self, reached: Condition, holds: Condition) -> Condition:
        """The choices (and versions) under which it is reached, and holds whatever the opaque facts are."""
        exceptions = [(index, False) for index in self.support(reached) | self.support(holds) if self.symbols[index].exception]
        reached, holds = self.given(reached, exceptions), self.given(holds, exceptions)
        reached = self.feasible(reached)
        nondeterministic = [symbol.index for symbol in self.symbols if not (symbol.flag or symbol.version)]
        reachable = self.exists(reached, nondeterministic)
        spoiled = self.exists(self.feasible(self.without(reached, holds)), nondeterministic)
        return self.without(reachable, spoiled)

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
