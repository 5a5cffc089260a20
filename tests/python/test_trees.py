"""Trees that are kept by their text: what an editor's engine does not parse again."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import pytest

from gcheck_lint.python import syntax
from gcheck_lint.python.fragments import TREES
from gcheck_lint.text import source

_BODY = "".join(f"    value_{n} = rows[{n}] + {n}\n" for n in range(12))
_TWICE = f"def first(rows):\n{_BODY}\n\ndef second(rows):\n{_BODY}\n"


@pytest.fixture
def room() -> Iterator[None]:
    TREES.room = 10_000
    yield
    TREES.room = 0
    TREES.clear()


def bodies(text: str) -> list[cst.BaseSuite]:
    module = syntax.parse(source.from_bytes("script.py", text.encode()))
    return [module.body(one) for one in module.tree.body if isinstance(one, cst.FunctionDef)]


def test_a_body_that_has_not_changed_is_not_parsed_again(room: None) -> None:
    before = bodies(_TWICE.replace("first", "other"))
    after = bodies(f"rate = 1\n{_TWICE}")
    assert after[0] is before[0]
    assert after[0] is not after[1]


def test_two_bodies_of_one_text_are_two_trees_in_one_file(room: None) -> None:
    for _ in range(2):
        first, second = bodies(_TWICE)
        assert first is not second


def test_places_are_those_of_the_file_that_asks(room: None) -> None:
    for rows in (0, 3):
        module = syntax.parse(source.from_bytes("script.py", ("\n" * rows + _TWICE).encode()))
        function = next(one for one in module.tree.body if isinstance(one, cst.FunctionDef))
        statement = module.body(function).body[0]
        assert syntax.Site(module, statement).row == rows + 2


def test_no_more_is_kept_than_there_is_room_for(room: None) -> None:
    TREES.room = len(_BODY) * 2
    first = bodies(_TWICE)[0]
    for n in range(4):
        bodies(_TWICE.replace("value", f"value{n}"))
    assert bodies(_TWICE)[0] is not first


def test_without_room_nothing_is_kept() -> None:
    assert TREES.room == 0
    assert bodies(_TWICE)[0] is not bodies(_TWICE)[0]
