"""What a survey costs: against a loop of `gclint check`, with two workers, and the memory of its processes as it grows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import ratio
from benchmarks.taking import Place, Taken, told

FILES = 6  # training scripts in a repository
MANY = 30  # repositories
_LOOP = 'for one in "$0"/*; do cd "$one" && "$@" .; done; true'


def repositories(folder: Path, scripts: Sequence[str], count: int) -> Path:
    """Repositories with a few of the training scripts each, in turn."""
    for number in range(count):
        (folder / f"{number:05}").mkdir(parents=True)
        for at in range(FILES):
            name = scripts[(number * FILES + at) % len(scripts)]
            shutil.copyfile(name, folder / f"{number:05}" / f"{at}.py")
    return folder


def survey(place: Place) -> Taken:
    """The same repositories by a loop, by one worker and by two. Wall time: not all its processes are its children."""
    bench, many = place.bench, repositories(place.fresh("surveyed"), place.scripts, MANY)
    out = bench.scratch / "out"
    found = bench.alternate(
        {
            "a loop of `gclint check`": ["sh", "-c", _LOOP, str(many), *bench.gclint("check", "--no-cache", "-q", "-j1")],
            "`gclint survey --workers 1`": bench.gclint("survey", str(many), "--out", str(out), "-q", "--workers", "1"),
            "`gclint survey --workers 2`": bench.gclint("survey", str(many), "--out", str(out), "-q", "--workers", "2"),
        },
        min(bench.rounds, 3),
        {f"`gclint survey --workers {n}`": lambda: shutil.rmtree(out, ignore_errors=True) for n in (1, 2)},
    )
    loop, one, two = found.values()
    findings = _findings(bench.told("benchmarks.surveyed", str(many), str(out / "again"), "2"))
    note = (
        f"{MANY} repositories of {FILES} scripts, {findings} findings: {findings / one.wall:.1f} a second with one worker, "
        f"{findings / two.wall:.1f} with two. The start and the end of the cluster are part of it."
    )
    return Taken(
        {"survey-overhead": ratio(one, loop, wall=True), "survey-workers": ratio(one, two, wall=True)},
        told([*found.values()]),
        note=note,
    )


def _findings(text: str) -> int:
    return int(json.loads(text)["findings"])


def growth_survey(place: Place) -> Taken:
    """1, 4 and 16 times the repositories: the most that the command, which holds the scheduler, and a worker hold."""
    points, notes = [], []
    for count in (10, 40, 160):
        many = repositories(place.fresh(f"surveyed-{count}"), place.scripts, count)
        out = place.bench.scratch / f"out-{count}"
        took = json.loads(place.bench.told("benchmarks.surveyed", str(many), str(out), "2"))
        points.append((float(count), took["command"] / 1e6))
        notes.append(
            f"{count} repositories: command {took['command'] / 1e6:.0f} MB, worker {took['worker'] / 1e6:.0f} MB, engine "
            f"{took['engine'] / 1e6:.0f} MB, child {took['child'] / 1e6:.0f} MB, {took['seconds']:.0f} s."
        )
    return Taken({"growth-survey": points[-1][1] / points[0][1]}, points=points, note=" ".join(notes))
