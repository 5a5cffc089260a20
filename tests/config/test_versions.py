"""PEP 440, as far as targets need it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from gcheck_lint.errors import SettingsError
from gcheck_lint.versions import Specifier


@pytest.mark.parametrize(
    ("specifier", "inside", "outside"),
    [
        (">=4.25", "4.25 4.25.0 5.0rc1 5.3", "4.24.9 4.25rc1"),
        (">=4.46,<5", "4.46 4.57.6", "4.45.2 5.0 5.0rc1 5.0.dev0"),
        ("<5.0rc2", "5.0rc1 4.9", "5.0rc2 5.0"),
        ("==4.46.*", "4.46 4.46.3 4.46.0rc1", "4.47 4.4 4.460"),
        ("==4", "4 4.0.0", "4.0.1"),
        ("!=4.46.*", "4.47 4.45.9", "4.46 4.46.2"),
        ("!=4.46.1", "4.46", "4.46.1 4.46.1.0"),
        ("~=4.46.1", "4.46.1 4.46.9", "4.46.0 4.47"),
        ("~=4.46", "4.46 4.99", "4.45 5.0"),
        (">4.46", "4.46.1 4.47", "4.46 4.46.post1"),
        ("<=4.46", "4.46.0 4.46rc1", "4.46.1"),
        (" >= 4.40 , != 4.45.0 ,", "4.44", "4.45"),
        ("", "0.1 5.0rc1", ""),
        ("==4.46.3 || >=5", "4.46.3 5.1", "4.46.2 4.57"),
    ],
)
def test_contains(specifier: str, inside: str, outside: str) -> None:
    parsed = Specifier.parse(specifier)
    assert [version for version in inside.split() if not parsed.contains(version)] == []
    assert [version for version in outside.split() if parsed.contains(version)] == []


def test_text_is_kept() -> None:
    assert str(Specifier.parse(">=4.46,<5")) == ">=4.46,<5"


@pytest.mark.parametrize("text", ["4.46", ">= ", "=>4.46", ">=4.46.*", "~=4", ">=four", ">=4.46 <5", "^4.46"])
def test_bad_text(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a version specifier"):
        Specifier.parse(text)


def test_a_bare_version_gets_a_hint() -> None:
    with pytest.raises(SettingsError, match=r"did you mean `==4\.46`"):
        Specifier.parse("4.46")


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (">=4.40", "==4.46.3", "==4.46.3"),
        (">=4.40", "<5", ">=4.40,<5"),
        ("", ">=4.40", ">=4.40"),
        (">=4.40", "==4.36.2", None),
        ("<4", ">=4", None),
        ("==4.36.2 || >=5", ">=4.40", ">=5,>=4.40"),
        (">=1 || <0.5", "==4.40.*", ">=1,==4.40.*"),
    ],
)
def test_intersection(one: str, other: str, both: str | None) -> None:
    found = Specifier.parse(one).both(Specifier.parse(other))
    assert (None if found is None else str(found)) == both


def test_union() -> None:
    old, new, every = (Specifier.parse(text) for text in ("==4.36.2", ">=5", ""))
    assert str(Specifier.union([old, new, old])) == "==4.36.2 || >=5"
    assert str(Specifier.union([every, new])) == ""


def test_a_hole_is_no_contradiction() -> None:
    asked, constraint = Specifier.parse("!=4.53.*,>=4.53"), Specifier.parse("<5")
    both = asked.both(constraint)
    assert both is not None
    assert both.contains("4.57.1")
    assert not both.contains("4.53.2")


RELEASES = st.sampled_from(("4", "4.25", "4.46", "4.46.3", "4.53", "4.53.1", "4.57.6", "5", "5.0.0", "5.0rc1", "5.3.0.post1"))
CLAUSES = st.one_of(
    st.builds("{}{}".format, st.sampled_from((">=", "<=", ">", "<", "==", "!=")), RELEASES),
    st.sampled_from(("==4.46.*", "!=4.53.*", "!=5.*", "~=4.46", "~=4.53.1", "==5.*")),
)
SETS = st.lists(CLAUSES, max_size=4).map(",".join)


@given(SETS)
@settings(max_examples=500, deadline=None)
def test_empty_is_what_packaging_calls_unsatisfiable(text: str) -> None:
    assert Specifier.parse(text).is_empty() is SpecifierSet(text, prereleases=True).is_unsatisfiable()


@given(st.lists(SETS, min_size=1, max_size=2), st.lists(SETS, min_size=1, max_size=2), RELEASES)
@settings(max_examples=500, deadline=None)
def test_both_holds_what_is_in_both(ones: list[str], others: list[str], version: str) -> None:
    one, other = (Specifier.parse(" || ".join(texts)) for texts in (ones, others))
    both = one.both(other)
    assert (both is not None and both.contains(version)) is (one.contains(version) and other.contains(version))
    every = all(
        (SpecifierSet(a, prereleases=True) & SpecifierSet(b, prereleases=True)).is_unsatisfiable() for a in ones for b in others
    )
    assert (both is None) is every
