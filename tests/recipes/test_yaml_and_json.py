"""Configs: values as their parsers read them, places as they are written, and nothing that a tag or an alias could do."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcheck_lint.recipes.model import UNKNOWN, Entry, Recipe, RecipeError
from gcheck_lint.recipes.reading import read, scalar

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
NAMES = st.text("abcxyz_é-.1", min_size=1, max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(
        st.characters(codec="utf-8", exclude_characters="{$?\x85\u2028\u2029", exclude_categories=["Cs", "Cc"]), max_size=12
    )
)
TREES = st.dictionaries(
    NAMES,
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)),
    min_size=1,
)


def only(path: str, text: str) -> Recipe:
    (recipe,) = read(path, text)
    return recipe


def values(text: str, path: str = "a.yaml") -> dict[str, object]:
    return {entry.name: entry.value for entry in only(path, text).entries}


def written(recipe: Recipe, *names: str) -> str:
    """The text of the value that a path of names leads to."""
    entries, found = recipe.entries, None
    for name in names:
        found = next(entry for entry in entries if entry.name == name)
        entries = found.children
    assert found is not None
    return recipe.text[found.place.start : found.place.end]


def whole(entries: tuple[Entry, ...]) -> dict[str, object]:
    return {one.name: whole(one.children) if one.children else one.value for one in entries}


def test_scalars_are_what_pyyaml_reads() -> None:
    text = "a: yes\nb: 'yes'\nc: 1e-5\nd: 1.0e-5\ne: 017\nf: ~\ng:\nh: 1_000\ni: .inf\nj: 2020-01-01\nk: !!str 1\nl: 'a: b' # c\n"
    assert values(text) == {
        "a": True,
        "b": "yes",
        "c": "1e-5",
        "d": 1e-5,
        "e": 15,
        "f": None,
        "g": None,
        "h": 1000,
        "i": float("inf"),
        "j": "2020-01-01",
        "k": "1",
        "l": "a: b",
    }
    assert [scalar(word) for word in ("true", "0", "1e-5", "x", "")] == [True, 0, "1e-5", "x", None]


@QUICK
@given(TREES, st.sampled_from([None, True, False]))
def test_whatever_is_dumped_is_read_as_pyyaml_reads_it(tree: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    told = only("a.yaml", text)
    assert {entry.name: entry.value for entry in told.entries} == {str(key): value for key, value in yaml.safe_load(text).items()}


@QUICK
@given(TREES, st.sampled_from([None, 1]))
def test_whatever_is_dumped_as_json_is_read_as_json(tree: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(tree, indent=indent)
    told = only("a.json", text)
    assert {entry.name: entry.value for entry in told.entries} == json.loads(text)
    for entry in told.entries:
        assert json.loads(text[entry.place.start : entry.place.end]) == entry.value
        assert json.loads(text[entry.key.start : entry.key.end]) == entry.name


def test_places_are_those_of_values_and_keys() -> None:
    recipe = only("a.yaml", "﻿x: 'ä𝕏'  # c\r\nsub:\r\n  deep: {a: 1, b: [x, 2]}\r\n")
    assert written(recipe, "x") == "'ä𝕏'"
    assert written(recipe, "sub", "deep") == "{a: 1, b: [x, 2]}"
    assert written(recipe, "sub", "deep", "b") == "[x, 2]"
    assert recipe.text[recipe.entries[1].key.start : recipe.entries[1].key.end] == "sub"


def test_aliases_and_merges_are_resolved_where_they_are_written() -> None:
    recipe = only("a.yaml", "base: &b\n  gc: true\n  n: 1\nrun:\n  <<: *b\n  n: 2\nother: *b\n")
    assert whole(recipe.entries)["run"] == {"gc": True, "n": 2}
    assert recipe.entries[2].value == {"gc": True, "n": 1}
    gc = recipe.entries[1].children[0]
    assert recipe.text.index("true") == gc.place.start
    first, second = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\n", "c:\n  <<: [*a, *b]\n"
    assert values(first + second)["c"] == yaml.safe_load(first + second)["c"] == {"x": 1, "y": 1, "z": 2}


def test_of_two_keys_the_last_counts() -> None:
    assert values("a: 1\nb: 2\na: 3\n") == {"a": 3, "b": 2}
    assert values('{"a": 1, "b": 2, "a": 3}', "a.json") == {"a": 3, "b": 2}


def test_nothing_is_constructed() -> None:
    found = values("a: !!python/object/apply:os.system [ls]\nb: !env HOME\nc: !!set {x}\nd: 1\n")
    assert found == {"a": UNKNOWN, "b": UNKNOWN, "c": UNKNOWN, "d": 1}


def test_what_is_filled_in_later_is_unknown() -> None:
    found = values("a: ${oc.env:X}\nb: x/${c}\nc: ???\nd: '{{ bos }} x'\ne: |\n  {% if x %}\nf: $HOME\n")
    assert found == {"a": UNKNOWN, "b": UNKNOWN, "c": UNKNOWN, "d": UNKNOWN, "e": UNKNOWN, "f": "$HOME"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "a: {{ .Values.x }}\nb: 1\n"),
        ("a.yaml", "{% if x %}\na: 1\n{% endif %}\n"),
        ("a.yaml", "name: run-{{ x }}\n"),
        ("a.json", '{"a": CONFIG_BATCH_SIZE}'),
        ("a.json", '{"a": {{ x }}}'),
        ("a.yaml", "- 1\n- 2\n"),
        ("a.yaml", ""),
        ("a.yaml", "# nothing\n---\n"),
        ("a.json", "[1, 2]"),
        ("a.json", '{"a": 1}\n{"a": 2}\n'),
        ("a.json", ""),
        ("a.txt", "a: 1\n"),
    ],
)
def test_templates_and_data_are_no_recipes(path: str, text: str) -> None:
    assert read(path, text) == []


def test_each_document_is_a_recipe() -> None:
    assert [one.entries[0].name for one in read("a.yml", "a: 1\n---\n- x\n---\nb: 2\n")] == ["a", "b"]


def test_comments_and_trailing_commas_are_let_pass() -> None:
    assert values('{\n // "a": 0\n "a": 1, /* x */ "b": [1, 2,],\n}', "a.json") == {"a": 1, "b": [1, 2]}


@pytest.mark.parametrize(
    ("path", "text", "row"),
    [
        ("a.yaml", "a: 1\nb: [1\nc: 2\n", 3),
        ("a.yaml", "a: 1\n b: 2\n", 2),
        ("a.yaml", "a: 1\n\tb: 2\n", 2),
        ("a.yaml", "a: 1\nb: *x\n", 2),
        ("a.yaml", "a: 1\nb: \0\n", 2),
        ("a.yaml", "a: 1\nb: \ud800\n", 2),
        ("a.yaml", "a: 1\n<<: 3\n", 2),
        ("a.yaml", "? [1, 2]\n: 3\n", 1),
        ("a.json", '{"a": 1\n "b": 2}', 2),
        ("a.json", '{\n"a": nope}', 2),
        ("a.json", '{"a": "x\n"}', 1),
        ("a.json", '{"a": 1} x', 1),
    ],
)
def test_what_cannot_be_read_has_a_row_and_a_reason(path: str, text: str, row: int) -> None:
    with pytest.raises(RecipeError) as error:
        read(path, text)
    assert error.value.row == row
    assert "\n" not in error.value.reason


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a\n" + "".join(f"  k{n}: 1\n" for n in range(1_000)) + "b:\n  <<: [" + "*a, " * 20_000 + "]\n"


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        MERGES,
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 50_000,
        "- " * 50_000,
        "a: 1\n" * 50_001,
        "".join(f"a{n}: &a{n} [*a{n - 1}]\n" if n else "a0: &a0 [x]\n" for n in range(9_000)),
    ],
)
def test_what_grows_without_end_is_refused_at_once(text: str) -> None:
    with pytest.raises(RecipeError, match=r"too|maximum"):
        read("a.yaml", text)


@pytest.mark.parametrize("text", ['{"a": ' * 40_000, '{"a": ' + "[" * 100_000, '{"a": [' + "1," * 60_000 + "1]}"])
def test_deep_and_large_json_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="too"):
        read("a.json", text)


def test_numbers_that_no_number_can_hold() -> None:
    assert values(f"a: {'9' * 5000}\nb: {'1:' * 190}1.5\nc: 0b\nd: {'1:' * 300}1\n") == {
        "a": UNKNOWN,
        "b": UNKNOWN,
        "c": "0b",
        "d": UNKNOWN,
    }
    assert values(f'{{"a": {"9" * 5000}}}', "a.json") == {"a": UNKNOWN}


def test_an_alias_within_itself() -> None:
    assert values("a: &a\n  b: *a\n  c: 1\n")["a"] == {"b": UNKNOWN, "c": 1}
