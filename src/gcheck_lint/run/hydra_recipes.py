"""What Hydra hands to a script: a primary configuration, those of the groups that it chooses, and what a command line overrides.

It is composed as far as it is plain: `defaults` with groups and options, `_self_`, packages in a file's first line. What is not
(interpolated options, `optional`, packages in the list) leaves the whole composition unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from gcheck_lint.recipes.bindings import Given, mapping
from gcheck_lint.recipes.model import UNKNOWN
from gcheck_lint.records import dataclass

_DEEP: Final = 6  # configurations that name each other
_PACKAGE: Final = re.compile(r"#\s*@package\s+(?P<name>[\w.]+)")
_GLOBAL: Final = ("_global_", "_group_")
Load = Callable[[Path], "tuple[str, Mapping[str, Given]] | None"]  # text and keys of a configuration, by its path


@dataclass(slots=True)
class Composer:
    """Composes one configuration. `chosen`: options of groups that the command line chooses; `met`: the files that were read."""

    folder: Path
    load: Load
    chosen: Mapping[str, str] = field(default_factory=dict)
    met: dict[Path, str] = field(default_factory=dict)

    def compose(self, name: str) -> dict[str, Given] | None:
        """All that a configuration says, with that of its groups; None where it is not plain."""
        return self._file(name.removesuffix(".yaml"), _DEEP)

    def _file(self, name: str, deep: int) -> dict[str, Given] | None:
        path = Path(f"{self.folder / name}.yaml")
        found = self.load(path) if deep else None
        if found is None:
            return None
        text, keys = found
        self.met[path] = text
        listed = keys.get("defaults")
        own = {key: one for key, one in keys.items() if key not in ("defaults", "hydra")}
        items = [] if listed is None else listed.value
        if not isinstance(items, list):
            return None
        made: dict[str, Given] = {}
        has_self = "_self_" in items
        for item in items:
            part = own if item == "_self_" else self._item(item, name, deep)
            if part is None:
                return None
            merge(made, part)
        if not has_self:  # releases differ in which of the two goes first, so what both say is not known
            merge(made, own, unless_equal=True)
        return made

    def _item(self, item: object, name: str, deep: int) -> dict[str, Given] | None:
        """What one line of `defaults` brings."""
        group, option = next(iter(item.items())) if isinstance(item, dict) and len(item) == 1 else ("", item)
        if option is None:
            return {}
        if not isinstance(option, str) or not isinstance(group, str) or "$" in option or "@" in group or " " in group:
            return None
        if group.startswith("hydra"):
            return {}
        beside = name.rpartition("/")[0]
        inner = group.strip("/") if group.startswith("/") or not beside else f"{beside}/{group}".strip("/")
        option = self.chosen.get(group, option)
        place = f"{inner}/{option}".strip("/").removesuffix(".yaml")
        found = self._file(place, deep - 1)
        if found is None:
            return None
        header = _PACKAGE.match(self.met[Path(f"{self.folder / place}.yaml")].lstrip())
        package = inner.replace("/", ".") if header is None or header["name"] == "_group_" else header["name"]
        return found if package in ("", *_GLOBAL) else _within(package.split("."), found)


def overridden(keys: dict[str, Given], words: Mapping[str, Given]) -> dict[str, Given]:
    """A configuration with what a command line sets: `train.lr=1` is `lr` within `train`."""
    made = dict(keys)
    for name, one in words.items():
        merge(made, _within(name.lstrip("+").split(".")[:-1], {name.rpartition(".")[2].lstrip("+"): one}))
    return made


def _within(parts: list[str], keys: Mapping[str, Given]) -> dict[str, Given]:
    inner = dict(keys)
    for part in reversed(parts):
        inner = {part: mapping(inner, None)}
    return inner


def merge(made: dict[str, Given], other: Mapping[str, Given], *, unless_equal: bool = False) -> None:
    """Puts keys over others, mapping by mapping. `unless_equal`: nobody knows which of two values counts."""
    for key, one in other.items():
        known = made.get(key)
        if known is not None and known.inner and one.inner:
            inner = dict(known.inner)
            merge(inner, one.inner, unless_equal=unless_equal)
            made[key] = mapping(inner, one.spot)
        elif known is not None and unless_equal and known.value != one.value:
            made[key] = Given(UNKNOWN, one.spot)
        else:
            made[key] = one
