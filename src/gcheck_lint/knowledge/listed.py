"""What files of knowledge list besides: names of layers and of what gives data, releases that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gcheck_lint.versions import Specifier


def dotted(package: str, names: Mapping[str, Sequence[str]]) -> Mapping[str, frozenset[str]]:
    """Lists of names within a package, by what they are listed for."""
    return {what: frozenset(f"{package}.{name}" for name in listed) for what, listed in names.items()}


def counting(libraries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Specifier]:
    """By library, the releases of which one has to show what is sure, where nobody says a version. For the others any will do."""
    listed = {name: data.get("releases", {}).get("counts") for name, data in libraries.items()}
    return {name: Specifier.parse(text) for name, text in listed.items() if text is not None}
