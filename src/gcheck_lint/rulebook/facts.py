"""Reads rules/facts.toml: the runs that the cards name by their ids, each of one state by itself, on many versions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

import tomli

from gcheck_lint.records import dataclass
from gcheck_lint.rulebook import cards

FILE: Final = "facts.toml"
PAGE: Final = "docs/evidence.md"  # where all of it can be read; the heading of a fact is its id


@dataclass(frozen=True, slots=True)
class Fact:
    """What was run, on which versions of transformers, and what was seen."""

    name: str
    title: str
    versions: tuple[str, ...]
    run: str
    seen: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where it is told."""
        return f"{PAGE}#{self.name.lower()}"


@dataclass(frozen=True, slots=True)
class Facts:
    """All of them by id. `about` says how they were run, `libraries` with which releases besides, by version."""

    about: str
    libraries: Mapping[str, str]
    by_name: Mapping[str, Fact]


@functools.cache
def load() -> Facts:
    """The facts beside the cards."""
    data = tomli.loads((cards.directory() / FILE).read_text(encoding="utf-8"))
    facts = {
        one["id"]: Fact(
            one["id"],
            one["title"],
            tuple(data[one["versions"]] if isinstance(one["versions"], str) else one["versions"]),
            one["run"],
            tuple(one["seen"]),
        )
        for one in data["fact"]
    }
    return Facts(data["about"], data["libraries"], facts)
