"""What a measurement is: where it is made, the rows that it gives, and their goals."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from benchmarks import inputs
from benchmarks.measuring import Bench, Runs


@dataclasses.dataclass(frozen=True)
class Goal:
    """One row of the table. `limit`: what the value is to keep within; `more`: it is to be no less than that."""

    key: str
    title: str
    limit: float
    unit: str = "times"
    more: bool = False

    def share(self, value: float) -> float:
        """The value as a multiple of its goal; up to 1 is good."""
        return self.limit / value if self.more else value / self.limit

    def shown(self, value: float) -> str:
        """The value as it is written."""
        if self.unit in ("ms", "MB"):
            return f"{value:.0f} {self.unit}"
        return f"{value:.1f} s" if self.unit == "s" else f"{value:.3g}"


@dataclasses.dataclass
class Taken:
    """What a measurement gives: the value of each of its rows, and what they are made of."""

    values: dict[str, float]
    runs: list[dict[str, object]] = dataclasses.field(default_factory=list)
    points: list[tuple[float, float]] = dataclasses.field(default_factory=list)
    note: str = ""


@dataclasses.dataclass
class Place:
    """Where it is measured, and with what: a library's tree, a folder of scripts, a listing of repositories."""

    bench: Bench
    tree: Path | None
    folder: Path
    listing: Path | None
    most: int = 60

    @cached_property
    def scripts(self) -> list[str]:
        """Training scripts that triage lets through."""
        return inputs.scripts_in(self.folder, self.most)

    @cached_property
    def files(self) -> list[str]:
        """The files of the library's tree."""
        assert self.tree is not None
        return [str(path) for path in sorted(self.tree.rglob("*.py"))]

    @cached_property
    def plain(self) -> list[str]:
        """Those of them that are ruled out."""
        worth = set(inputs.worth_a_parse(self.files))
        return [name for name in self.files if name not in worth]

    @cached_property
    def size(self) -> str:
        """The library's tree in words."""
        return f"{len(self.files):,} files, {sum(os.path.getsize(one) for one in self.files) / 1e6:.0f} MB"  # noqa: PTH202

    def fresh(self, name: str) -> Path:
        """A new folder in the scratch folder."""
        place = self.bench.scratch / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One measurement and the rows that it gives. `needs`: a field of `Place` without which it is left out."""

    key: str
    goals: tuple[Goal, ...]
    take: Callable[[Place], Taken]
    needs: str = ""
    across: str = ""  # of a plot of growth: what grows
    unit: str = "s"  # and what it takes


def told(found: Sequence[Runs]) -> list[dict[str, object]]:
    return [
        {"name": one.name, "processor": round(one.processor, 4), "wall": round(one.wall, 4), "memory": one.memory}
        for one in found
    ]
