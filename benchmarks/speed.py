"""Measures gclint side by side with what its users know, and writes docs/performance.md.

usage: python benchmarks/speed.py [--tools BIN] [--tree FOLDER] [--scripts FOLDER] [--rounds 5] [--only 1,3] [--write]

BIN holds python (with click and libcst), ruff, flake8, torchfix and fixit; a tool that is missing is left out. --tree is an
installed transformers, by default that of BIN's python; --scripts holds training scripts, by default this project's own.
In each measurement the commands take turns, so a busy moment of the machine meets all of them; the medians are compared.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from gcheck_lint.run import pipeline

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
VOCABULARY = "gradient_checkpointing|use_cache|past_key_values|\\.generate|\\.train"
PARSE = "import sys, libcst\nfor name in sys.argv[1:]: libcst.parse_module(open(name, 'rb').read())"
CLEAN = "import torch\n\nmodel = torch.nn.Linear(2, 2)\nmodel.train()\n"
DEFECTIVE = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
args = TrainingArguments("out", gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
trainer.save_model("out")
"""
# what a run's time is spent on: a name, and the function that stands for it
STAGES = (
    ("finding the files", "discover.py", "find"),
    ("reading them", "text/reading.py", "read_bytes"),
    ("triage", "run/pipeline.py", "is_ruled_out"),
    ("importing LibCST and the rules, reading knowledge", "run/pipeline.py", "warm"),
    ("parsing", "syntax.py", "parse"),
    ("interpreting the file, parsing imported modules included", "story/__init__.py", "interpret"),
    ("the rules", "run/pipeline.py", "_findings"),
    ("comments, selection, places", "run/pipeline.py", "_settle"),
    ("the report", "cli/run.py", "finish"),
)
PROFILED = "Shares of a run in one process, under a profiler, which makes many small calls look dearer than they are."
HEAD = """\
# Performance

`python benchmarks/speed.py --write` measures and writes this page; `--only 1,3` measures a part. The commands of a measurement
take turns, after one round that is not counted, so a busy moment of the machine meets all of them, and medians are compared; with
other work on the machine (see the load) only the ratios mean something. “Memory” is the most that the largest process had, on
Linux never less than what the measuring process has, some 25 MB.
"""
PROFILE = """\
import cProfile, pstats, sys, time
begun = time.perf_counter()
profile = cProfile.Profile()
profile.enable()
from gcheck_lint.run import pipeline
from gcheck_lint.cli.entry import gclint
if "--warm" in sys.argv:
    sys.argv.remove("--warm")
    pipeline.warm()
try:
    gclint.main(sys.argv[1:])
except SystemExit:
    pass
profile.disable()
print("total", pstats.Stats(profile).total_tt, file=sys.stderr)
for (file, _, name), row in pstats.Stats(profile).stats.items():
    place = file.replace("\\\\", "/").rpartition("gcheck_lint/")[2].replace(" ", "_")
    print("row", place, name.replace(" ", "_"), row[3], file=sys.stderr)
"""


@dataclasses.dataclass
class Sample:
    """One run of a command: wall and processor time in seconds, and the memory of its largest process in bytes."""

    wall: float
    processor: float
    memory: int


@dataclasses.dataclass
class Result:
    """The runs of one command. `divisor`: how many files each of them took."""

    name: str
    samples: list[Sample] = dataclasses.field(default_factory=list)

    @property
    def wall(self) -> float:
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def memory(self) -> int:
        return max(sample.memory for sample in self.samples)


class Bench:
    """The commands, and where their bytecode goes: a checkout is not written to."""

    def __init__(self, tools: Path, rounds: int, scratch: Path) -> None:
        self.tools, self.rounds, self.scratch = tools, rounds, scratch
        self.python = str(tools / "python")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("GCLINT_", "PYTHONDONT"))}
        self.environment |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"), "NO_COLOR": "1"}

    def tool(self, name: str) -> str | None:
        return shutil.which(name, path=str(self.tools))

    def gclint(self, *words: str) -> list[str]:
        return [self.python, "-m", "gcheck_lint", *words]

    def run(self, command: Sequence[str]) -> Sample:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=self.scratch, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1, 99):  # 1: it found something, as linters say; 99: so says TorchFix
            print(f"  exit code {process.returncode}: {' '.join(command)[:150]}", file=sys.stderr)
        return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))

    def alternate(
        self, commands: dict[str, Sequence[str] | None], rounds: int | None = None, before: str = ""
    ) -> dict[str, Result]:
        """Runs commands in turns. `before`: the name of one before which the scratch cache is deleted."""
        results = {name: Result(name) for name, command in commands.items() if command}
        print(", ".join(results), file=sys.stderr)
        for number in range((self.rounds if rounds is None else rounds) + 1):
            for name, result in results.items():
                if name == before:
                    shutil.rmtree(self.scratch / "cache", ignore_errors=True)
                sample = self.run(commands[name] or ())
                if number or rounds == 0:  # the first round brings files and bytecode into memory
                    result.samples.append(sample)
                print(f"  {name}: {sample.wall:.3f} s", file=sys.stderr)
        return results


