"""Under which conditions something holds: Boolean functions of symbols, as reduced ordered decision diagrams.

A symbol is something that the script leaves open: a flag of its own (`--gradient_checkpointing`), an opaque fact
(`torch.cuda.is_available()`), or that a library's version is in a set, where the target leaves that open. One flag and its
negation are one symbol, so correlated switches are seen through.
Diagrams are unique: two conditions that mean the same are the same number, and `FALSE` is the only contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

Condition = NewType("Condition", int)

FALSE = Condition(0)
TRUE = Condition(1)

_LIMIT = 54_000  # nodes; scripts of one file stay below 5,000, and running into it takes half a second


class TooComplex(Exception):  # noqa: N818 - it ends a story, it is no error of anybody
    """The script has more correlated conditions than can be followed."""


@dataclass(slots=True)
class Symbol:
    """One open question. `text` reads well after "when".

    `flag`: the script lets its user choose. `version`: that a library's version is in a set; which one it is the target says,
    and where it leaves it open a defect in one version is a defect. Everything else is opaque. `accident`: an exception; what is
    sure is sure without any.
    """

    index: int
    text: str
    negated: str
    flag: bool
    default: bool | None = None
    exception: bool = False
    version: bool = False


class Conditions:
    """The conditions of one story."""

    def __init__(self) -> None:
        self.symbols: list[Symbol] = []
        self.limit = _LIMIT
        self._impossible: list[tuple[frozenset[int], Condition]] = []
        self._nodes: list[tuple[int, Condition, Condition]] = [(1 << 30, FALSE, FALSE), (1 << 30, TRUE, TRUE)]
        self._unique: dict[tuple[int, Condition, Condition], Condition] = {}
        # what was computed before; of a pair that may be turned round, the smaller one is first
        self._both: dict[tuple[Condition, Condition], Condition] = {}
        self._either: dict[tuple[Condition, Condition], Condition] = {}
        self._without: dict[tuple[Condition, Condition], Condition] = {}
        self._negated: dict[Condition, Condition] = {FALSE: TRUE, TRUE: FALSE}
        self._meeting: dict[tuple[Condition, Condition], bool] = {}

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
        self.symbols.append(symbol)
        return symbol, self._node(symbol.index, FALSE, TRUE)

    def rule_out(self, impossible: Condition) -> None:
        """Remember that a combination can't occur (`mode == "a"` and `mode == "b"`)."""
        if impossible != FALSE:
            self._impossible.append((self._symbols_of(impossible), impossible))

    def feasible(self, a: Condition) -> Condition:
        """A condition without the combinations that can't occur, as far as it speaks of them."""
        if not self._impossible or a <= TRUE:
            return a
        symbols = self._symbols_of(a)
        for involved, impossible in self._impossible:
            if involved <= symbols:
                a = self.without(a, impossible)
        return a

    def _symbols_of(self, a: Condition) -> frozenset[int]:
        seen: set[Condition] = set()
        found: set[int] = set()
        waiting = [a]
        while waiting:
            node = waiting.pop()
            if node > TRUE and node not in seen:
                seen.add(node)
                index, off, on = self._nodes[node]
                found.add(index)
                waiting += (off, on)
        return frozenset(found)

    # The operations are the heart of every story: each is written out, instead of all being made from one or sharing their parts.

    def negate(self, a: Condition) -> Condition:
        found = self._negated.get(a)
        if found is None:
            index, off, on = self._nodes[a]
            found = self._negated[a] = self._node(index, self.negate(off), self.negate(on))
            self._negated[found] = a
        return found

    def both(self, a: Condition, b: Condition) -> Condition:
        if a == b or b == TRUE:
            return a
        if a <= TRUE:
            return b if a == TRUE else FALSE
        if b == FALSE:
            return FALSE
        key = (a, b) if a < b else (b, a)
        found = self._both.get(key)
        if found is None:
            index, a0, a1 = self._nodes[a]
            other, b0, b1 = self._nodes[b]
            if other > index:
                b0 = b1 = b
            elif other < index:
                index, a0, a1 = other, a, a
            off, on = self.both(a0, b0), self.both(a1, b1)
            found = off if off == on else self._unique.get((index, off, on)) or self._node(index, off, on)
            self._both[key] = found
        return found

    def either(self, a: Condition, b: Condition) -> Condition:
        if a == b or b == FALSE:
            return a
        if a <= TRUE:
            return TRUE if a == TRUE else b
        if b == TRUE:
            return TRUE
        key = (a, b) if a < b else (b, a)
        found = self._either.get(key)
        if found is None:
            index, a0, a1 = self._nodes[a]
            other, b0, b1 = self._nodes[b]
            if other > index:
                b0 = b1 = b
            elif other < index:
                index, a0, a1 = other, a, a
            off, on = self.either(a0, b0), self.either(a1, b1)
            found = off if off == on else self._unique.get((index, off, on)) or self._node(index, off, on)
            self._either[key] = found
        return found

    def without(self, a: Condition, b: Condition) -> Condition:
        """`a` and not `b`."""
        if b == FALSE or a == FALSE:
            return a
        if a == b or b == TRUE:
            return FALSE
        if a == TRUE:
            return self.negate(b)
        key = (a, b)
        found = self._without.get(key)
        if found is None:
            index, a0, a1 = self._nodes[a]
            other, b0, b1 = self._nodes[b]
            if other > index:
                b0 = b1 = b
            elif other < index:
                index, a0, a1 = other, a, a
            off, on = self.without(a0, b0), self.without(a1, b1)
            found = off if off == on else self._unique.get((index, off, on)) or self._node(index, off, on)
            self._without[key] = found
        return found

    def meet(self, a: Condition, b: Condition) -> bool:
        """Whether both can hold at once. Asked far more often than what holds then, and most answers need a part of it only."""
        if a <= TRUE or b <= TRUE:
            return a != FALSE and b != FALSE
        if a == b:
            return True
        key = (a, b) if a < b else (b, a)
        found = self._meeting.get(key)
        if found is None:
            index, a0, a1 = self._nodes[a]
            other, b0, b1 = self._nodes[b]
            if other > index:
                b0 = b1 = b
            elif other < index:
                a0 = a1 = a
            found = self._meeting[key] = self.meet(a0, b0) or self.meet(a1, b1)
        return found

    def is_nondeterministic(self, a: Condition) -> bool:
        """Whether no flag and no version has a part in it."""
        return not any(self.symbols[index].flag or self.symbols[index].version for index in self._symbols_of(a))

    def any(self, conditions: Iterable[Condition]) -> Condition:
        result = FALSE
        for condition in conditions:
            result = self.either(result, condition)
        return result

    def can_be(self, a: Condition) -> bool:
        """Whether some feasible choice makes it true."""
        return self.feasible(a) != FALSE

    def surely(self, reached: Condition, holds: Condition) -> Condition:
        """The choices (and versions) under which it is reached, and holds whatever the opaque facts are."""
        for index in self._symbols_of(reached) | self._symbols_of(holds):
            if self.symbols[index].exception:
                reached, holds = self._restrict(reached, index, False), self._restrict(holds, index, False)
        reached = self.feasible(reached)
        nondeterministic = [symbol.index for symbol in self.symbols if not (symbol.flag or symbol.version)]
        reachable = self._some(reached, nondeterministic)
        spoiled = self._some(self.feasible(self.without(reached, holds)), nondeterministic)
        return self.without(reachable, spoiled)

    def given(self, a: Condition, answers: Iterable[tuple[int, bool]]) -> Condition:
        """A condition when some symbols (by index) are known."""
        for index, value in answers:
            a = self._restrict(a, index, value)
        return a

    def needs(self, a: Condition) -> list[tuple[Symbol, bool]]:
        """The flags that must have one certain value for it to be true."""
        wanted = self.feasible(a)
        forced = []
        for symbol in self.symbols:
            off, on = self._restrict(wanted, symbol.index, False), self._restrict(wanted, symbol.index, True)
            if off != on and (off == FALSE or on == FALSE):
                forced.append((symbol, on != FALSE))
        return forced

    def _node(self, index: int, off: Condition, on: Condition) -> Condition:
        if off == on:
            return off
        key = (index, off, on)
        found = self._unique.get(key)
        if found is None:
            if len(self._nodes) > self.limit:
                raise TooComplex
            found = Condition(len(self._nodes))
            self._nodes.append(key)
            self._unique[key] = found
        return found

    def _restrict(self, a: Condition, index: int, value: bool) -> Condition:
        memo: dict[Condition, Condition] = {}

        def walk(node: Condition) -> Condition:
            at, off, on = self._nodes[node]
            if at > index:
                return node
            if at == index:
                return on if value else off
            if node not in memo:
                memo[node] = self._node(at, walk(off), walk(on))
            return memo[node]

        return walk(a)

    def _some(self, a: Condition, indexes: list[int]) -> Condition:
        """True where some choice of the given symbols makes `a` true."""
        wanted = frozenset(indexes)
        memo: dict[Condition, Condition] = {}

        def walk(node: Condition) -> Condition:
            if node <= TRUE:
                return node
            if node not in memo:
                at, off, on = self._nodes[node]
                low, high = walk(off), walk(on)
                memo[node] = self.either(low, high) if at in wanted else self._node(at, low, high)
            return memo[node]

        return walk(a)
