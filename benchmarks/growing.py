"""What one more costs: files, rows of a file, modules, flags. Each is plotted."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import inputs
from benchmarks.taking import Place, Taken, told


def growth(place: Place, key: str, commands: dict[float, Sequence[str]]) -> Taken:
    """What the largest costs, against what the straight line through the two smallest says: 1 where the growth is linear."""
    named = {f"{size:g}": command for size, command in commands.items()}
    found = place.bench.alternate(named)
    # the least of its rounds: what a busy machine adds is no growth
    points = [(float(name), min(sample.processor for sample in runs.samples)) for name, runs in found.items()]
    (x0, y0), (x1, y1), (x2, y2) = points[0], points[1], points[-1]
    straight = y0 + max(y1 - y0, 0) / (x1 - x0) * (x2 - x0)
    return Taken({key: y2 / straight}, told([*found.values()]), points)


def growth_files(place: Place) -> Taken:
    """1, 4 and 16 times the files."""
    some = [*place.plain[:: max(len(place.plain) // 150, 1)], *place.scripts[:3]]
    folder, bench = place.fresh("times"), place.bench
    return growth(
        place,
        "growth-files",
        {
            n * len(some): bench.gclint("--no-cache", "--isolated", "-j1", str(inputs.copies(folder / str(n), some, n)))
            for n in (1, 4, 16)
        },
    )


def growth_size(place: Place) -> Taken:
    """1 to 16 times the size of one file."""
    folder, bench = place.fresh("long"), place.bench
    made = {n: inputs.long_script(folder / f"{n}.py", n) for n in (1, 4, 8, 16)}
    return growth(place, "growth-size", {n: bench.gclint("--no-cache", "--isolated", str(one)) for n, one in made.items()})


def growth_modules(place: Place) -> Taken:
    """1 to 40 modules."""
    folder, bench = place.fresh("modules"), place.bench
    made = {n: inputs.program(folder / str(n), n) for n in (1, 10, 20, 40)}
    return growth(place, "growth-modules", {n: bench.gclint("--no-cache", "--isolated", str(one)) for n, one in made.items()})


def growth_flags(place: Place) -> Taken:
    """1 to 100 flags."""
    folder, bench = place.fresh("flags"), place.bench
    made = {n: inputs.flags(folder / f"{n}.py", n) for n in (1, 25, 50, 100)}
    return growth(place, "growth-flags", {n: bench.gclint("--no-cache", "--isolated", str(one)) for n, one in made.items()})
