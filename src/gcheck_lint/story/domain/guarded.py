"""Values under conditions: how they are chosen, narrowed and asked, and what condition an open value's answer is.

There is one state, not one per path: every write is guarded by the condition under which it runs, so a name holds several values
where the paths differ, and a flag that decides two switches decides them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions, Symbol
from gcheck_lint.story.domain.values import Known, Mapping, OneOf, Sequence, Thing, Value, is_dull, same

_ALTERNATIVES = 12


class Chooser:
    """The condition under which the teller runs (`pc`), and values as they are there."""

    def __init__(self) -> None:
        self.conditions = Conditions()
        self.pc: Condition = TRUE
        self._asked: dict[int, Thing] = {}

    def split(self, cases: Iterable[tuple[Condition, Callable[[], Value]]]) -> Value:
        """Run each case under its own condition, and put the results together."""
        entry = self.pc
        left: Condition = FALSE
        through: Condition = FALSE  # the cases that go on as they began; together they are often all, which is soon computed
        result: Value | None = None
        for condition, run in cases:
            start = self.pc = self.conditions.both(entry, condition)
            if start == FALSE:
                continue
            value = run()
            if self.pc == start:
                through = self.conditions.either(through, condition)
            else:
                left = self.conditions.either(left, self.pc)
            result = value if result is None else self.choose(condition, value, result)
        self.pc = self.conditions.either(left, self.conditions.both(entry, through))
        return Known(None) if result is None else result

    def alternatives(self, value: Value) -> list[tuple[Condition, Value]]:
        """What a value can be here, each with its condition (without the present one)."""
        if not isinstance(value, OneOf):
            return [(TRUE, value)]
        if self.pc == TRUE:
            return list(value.alternatives)
        meet = self.conditions.meet
        return [(condition, one) for condition, one in value.alternatives if meet(condition, self.pc)]

    def narrow(self, value: Value) -> Value:
        """The value as it can be here."""
        if not isinstance(value, OneOf):
            return value
        left = self.alternatives(value)
        if len(left) == 1:
            return left[0][1]
        return value if len(left) == len(value.alternatives) or not left else OneOf(tuple(left))

    def lost(self, values: Iterable[Value]) -> Thing:
        """A value that could be too many things to be followed."""
        return Thing("unknown", text="one of too many")

    def choose(self, condition: Condition, value: Value, otherwise: Value) -> Value:
        """`value` where the condition holds, else `otherwise`."""
        if condition == TRUE or same(value, otherwise) or (is_dull(value) and is_dull(otherwise)):
            return value
        if condition == FALSE:
            return otherwise
        merged: list[tuple[Condition, Value]] = []
        for side, guard in ((value, condition), (otherwise, self.conditions.negate(condition))):
            for inner, one in side.alternatives if isinstance(side, OneOf) else ((TRUE, side),):
                combined = self.conditions.both(inner, guard)
                if combined == FALSE:
                    continue
                for index, (known, other) in enumerate(merged):
                    if same(other, one) or (is_dull(other) and is_dull(one)):
                        merged[index] = (self.conditions.either(known, combined), other)
                        break
                else:
                    merged.append((combined, one))
        if len(merged) == 1:
            return merged[0][1]
        if len(merged) > _ALTERNATIVES:
            return self.lost(one for _, one in merged)
        return OneOf(tuple(merged))

    def each(self, value: Value, change: Callable[[Value], Value]) -> Value:
        """Apply a function without effects to each alternative."""
        if not isinstance(value, OneOf):
            return change(value)
        result: Value | None = None
        for condition, one in self.alternatives(value):
            changed = change(one)
            result = changed if result is None else self.choose(condition, changed, result)
        return self.lost(()) if result is None else result

    def boolean(self, condition: Condition) -> Value:
        """The truth value of a condition as a value of the script."""
        if condition == TRUE:
            return Known(True)
        if condition == FALSE:
            return Known(False)
        return OneOf(((condition, Known(True)), (self.conditions.negate(condition), Known(False))))

    def truth(self, value: Value) -> Condition:
        """When a value counts as true."""
        if isinstance(value, OneOf):
            both = self.conditions.both
            return self.conditions.any(both(condition, self.truth(one)) for condition, one in value.alternatives)
        if isinstance(value, Known):
            return TRUE if value.value else FALSE
        if isinstance(value, Sequence) and value.items is not None:
            return TRUE if value.items else FALSE
        if isinstance(value, Mapping) and not value.open:
            return TRUE if value.entries else FALSE
        if isinstance(value, Thing) and value.role == "unknown":
            name = value.text or "a value"
            return self.ask(value, "truth", f"`{name}` is on", f"`{name}` is off")
        return TRUE

    def ask(self, thing: Thing, question: object, text: str, negated: str) -> Condition:
        """The condition that an open value answers a question with yes; asked twice, it is the same."""
        found = thing.asked.get(question)
        if found is None:
            default = thing.default.value if isinstance(thing.default, Known) else None
            answer = (default == question[1]) if isinstance(question, tuple) else bool(default)
            known = answer if thing.default is not None and isinstance(thing.default, Known) else None
            symbol, found = self.conditions.symbol(text, negated, flag=thing.chosen, default=known)
            self._asked[symbol.index] = thing
            if isinstance(question, tuple) and question[0] == "is":
                for other, condition in thing.asked.items():
                    if (isinstance(other, tuple) and other[0] == "is") or (other == "truth" and not question[1]):
                        self.conditions.rule_out(self.conditions.both(condition, found))
                    elif other == "truth":
                        self.conditions.rule_out(self.conditions.without(found, condition))
            elif question == "truth":
                for other, condition in thing.asked.items():
                    if isinstance(other, tuple) and other[0] == "is":
                        impossible = (
                            self.conditions.without(condition, found) if other[1] else self.conditions.both(condition, found)
                        )
                        self.conditions.rule_out(impossible)
            thing.asked[question] = found
            if thing.choices and all(("is", choice) in thing.asked for choice in thing.choices):
                none = self.conditions.negate(self.conditions.any(thing.asked["is", choice] for choice in thing.choices))
                self.conditions.rule_out(none)
        return found

    def opaque(self, text: str, *, accident: bool = False) -> tuple[Symbol, Condition]:
        """A fresh fact that nobody chooses. `accident`: an exception."""
        return self.conditions.symbol(text, f"not: {text}", flag=False, accident=accident)

    def make_chosen(self, thing: Thing, site: Site | None = None) -> None:
        """The script names this value itself: its user chooses it."""
        if thing.site is None:
            thing.site = site
        if not thing.chosen:
            thing.chosen = True
            for symbol in self.conditions.symbols:
                if self._asked.get(symbol.index) is thing:
                    symbol.flag = True
