"""Guarded values against what they mean in plain Python: under each valuation of six symbols a value is exactly one thing."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcheck_lint.knowledge.kinds import Kind
from gcheck_lint.story.domain.conditions import FALSE, TRUE, Condition, TooComplex
from gcheck_lint.story.domain.guarded import GuardedStore
from gcheck_lint.story.domain.objects import Mapping, Sequence
from gcheck_lint.story.domain.values import AbstractObject, Constant, ExternalSymbol, GuardedUnion, Value, is_top

COUNT = 6
VALUATIONS = [dict(enumerate(answers)) for answers in itertools.product((False, True), repeat=COUNT)]

Guard: TypeAlias = tuple[tuple[int, bool], ...]  # symbols and their values, of which one is enough
Plan: TypeAlias = Any  # the name of a leaf, or (guard, plan, plan)

few = settings(derandomize=True, max_examples=60, deadline=None)
guards = st.lists(st.tuples(st.integers(0, COUNT - 1), st.booleans()), min_size=1, max_size=3).map(tuple)


def plans(leaves: list[str], most: int = 8) -> st.SearchStrategy[Plan]:
    return st.recursive(st.sampled_from(leaves), lambda inner: st.tuples(guards, inner, inner), max_leaves=most)


class Sample:
    """A store with six symbols, and values made by plan."""

    def __init__(self) -> None:
        self.store = GuardedStore()
        self.conditions = self.store.conditions
        self.literals = [self.store.nondeterministic(f"s{index}")[1] for index in range(COUNT)]
        self.leaves: dict[str, Value] = {
            "yes": Constant(True),
            "no": Constant(False),
            "one": Constant(1),
            "nothing": Constant(None),
            "a name": ExternalSymbol("torch.bfloat16"),
            "a model": AbstractObject(Kind.MODEL),
            "another model": AbstractObject(Kind.MODEL),
            "top": AbstractObject(Kind.UNKNOWN),
            "another top": AbstractObject(Kind.UNKNOWN),
            "empty": Sequence([]),
            "full": Sequence([Constant(1)]),
            "no entries": Mapping({}),
            "perhaps entries": Mapping({}, is_open=True),
        }

    def guard(self, guard: Guard) -> Condition:
        """That one of these symbols has its value."""
        negate = self.conditions.negate
        return self.conditions.any(self.literals[index] if value else negate(self.literals[index]) for index, value in guard)

    def make(self, plan: Plan) -> Value:
        if isinstance(plan, str):
            return self.leaves[plan]
        guard, on, off = plan
        return self.store.select(self.guard(guard), self.make(on), self.make(off))

    def holds(self, condition: Condition, valuation: dict[int, bool]) -> bool:
        while condition > TRUE:
            index, off, on = self.conditions._nodes[condition]
            condition = on if valuation[index] else off
        return condition == TRUE

    def here(self) -> list[dict[int, bool]]:
        """The valuations in which the path condition holds."""
        return [one for one in VALUATIONS if self.holds(self.store.path_condition, one)]

    def read(self, value: Value, valuation: dict[int, bool]) -> Value:
        """What a value is under a valuation: exactly one of its alternatives, and none of these is a union itself."""
        if not isinstance(value, GuardedUnion):
            return value
        (found,) = [one for guard, one in value.alternatives if self.holds(guard, valuation)]
        assert not isinstance(found, GuardedUnion)
        return found


def planned(plan: Plan, valuation: dict[int, bool]) -> str:
    """The leaf that a plan leads to."""
    while not isinstance(plan, str):
        guard, on, off = plan
        plan = on if any(valuation[index] is value for index, value in guard) else off
    return plan


def equal(a: Value, b: Value) -> bool:
    """One value, as far as anybody can tell: one top is as good as another."""
    if isinstance(a, Constant) and isinstance(b, Constant):
        return type(a.value) is type(b.value) and a.value == b.value
    return a is b or (is_top(a) and is_top(b))


LEAVES = list(Sample().leaves)


@few
@given(plans(LEAVES))
def test_select_is_if_then_else(plan: Plan) -> None:
    sample = Sample()
    value = sample.make(plan)
    for one in VALUATIONS:
        assert equal(sample.read(value, one), sample.leaves[planned(plan, one)])
    if isinstance(value, GuardedUnion):
        assert len(value.alternatives) > 1
        assert all(guard != FALSE for guard, _ in value.alternatives)
        pairs = itertools.combinations([one for _, one in value.alternatives], 2)
        assert not any(equal(a, b) for a, b in pairs)


@few
@given(plans(LEAVES), guards, guards)
def test_narrow_keeps_what_can_be_here(plan: Plan, first: Guard, then: Guard) -> None:
    sample = Sample()
    value, before = sample.make(plan), sample.make(((*first, *then), "a name", "nothing"))
    sample.store.path_condition = sample.conditions.both(sample.guard(first), sample.guard(then))
    narrowed = sample.store.narrow(value)
    written = sample.store.select(sample.store.path_condition, narrowed, before)
    for one in VALUATIONS:
        is_here = sample.holds(sample.store.path_condition, one)
        assert equal(sample.read(written, one), sample.read(value if is_here else before, one))
        if is_here:
            assert equal(sample.read(narrowed, one), sample.read(value, one))
    if isinstance(narrowed, GuardedUnion) and sample.store.path_condition != FALSE:
        assert len(narrowed.alternatives) > 1
        assert all(sample.conditions.meet(guard, sample.store.path_condition) for guard, _ in narrowed.alternatives)


@few
@given(plans(LEAVES), plans(["yes", "no", "a model"], 3), guards)
def test_each_is_the_function_of_what_it_is(plan: Plan, changed: Plan, path: Guard) -> None:
    """Of constants it makes the truth, of a model a value that is open itself; and what comes out is flat."""
    sample = Sample()
    value, other = sample.make(plan), sample.make(changed)
    seen: list[Value] = []

    def change(one: Value) -> Value:
        seen.append(one)
        if isinstance(one, Constant):
            return Constant(not one.value)
        return other if isinstance(one, AbstractObject) and one.kind is Kind.MODEL else one

    sample.store.path_condition = sample.guard(path)
    result = sample.store.each(value, change)
    here = sample.here()
    for one in here:
        leaf = sample.leaves[planned(plan, one)]
        expected = sample.read(change(leaf), one)
        assert equal(sample.read(result, one), expected)
    can_be = [sample.read(value, one) for one in here]
    assert all(any(equal(one, known) for known in can_be) for one in seen)  # it isn't asked what can't be here


@few
@given(guards, guards)
def test_a_condition_as_a_value_and_back(first: Guard, then: Guard) -> None:
    sample = Sample()
    condition = sample.conditions.both(sample.guard(first), sample.guard(then))
    value = sample.store.boolean(condition)
    assert sample.store.truth(value) == condition
    for one in VALUATIONS:
        assert equal(sample.read(value, one), Constant(sample.holds(condition, one)))


@few
@given(plans([leaf for leaf in LEAVES if "top" not in leaf and leaf != "perhaps entries"]))
def test_truth_is_that_of_each_alternative(plan: Plan) -> None:
    sample = Sample()
    off = ("no", "nothing", "empty", "no entries")
    truth = sample.store.truth(sample.make(plan))
    for one in VALUATIONS:
        assert sample.holds(truth, one) is (planned(plan, one) not in off)


OPEN = {
    "something unknown": lambda: AbstractObject(Kind.UNKNOWN, text="fast"),
    "a list of unknown length": lambda: Sequence(None, [Constant(1)]),
    "a dict that may hold more": lambda: Mapping({}, is_open=True),
}


@few
@given(plans(["yes", "no", "a model", "open"]), st.sampled_from(sorted(OPEN)))
def test_the_truth_of_an_open_value_is_one_symbol(plan: Plan, kind: str) -> None:
    sample = Sample()
    sample.leaves["open"] = OPEN[kind]()
    is_on = sample.store.truth(sample.leaves["open"])
    (asked,) = sample.conditions.support(is_on)
    truth = sample.store.truth(sample.make(plan))
    assert len(sample.conditions.symbols) == COUNT + 1
    for one, answer in itertools.product(VALUATIONS, (False, True)):
        leaf = planned(plan, one)
        assert sample.holds(truth, {**one, asked: answer}) is (answer if leaf == "open" else leaf != "no")


@few
@given(guards, guards, plans(["yes", "no"], 3), plans(["yes", "no"], 3), st.lists(guards, max_size=2))
def test_split_joins_its_cases(path: Guard, test: Guard, on: Plan, off: Plan, left: list[Guard]) -> None:
    """`left`: under what the first case and the second go on, if they don't go on as they began (a return, an exception)."""
    sample = Sample()
    conditions = sample.conditions
    entry = sample.store.path_condition = sample.guard(path)
    holds = sample.guard(test)
    ran: list[Condition] = []

    def case(number: int, plan: Plan) -> Value:
        ran.append(sample.store.path_condition)
        if number < len(left):
            sample.store.path_condition = conditions.both(sample.store.path_condition, sample.guard(left[number]))
        return sample.make(plan)

    cases = [(holds, lambda: case(0, on)), (conditions.negate(holds), lambda: case(1, off))]
    value = sample.store.split(cases)
    assert ran == [one for one in (conditions.both(entry, holds), conditions.without(entry, holds)) if one != FALSE]
    for one in VALUATIONS:
        number = 0 if sample.holds(holds, one) else 1
        goes_on = number >= len(left) or sample.holds(sample.guard(left[number]), one)
        assert sample.holds(sample.store.path_condition, one) is (sample.holds(entry, one) and goes_on)
        if sample.holds(entry, one):
            assert equal(sample.read(value, one), sample.leaves[planned((off, on)[number == 0], one)])


