"""The rows, each beside its goal: two commands that take turns, or what one process says of itself."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks import editor, growing, inputs, surveying
from benchmarks.measuring import Runs, ratio
from benchmarks.taking import Goal, Measurement, Place, Taken, told

VOCABULARY = "gradient_checkpointing|use_cache|past_key_values|\\.generate|\\.train"
PARSE = "import sys, libcst\nfor name in sys.argv[1:]: libcst.parse_module(open(name, 'rb').read())"


def _against_ruff(place: Place, folder: Path) -> dict[str, Runs]:
    bench = place.bench
    ruff = bench.tool("ruff") or "ruff"
    return bench.alternate(
        {
            "gclint": bench.gclint("--no-cache", "--isolated", "-j1", str(folder)),
            "ruff check --select F": [ruff, "check", "--no-cache", "--isolated", "--select", "F", str(folder)],
            "grep -rlE": ["grep", "-rlE", VOCABULARY, "--include=*.py", str(folder)],
        }
    )


def tree(place: Place) -> Taken:
    """A library's tree, cold."""
    assert place.tree is not None
    found = _against_ruff(place, place.tree)
    gclint, ruff, grep = found.values()
    note = f"{place.size}, of which {len(place.files) - len(place.plain)} files are worth a parse."
    return Taken({"tree": ratio(gclint, ruff), "tree-grep": ratio(gclint, grep)}, told([*found.values()]), note=note)


def outside(place: Place) -> Taken:
    """The same tree without the files that are worth a parse: what is left is finding, reading and ruling out."""
    assert place.tree is not None
    folder = place.fresh("plain") / place.tree.name
    for name in place.plain:
        copy = folder / Path(name).relative_to(place.tree)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(name, copy)
    found = _against_ruff(place, folder)
    gclint, ruff, _ = found.values()
    return Taken({"tree-outside": ratio(gclint, ruff)}, told([*found.values()]), note=f"{len(place.plain):,} files.")


def scripts(place: Place) -> Taken:
    """Scripts that triage lets through, against the bare parse of the same files."""
    bench = place.bench
    found = bench.alternate(
        {
            "gclint": bench.gclint("--no-cache", "--isolated", "-j1", *place.scripts),
            "libcst.parse_module": [bench.python, "-c", PARSE, *place.scripts],
        }
    )
    volume = sum(Path(one).stat().st_size for one in place.scripts) / 1e3
    note = f"{len(place.scripts)} scripts, {volume:.0f} kB. Both start Python and import LibCST."
    return Taken({"scripts": ratio(*found.values())}, told([*found.values()]), note=note)


def repositories(place: Place) -> Taken:
    """Whole repositories: each in a process of its own, which parses and follows file by file."""
    assert place.listing is not None
    parse = whole = 0.0
    ratios, slowest, runs = [], (0.0, ""), []
    for line in place.listing.read_text(encoding="utf-8").splitlines():
        name, commit, *_ = [*line.split("\t"), ""]
        folder = place.listing.parent / name.replace("/", "+")
        if not folder.is_dir():
            continue
        files = json.loads(place.bench.told("benchmarks.following", str(folder)))
        its_parse, its_whole = (sum(one[kind] for one in files) for kind in ("parse", "whole"))
        parse, whole = parse + its_parse, whole + its_whole
        ratios += [one["whole"] / one["parse"] for one in files]
        slowest = max(slowest, *((one["whole"], f"{name}, {one['path']}") for one in files), key=lambda one: one[0])
        runs.append({"name": name, "commit": commit, "files": len(files), "parse": its_parse, "whole": its_whole})
    note = (
        f"{len(runs)} repositories, {len(ratios)} files; {whole:.1f} s against {parse:.1f} s. The ratio of a file: median "
        f"{statistics.median(ratios):.2f}, ninth decile {statistics.quantiles(ratios, n=10)[-1]:.2f}. Slowest: {slowest[1]}."
    )
    return Taken({"repositories": whole / parse, "repositories-slowest": slowest[0]}, runs, note=note)


