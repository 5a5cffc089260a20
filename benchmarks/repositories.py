"""Follows the scripts of whole repositories, and writes how far that goes and what it takes into docs/performance.md.

usage: python -m benchmarks.repositories LISTING... [--only NAME,NAME] [--write]

LISTING is a file of lines `owner/name<TAB>commit`, or a folder with such a repos.tsv in it. Each repository lies beside that file
in the folder `owner+name`, at that commit. Nothing of it is executed, nor git in it: its files are read and parsed, by a process
of its own, whose memory is measured. Of each file that is worth a parse, LibCST's bare parse is timed, and then the story; the
modules that stories have read are parsed in the same process afterwards, each once.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import measuring

PAGE = measuring.ROOT / "docs" / "performance.md"
START, END = "<!-- repositories -->", "<!-- /repositories -->"


@dataclasses.dataclass
class File:
    """A file that is worth a parse. `parse`, `story`: seconds for LibCST's parse, and for the story; `rest` was given up."""

    path: str
    parse: float
    story: float
    nodes: int
    steps: int
    modules: int
    cuts: int
    rest: bool


@dataclasses.dataclass
class Repository:
    """What was measured of one. `parse`: seconds for LibCST's parse of the modules that stories have read; `broken`: no tree."""

    name: str
    commit: str
    files: list[File] = dataclasses.field(default_factory=list)
    seen: int = 0
    broken: int = 0
    parse: float = 0.0
    memory: int = 0


# --- in the process of one repository ----------------------------------------------------------------------------------------


def follow(folder: Path) -> Repository:
    """Parses and follows all files of a repository that are worth it. Only this process imports gclint."""
    import libcst

    from gcheck_lint.config.settings import Settings
    from gcheck_lint.python import syntax
    from gcheck_lint.run import aims, parsing, pipeline
    from gcheck_lint.story import Target, interpret
    from gcheck_lint.text.source import UnreadableError

    pipeline.warm()
    sys.setrecursionlimit(8_000)  # as a run does
    found, modules = Repository("", ""), set[str]()
    for path in sorted(folder.rglob("*.py")):
        if path.is_symlink() or not path.is_file():
            continue
        found.seen += 1
        data = path.read_bytes()
        if pipeline.is_ruled_out(str(path), data):
            continue
        try:
            begun = time.perf_counter()
            libcst.parse_module(data)
            parsed = time.perf_counter() - begun
            module = parsing.parsed(str(path))
        except (libcst.ParserSyntaxError, syntax.ParseError, UnreadableError) as error:
            found.broken += 1
            print(f"  {path.relative_to(folder)}: {type(error).__name__}", file=sys.stderr)
            continue
        target = Target.of(**aims.wanted(str(path), Settings()))
        begun = time.perf_counter()
        with pipeline.program().recording() as met:
            told = interpret(module, target, pipeline.program())
        taken = time.perf_counter() - begun
        modules |= set(met.read) - {str(path)}
        rest = any(cut.what == "the rest of the file" for cut in told.cuts)
        work = told.work
        name = path.relative_to(folder).as_posix()
        found.files.append(File(name, parsed, taken, work.nodes, work.steps, work.modules, len(told.cuts), rest))
        print(f"  {name}: {taken:.2f} s, {work.nodes} nodes, {work.steps} steps, {len(told.cuts)} given up", file=sys.stderr)
    found.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    for name in sorted(modules):
        begun = time.perf_counter()
        try:
            libcst.parse_module(Path(name).read_bytes())
        except (libcst.ParserSyntaxError, ValueError, OSError):
            continue
        found.parse += time.perf_counter() - begun
    return found


# --- in the process that gathers them ----------------------------------------------------------------------------------------


def listed(places: Sequence[Path]) -> list[tuple[str, str, Path]]:
    """Name, commit and folder of each repository that is named and there."""
    found = []
    for place in places:
        listing = place / "repos.tsv" if place.is_dir() else place
        for line in listing.read_text(encoding="utf-8").splitlines():
            name, commit, *_ = [*line.split("\t"), ""]
            folder = listing.parent / name.replace("/", "+")
            if name and folder.is_dir():
                found.append((name, commit, folder.resolve()))
            elif name:
                print(f"{name} is not there", file=sys.stderr)
    return found


