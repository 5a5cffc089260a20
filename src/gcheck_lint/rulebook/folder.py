"""Where the cards are, without reading one."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from gcheck_lint.errors import GclintError


def directory() -> Path:
    """In the package, or for an editable install in the checkout around it. Raises GclintError where there are none."""
    here = Path(__file__).resolve().parent
    for place in (here, here.parents[2] / "rules"):
        if next(place.glob("GCK*.md"), None) is not None:
            return place
    raise GclintError("the rule documentation is missing from this installation of gclint")


@functools.cache
def files() -> Mapping[str, Path]:
    """Each rule's card by its code: a card's name begins with it."""
    return {path.name[:6]: path for path in directory().glob("GCK*.md")}