def test_more_alternatives_than_are_followed_are_widened() -> None:
    sample = Sample()

    def several(number: int) -> Value:
        value: Value = Constant(0)
        for bits in range(1, number):
            cube = TRUE
            for index in range(4):
                literal = sample.literals[index]
                cube = sample.conditions.both(cube, literal) if bits >> index & 1 else sample.conditions.without(cube, literal)
            value = sample.store.select(cube, Constant(bits), value)
        return value

    twelve = several(12)
    assert isinstance(twelve, GuardedUnion)
    assert len(twelve.alternatives) == 12
    assert is_top(several(13))


def test_a_union_that_is_nothing_here_is_left_alone() -> None:
    sample = Sample()
    sample.store.path_condition = FALSE
    value = sample.store.boolean(sample.literals[0])
    assert sample.store.narrow(value) is value
    assert is_top(sample.store.each(value, lambda one: one))
    assert sample.store.split([(TRUE, lambda: pytest.fail("not reached"))]) == Constant(None)


QUESTIONS = st.permutations([None, "", "a", "b", 0, 2]).flatmap(
    lambda values: st.integers(0, len(values)).map(lambda at: [*values[:at], "truth", *values[at:]])
)


@few
@given(QUESTIONS, st.integers(1, 7))
def test_what_an_open_value_is_asked_fits_together(questions: list[Any], asked: int) -> None:
    """Each value that it may have gives answers that can be; two answers that no value gives can't."""
    store = GuardedStore()
    thing = AbstractObject(Kind.UNKNOWN, text="mode")
    answers: dict[object, Condition] = {}
    for question in questions[:asked]:
        answers[question] = store.truth(thing) if question == "truth" else store.predicate(thing, ("is", question), "", "")
    values = [None, "", "a", "b", 0, 2, "another", ()]
    told = [{question: bool(value) if question == "truth" else value == question for question in answers} for value in values]
    for combination in itertools.product((False, True), repeat=len(answers)):
        cube = TRUE
        for answer, condition in zip(combination, answers.values(), strict=True):
            cube = store.conditions.both(cube, condition) if answer else store.conditions.without(cube, condition)
        assert store.conditions.can_be(cube) == (dict(zip(answers, combination, strict=True)) in told)
    for question, condition in answers.items():
        again = store.truth(thing) if question == "truth" else store.predicate(thing, ("is", question), "", "")
        assert again == condition


