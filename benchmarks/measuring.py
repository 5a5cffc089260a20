"""Runs commands in turns and notes what each takes, so that a busy moment of the machine meets all of them alike."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_GOOD = (0, 1, 99)  # 1: it found something, as linters say; 99: so says TorchFix
PACKAGES = ("click", "libcst", "pygls", "ruff", "flake8", "TorchFix", "fixit")


@dataclasses.dataclass(frozen=True)
class Sample:
    """One run of a command: wall and processor time (user and system, with its children) in seconds, memory in bytes."""

    wall: float
    processor: float
    memory: int


@dataclasses.dataclass
class Runs:
    """The runs of one command."""

    name: str
    samples: list[Sample] = dataclasses.field(default_factory=list)

    @property
    def wall(self) -> float:
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def processor(self) -> float:
        return statistics.median(sample.processor for sample in self.samples)

    @property
    def memory(self) -> int:
        return max(sample.memory for sample in self.samples)


def ratio(one: Runs, other: Runs, *, wall: bool = False) -> float:
    """The median of the ratios of the rounds: the two runs of a round lie beside each other."""
    pairs = zip(one.samples, other.samples, strict=True)
    return statistics.median((a.wall / b.wall) if wall else (a.processor / b.processor) for a, b in pairs)


class Bench:
    """Runs commands. `tools` holds python and what gclint is compared with; bytecode goes to `scratch`, not to the checkout."""

    def __init__(self, tools: Path, rounds: int, scratch: Path, source: Path) -> None:
        self.tools, self.rounds, self.scratch = tools, rounds, scratch
        self.python = str(tools / "python")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("GCLINT_", "PYTHONDONT"))}
        self.environment |= {
            "PYTHONPATH": os.pathsep.join([str(source), str(ROOT)]),
            "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
            "NO_COLOR": "1",
        }

    def tool(self, name: str) -> str | None:
        return shutil.which(name, path=str(self.tools))

    def gclint(self, *words: str) -> list[str]:
        return [self.python, "-m", "gcheck_lint", *words]

    def run(self, command: Sequence[str]) -> Sample:
        """Runs a command once."""
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=self.scratch, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in _GOOD:
            print(f"  exit code {process.returncode}: {' '.join(command)[:150]}", file=sys.stderr)
        return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))

    def alternate(
        self,
        commands: Mapping[str, Sequence[str] | None],
        rounds: int | None = None,
        before: Mapping[str, Callable[[], None]] | None = None,
    ) -> dict[str, Runs]:
        """Runs commands in turns, after one round that is not counted. `before`: what is done before a command, untimed."""
        found = {name: Runs(name) for name, command in commands.items() if command}
        for number in range((self.rounds if rounds is None else rounds) + 1):
            for name, runs in found.items():
                (before or {}).get(name, lambda: None)()
                sample = self.run(commands[name] or ())
                if number:  # the first round brings files and bytecode into memory
                    runs.samples.append(sample)
        for runs in found.values():
            print(f"  {runs.name}: {runs.processor:.3f} s of processor time", file=sys.stderr)
        return found

    def told(self, module: str, *words: str) -> str:
        """What a module of this package writes to stdout, run by the tools' python. Raises CalledProcessError."""
        command = [self.python, "-m", module, *words]
        done = subprocess.run(command, cwd=self.scratch, env=self.environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout


def machine() -> str:
    """The card: processor, cores, system."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {platform.system()} {platform.machine()}"


def load() -> float:
    """What else runs on the machine; 0 is quiet."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0.0


def versions(python: str) -> dict[str, str]:
    """The versions of what is measured."""
    code = (
        "import json, sys\n"
        "from importlib import metadata\n"
        "found = {'Python': '.'.join(map(str, sys.version_info[:3]))}\n"
        "for name in sys.argv[1:]:\n"
        "    try: found[name] = metadata.version(name)\n"
        "    except metadata.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    import json

    told = subprocess.run([python, "-c", code, *PACKAGES], capture_output=True, text=True, check=True).stdout
    return dict(json.loads(told))