def _one_file(place: Place, key: str, what: str, text: str, module: str, times: int) -> Taken:
    """One file in one process, against the import of a module that it can't do without."""
    bench, file = place.bench, place.fresh("one") / "train.py"
    file.write_text(text, encoding="utf-8")
    commands = {
        f"gclint, {what}": bench.gclint("--no-cache", "--isolated", str(file)),
        f"import {module}": [bench.python, "-c", f"import {module}"],
    }
    found = bench.alternate(commands, times * bench.rounds)
    return Taken({key: ratio(*found.values())}, told([*found.values()]))


def defect(place: Place) -> Taken:
    """One file with a defect, one process."""
    return _one_file(place, "defect", "file with a defect", inputs.DEFECTIVE, "libcst", 3)


def clean(place: Place) -> Taken:
    """One clean file, as a hook gives it."""
    return _one_file(place, "clean", "clean file", inputs.CLEAN, "click", 4)


def server(place: Place) -> Taken:
    """A keystroke in a script of 2,000 rows with 30 modules."""
    bench, script = place.bench, inputs.program(place.fresh("open"), 30, 2_000)
    command = bench.gclint("server", "--stdio")
    with editor.Editor(command, script.parent, bench.environment) as opened:
        found, taken, shown = editor.keystrokes(opened, script, max(20, 6 * bench.rounds))
    late = statistics.quantiles(found, n=20)[-1]
    note = (
        f"{len(found)} keystrokes, median {1000 * statistics.median(found):.0f} ms, of processor time "
        f"{1000 * taken / len(found):.0f} ms each; {shown} diagnostics."
    )
    return Taken({"server": 1000 * late}, note=note)


