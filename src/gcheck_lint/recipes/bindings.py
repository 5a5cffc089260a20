"""What a recipe of the repository gives to the options of a script.

A *recipe* is a file or a command that starts a script: values for its options. A story that is told under the binding of one has
these values in the places of what is open without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