def measured(bench: measuring.Bench, name: str, commit: str, folder: Path) -> Repository | None:
    """One repository, followed in a process of its own. None when that fails, which is a bug."""
    command = [sys.executable, "-m", "benchmarks.repositories", "--follow", str(folder)]
    done = subprocess.run(command, cwd=bench.scratch, env=bench.environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(f"{name} FAILED: exit code {done.returncode}", file=sys.stderr)
        return None
    told = json.loads(done.stdout)
    files = [File(**one) for one in told.pop("files")]
    return Repository(**{**told, "name": name, "commit": commit, "files": files})


def table(found: Sequence[Repository]) -> str:
    """A row for each repository, and one for all of them."""
    rows = [
        "| repository | commit | worth a parse | whole | cut | rest given up | nodes | steps | stories | with modules | memory |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: | ---: |",
    ]
    rows += [_row(f"[{one.name}](https://github.com/{one.name})", f"`{one.commit[:12]}`", [one]) for one in found if one.files]
    empty = [one.name for one in found if not one.files]
    rows.append(_row(f"all {len(found) - len(empty)}", "", found))
    broken = sum(one.broken for one in found)
    notes = [f"Not parsed by LibCST, and left out: {broken} files."] * (broken > 0)
    notes += [f"Without a file that is worth a parse: {', '.join(empty)}."] * (len(empty) > 0)
    return "\n".join([*rows, "", *notes]).rstrip()


def _row(name: str, commit: str, found: Sequence[Repository]) -> str:
    files = [file for one in found for file in one.files]
    kinds = (
        sum(not file.cuts for file in files),
        sum(file.cuts > 0 and not file.rest for file in files),
        sum(file.rest for file in files),
    )
    shares = " | ".join(f"{count} ({100 * count / len(files):.0f} %)" for count in kinds) if files else "– | – | –"
    story, parse = sum(file.story for file in files), sum(file.parse for file in files)
    both = parse + sum(one.parse for one in found)
    cells = (
        f"{len(files)} of {sum(one.seen for one in found)}",
        shares,
        _spread(file.nodes for file in files),
        _spread(file.steps for file in files),
        f"{story / parse:.2f}" if parse else "–",
        f"{story / both:.2f}" if both else "–",
        f"{max(one.memory for one in found) / 1e6:.0f} MB",
    )
    return f"| {name} | {commit} | {' | '.join(cells)} |"


def _spread(values: Iterable[int]) -> str:
    """Median, ninth decile and maximum."""
    ordered = sorted(values)
    if not ordered:
        return "–"
    ninth = ordered[-(-9 * len(ordered) // 10) - 1]
    return f"{statistics.median(ordered):,.0f}, {ninth:,}, {ordered[-1]:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("listings", nargs="*", type=Path, metavar="LISTING")
    parser.add_argument("--only", default="", help="names of repositories, such as owner/name,owner/name")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    parser.add_argument("--follow", type=Path, help=argparse.SUPPRESS)  # the folder of one repository: this is its process
    args = parser.parse_args()
    if args.follow is not None:
        print(json.dumps(dataclasses.asdict(follow(args.follow))))
        return
    only = set(filter(None, args.only.split(",")))
    wanted = [one for one in listed(args.listings) if not only or one[0] in only]
    if not wanted:
        parser.error("no repository: name a listing, or a folder with a repos.tsv")
    with tempfile.TemporaryDirectory(prefix="gclint-repositories-") as scratch:
        bench = measuring.Bench(Path(sys.executable).parent.absolute(), 1, Path(scratch), measuring.ROOT / "src")
        about = f"{measuring.machine()}; load when it began {measuring.load()}; {measuring.versions(bench.python)}"
        found = []
        for number, (name, commit, folder) in enumerate(wanted, 1):
            print(f"{number} of {len(wanted)}: {name}", file=sys.stderr)
            one = measured(bench, name, commit, folder)
            found += [] if one is None else [one]
    words = ["python", "-m", "benchmarks.repositories", *(place.name or "." for place in args.listings)]
    words += ["--only", args.only] * bool(only) + ["--write"] * args.write
    text = f"{table(found)}\n\n`{' '.join(words)}`; {about}."
    if not args.write:
        print(text)
        return
    before, start, rest = PAGE.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        parser.error(f"{PAGE.name} has no {START} … {END}")
    PAGE.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
