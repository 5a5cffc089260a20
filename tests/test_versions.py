"""PEP 440, as far as targets need it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gcheck_lint.errors import SettingsError
from gcheck_lint.versions import Specifier, Version

ORDER = [
    "4.9",
    "4.46.0.dev0",
    "4.46.0a1.dev3",
    "4.46.0a1",
    "4.46.0b2",
    "4.46.0rc1",
    "4.46.0rc2",
    "4.46",
    "4.46.post1.dev2",
    "4.46.post1",
    "4.46.1",
    "4.100",
    "5.0.dev3",
    "5.0rc1",
    "5.0.0",
    "1!0.1",
]


def test_order() -> None:
    for low, high in pairwise(ORDER):
        assert Version.parse(low) < Version.parse(high), (low, high)


@pytest.mark.parametrize(
    ("one", "other"),
    [("4.46", "4.46.0"), ("v4.46", "4.46"), ("5.0-RC.1", "5.0rc1"), ("1.0-1", "1.0.post1"), ("2.4+cu121", "2.4")],
)
def test_equal(one: str, other: str) -> None:
    assert Version.parse(one) == Version.parse(other)
    assert hash(Version.parse(one)) == hash(Version.parse(other))


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
    with pytest.raises(SettingsError, match="is no version specifier"):
        Specifier.parse(text)


def test_a_bare_version_gets_a_hint() -> None:
    with pytest.raises(SettingsError, match=r"did you mean `==4\.46`"):
        Specifier.parse("4.46")