def table(results: Iterable[Result], against: Result, note: str = "") -> str:
    """A table of medians, and how they stand to one of them."""
    rows = ["| | median | of it | fastest to slowest | memory |", "| --- | ---: | ---: | --- | ---: |"]
    for one in results:
        times = sorted(sample.wall for sample in one.samples)
        rows.append(
            f"| {one.name} | {one.wall:.3f} s | {one.wall / against.wall:.2f} | {times[0]:.3f} to {times[-1]:.3f} s"
            f" | {one.memory / 1e6:.0f} MB |"
        )
    return "\n".join([*rows, "", f"“of it”: as a share of `{against.name}`.{note}", ""])


def tree(bench: Bench, folder: Path, files: Sequence[str]) -> str:
    """(1) A big library's tree."""
    ruff, flake8, torchfix, fixit = map(bench.tool, ("ruff", "flake8", "torchfix", "fixit"))
    found = bench.alternate(
        {
            "gclint": bench.gclint("--no-cache", "--isolated", str(folder)),
            "grep for the words": ["grep", "-rlE", VOCABULARY, "--include=*.py", str(folder)],
            "ruff, rules F": ruff and [ruff, "check", "--no-cache", "--isolated", "--select", "F", str(folder)],
        }
    )
    text = table(found.values(), found.get("ruff, rules F", found["grep for the words"]))
    step = max(len(files) // 24, 1)
    few = files[::step]
    sampled = bench.alternate(
        {
            "gclint, sample": bench.gclint("--no-cache", "--isolated", *few),
            "flake8, sample": flake8 and [flake8, "--isolated", "--select", "F", *few],
            "TorchFix, sample": torchfix and [torchfix, "--select", "ALL", *few],
            "Fixit, sample": fixit and [fixit, "--quiet", "lint", *few],
        },
        rounds=min(bench.rounds, 3),
    )
    note = (
        f" The slow ones take too long for the whole tree: every {step}th file, {len(few)} of {len(files)}; three rounds."
        " flake8 loads the plugins that are installed beside it, TorchFix's among them."
    )
    return text + "\n" + table(sampled.values(), sampled["gclint, sample"], note)


def survivors(bench: Bench, scripts: Sequence[str]) -> str:
    """(2) What triage lets through."""
    found = bench.alternate(
        {
            "gclint, one process": bench.gclint("--no-cache", "--isolated", "-j1", *scripts),
            "bare libcst.parse_module": [bench.python, "-c", PARSE, *scripts],
        }
    )
    note = " gclint also parses the modules that these scripts import."
    return table(found.values(), found["bare libcst.parse_module"], note)


def single(bench: Bench) -> str:
    """(3) One file, as a hook gives it."""
    clean, defective = bench.scratch / "clean.py", bench.scratch / "defective.py"
    clean.write_text(CLEAN, encoding="utf-8")
    defective.write_text(DEFECTIVE, encoding="utf-8")
    ruff = bench.tool("ruff")
    rounds = max(bench.rounds, 9)
    first = bench.alternate(
        {
            "gclint, clean file": bench.gclint("--no-cache", "--isolated", str(clean)),
            "python -c 'import click'": [bench.python, "-c", "import click"],
            "ruff, clean file": ruff and [ruff, "check", "--no-cache", "--isolated", str(clean)],
        },
        rounds,
    )
    second = bench.alternate(
        {
            "gclint, defective file": bench.gclint("--no-cache", "--isolated", str(defective)),
            "gclint, defective file, cached": bench.gclint(
                "--cache-dir", str(bench.scratch / "cache"), "--isolated", str(defective)
            ),
            "python -c 'import libcst'": [bench.python, "-c", "import libcst"],
        },
        rounds,
    )
    return "\n".join(
        [
            table(first.values(), first["python -c 'import click'"]),
            table(second.values(), second["python -c 'import libcst'"]),
        ]
    )


def cached(bench: Bench, scripts: Sequence[str]) -> str:
    """(4) A second run."""
    cache = ("--cache-dir", str(bench.scratch / "cache"))
    found = bench.alternate(
        {
            "without a cache": bench.gclint("--no-cache", "--isolated", *scripts),
            "first run, writes the cache": bench.gclint(*cache, "--isolated", *scripts),
            "second run": bench.gclint(*cache, "--isolated", *scripts),
        },
        before="first run, writes the cache",
    )
    return table(found.values(), found["first run, writes the cache"])


def growth(bench: Bench, scripts: Sequence[str], files: Sequence[str]) -> str:
    """(5) More files, and longer ones."""
    plain = _plain(files)
    some = [*plain[:: max(len(plain) // 150, 1)], *scripts[:3]]
    commands: dict[str, Sequence[str] | None] = {}
    for times in (1, 2, 4, 8):
        folder = bench.scratch / f"times{times}"
        for copy in range(times):
            (folder / str(copy)).mkdir(parents=True)
            for number, name in enumerate(some):
                shutil.copyfile(name, folder / str(copy) / f"{number}.py")
        commands[f"{times * len(some)} files"] = bench.gclint("--no-cache", "--isolated", "-j1", str(folder))
    found = list(bench.alternate(commands, min(bench.rounds, 5)).values())
    commands = {}
    for times in (1, 2, 4, 8, 16):
        path = bench.scratch / f"long{times}.py"
        path.write_text(DEFECTIVE * (10 * times), encoding="utf-8")
        commands[f"{len(DEFECTIVE.splitlines()) * 10 * times} rows"] = bench.gclint("--no-cache", "--isolated", str(path))
    longer = list(bench.alternate(commands, min(bench.rounds, 5)).values())
    return table(found, found[0]) + "\n" + table(longer, longer[0])


def processes(bench: Bench, scripts: Sequence[str]) -> str:
    """(6) One process and two."""
    found = bench.alternate({f"-j{count}": bench.gclint("--no-cache", "--isolated", f"-j{count}", *scripts) for count in (1, 2)})
    return table(found.values(), found["-j1"])


def memory(bench: Bench, files: Sequence[str], scripts: Sequence[str]) -> str:
    """Peak memory over 30,000 files."""
    folder = bench.scratch / "many"
    plain = _plain(files)
    made = 0
    while made < 30_000:
        part = folder / str(made // len(plain))
        part.mkdir(parents=True)
        for number, name in enumerate(plain[: 30_000 - made]):
            (part / f"{number}.py").symlink_to(name) if os.name == "nt" else os.link(_near(bench, name), part / f"{number}.py")
        made += len(plain)
    for number, name in enumerate(scripts):
        shutil.copyfile(name, folder / f"{number}.py")
    found = bench.alternate({"30,000 files": bench.gclint("--no-cache", "--isolated", str(folder))}, 0)
    (one,) = found.values()
    took = f"{one.wall:.1f} s, {one.memory / 1e6:.0f} MB in the largest process"
    return f"30,000 files and {len(scripts)} that are not ruled out: {took}.\n"


def _plain(files: Sequence[str]) -> list[str]:
    """Files that are ruled out."""
    return [name for name in files if pipeline.is_ruled_out(name, Path(name).read_bytes())]


def _near(bench: Bench, name: str) -> Path:
    """A copy of a file on the disk of the scratch folder, made once: what is linked has to be on the same one."""
    copy = bench.scratch / "near" / str(abs(hash(name)))
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(name, copy)
    return copy


def profiled(bench: Bench, *words: str) -> str:
    """Where the time goes: each stage's share."""
    command = [bench.python, "-c", PROFILE, "--warm", "--no-cache", "--isolated", "-j1", *words]
    told = subprocess.run(command, cwd=bench.scratch, env=bench.environment, capture_output=True, text=True, check=False).stderr
    total, spent = 1.0, dict.fromkeys((name for name, _, _ in STAGES), 0.0)
    for line in told.splitlines():
        parts = line.split(" ")
        if parts[0] == "total":
            total = float(parts[1])
        elif parts[0] == "row" and len(parts) == 4:
            for name, file, function in STAGES:
                if (parts[1], parts[2]) == (file, function):
                    spent[name] = max(spent[name], float(parts[3]))
    rows = ["| stage | share |", "| --- | ---: |"]
    rows += [f"| {name} | {100 * share / total:.0f} % |" for name, share in spent.items()]
    rest = 100 * (total - sum(spent.values())) / total
    return "\n".join([*rows, f"| everything else, such as the start of Python and click | {max(rest, 0):.0f} % |", ""])


def scripts_in(folder: Path, most: int) -> list[str]:
    """Scripts that triage lets through, evenly chosen."""
    found = [str(path) for path in sorted(folder.rglob("*.py")) if path.is_file()]
    left = [name for name in found if not pipeline.is_ruled_out(name, Path(name).read_bytes())]
    return left[:: max(-(-len(left) // most), 1)]


def machine(bench: Bench) -> str:
    """On what this was measured."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    said = [f"{model}, {cores} cores, {platform.system()} {platform.machine()}"]
    if hasattr(os, "getloadavg"):
        said.append(f"load when it began {os.getloadavg()[0]:.1f} (what else ran on the machine; 0 is quiet)")
    version = subprocess.run([bench.python, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    code = "import sys; from importlib import metadata as m; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    for name in ("click", "libcst", "transformers", "ruff", "flake8", "TorchFix", "fixit"):
        told = subprocess.run([bench.python, "-c", code, name], capture_output=True, text=True, check=False).stdout.strip()
        version += f", {told}" if told else ""
    return "; ".join([*said, version])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--scripts", type=Path, default=ROOT / "tests" / "fixtures" / "scripts")
    parser.add_argument("--most", type=int, default=60, help="how many scripts at most")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="1,2,3,4,5,6,memory,profile", help="measurements, such as 1,3,memory")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    args = parser.parse_args()
    wanted = set(args.only.split(","))
    with tempfile.TemporaryDirectory(prefix="gclint-speed-") as name:
        bench = Bench(args.tools.absolute(), args.rounds, Path(name))
        folder = args.tree or next(args.tools.absolute().parent.glob("lib/python*/site-packages/transformers"), None)
        if folder is None:
            parser.error("no transformers beside the tools: name a folder by --tree")
        files = [str(path) for path in sorted(folder.rglob("*.py"))]
        scripts = scripts_in(args.scripts.absolute(), args.most)
        size = sum(Path(one).stat().st_size for one in files) / 1e6
        volume = sum(Path(one).stat().st_size for one in scripts) / 1e3
        about = f"the installed transformers, {len(files):,} files, {size:.0f} MB"
        chosen = f"{len(scripts)} scripts that are not ruled out, {volume:.0f} kB"
        before = machine(bench)
        sections: tuple[tuple[str, str, str, Callable[[], str]], ...] = (
            ("1", "1. A library's tree", f"Cold, {about}.", lambda: tree(bench, folder, files)),
            ("2", "2. Training scripts", f"Only {chosen}.", lambda: survivors(bench, scripts)),
            ("3", "3. One file", "As a hook gives it.", lambda: single(bench)),
            ("4", "4. A second run", f"The same {chosen}.", lambda: cached(bench, scripts)),
            ("5", "5. Growth", "More files, then one file that is longer.", lambda: growth(bench, scripts, files)),
            ("6", "6. Two processes", f"The same {chosen}.", lambda: processes(bench, scripts)),
            ("memory", "Memory", "", lambda: memory(bench, files, scripts)),
            ("profile", "Where the time goes: the tree", PROFILED, lambda: profiled(bench, str(folder))),
            ("profile", "Where the time goes: the scripts", PROFILED, lambda: profiled(bench, *scripts)),
        )
        command = " ".join(["python", "benchmarks/speed.py", *_public(sys.argv[1:])])
        page = read_page() if args.write else {}
        for key, title, about, measure in sections:
            if key in wanted:
                print(title, file=sys.stderr)
                page[title] = "\n\n".join(part for part in (about, measure(), f"`{command}`; {before}.") if part)
            else:
                page.setdefault(title, "Not measured yet.")
        titles = dict.fromkeys([*(title for _, title, _, _ in sections), *page])  # the last ones are those of others
    text = HEAD + "".join(f"\n## {title}\n\n{page[title].strip()}\n" for title in titles)
    if args.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


def read_page() -> dict[str, str]:
    """The sections of the page: a measurement replaces its own."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


def _public(words: Sequence[str]) -> list[str]:
    """The command line without the places of one machine."""
    return [Path(word).name if "/" in word else word for word in words]


if __name__ == "__main__":
    main()