def _second(place: Place, key: str, words: Sequence[str], rounds: int | None = None) -> Taken:
    bench, cache = place.bench, place.bench.scratch / "cache"
    command = bench.gclint("--cache-dir", str(cache), "--isolated", "-j1", *words)
    drop = {"first run": lambda: shutil.rmtree(cache, ignore_errors=True)}
    found = bench.alternate({"first run": command, "second run": command}, rounds, drop)
    first, second = found.values()
    files = [path for path in cache.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e3
    return Taken({key: ratio(second, first)}, told([first, second]), note=f"The cache: {len(files)} files, {size:,.0f} kB.")


def second_tree(place: Place) -> Taken:
    """A library's tree again."""
    return _second(place, "second-tree", [str(place.tree)], min(place.bench.rounds, 3))


def second_scripts(place: Place) -> Taken:
    """Scripts again: most of that is the start of Python."""
    return _second(place, "second-scripts", place.scripts)


def second_repository(place: Place) -> Taken:
    """A training repository again: the first of the listing that has 100 files."""
    assert place.listing is not None
    for line in place.listing.read_text(encoding="utf-8").splitlines():
        folder = place.listing.parent / line.split("\t")[0].replace("/", "+")
        if sum(1 for _ in itertools.islice(folder.rglob("*.py"), 100)) == 100:
            taken = _second(place, "second-repository", [str(folder)], min(place.bench.rounds, 2))
            taken.note = f"{line.split()[0]}. {taken.note}"
            return taken
    raise ValueError("no repository of the listing has 100 files")


def fixit(place: Place) -> Taken:
    """Fixit with its own rules on some files of the tree."""
    bench, step = place.bench, 24
    few = place.files[::step]
    tool = bench.tool("fixit")
    found = bench.alternate(
        {"Fixit": tool and [tool, "--quiet", "lint", *few], "gclint": bench.gclint("--no-cache", "--isolated", "-j1", *few)},
        min(bench.rounds, 2),
    )
    if len(found) < 2:
        return Taken({}, note="Fixit is not among the tools.")
    return Taken({"fixit": ratio(*found.values())}, told([*found.values()]), note=f"Every {step}th file of the tree: {len(few)}.")


def memory(place: Place) -> Taken:
    """Peak memory over 30,000 files."""
    folder, plain, made = place.fresh("many"), place.plain, 0
    near = inputs.copies(folder / "near", plain, 1) / "0"  # what is linked has to be on the same disk
    while made < 30_000 - len(plain):
        part = folder / str(made)
        part.mkdir()
        for number in range(min(len(plain), 30_000 - len(plain) - made)):
            os.link(near / f"{number}.py", part / f"{number}.py")
            made += 1
    for number, name in enumerate(place.scripts):
        shutil.copyfile(name, folder / f"{number}.py")
    command = place.bench.gclint("--no-cache", "--isolated", "-j1", str(folder))
    (one,) = place.bench.alternate({"30,000 files": command}, 1).values()
    return Taken({"memory": one.memory / 1e6}, told([one]), note=f"{len(place.scripts)} of them are worth a parse.")


MEASUREMENTS = (
    Measurement(
        "tree",
        (
            Goal("tree", "library tree, cold, against `ruff check --select F`", 1.0),
            Goal("tree-grep", "the same against `grep -rlE` of the vocabulary", 8.0),
        ),
        tree,
        "tree",
    ),
    Measurement(
        "tree-outside", (Goal("tree-outside", "the tree without what is worth a parse, against ruff", 0.5),), outside, "tree"
    ),
    Measurement("scripts", (Goal("scripts", "training scripts, against `libcst.parse_module`", 1.5),), scripts),
    Measurement(
        "repositories",
        (
            Goal("repositories", "40 repositories, files worth a parse, against their parse", 3.0),
            Goal("repositories-slowest", "the slowest file of these", 3.0, "s"),
        ),
        repositories,
        "listing",
    ),
    Measurement("defect", (Goal("defect", "one file with a defect, against `import libcst`", 1.4),), defect),
    Measurement("clean", (Goal("clean", "one clean file, against `import click`", 1.5),), clean),
    Measurement("server", (Goal("server", "keystroke to diagnostics, p95, warm", 150, "ms"),), server),
    Measurement(
        "second-tree", (Goal("second-tree", "second run over the library tree, against the first", 0.1),), second_tree, "tree"
    ),
    Measurement("second-scripts", (Goal("second-scripts", "second run over the training scripts", 0.1),), second_scripts),
    Measurement(
        "second-repository",
        (Goal("second-repository", "second run over a training repository", 0.1),),
        second_repository,
        "listing",
    ),
    Measurement("fixit", (Goal("fixit", "Fixit on the same files, against gclint", 300, more=True),), fixit, "tree"),
    Measurement("memory", (Goal("memory", "memory over 30,000 files", 200, "MB"),), memory, "tree"),
    Measurement(
        "growth-files", (Goal("growth-files", "growth by files, 1 to 16 times", 1.25),), growing.growth_files, "tree", "files"
    ),
    Measurement(
        "growth-size",
        (Goal("growth-size", "growth by the size of a file, 1 to 16 times", 1.25),),
        growing.growth_size,
        "",
        "times as long",
    ),
    Measurement(
        "growth-modules", (Goal("growth-modules", "growth by modules, 1 to 40", 1.25),), growing.growth_modules, "", "modules"
    ),
    Measurement("growth-flags", (Goal("growth-flags", "growth by flags, 1 to 100", 1.25),), growing.growth_flags, "", "flags"),
    Measurement(
        "survey",
        (
            Goal("survey-overhead", "survey with one worker, against a loop of `gclint check`", 1.1),
            Goal("survey-workers", "the same with two workers: how many times as fast", 1.7, more=True),
        ),
        surveying.survey,
    ),
    Measurement(
        "growth-survey",
        (Goal("growth-survey", "memory of a survey, 160 repositories against 10", 1.25),),
        surveying.growth_survey,
        "",
        "repositories",
        "MB",
    ),
)
