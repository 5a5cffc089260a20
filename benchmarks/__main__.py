"""Measures gclint side by side with what its users know, beside the goals.

usage: python -m benchmarks [--tools BIN] [--tree FOLDER] [--scripts FOLDER] [--listing REPOS.tsv] [--row NAME]... [--quick]
                            [--store | --check]

BIN holds python (with click, libcst and pygls), ruff and fixit. --tree is an unpacked transformers: `pip download --no-deps
transformers==5.23.0` and `unzip`. --listing is a file of lines `owner/name<TAB>commit`; each repository lies beside it in the
folder `owner+name`. What is not named is left out. The commands of a row take turns, after one round that is not counted; a value
is the median of the rounds' ratios of processor time (user and system, with all children). The server's is wall time.

--store writes results.json beside this file, and docs/performance.md; --check measures and says what is 15 % worse than what is
stored, after a second look, and then ends with 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import measuring, page
from benchmarks.rows import MEASUREMENTS
from benchmarks.taking import Goal, Measurement, Place

WORSE = 1.15


def main() -> int:
    """Measures. Gives the exit code."""
    args = _arguments()
    known = {name for one in MEASUREMENTS for name in (one.key, *(goal.key for goal in one.goals))}
    unknown = set(args.row) - known
    if unknown:
        print(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    if args.page:
        page.publish()
        return 0
    with tempfile.TemporaryDirectory(prefix="gclint-benchmarks-") as scratch:
        bench = measuring.Bench(args.tools.absolute(), 1 if args.quick else args.rounds, Path(scratch), args.source.absolute())
        place = Place(bench, _absolute(args.tree), args.scripts.absolute(), _absolute(args.listing))
        about: dict[str, Any] = {"machine": measuring.machine(), "versions": measuring.versions(bench.python)}
        where = page.BEFORE if args.before else page.STORED
        rows = {}
        for one in MEASUREMENTS:
            if _is_wanted(one, args.row, place):
                rows[one.key] = _taken(one, place)
                if args.store or args.before:  # at once: the rows that are left may take long
                    page.write(where, {**about, "rows": {**page.read(where)["rows"], one.key: rows[one.key]}})
                    page.publish()
        return _check(rows, place) if args.check else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--scripts", type=Path, default=measuring.ROOT / "tests" / "fixtures" / "scripts")
    parser.add_argument("--listing", type=Path)
    parser.add_argument("--source", type=Path, default=measuring.ROOT / "src", help="another checkout's src")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--row", action="append", default=[], help="one row of the table, or one measurement")
    parser.add_argument("--store", action="store_true", help="write results.json and docs/performance.md")
    parser.add_argument("--before", action="store_true", help="store it as what was before a change")
    parser.add_argument("--check", action="store_true", help=f"fail for a row that is {WORSE - 1:.0%} worse than the stored one")
    parser.add_argument("--page", action="store_true", help="only write docs/performance.md again")
    return parser.parse_args()


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _is_wanted(one: Measurement, chosen: list[str], place: Place) -> bool:
    if one.needs and getattr(place, one.needs) is None:
        print(f"{one.key}: left out, it needs --{one.needs}", file=sys.stderr)
        return False
    return not chosen or bool({one.key, *(goal.key for goal in one.goals)} & set(chosen))


def _taken(one: Measurement, place: Place) -> dict[str, Any]:
    print(one.key, file=sys.stderr)
    load = measuring.load()
    taken = one.take(place)
    for goal in one.goals:
        if goal.key in taken.values:
            value = taken.values[goal.key]
            met = "met" if goal.share(value) <= 1 else "missed"
            print(f"{goal.key}\t{goal.shown(value)}\tgoal {goal.shown(goal.limit)}\t{met}", flush=True)
    return {**dataclasses.asdict(taken), "load": load, "rounds": place.bench.rounds}


def _check(rows: dict[str, dict[str, Any]], place: Place) -> int:
    stored = page.values(page.read(page.STORED))
    worse = []
    for one in MEASUREMENTS:
        if one.key in rows and any(_is_worse(goal, rows[one.key], stored) for goal in one.goals):
            again = _taken(one, place)  # a busy moment is not worse
            worse += [goal.key for goal in one.goals if _is_worse(goal, again, stored) and _is_worse(goal, rows[one.key], stored)]
    for key in worse:
        print(f"{key} is {WORSE - 1:.0%} worse than what is stored ({page.GOALS[key].shown(stored[key])})", file=sys.stderr)
    return int(bool(worse))


def _is_worse(goal: Goal, row: dict[str, Any], stored: dict[str, float]) -> bool:
    if goal.key not in row["values"] or goal.key not in stored:
        return False
    return goal.share(row["values"][goal.key]) > WORSE * goal.share(stored[goal.key])


if __name__ == "__main__":
    sys.exit(main())
