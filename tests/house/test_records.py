"""Our `dataclass` makes what the standard one makes, but that it does not stop who assigns to a frozen one."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from gcheck_lint import records

ALL: list[dict[str, bool]] = [
    {"frozen": frozen, "slots": slots, "eq": eq} for frozen in (False, True) for slots in (False, True) for eq in (False, True)
]


@records.dataclass(frozen=True, slots=True)
class Kept:
    """At the top, so that it can be pickled."""

    name: str
    inner: tuple[int, ...] = ()


def _plain(made: Any) -> Any:
    class Plain:
        first: int
        second: str = "x"
        noted: int = dataclasses.field(default=0, compare=False, repr=False)

    return made(Plain)


@pytest.mark.parametrize("said", ALL, ids=str)
def test_same_as_the_standard_one(said: dict[str, bool]) -> None:
    ours, standard = _plain(records.dataclass(**said)), _plain(dataclasses.dataclass(**said))
    assert [field.name for field in dataclasses.fields(ours)] == [field.name for field in dataclasses.fields(standard)]
    for kind in (ours, standard):
        one, same, other = kind(1), kind(1, noted=7), kind(2)
        for _ in range(2):  # what is compiled at the first call does the same at the second
            assert (one == same, one == other, one != other) == (said["eq"], False, True)
            assert one.__eq__(3) is NotImplemented
        assert repr(one).endswith("Plain(first=1, second='x')")
        assert dataclasses.replace(one, first=2).first == 2
        if said["eq"] and not said["frozen"]:
            assert kind.__hash__ is None
        else:
            assert (hash(one) == hash(same)) is said["eq"]
            assert (len({one, same, other})) == (2 if said["eq"] else 3)
        assert hasattr(one, "__dict__") is not said["slots"]


def test_an_own_method_stays() -> None:
    @records.dataclass(frozen=True)
    class Own:
        name: str

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

    assert (Own("a") == Own("b"), hash(Own("a")), repr(Own("a"))) == (True, 7, "own")


def test_a_subclass_compares_its_own_fields() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Inner(Kept):
        more: int = 0

    assert Kept("a") == Kept("a")
    assert Inner("a", more=1) != Inner("a", more=2)
    assert Kept("a") != Inner("a")
    assert hash(Inner("a")) == hash(("a", (), 0))


def test_ordered_and_empty_ones() -> None:
    @records.dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        number: int

    @records.dataclass(frozen=True, slots=True)
    class Empty:
        pass

    assert sorted([Ordered(2), Ordered(1)]) == [Ordered(1), Ordered(2)]
    assert (Empty() == Empty(), hash(Empty()), repr(Empty()).endswith("Empty()")) == (True, hash(()), True)


def test_copied_pickled_and_matched() -> None:
    one = Kept("a", (1, 2))
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    match one:
        case Kept(name, inner):
            assert (name, inner) == ("a", (1, 2))
