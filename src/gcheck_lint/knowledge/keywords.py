"""Which keywords trainers and their arguments take, by release.

`keywords.txt` says of each class which release brought a keyword and which one took it away (tools/keyword_table.py reads it
off the wheels). A bound lies right above the last release that is known not to take it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gcheck_lint.records import dataclass

_TABLE = Path(__file__).parent / "keywords.txt"
_ANYTHING = "**"
_REST: Final = {f"<{name}": ("transformers", name) for name in ("TrainingArguments", "Trainer")}


@dataclass(frozen=True, slots=True)
class _Class:
    """A class: what bounds each of its keywords (empty: nothing), and the classes of other libraries that take the rest."""

    library: str
    bounds: dict[str, str]
    rest: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all that it takes is known."""
        return _ANYTHING not in self.bounds and all(base in _REST for base in self.rest)


def bound(name: str, keyword: str) -> tuple[str, str] | None:
    """The library, and its releases that take a keyword in the constructor of a class by its dotted name; None for any."""
    having = [taken for taken in _chain(name) if keyword in taken.bounds]
    if len(having) != 1 or not having[0].bounds[keyword]:
        return None  # what two classes of two libraries take, one of them may take where the other one does not
    return having[0].library, having[0].bounds[keyword]


def is_never_taken(name: str, keyword: str) -> bool:
    """Whether the constructor of a class takes a keyword in no release; False for a class of which that is not known."""
    chain = list(_chain(name))
    return bool(chain) and all(taken.is_whole and keyword not in taken.bounds for taken in chain)


def takes(name: str, keyword: str) -> bool:
    """Whether the constructor of a class takes a keyword in some release; False for a class of which that is not known."""
    return any(keyword in taken.bounds for taken in _chain(name))


def is_whole(name: str) -> bool:
    """Whether all keywords are known that a class takes in some release."""
    chain = list(_chain(name))
    return bool(chain) and all(taken.is_whole for taken in chain)


def _chain(name: str) -> Iterator[_Class]:
    """A class, and those of other libraries that take the rest."""
    package, _, rest = name.partition(".")
    found = _classes().get((package, rest.rpartition(".")[2]))
    if found is None:
        return
    for base in found.rest:
        known = _classes().get(_REST.get(base, ("", "")))
        if known is not None:
            yield known
    yield found


@functools.cache
def _classes() -> dict[tuple[str, str], _Class]:
    found: dict[tuple[str, str], _Class] = {}
    library, releases, words = "", [""], [""]
    for line in [*_TABLE.read_text(encoding="utf-8").splitlines(), "end"]:
        if line.startswith("  "):
            words += line.split()
            continue
        if words[0]:
            found[library, words[0]] = _class(library, releases, words[1:])
        if line.startswith(" "):
            words = line.split()
        else:
            library, *releases = line.split()
            words = [""]
    return found


def _class(library: str, releases: list[str], words: list[str]) -> _Class:
    bounds: dict[str, str] = {}
    for word in words:
        if not word.startswith("<"):
            rest, _, went = word.partition("-")
            name, _, came = rest.partition("+")
            spans = [f">{releases[releases.index(came) - 1]}"] if came else []
            bounds[name] = ",".join([*spans, *([f"<{went}"] if went else [])])
    return _Class(library, bounds, tuple(word for word in words if word.startswith("<")))
