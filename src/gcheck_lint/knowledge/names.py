"""Which classes can be imported from the top of a library, by release.

`names.txt` says which release brought a name and which one took it away, and which names tell no release from another
(tools/name_table.py reads it off the wheels). A bound lies right above the last release that is known not to have it: what lies
between two that were looked at is not ruled out.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

_TABLE: Final = Path(__file__).parent / "names.txt"
_CLASS: Final = re.compile(r"(?!Flax|TF)[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*\Z")  # of JAX and TensorFlow none are listed
_ALIASED: Final = re.compile(r"(TokenizerFast|ImageProcessorFast)\Z")  # 5.0 and later make these up


def bounds(library: str, name: str) -> tuple[str, ...]:
    """The bounds of the releases that have a name; none where it was always there, or where nothing is known of it."""
    return _spans().get((library, name), ())


def is_nowhere(library: str, name: str, *, newer: bool) -> bool:
    """Whether no release of a library has a class of this name. `newer`: it may be one after those that are known.

    Then only one counts that some release has in other letters: no newer one will name it so again.
    """
    spans = _spans()
    if (library, "") not in spans or (library, name) in spans or not _CLASS.match(name) or _ALIASED.search(name):
        return False
    return not newer or (library, name.lower()) in _in_small_letters()


@functools.cache
def _in_small_letters() -> frozenset[tuple[str, str]]:
    return frozenset((library, name.lower()) for library, name in _spans())


@functools.cache
def _spans() -> dict[tuple[str, str], tuple[str, ...]]:
    """The bounds of each name, none for what was always there. Each library is listed without a name as well."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    library, releases, bound = "", [""], ""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if line[0] in "+-":
            release = words.pop(0)[1:]
            bound = f">{releases[releases.index(release) - 1]}" if line[0] == "+" else f"<{release}"
        elif line[0] == "=":
            words, bound = words[1:], ""
        elif line[0] != " ":
            library, releases = words[0], words[1:]
            found[library, ""] = ()
            continue
        for name in words:
            found[library, name] = (*found.get((library, name), ()), *([bound] if bound else []))
    return found
