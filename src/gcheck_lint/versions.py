"""Sets of versions as targets and facts name them: PEP 440 by `packaging`, and alternatives (`==4.46.3 || >=5`).

Unlike `pip`, a pre-release counts as any other version of its place in the order: `>=4.57` holds 5.0rc1, since someone
does train with it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import field

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from gcheck_lint.errors import SettingsError, one_line
from gcheck_lint.records import dataclass

__all__ = ["Specifier", "Version", "is_version"]

_OR = "||"
_ENDLESS = re.compile(r"\d{100}")  # Python itself makes no number of 5,000 digits


@dataclass(frozen=True, slots=True)
class Specifier:
    """A set of versions: `>=4.46,<5`. The empty text holds every version."""

    text: str
    alternatives: tuple[SpecifierSet, ...] = field(compare=False)

    @classmethod
    @functools.cache
    def parse(cls, text: str) -> Specifier:
        """Raises SettingsError when `text` is no specifier set."""
        if _ENDLESS.search(text):
            raise SettingsError(f"`{text[:40]}…` is not a version specifier")
        try:
            # prereleases: every version counts by its place in the order
            sets = tuple(SpecifierSet(part, prereleases=True) for part in text.split(_OR))
        except InvalidSpecifier as error:
            hint = f"; did you mean `=={text.strip()}`?" if is_version(text.strip()) else ", such as `>=4.46,<5`"
            raise SettingsError(f"`{one_line(text)}` is not a version specifier{hint}") from error
        return cls(text.strip(), sets)

    @classmethod
    def union(cls, parts: Iterable[Specifier]) -> Specifier:
        """The versions that are in one of some sets."""
        texts = dict.fromkeys(text.strip() for part in parts for text in part.text.split(_OR))
        return cls.parse("" if "" in texts else f" {_OR} ".join(texts))

    def contains(self, version: str) -> bool:
        """Whether the version `version` is in the set. Raises ValueError when it is none."""
        return _contains(self, version)

    def named(self) -> list[str]:
        """The versions that it names, each with one right above it: if it holds any, it holds one of these, or the ends."""
        clauses = (clause for part in self.alternatives for clause in part)
        texts = dict.fromkeys(clause.version.removesuffix(".*") for clause in clauses)
        versions = sorted(Version(text) for text in texts if is_version(text))
        return [text for version in versions for text in (str(version), f"{version.base_version}.1")]

    def is_empty(self) -> bool:
        """Whether no version is in it."""
        return all(part.is_unsatisfiable() for part in self.alternatives)

    def both(self, other: Specifier) -> Specifier | None:
        """The versions that are in both; None when there are none."""
        kept = []
        for one in self.text.split(_OR):
            for two in other.text.split(_OR):
                clauses = dict.fromkeys(clause.strip() for clause in f"{one},{two}".split(",") if clause.strip())
                pins = [clause for clause in clauses if clause.startswith("==") and "*" not in clause]
                joined = Specifier.parse(",".join(clauses))
                if not joined.is_empty():
                    kept.append(Specifier.parse(pins[0]) if pins else joined)
        return Specifier.union(kept) if kept else None

    def __str__(self) -> str:
        return self.text


def is_version(text: str) -> bool:
    """Whether a text is a version of PEP 440."""
    if _ENDLESS.search(text):
        return False
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


@functools.lru_cache(maxsize=65_536)
def _contains(specifier: Specifier, version: str) -> bool:
    parsed = Version(version)
    return any(part.contains(parsed, prereleases=True) for part in specifier.alternatives)
