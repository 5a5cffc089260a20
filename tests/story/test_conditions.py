"""Conditions against truth tables: every operation, on random expressions over six symbols, says what plain Python says.

A truth table is a number of 64 bits: bit n is the value under the n-th valuation, in which symbol i is true if bit i of n is set.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcheck_lint.story.domain.budgets import Budget, Budgets
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, Conditions, TooComplex

COUNT = 6
VALUATIONS = 1 << COUNT
EVERYWHERE = (1 << VALUATIONS) - 1
SYMBOLS = range(COUNT)

Expression: TypeAlias = Any  # True, False, the index of a symbol, or (operation, expression, …)

few = settings(derandomize=True, max_examples=80, deadline=None)
some = st.sets(st.sampled_from(SYMBOLS)).map(frozenset)
valuations = st.lists(st.booleans(), min_size=COUNT, max_size=COUNT)
kinds = st.lists(st.sampled_from(["flag", "version", "fact", "exception"]), min_size=COUNT, max_size=COUNT)


def _wider(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    pairs = [st.tuples(st.just(name), inner, inner) for name in ("both", "either", "without")]
    return st.one_of(st.tuples(st.just("negate"), inner), *pairs)


expressions = st.recursive(st.sampled_from([*SYMBOLS, *SYMBOLS, True, False]), _wider, max_leaves=14)
combinations = st.recursive(st.sampled_from(SYMBOLS), _wider, max_leaves=4).filter(lambda one: table(one) != EVERYWHERE)


@functools.cache
def column(index: int) -> int:
    """The truth table of a symbol."""
    return sum(1 << row for row in range(VALUATIONS) if row >> index & 1)


def negated(table: int) -> int:
    return EVERYWHERE & ~table


IN_PYTHON: dict[str, Callable[..., int]] = {
    "negate": negated,
    "both": lambda a, b: a & b,
    "either": lambda a, b: a | b,
    "without": lambda a, b: a & ~b,
}


def table(expression: Expression) -> int:
    """The truth table of an expression."""
    if isinstance(expression, bool):
        return EVERYWHERE if expression else 0
    if isinstance(expression, int):
        return column(expression)
    name, *parts = expression
    return IN_PYTHON[name](*map(table, parts))


def fixed(found: int, index: int, value: bool) -> int:
    """A truth table when a symbol is known."""
    step = 1 << index
    return (
        (found & column(index)) | (found & column(index)) >> step
        if value
        else (found & ~column(index)) | (found & ~column(index)) << step
    )


def quantified(found: int, indexes: frozenset[int]) -> int:
    """A truth table, true where some values of these symbols make it true."""
    for index in indexes:
        found = fixed(found, index, False) | fixed(found, index, True)
    return found


def mentioned(found: int) -> frozenset[int]:
    """The symbols that make a difference to a truth table."""
    return frozenset(index for index in SYMBOLS if fixed(found, index, False) != fixed(found, index, True))


class Sample:
    """Conditions of six symbols, made from expressions, and read back."""

    def __init__(self, of_kinds: list[str] | None = None) -> None:
        self.conditions = Conditions()
        self.literals = [
            self.conditions.symbol(
                f"s{index}", f"not s{index}", flag=kind == "flag", version=kind == "version", exception=kind == "exception"
            )[1]
            for index, kind in enumerate(of_kinds or ["flag"] * COUNT)
        ]

    def make(self, expression: Expression) -> Condition:
        if isinstance(expression, bool):
            return TRUE if expression else FALSE
        if isinstance(expression, int):
            return self.literals[expression]
        name, *parts = expression
        made: Condition = getattr(self.conditions, name)(*map(self.make, parts))
        return made

    def table(self, condition: Condition) -> int:
        """What a diagram says, by the meaning of a node alone."""
        if condition <= TRUE:
            return EVERYWHERE if condition == TRUE else 0
        index, off, on = self.conditions._nodes[condition]
        return (self.table(off) & ~column(index)) | (self.table(on) & column(index))


# --- the diagrams --------------------------------------------------------------------------------------------------------


@few
@given(expressions, expressions)
def test_an_expression_is_its_truth_table(one: Expression, other: Expression) -> None:
    sample = Sample()
    a, b = sample.make(one), sample.make(other)
    assert sample.table(a) == table(one)
    assert sample.table(b) == table(other)
    assert (a == b) == (table(one) == table(other))  # two that mean the same are one
    assert sample.conditions.meet(a, b) == bool(table(one) & table(other))
    assert sample.table(sample.conditions.any([a, b, a])) == table(one) | table(other)


@few
@given(expressions, st.dictionaries(st.sampled_from(SYMBOLS), st.booleans()))
def test_given(expression: Expression, answers: dict[int, bool]) -> None:
    sample = Sample()
    expected = table(expression)
    for index, value in answers.items():
        expected = fixed(expected, index, value)
    assert sample.table(sample.conditions.given(sample.make(expression), answers.items())) == expected


@few
@given(expressions, some)
def test_exists(expression: Expression, indexes: frozenset[int]) -> None:
    sample = Sample()
    found = sample.conditions.exists(sample.make(expression), indexes)
    assert sample.table(found) == quantified(table(expression), indexes)
    assert not sample.conditions.support(found) & indexes


@few
@given(expressions)
def test_support(expression: Expression) -> None:
    sample = Sample()
    a = sample.make(expression)
    assert sample.conditions.support(a) == mentioned(table(expression))
    assert sample.conditions.support(a) == mentioned(table(expression))  # remembered


@few
@given(expressions)
def test_size_of_a_diagram(expression: Expression) -> None:
    """A node for each symbol and each function that is left when the symbols before it are known, if it still asks this one."""
    sample = Sample()
    left = {table(expression)}
    nodes = 0
    for index in SYMBOLS:
        nodes += sum(index in mentioned(found) for found in left)
        left = {fixed(found, index, value) for found in left for value in (False, True)}
    a = sample.make(expression)
    assert sample.conditions.size_of(a) == nodes
    assert sample.conditions.size >= nodes


@few
@given(expressions, expressions)
def test_restrict(expression: Expression, where: Expression) -> None:
    sample = Sample()
    a, care = sample.make(expression), sample.make(where)
    found = sample.conditions.restrict(a, care)
    here = table(where)
    assert sample.table(found) & here == table(expression) & here
    assert sample.conditions.size_of(found) <= sample.conditions.size_of(a)
    assert sample.conditions.support(found) <= sample.conditions.support(a)
    assert (found == FALSE) == (not table(expression) & here)
    assert (found == TRUE) == (here != 0 and not here & ~table(expression))
    assert sample.conditions.restrict(a, care) == found


@few
@given(st.integers(0, EVERYWHERE), st.integers(0, EVERYWHERE))
def test_restrict_of_any_function(function: int, where: int) -> None:
    """Dense functions, of which small expressions make none."""
    sample = Sample()

    def made(found: int, index: int = 0) -> Condition:
        if found in (0, EVERYWHERE):
            return TRUE if found else FALSE
        off, on = (made(fixed(found, index, value), index + 1) for value in (False, True))
        one = sample.literals[index]
        return sample.conditions.either(sample.conditions.both(one, on), sample.conditions.without(off, one))

    a, care = made(function), made(where)
    found = sample.conditions.restrict(a, care)
    assert sample.table(found) & where == function & where
    assert sample.conditions.size_of(found) <= sample.conditions.size_of(a)


def test_restrict_makes_nothing_larger() -> None:
    """Two paths share a part, and only one of them may shrink it: the operator alone would answer with six nodes for five."""
    sample = Sample()
    conditions = sample.conditions

    def ask(index: int, on: Condition, off: Condition) -> Condition:
        literal = sample.literals[index]
        return conditions.either(conditions.both(literal, on), conditions.without(off, literal))

    last = ask(3, FALSE, TRUE)
    shared = ask(2, FALSE, last)
    a = ask(0, ask(1, shared, TRUE), ask(1, last, shared))
    care = conditions.either(sample.literals[1], last)
    assert conditions.size_of(a) == 5
    assert conditions.restrict(a, care) == a


# --- what the symbols stand for ----------------------------------------------------------------------------------------------


def feasible(found: int, impossible: list[Expression], among: frozenset[int]) -> int:
    """A truth table without the combinations that speak of these symbols only."""
    for combination in map(table, impossible):
        if mentioned(combination) <= among:
            found &= ~combination
    return found


@few
@given(expressions, st.lists(combinations, max_size=3))
def test_feasible(expression: Expression, impossible: list[Expression]) -> None:
    sample = Sample()
    for combination in impossible:
        sample.conditions.rule_out(sample.make(combination))
    a = sample.make(expression)
    expected = feasible(table(expression), impossible, mentioned(table(expression)))
    assert sample.table(sample.conditions.feasible(a)) == expected
    assert sample.conditions.can_be(a) == bool(expected)


@few
@given(expressions, kinds)
def test_is_nondeterministic(expression: Expression, of_kinds: list[str]) -> None:
    sample = Sample(of_kinds)
    involved = {of_kinds[index] for index in mentioned(table(expression))}
    assert sample.conditions.is_nondeterministic(sample.make(expression)) == (not involved & {"flag", "version"})


@few
@given(expressions, st.lists(combinations, max_size=2))
def test_needs(expression: Expression, impossible: list[Expression]) -> None:
    sample = Sample()
    for combination in impossible:
        sample.conditions.rule_out(sample.make(combination))
    holds = feasible(table(expression), impossible, mentioned(table(expression)))
    expected = [
        (index, value)
        for index in SYMBOLS
        for value in (False, True)
        if holds and not holds & (negated(column(index)) if value else column(index))
    ]
    a = sample.conditions.feasible(sample.make(expression))
    size = sample.conditions.size
    assert [(symbol.index, value) for symbol, value in sample.conditions.needs(a)] == expected
    assert sample.conditions.size == size


@few
@given(expressions, st.lists(st.sampled_from([None, True, False]), min_size=COUNT, max_size=COUNT))
def test_explanation(expression: Expression, defaults: list[bool | None]) -> None:
    """Its answers make it true, none is needless, and no choice differs from the defaults in fewer answers."""
    sample = Sample()
    for symbol, default in zip(sample.conditions.symbols, defaults, strict=True):
        symbol.default = default
    found = [(symbol.index, value) for symbol, value in sample.conditions.explanation(sample.make(expression))]
    holds = table(expression)
    if holds == 0:
        assert found == []
        return

    def where(answers: list[tuple[int, bool]]) -> int:
        return functools.reduce(lambda a, one: a & (column(one[0]) if one[1] else negated(column(one[0]))), answers, EVERYWHERE)

    assert not where(found) & ~holds
    assert all(where([one for one in found if one != answer]) & ~holds for answer in found)
    told = sum(defaults[index] is not value for index, value in found)
    rows = [row for row in range(VALUATIONS) if holds >> row & 1]
    unknown = [index for index in SYMBOLS if defaults[index] is None]
    fewest = min(sum(bool(row >> i & 1) is not defaults[i] for i in SYMBOLS if i not in unknown) for row in rows)
    assert fewest <= told <= fewest + len(unknown)


def test_an_explanation_knows_what_can_not_be() -> None:
    sample = Sample()
    full, lora, rest = (sample.literals[index] for index in range(3))
    conditions = sample.conditions
    conditions.rule_out(conditions.both(full, lora))
    holds = conditions.both(conditions.both(full, conditions.negate(lora)), rest)
    assert [symbol.index for symbol, _ in conditions.explanation(holds)] == [0, 2]


@settings(few, max_examples=250)
@given(expressions, expressions, kinds, st.lists(combinations, max_size=3))
def test_surely(reaching: Expression, holding: Expression, of_kinds: list[str], impossible: list[Expression]) -> None:
    """For each choice of flags and versions: it can be reached, and wherever it is reached, it holds."""
    sample = Sample(of_kinds)
    for combination in impossible:
        sample.conditions.rule_out(sample.make(combination))
    found = sample.table(sample.conditions.surely(sample.make(reaching), sample.make(holding)))
    reached, holds = table(reaching), table(holding)
    for index, kind in enumerate(of_kinds):
        if kind == "exception":
            reached, holds = fixed(reached, index, False), fixed(holds, index, False)
    there_is = feasible(EVERYWHERE, impossible, mentioned(reached) | mentioned(holds))
    nobody_chooses = frozenset(index for index, kind in enumerate(of_kinds) if kind in ("fact", "exception"))
    can_be_reached = quantified(reached & there_is, nobody_chooses)
    can_be_spared = quantified(reached & there_is & ~holds, nobody_chooses)
    expected = can_be_reached & ~can_be_spared
    assert found & quantified(there_is, nobody_chooses) == expected
    assert bool(found) == bool(expected)
    assert not mentioned(found) & nobody_chooses


def test_what_is_sure_for_impossible_choices_only_is_not_sure() -> None:
    """`if mode == "a": checkpoint` and `if mode == "b": generate`: no run does both."""
    conditions = Conditions()
    _, is_a = conditions.symbol("`--mode` is 'a'", "`--mode` is not 'a'", flag=True)
    _, is_b = conditions.symbol("`--mode` is 'b'", "`--mode` is not 'b'", flag=True)
    conditions.rule_out(conditions.both(is_a, is_b))
    assert conditions.surely(is_b, is_a) == FALSE
    assert conditions.surely(is_b, conditions.negate(is_a)) == is_b  # it needs no word about "a"


def test_the_example_of_the_preface() -> None:
    conditions = Conditions()
    _, c = conditions.symbol("`--checkpoint` is on", "`--checkpoint` is off", flag=True)
    _, g = conditions.symbol("torch.cuda.is_available()", "no GPU", flag=False)
    _, m = conditions.symbol("enough_memory()", "not enough", flag=False)
    _, v = conditions.symbol("transformers is >=4.53", "transformers is older", flag=False, version=True)
    both = conditions.both
    assert conditions.surely(g, both(c, v)) == both(c, v)
    assert conditions.surely(g, both(m, v)) == FALSE
    assert conditions.can_be(both(g, both(m, v)))
    assert both(conditions.negate(c), both(c, v)) == FALSE


# --- budgets -------------------------------------------------------------------------------------------------------------


def grow(conditions: Conditions, nodes: int) -> None:
    """Make so many nodes, no more and no less: a new symbol is one."""
    for _ in range(nodes):
        conditions.symbol("", "", flag=False)


def test_a_budget_allows_so_many_nodes() -> None:
    conditions = Conditions()
    grow(conditions, 3)
    before, limit = conditions.size, conditions.budgets.limit
    with conditions.budget(5) as allowed:
        grow(conditions, 5)
        assert conditions.size == before + 5
        with pytest.raises(TooComplex) as caught:
            grow(conditions, 1)
    assert caught.value.budget is allowed
    assert conditions.size == before + 5
    assert conditions.budgets.limit == limit
    assert len(conditions.symbols) == before + 5  # the one too many isn't there
    grow(conditions, 20)


def test_what_counts_for_itself_is_spared_by_all_that_are_open() -> None:
    budgets = Budgets(20)
    with budgets.opened(5) as outer, budgets.opened(3) as inner:
        assert (budgets.limit, budgets.tightest) == (3, inner)
        budgets.spare(10)
        assert (outer.limit, inner.limit) == (15, 13)
        budgets.spare(10)
        assert (budgets.limit, budgets.tightest) == (20, None)  # the whole limit is spared nothing
    assert budgets.limit == 20


def test_the_whole_limit_is_nobodys_budget() -> None:
    conditions = Conditions()
    conditions.budgets.allow(4)
    with pytest.raises(TooComplex) as caught:
        grow(conditions, 5)
    assert caught.value.budget is None
    assert conditions.size == 4
    with pytest.raises(TooComplex) as caught, conditions.budget(10):
        grow(conditions, 1)
    assert caught.value.budget is None


def test_an_inner_budget_is_told_from_the_outer_one() -> None:
    conditions = Conditions()
    with conditions.budget(10) as outer:
        with pytest.raises(TooComplex) as caught, conditions.budget(4) as inner:
            grow(conditions, 5)
        assert caught.value.budget is inner
        grow(conditions, 4)
        with pytest.raises(TooComplex) as caught, conditions.budget(4) as inner:
            grow(conditions, 3)
        assert caught.value.budget is outer  # the inner one would have allowed it
        assert conditions.size == 10


def test_of_equal_budgets_the_outer_one_is_spent() -> None:
    conditions = Conditions()
    with pytest.raises(TooComplex) as caught, conditions.budget(4) as outer, conditions.budget(4):
        grow(conditions, 5)
    assert caught.value.budget is outer


def test_a_budget_ends_with_its_block_however_that_ends() -> None:
    conditions = Conditions()
    limit = conditions.budgets.limit

    def cut_short() -> None:
        with conditions.budget(2):
            raise KeyError

    with conditions.budget(6) as outer:
        with pytest.raises(KeyError):
            cut_short()
        grow(conditions, 6)
        with pytest.raises(TooComplex) as caught:
            grow(conditions, 1)
        assert caught.value.budget is outer
    assert conditions.budgets.limit == limit


def cost(expression: Expression) -> int:
    sample = Sample()
    sample.make(expression)
    return sample.conditions.size - COUNT


@few
@given(expressions, st.lists(st.integers(0, 30), min_size=1, max_size=3))
def test_nested_budgets_leave_what_is_smallest(expression: Expression, budgets: list[int]) -> None:
    sample = Sample()
    opened: list[Budget] = []

    def nested(waiting: list[int]) -> None:
        if not waiting:
            sample.make(expression)
            return
        with sample.conditions.budget(waiting[0]) as one:
            opened.append(one)
            nested(waiting[1:])

    limit = sample.conditions.budgets.limit
    if cost(expression) <= min(budgets):
        nested(budgets)
    else:
        with pytest.raises(TooComplex) as caught:
            nested(budgets)
        assert caught.value.budget is opened[budgets.index(min(budgets))]
        assert sample.conditions.size == COUNT + min(budgets)
    assert sample.conditions.budgets.limit == limit


@settings(few, max_examples=120)
@given(expressions, expressions, some, st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_what_was_cut_short_is_right_the_next_time(
    one: Expression, other: Expression, indexes: frozenset[int], budgets: list[int]
) -> None:
    """Whatever an operation had remembered when its budget was spent, later answers are those of the truth tables."""
    sample = Sample()
    conditions = sample.conditions
    known = [(index, index % 2 == 0) for index in sorted(indexes)]
    work: list[Callable[[Condition, Condition], Condition]] = [
        conditions.both,
        conditions.either,
        conditions.without,
        conditions.restrict,
        lambda a, b: conditions.negate(a),
        lambda a, b: conditions.exists(a, indexes),
        lambda a, b: conditions.given(a, known),
        conditions.surely,
    ]

    def run() -> None:
        a, b = sample.make(one), sample.make(other)
        for operation in work:
            operation(a, b)
            operation(b, a)

    for nodes in budgets:
        try:
            with conditions.budget(nodes):
                run()
        except TooComplex:
            pass
    run()
    fresh = Sample()
    a, b = sample.make(one), sample.make(other)
    c, d = fresh.make(one), fresh.make(other)
    assert sample.table(a) == table(one)
    assert conditions.meet(a, b) == bool(table(one) & table(other))
    assert sample.table(conditions.both(a, b)) == table(one) & table(other)
    assert sample.table(conditions.either(a, b)) == table(one) | table(other)
    assert sample.table(conditions.without(a, b)) == table(one) & ~table(other)
    assert sample.table(conditions.negate(a)) == negated(table(one))
    assert sample.table(conditions.exists(a, indexes)) == quantified(table(one), indexes)
    assert sample.table(conditions.given(a, known)) == fresh.table(fresh.conditions.given(c, known))
    assert sample.table(conditions.restrict(a, b)) == fresh.table(fresh.conditions.restrict(c, d))
    assert conditions.support(a) == mentioned(table(one))
    tables = [sample.table(Condition(node)) for node in range(conditions.size + 2)]
    assert len(set(tables)) == len(tables)  # still one node for each function


def test_an_explanation_says_nothing_of_what_holds_anyway() -> None:
    conditions = Conditions()
    trains, saves, other = (conditions.symbol(name, f"not {name}", flag=True)[1] for name in ("trains", "saves", "other"))
    reached = conditions.both(trains, conditions.either(saves, other))
    wanted = conditions.both(reached, saves)
    assert [symbol.text for symbol, _ in conditions.explanation(wanted)] == ["trains", "saves"]
    assert [symbol.text for symbol, _ in conditions.explanation(wanted, reached)] == ["saves"]
