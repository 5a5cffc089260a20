"""Which versions of transformers a release of another library can be used with: what it asks for, and what it imports at its top.

`requires.txt` is read off the wheels by tools/requires_table.py. What lies between two that were looked at is as either of them.
"""

from __future__ import annotations

import functools
from pathlib import Path

from gcheck_lint import knowledge
from gcheck_lint.versions import Specifier, Version

_TABLE = Path(__file__).parent / "requires.txt"
_NOTHING = "-"


@functools.lru_cache(maxsize=1_024)  # asked for each combination of releases
def requires(library: str, release: str) -> Specifier:
    """The versions of transformers that a release of another library can be used with; all of them where nothing is known."""
    known, version = knowledge.load().releases(library), Version(release)
    older = [one for one in known if Version(one) <= version][-1:] or known[:1]
    newer = [one for one in known if Version(one) >= version][:1]
    asked = {_from_on(library, one) for one in (*older, *newer)}
    return Specifier.parse("" if "" in asked else " || ".join(sorted(asked)))


def _from_on(library: str, release: str) -> str:
    """What is listed for a release, or for the one since which nothing has changed."""
    listed = [wanted for since, wanted in _listed().get(library, ()) if Version(since) <= Version(release)]
    return listed[-1] if listed else ""


@functools.cache
def _listed() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            library, release, wanted = line.split()
            found.setdefault(library, []).append((release, "" if wanted == _NOTHING else wanted))
    return found
