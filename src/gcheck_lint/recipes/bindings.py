"""What a recipe of the repository gives to the options of a script.

A *recipe* is a file or a command that starts a script: values for its options. A story that is told under the binding of one has
these values in the places of what is open without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

Way = tuple[str, ...]  # the names of the mappings that lead to a value, and its own


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a recipe: from one offset of its text to another."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a recipe gives. `value`: None, bool, int, float, str, list or dict of these, or UNKNOWN (recipes.model).

    `inner`: of a mapping, what it holds. `written`: it is a word of a command line, which the script's parser converts.
    """

    value: object
    spot: Spot | None
    inner: Mapping[str, Given] = field(default_factory=dict)
    written: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """One recipe, as a script meets it. Names have underscores for dashes.

    `options`: what a parser is given; None where no parser is fed by it. `is_open`: more may be given than is seen (`"$@"`).
    `document`: what the file of settings holds that the script reads by itself, or that Hydra hands to it. `texts`: of the
    recipes in which its values stand, by path.
    """

    options: Mapping[str, Given] | None = None
    is_open: bool = False
    document: Mapping[str, Given] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[Way, Given]]:
        """All that is given, with the way to it: what a mapping holds before the mapping."""
        yield from _entries(self.options or {}, ())
        yield from _entries(self.document or {}, ())

    def leaves(self) -> Iterator[tuple[Way, Given]]:
        """The values that hold no others."""
        return ((way, one) for way, one in self.entries() if not one.inner)

    def changed(self, way: Way, value: Given | None) -> Binding:
        """The same with another value, or without it and without a mapping of which nothing is left then."""
        options, document = (None if one is None else _changed(one, way, value) for one in (self.options, self.document))
        return replace(self, options=options, document=document)


def mapping(inner: Mapping[str, Given], spot: Spot | None) -> Given:
    """What a mapping gives that holds these."""
    return Given({name: one.value for name, one in inner.items()}, spot, inner)


def _entries(given: Mapping[str, Given], above: Way) -> Iterator[tuple[Way, Given]]:
    for name, one in given.items():
        yield from _entries(one.inner, (*above, name))
        yield (*above, name), one


def _changed(given: Mapping[str, Given], way: Way, value: Given | None) -> dict[str, Given]:
    made: dict[str, Given] = {}
    for name, one in given.items():
        if name != way[0] or (len(way) > 1 and not one.inner):
            made[name] = one
        elif len(way) > 1:
            inner = _changed(one.inner, way[1:], value)
            made.update({name: mapping(inner, one.spot)} if inner else {})
        elif value is not None:
            made[name] = value
    return made
