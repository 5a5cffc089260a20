"""Layers beside those behind the embeddings of words: of an encoder that hears, of a tower that sees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gcheck_lint.records import dataclass
from gcheck_lint.versions import Specifier

_INDEX: Final = "#"
_LAYERS: Final = 48  # a pattern may name some of the layers alone


@dataclass(frozen=True, slots=True)
class Tower:
    """How the modules of some classes' towers are called in some versions: those of their layers, and those before them."""

    classes: frozenset[str]
    versions: Specifier
    layers: tuple[str, ...]
    before: tuple[str, ...]

    def has(self, module: str) -> bool:
        """Whether a module of its layers has this last name."""
        return any(name.rpartition(".")[2] == module for name in self.layers)

    def is_reached(self, pattern: re.Pattern[str]) -> bool:
        """Whether LoRA goes into its layers, and nowhere before them, by a pattern of whole names."""
        if any(pattern.fullmatch(name) for name in self.before):
            return False
        return any(pattern.fullmatch(name.replace(_INDEX, str(index))) for name in self.layers for index in range(_LAYERS))


def towers_of(entries: Sequence[Mapping[str, Any]]) -> list[Tower]:
    """The towers that a file of knowledge tells of."""
    return [
        Tower(frozenset(one["classes"]), Specifier.parse(one["versions"]), tuple(one["layers"]), tuple(one["before"]))
        for one in entries
    ]
