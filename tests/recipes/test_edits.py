"""Edits of recipes: the value changes, and nothing else of the file."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gcheck_lint.recipes.edits import Plain, added, replaced
from gcheck_lint.recipes.model import Entry, Recipe
from gcheck_lint.recipes.reading import read
from gcheck_lint.text.spans import Edit
from tests.recipes.test_yaml_and_json import NAMES, SCALARS, TREES

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)


def entry(recipe: Recipe, name: str) -> Entry:
    waiting = list(recipe.entries)
    while waiting:
        one = waiting.pop(0)
        if one.name == name:
            return one
        waiting += one.children
    raise LookupError(name)


def applied(text: str, edit: Edit | None) -> str | None:
    return None if edit is None else text[: edit.start] + edit.content + text[edit.end :]


def put(path: str, text: str, name: str, value: Plain) -> str | None:
    recipe = read(path, text)[0]
    return applied(text, replaced(recipe, entry(recipe, name), value))


def inserted(path: str, text: str, after: str, name: str, value: Plain) -> str | None:
    recipe = read(path, text)[0]
    return applied(text, added(recipe, entry(recipe, after), name, value))


@pytest.mark.parametrize(
    ("path", "before", "value", "after"),
    [
        ("a.yaml", "x: 1\na: True  # c\nb: 2\n", False, "x: 1\na: False  # c\nb: 2\n"),
        ("a.yaml", "a: yes", False, "a: no"),
        ("a.yaml", "a: 'on'\n", False, "a: off\n"),
        ("a.yaml", "a: 'x'\n", "y", "a: 'y'\n"),
        ("a.yaml", 'a: "x"\n', 'q"r', 'a: "q\\"r"\n'),
        ("a.yaml", "a: x\n", "no", 'a: "no"\n'),
        ("a.yaml", "a: x\n", "b: c", 'a: "b: c"\n'),
        ("a.yaml", "a: 1\n", 1e-5, "a: 1.0e-05\n"),
        ("a.yaml", "a: x\r\nb: 1\r\n", None, "a: null\r\nb: 1\r\n"),
        ("a.yaml", "s:\n  t: {a: 1, b: 2}\n", 3, "s:\n  t: {a: 3, b: 2}\n"),
        ("a.json", '{"a": true, "b": 1}', False, '{"a": false, "b": 1}'),
        (
            ".vscode/launch.json",
            '{"configurations": [{"type": "python", "program": "t.py", "args": ["--a", "True"]}]}',
            False,
            '{"configurations": [{"type": "python", "program": "t.py", "args": ["--a", "False"]}]}',
        ),
        ("a.sh", "python t.py --a True \\\n  --b\n", False, "python t.py --a False \\\n  --b\n"),
        ("a.sh", "python t.py --a \\\n  'x' --b", "y z", "python t.py --a \\\n  'y z' --b"),
        ("a.sh", "python t.py --a=1", False, "python t.py --a=0"),
        ("a.sh", 'A=(--a x)\npython t.py "${A[@]}"', "y z", "A=(--a 'y z')\npython t.py \"${A[@]}\""),
        ("Makefile", "t:\n\tpython t.py --a true --b 1\n", False, "t:\n\tpython t.py --a false --b 1\n"),
    ],
)
def test_a_value_is_set(path: str, before: str, value: Plain, after: str) -> None:
    assert put(path, before, "a", value) == after


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "a: &x 1\nb: *x\n"),
        ("a.yaml", "b: &x 1\na: *x\n"),
        ("a.yaml", "x: &x\n  a: 1\ny: *x\n"),
        ("a.yaml", "x: &x\n  a: 1\ny:\n  <<: *x\n"),
        ("a.yaml", "a: |\n  x\n"),
        ("a.yaml", "a: x\n  y\n"),
        ("a.yaml", "a: [1]\n"),
        ("a.yaml", "a:\nb: 1\n"),
        ("a.yaml", "a: !!str 1\n"),
        ("a.json", '{"a": [1]}'),
        ("a.sh", "X=1\npython t.py --a $X\n"),
        ("a.sh", "X='--a 1'\npython t.py $X\npython u.py $X\n"),
        ("a.sh", 'A=(--a 1)\npython t.py "${A[@]}"\npython u.py "${A[@]}"\n'),
        ("a.sh", "python t.py --a x$Y\n"),
        ("a.sh", "python t.py --a\n"),
        ("a.sh", "python t.py --a 1 2\n"),
    ],
)
def test_what_is_not_written_there_alone_is_left_as_it_is(path: str, text: str) -> None:
    assert put(path, text, "a", 7) is None


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.yaml", "a: 1  # c\nb: 2\n", "a: 1  # c\nn: false\nb: 2\n"),
        ("a.yaml", "x:\r\n  a: 1\r\n", "x:\r\n  a: 1\r\n  n: false\r\n"),
        ("a.yaml", "a:\n  - 1\n  - 2\nb: 2\n", "a:\n  - 1\n  - 2\nn: false\nb: 2\n"),
        ("a.yaml", "a: 1", "a: 1\nn: false"),
        ("a.json", '{\n  "a": 1,\n  "b": 2\n}', '{\n  "a": 1,\n  "n": false,\n  "b": 2\n}'),
        ("a.json", '{\n\t"a": {\n\t\t"x": 1\n\t}\n}\n', '{\n\t"a": {\n\t\t"x": 1\n\t},\n\t"n": false\n}\n'),
    ],
)
def test_a_key_is_added_on_its_own_line(path: str, before: str, after: str) -> None:
    assert inserted(path, before, "a", "n", False) == after


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "x: {a: 1}\n"),
        ("a.yaml", "a: 1\nn: 2\n"),
        ("a.yaml", "a: |\n  x\n\nb: 1\n"),
        ("a.yaml", "x: &x\n  a: 1\ny: *x\n"),
        ("a.json", '{"a": 1}'),
        ("a.json", '{\n  "a": 1 // c\n}'),
        ("a.sh", "python t.py --a 1\n"),
    ],
)
def test_where_a_line_more_is_not_surely_right_none_is_added(path: str, text: str) -> None:
    assert inserted(path, text, "a", "n", False) is None


def paths(tree: dict[str, Any]) -> list[tuple[str, ...]]:
    """The ways to all values but lists and mappings."""
    found: list[tuple[str, ...]] = []
    for name, value in tree.items():
        found += (
            [(name, *rest) for rest in paths(value)] if isinstance(value, dict) else [] if isinstance(value, list) else [(name,)]
        )
    return found


def at(entries: tuple[Entry, ...], way: tuple[str, ...]) -> Entry:
    found = next(one for one in entries if one.name == way[0])
    return at(found.children, way[1:]) if way[1:] else found


@QUICK
@given(TREES, SCALARS, st.data(), st.sampled_from(["flow", "block", "json"]), NAMES, st.booleans())
def test_only_what_is_asked_for_changes(
    tree: dict[str, Any], value: Any, data: st.DataObject, kind: str, name: str, add: bool
) -> None:
    is_json = kind == "json"
    text = json.dumps(tree, indent=2) if is_json else yaml.safe_dump(tree, default_flow_style=kind == "flow", allow_unicode=True)
    assume(ways := paths(tree))
    load = json.loads if is_json else yaml.safe_load
    assume(load(text) == tree)
    way = data.draw(st.sampled_from(ways))
    recipe = read("a.json" if is_json else "a.yaml", text)[0]
    found = at(recipe.entries, way)
    changed = applied(text, added(recipe, found, name, value) if add else replaced(recipe, found, value))
    if changed is None:
        return
    inner = tree
    for one in way[:-1]:
        inner = inner[one]
    assert not add or name not in inner
    inner[name if add else way[-1]] = value
    assert (
        repr(sorted(load(changed).items())) == repr(sorted(load(json.dumps(tree) if is_json else yaml.safe_dump(tree)).items()))
        or load(changed) == tree
    )


def test_most_plain_values_can_be_set() -> None:
    text = yaml.safe_dump({"a": {"b": True, "c": 1, "d": 1.5, "e": "x", "f": "a: b"}, "g": None})
    recipe = read("a.yaml", text)[0]
    ways = [("a", name) for name in "bcdef"] + [("g",)]
    assert all(
        replaced(recipe, at(recipe.entries, way), value) is not None
        for way in ways
        for value in (True, 3, 2.5, "y", "p: q", None)
    )
