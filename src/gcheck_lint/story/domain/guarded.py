"""Values under conditions: one state for all paths at once, and how values are written to it and read from it.

An interpreter that followed each path by itself would walk 2**n of them after n branches. Here there is one state, and what
differs between paths differs within a value. The condition under which the interpreter runs where it is, is the *path
condition*.

## Guarded unions

A `GuardedUnion` holds several alternatives, each under its own condition (its guard). Two rules hold wherever it may be
looked at: the guards exclude each other, and together they cover the path condition, so that under each valuation of the
symbols the value is exactly one of them. Any other value stands for itself under every condition. A `GuardedStore` has what
is done with such values:

- `select(condition, value, otherwise)`: if-then-else (*ite*), the one operation that all others are made of. Each
  alternative of `value` is guarded by the condition, each of `otherwise` by its negation; what can't be is left out, what is
  the same is put together
- `narrow`: the value as it can be here; alternatives that the path condition excludes are left out
- `each`: a function applied to each alternative that can be here
- `split`: several cases run, each under its own path condition, and joined
- `truth`, `boolean`: from a value to the condition that it counts as true, and back

A write is a `select` by the path condition: the new value where the interpreter is now, and where it isn't the one from
before. After

    use_cache = True                                # path condition TRUE
    if args.checkpoint:                             # c
        use_cache = False                           # path condition c: select(c, False, True)
                                                    # join: c or not c, which is TRUE again
    model.config.use_cache = use_cache              # {c: False, not c: True}

the name is a union of two alternatives, and so is the switch. `if not use_cache:` then runs under c itself: `truth` asks no
new question.

## Join

Where two branches meet, other analyses *join* their two states into one that covers both, and lose which value belongs to
which. Here the guards do that work: all writes went to the one state, and stay told apart by the condition of their branch.
What is joined at the end of a branch is the path condition alone (the `either` of the two that came out), as `split` does
it. A branch that was left by a return or an exception comes out with `FALSE`, and so adds nothing. `select` is the join of
two values.

## Widening and top

A value with more alternatives than are followed (`ALTERNATIVES`) is first made coarser: those that differ in nothing that
matters to a model, such as the place where a switch was set, become one. Where there are still too many, it is widened:
`widened` makes one abstract object out of all of them, of which nothing is known but what it comes from. *Top* is the value
that could be anything; `is_top` says it of a value of which nothing is known, and that has nothing to do with a model or a
flag. One top is as good as another, so `select` puts them together. What is widened is never told apart again: a rule that
would need to know it is silent, or says "possibly".
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.python.syntax import Site
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions, Symbol
from gcheck_lint.story.domain.facets import SwitchedOff
from gcheck_lint.story.domain.limits import ALTERNATIVES
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.questions import Asked, answer, excludes, implies
from gcheck_lint.story.domain.values import ABSENT, AbstractObject, Constant, GuardedUnion, Value, is_top, same

_OPEN = frozenset({Kind.UNKNOWN, Kind.TEXT})  # nobody can tell whether such a thing counts as true


class GuardedStore:
    """The path condition, under which the interpreter runs, and values as they are there."""

    def __init__(self) -> None:
        self.conditions = Conditions()
        self.path_condition: Condition = TRUE
        self._predicates: dict[int, AbstractObject] = {}

    @contextmanager
    def under(self, condition: Condition) -> Iterator[None]:
        """Run under the path condition and this one; afterwards the path condition is what it was, whatever happens inside."""
        entry = self.path_condition
        self.path_condition = self.conditions.both(entry, condition)
        try:
            yield
        finally:
            self.path_condition = entry

    def cases(self, value: Value) -> Iterator[tuple[Condition, Value]]:
        """What a value can be, one after the other, each under its own condition. The loop over it is not to be left early."""
        entry = self.path_condition
        for condition, one in self.alternatives(value):
            self.path_condition = self.conditions.both(entry, condition)
            if self.path_condition != FALSE:
                yield condition, one
        self.path_condition = entry

    def split(self, cases: Iterable[tuple[Condition, Callable[[], Value]]]) -> Value:
        """Run each case under its own condition, and join what comes of them: the values, and the path conditions.

        The conditions exclude each other and cover the present path condition. A case that can't be here is not run; where none
        can be, the value is None.
        """
        entry = self.path_condition
        left: Condition = FALSE
        through: Condition = FALSE  # the cases that go on as they began; together they are often all, which is soon computed
        result: Value | None = None
        for condition, run in cases:
            start = self.path_condition = self.conditions.both(entry, condition)
            if start == FALSE:
                continue
            value = run()
            if self.path_condition == start:
                through = self.conditions.either(through, condition)
            else:
                left = self.conditions.either(left, self.path_condition)
            result = value if result is None else self.select(condition, value, result)
        self.path_condition = self.conditions.either(left, self.conditions.both(entry, through))
        return Constant(None) if result is None else result

    def alternatives(self, value: Value) -> list[tuple[Condition, Value]]:
        """What a value can be here, each with its guard (which doesn't repeat the path condition)."""
        if not isinstance(value, GuardedUnion):
            return [(TRUE, value)]
        if self.path_condition == TRUE:
            return list(value.alternatives)
        meet = self.conditions.meet
        return [(condition, one) for condition, one in value.alternatives if meet(condition, self.path_condition)]

    def narrow(self, value: Value) -> Value:
        """The value as it can be here: what the path condition excludes is left out. Where it isn't, the result says nothing."""
        if not isinstance(value, GuardedUnion):
            return value
        left = self.alternatives(value)
        if len(left) == 1:
            return left[0][1]
        return value if len(left) == len(value.alternatives) or not left else GuardedUnion(tuple(left))

    def widened(self, values: Iterable[Value]) -> AbstractObject:
        """Widening: what stands for values that are too many to be followed."""
        return AbstractObject(Kind.UNKNOWN, text="one of too many")

    def select(self, condition: Condition, value: Value, otherwise: Value) -> Value:
        """If-then-else (ite): `value` where the condition holds, else `otherwise`; so two values are joined."""
        if condition == TRUE or same(value, otherwise) or (is_top(value) and is_top(otherwise)):
            return value
        if condition == FALSE:
            return otherwise
        merged: list[tuple[Condition, Value]] = []
        for side, guard in ((value, condition), (otherwise, self.conditions.negate(condition))):
            for inner, one in side.alternatives if isinstance(side, GuardedUnion) else ((TRUE, side),):
                combined = self.conditions.both(inner, guard)
                if combined == FALSE:
                    continue
                for index, (known, other) in enumerate(merged):
                    if same(other, one) or (is_top(other) and is_top(one)):
                        merged[index] = (self.conditions.either(known, combined), other)
                        break
                else:
                    merged.append((combined, one))
        if len(merged) == 1:
            return merged[0][1]
        if len(merged) > ALTERNATIVES:
            merged = self._coarser(merged)
        if len(merged) == 1:
            return merged[0][1]
        if len(merged) > ALTERNATIVES:
            return self.widened(one for _, one in merged)
        return GuardedUnion(tuple(merged))

    def _coarser(self, alternatives: list[tuple[Condition, Value]]) -> list[tuple[Condition, Value]]:
        """Alternatives with those put together that differ in nothing that matters to a model.

        A switch that many places set alike is what they set; texts and numbers are one that nobody knows.
        """
        coarser: dict[object, tuple[Condition, Value]] = {}
        for condition, one in alternatives:
            key: object = one
            if isinstance(one, Constant):
                known = one.value is None or isinstance(one.value, (bool, enum.Enum)) or one is ABSENT
                key = (type(one.value), one.value) if known else ""
            elif is_top(one):
                key = ""
            before = coarser.get(key)
            if before is None:
                coarser[key] = condition, one if key != "" else AbstractObject(Kind.UNKNOWN, text="one of too many")
            else:
                coarser[key] = self.conditions.either(before[0], condition), before[1]
        return list(coarser.values())

    def each(self, value: Value, change: Callable[[Value], Value]) -> Value:
        """Apply a function without effects to each alternative that can be here."""
        if not isinstance(value, GuardedUnion):
            return change(value)
        result: Value | None = None
        for condition, one in self.alternatives(value):
            changed = change(one)
            result = changed if result is None else self.select(condition, changed, result)
        return self.widened(()) if result is None else result

    def boolean(self, condition: Condition) -> Value:
        """The truth value of a condition as a value of the script."""
        if condition == TRUE:
            return Constant(True)
        if condition == FALSE:
            return Constant(False)
        return GuardedUnion(((condition, Constant(True)), (self.conditions.negate(condition), Constant(False))))

    def truth(self, value: Value) -> Condition:
        """When a value counts as true."""
        if isinstance(value, GuardedUnion):
            both = self.conditions.both
            return self.conditions.any(both(condition, self.truth(one)) for condition, one in value.alternatives)
        if isinstance(value, Constant):
            return TRUE if value.value else FALSE
        if isinstance(value, (Sequence, Mapping)):
            return self._holds_something(value)
        if isinstance(value, AbstractObject) and value.kind in _OPEN:
            name, (yes, no) = value.words, _on_and_off(value)
            return self.predicate(value, "truth", f"`{name}` {yes}", f"`{name}` {no}")
        return TRUE

    def may_hold(self, container: Sequence | Mapping) -> Condition:
        """When a container can have something in it."""
        return self.conditions.either(*self._filled(container))

    def _filled(self, container: Sequence | Mapping) -> tuple[Condition, Condition]:
        """When a container surely has something in it, and when nobody can tell."""
        if isinstance(container, Sequence) and container.items is None:
            return container.sure, container.grown
        known = container.entries.values() if isinstance(container, Mapping) else container.contents
        sure = self.conditions.any(map(self.present, known))
        return sure, TRUE if isinstance(container, Mapping) and container.open else FALSE

    def _holds_something(self, container: Sequence | Mapping) -> Condition:
        sure, may = self._filled(container)
        if sure == TRUE or may == FALSE:
            return sure
        name = f"`{container.words}`" if container.said or container.text else "a container"
        filled = self.predicate(container, "truth", f"{name} holds something", f"{name} is empty")
        return self.conditions.either(sure, self.conditions.both(may, filled))

    def present(self, item: Value) -> Condition:
        """When an item of a list or dict is there at all."""
        if not isinstance(item, GuardedUnion):
            return FALSE if item is ABSENT else TRUE
        return self.conditions.negate(self.conditions.any(case for case, one in item.alternatives if one is ABSENT))

    def without_absent(self, item: Value) -> Value:
        """An item where it is there."""
        if not isinstance(item, GuardedUnion):
            return item
        left = tuple((case, one) for case, one in item.alternatives if one is not ABSENT)
        return GuardedUnion(left) if len(left) > 1 else left[0][1] if left else ABSENT

    def predicate(self, thing: AbstractObject, question: object, text: str, negated: str) -> Condition:
        """The condition that an open value answers a question with yes; asked twice, it is the same."""
        found = thing.predicates.get(question)
        if found is None:
            known = answer(question, thing.default.value) if isinstance(thing.default, Constant) else None
            asked = Asked(thing.born, thing.words, question, _offered(thing))
            symbol, found = self.conditions.symbol(text, negated, flag=thing.chosen, default=known, asked=asked)
            self._predicates[symbol.index] = thing
            impossible = list(self._contradictions(thing, question, found))
            for combination in impossible:  # only now: when there is no room for them all, the question is not asked yet
                self.conditions.rule_out(combination)
            thing.predicates[question] = found
        return found

    def _contradictions(self, thing: AbstractObject, question: object, holds: Condition) -> Iterator[Condition]:
        """What the answer to a new question can't be together with the answers to those before it: no value gives them."""
        both, without = self.conditions.both, self.conditions.without
        for other, known in thing.predicates.items():
            if excludes(question, other):
                yield both(holds, known)
            for one, yes, asked, then in ((question, holds, other, known), (other, known, question, holds)):
                if isinstance(one, tuple) and one[0] == "is" and (says := answer(asked, one[1])) is not None:
                    yield without(yes, then) if says else both(yes, then)
                elif implies(one, asked):
                    yield without(yes, then)
        answers = {**thing.predicates, question: holds}
        choices = [("is", choice) for choice in _offered(thing)]
        if question in choices and all(choice in answers for choice in choices):
            yield self.conditions.negate(self.conditions.any(answers[choice] for choice in choices))

    def asked_of(self, index: int) -> AbstractObject | None:
        """The open value of which a symbol is an answer."""
        return self._predicates.get(index)

    def nondeterministic(self, text: str, *, exception: bool = False) -> tuple[Symbol, Condition]:
        """A fresh fact that nobody chooses. `exception`: that one is raised."""
        return self.conditions.symbol(text, f"not: {text}", flag=False, exception=exception)

    def open_fact(self, thing: AbstractObject, text: str, question: object = None) -> Condition:
        """A fact about a thing that nobody knows. The same question (mostly the text itself) asked twice has the same answer."""
        question = text if question is None else question
        found = thing.predicates.get(("open", question))
        if found is None:
            found = thing.predicates["open", question] = self.nondeterministic(text)[1]
        return found

    def make_chosen(self, thing: AbstractObject, site: Site | None = None) -> None:
        """The script names this value itself: its user chooses it."""
        if thing.site is None:
            thing.site = site
        if not thing.chosen:
            thing.chosen = True
            for symbol in self.conditions.symbols:
                if self._predicates.get(symbol.index) is thing:
                    self.conditions.make_flag(symbol)


def _offered(option: AbstractObject) -> tuple[object, ...]:
    """All that an option may be; nothing where that is not known."""
    default = (option.default.value,) if isinstance(option.default, Constant) else ()  # nobody checks it against the choices
    return (*option.choices, *default) if option.choices else ()


def _on_and_off(option: AbstractObject) -> tuple[str, str]:
    """What is said of an option that counts as true, and of one that does not: a switch is on, a text is given."""
    if option.facet(SwitchedOff) is not None:
        return "is not given", "is given"
    if option.made_by in ("builtins.int", "builtins.float"):
        return "is not 0", "is 0"
    if option.text.startswith("$"):
        return "is set", "is not set"
    if not option.valued:
        return ("is true", "is false") if option.words.endswith(")") else ("is on", "is off")
    default = option.default.value if isinstance(option.default, Constant) else None
    if isinstance(default, (int, float)):
        return "is not 0", "is 0"
    return ("is not empty", "is empty") if default else ("is given", "is not given")
