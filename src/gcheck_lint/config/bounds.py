"""Whether the versions that somebody asks for are among those that gclint knows something of."""

from __future__ import annotations

import functools
from enum import Enum

from gcheck_lint.config.releases import NEWEST, OLDEST
from gcheck_lint.versions import Specifier, Version


class Standing(Enum):
    """How a set of versions lies to those that are known."""

    KNOWN = "known"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"


def standing(library: str, wanted: Specifier) -> Standing:
    """Where a set of versions lies. A patch release counts as its series: 5.23.4 is known where 5.23.0 is."""
    if wanted.is_empty():
        return Standing.EMPTY
    first, after = _series(OLDEST[library]), _after(NEWEST[library])
    if wanted.both(Specifier.parse(f">={first}.dev0")) is None:
        return Standing.OLDER
    if wanted.both(Specifier.parse(f"<{after}.dev0")) is None:
        return Standing.NEWER
    return Standing.KNOWN


def known(library: str) -> str:
    """In words, from where to where something is known: `transformers 4.25 to 5.23`."""
    return f"{library} {_series(OLDEST[library])} to {_series(NEWEST[library])}"


def refusal(library: str, wanted: Specifier) -> str | None:
    """Why nothing can be judged for a set of versions that was chosen on purpose; None where something can."""
    match standing(library, wanted):
        case Standing.EMPTY:
            return f"no version is in `{wanted}`; gclint knows {known(library)}"
        case Standing.OLDER:
            return f"`{wanted}` is older than every version that gclint knows, {known(library)}"
        case _:
            return None


@functools.lru_cache(maxsize=1_024)  # asked for each file of a run, and a repository says few versions
def nearest(library: str, wanted: str, where: str) -> tuple[str | None, str | None]:
    """The versions to judge for, and what is to be said where they are not those that were asked for."""
    asked = Specifier.parse(wanted)
    match standing(library, asked):
        case Standing.EMPTY:
            return None, f"{where}: no version of {library} is in `{wanted}`, so it is ignored for target versions"
        case Standing.OLDER:
            said = f"{where}: {library} `{wanted}` is older than every version that gclint knows, {known(library)}"
            return f"=={OLDEST[library]}", f"{said}: judged for {OLDEST[library]}"
        case Standing.NEWER:
            said = f"{where}: {library} `{wanted}` is newer than every version that gclint knows, {known(library)}"
            return f"=={NEWEST[library]}", f"{said}: judged for {NEWEST[library]}"
        case _:
            return wanted, None


def _series(release: str) -> str:
    return ".".join(map(str, Version(release).release[:2]))


def _after(release: str) -> str:
    major, minor = Version(release).release[:2]
    return f"{major}.{minor + 1}"
