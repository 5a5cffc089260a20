"""Boolean functions as reduced ordered binary decision diagrams, all of them in one table.

A node asks one symbol (by its index), and leads to one condition where the answer is no and to another where it is yes. Every
path asks the symbols in the order of their indexes, no node leads to the same condition twice, and no two nodes are alike: so
each Boolean function has exactly one node, two conditions that mean the same are the same number, and `FALSE` is the only
contradiction. A condition is that number, and what was computed of one is remembered for as long as its table lives.

An operation that ends in `TooComplex` has remembered nothing that is wrong: each notes its result after it has it, and the nodes
that were made on the way are what they say they are.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NewType

from gcheck_lint.story.domain.budgets import Budget, Budgets
from gcheck_lint.story.domain.limits import NODES

Condition = NewType("Condition", int)

FALSE = Condition(0)
TRUE = Condition(1)


class TooComplex(Exception):  # noqa: N818 - it ends a story or a part of it, it is no error of anybody
    """There are more correlated conditions than can be followed. `budget` is the one that was spent; None is the whole limit."""

    def __init__(self, budget: Budget | None = None) -> None:
        super().__init__(budget)
        self.budget = budget


class Diagrams:
    """The table of nodes, and the operations on them."""

    def __init__(self) -> None:
        self.budgets = Budgets(NODES)  # of `size`
        self._nodes: list[tuple[int, Condition, Condition]] = [(1 << 30, FALSE, FALSE), (1 << 30, TRUE, TRUE)]
        self._unique: dict[tuple[int, Condition, Condition], Condition] = {}
        # what was computed before; of a pair that may be turned round, the smaller one is first
        self._both: dict[tuple[Condition, Condition], Condition] = {}
        self._either: dict[tuple[Condition, Condition], Condition] = {}
        self._without: dict[tuple[Condition, Condition], Condition] = {}
        self._negated: dict[Condition, Condition] = {FALSE: TRUE, TRUE: FALSE}
        self._meeting: dict[tuple[Condition, Condition], bool] = {}
        self._restricted: dict[tuple[Condition, Condition], Condition] = {}
        self._cofactors: dict[tuple[Condition, Condition], Condition] = {}
        self._gone = 0  # the symbols of the last quantification, and what it found of each condition
        self._quantified: dict[Condition, Condition] = {}
        self._masks: dict[Condition, int] = {FALSE: 0, TRUE: 0}

    # --- how large it is -------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many nodes there are, the two constants not counted."""
        return len(self._unique)

    def size_of(self, a: Condition) -> int:
        """How many nodes one diagram has, the constants not counted; those that several paths share count once."""
        seen: set[Condition] = set()
        waiting = [a]
        while waiting:
            node = waiting.pop()
            if node > TRUE and node not in seen:
                seen.add(node)
                waiting += self._nodes[node][1:]
        return len(seen)

    @contextmanager
    def budget(self, nodes: int) -> Iterator[Budget]:
        """While it is open, at most so many nodes more are made, and never more than an outer budget or the limit leaves.

        The one too many raises `TooComplex`, whose `budget` is the one that allowed least (of equals the outer one: leaving the
        inner one would give no room). So whoever catches it compares it with his own, and passes on what is not his.
        What was allowed before is allowed again afterwards, however the block ends; the nodes that were made stay, and count.
        """
        with self.budgets.opened(self.size + nodes) as opened:
            yield opened

    # --- the operations of every moment ----------------------------------------------------------------------------------
    # They are the heart of every story: each is written out, instead of all being made from one or sharing their parts.

    def negate(self, a: Condition) -> Condition:
        """Not `a`."""
        found = self._negated.get(a)
        if found is None:
            index, off, on = self._nodes[a]
            found = self._negated[a] = self._node(index, self.negate(off), self.negate(on))
            self._negated[found] = a
        return found

    def both(self, a: Condition, b: Condition) -> Condition:
        """`a` and `b`."""
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
        """`a` or `b`, or both."""
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

    def any(self, conditions: Iterable[Condition]) -> Condition:
        """That at least one of them holds."""
        result = FALSE
        for condition in conditions:
            result = self.either(result, condition)
        return result

    # --- what is left of a condition when something is known or no longer asked -----------------------------------------------

    def given(self, a: Condition, answers: Iterable[tuple[int, bool]]) -> Condition:
        """The cofactor: what `a` says when some symbols (by index) have these values. It mentions none of them any more."""
        known = dict(answers)
        wanted = _mask_of(known)
        memo: dict[Condition, Condition] = {}

        def walk(node: Condition) -> Condition:
            if node <= TRUE or not self._mask(node) & wanted:
                return node
            found = memo.get(node)
            if found is None:
                index, off, on = self._nodes[node]
                value = known.get(index)
                found = self._node(index, walk(off), walk(on)) if value is None else walk(on if value else off)
                memo[node] = found
            return found

        return walk(a)

    def exists(self, a: Condition, indexes: Iterable[int]) -> Condition:
        """Existential quantification: true where some values of the given symbols make `a` true.

        It is the strongest condition that follows from `a` and mentions none of them.
        """
        return self._exists(a, _mask_of(indexes))

    def _exists(self, a: Condition, gone: int) -> Condition:
        """The same, with the symbols as the bits of a number. What was found for the same symbols just before is remembered."""
        if gone != self._gone:
            self._gone, self._quantified = gone, {}
        memo = self._quantified

        def walk(node: Condition) -> Condition:
            if node <= TRUE or not self._mask(node) & gone:
                return node
            found = memo.get(node)
            if found is None:
                index, off, on = self._nodes[node]
                low = walk(off)
                if not gone >> index & 1:
                    found = self._node(index, low, walk(on))
                else:
                    found = TRUE if low == TRUE else self.either(low, walk(on))
                memo[node] = found
            return found

        return walk(a)

    def restrict(self, a: Condition, care: Condition) -> Condition:
        """The restrict operator of Coudert and Madre: `a` wherever `care` holds, and elsewhere whatever makes it small.

        `both(restrict(a, care), care) == both(a, care)`. It mentions no symbol that `a` doesn't, and has no more nodes than `a`.
        It is `FALSE` (`TRUE`) exactly when `a` holds nowhere (everywhere) in `care`; where nothing matters, `FALSE`.
        """
        if care == FALSE:
            return FALSE
        if care == TRUE or a <= TRUE:
            return a
        found = self._restricted.get((a, care))
        if found is None:
            found = self._cofactor(a, care)
            if self.size_of(found) > self.size_of(a):
                found = a  # nodes that `a` shares may fall apart when each copy is made small by itself
            self._restricted[a, care] = found
        return found

    def _cofactor(self, a: Condition, care: Condition) -> Condition:
        """What `restrict` would like to answer: where `care` leaves one way only, that way is all that is looked at."""
        if care == TRUE or a <= TRUE:
            return a
        found = self._cofactors.get((a, care))
        if found is None:
            index, a0, a1 = self._nodes[a]
            other, care0, care1 = self._nodes[care]
            if other < index:
                found = self._cofactor(a, self.either(care0, care1))
            else:
                if other > index:
                    care0 = care1 = care
                if care0 == FALSE:
                    found = self._cofactor(a1, care1)
                elif care1 == FALSE:
                    found = self._cofactor(a0, care0)
                else:
                    found = self._node(index, self._cofactor(a0, care0), self._cofactor(a1, care1))
            self._cofactors[a, care] = found
        return found

    # --- what a condition speaks of --------------------------------------------------------------------------------------

    def support(self, a: Condition) -> frozenset[int]:
        """The symbols (by index) that a condition mentions: those whose value can make a difference to it."""
        return _indexes_of(self._mask(a))

    def _mask(self, a: Condition) -> int:
        """The support as the bits of a number. One for each node is some 100 bytes, where sets of indexes would fill the memory;
        and a condition that was made of known ones (as every path condition is) costs its new nodes only."""
        found = self._masks.get(a)
        if found is None:
            index, off, on = self._nodes[a]
            found = self._masks[a] = 1 << index | self._mask(off) | self._mask(on)
        return found

    def _node(self, index: int, off: Condition, on: Condition) -> Condition:
        """The condition that is `on` where the symbol is true, else `off`; both must speak of later symbols only."""
        if off == on:
            return off
        key = (index, off, on)
        found = self._unique.get(key)
        if found is None:
            if len(self._unique) >= self.budgets.limit:
                raise TooComplex(self.budgets.tightest)
            found = Condition(len(self._nodes))
            self._nodes.append(key)
            self._unique[key] = found
        return found


def _mask_of(indexes: Iterable[int]) -> int:
    found = 0
    for index in indexes:
        found |= 1 << index
    return found


@functools.lru_cache(maxsize=256)
def _indexes_of(mask: int) -> frozenset[int]:
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return frozenset(found)