@pytest.mark.parametrize("nodes", range(12))
def test_a_question_without_room_for_it_is_asked_anew(nodes: int) -> None:
    """With all that its answer rules out, wherever its first asking was cut short."""
    store = GuardedStore()
    thing = AbstractObject(Kind.UNKNOWN, text="mode")
    thing.choices = ("a", "b", "")

    def ask() -> list[Condition]:
        return [store.predicate(thing, ("is", "a"), "", ""), store.predicate(thing, ("is", "b"), "", ""), store.truth(thing)]

    with contextlib.suppress(TooComplex), store.conditions.budget(nodes):
        ask()
        store.predicate(thing, ("is", ""), "", "")
    is_a, is_b, is_on = ask()
    is_empty = store.predicate(thing, ("is", ""), "", "")
    both, without, can_be = store.conditions.both, store.conditions.without, store.conditions.can_be
    cannot_be = [both(is_a, is_b), both(is_a, is_empty), both(is_b, is_empty), without(is_a, is_on), both(is_empty, is_on)]
    assert not any(map(can_be, cannot_be))
    assert not can_be(store.conditions.negate(store.conditions.any([is_a, is_b, is_empty])))


def test_a_value_that_turns_out_to_be_chosen_makes_flags_of_its_questions() -> None:
    store = GuardedStore()
    thing, other = AbstractObject(Kind.UNKNOWN, text="mode"), AbstractObject(Kind.UNKNOWN, text="device")
    asked, _ = store.truth(thing), store.truth(other)
    store.make_chosen(thing)
    assert [symbol.flag for symbol in store.conditions.symbols] == [True, False]
    assert not store.conditions.is_nondeterministic(asked)
