"""Makes the environments that the proof runs in: one per version of transformers, with what was current beside it.

`python -m tests.oracle.environments [VERSION ...]` makes them ahead of a run. They are kept between runs outside the
repository (GCLINT_ORACLE_HOME, else gclint-oracle in the user's cache) and made again when the pins here change.
PyTorch is large and the same for all, so it is installed once and lent to each environment by a .pth file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TORCH = "2.13.0"
NEWEST = "5.23.0"
VERSIONS = ("4.36.2", "4.46.3", "4.57.1", "5.23.0")
OLDEST = ("4.25.1", "4.28.1")  # for the scenarios alone: there is no `datasets` beside them

# What is installed beside transformers, by its version.
PINS: dict[str, tuple[str, ...]] = {
    "4.25.1": ("accelerate==0.15.0", "numpy<2", "setuptools<80", "huggingface_hub<0.20"),
    "4.28.1": (
        "peft==0.3.0",
        "accelerate==0.20.3",
        "numpy<2",
        "setuptools<80",
        "huggingface_hub<0.20",
        "sentencepiece",
        "protobuf<4",
    ),
    "4.36.2": (
        "peft==0.7.1",
        "accelerate==0.25.0",
        "datasets==2.19.2",
        "pyarrow<18",
        "pandas<2.3",
        "numpy<2",
        "setuptools<80",
        "huggingface_hub<0.24",
    ),
    "4.46.3": (
        "peft==0.13.2",
        "accelerate==1.1.1",
        "trl==0.15.2",
        "datasets==3.1.0",
        "numpy<2",
        "pyarrow<19",
        "pandas<2.3",
        "rich",
    ),
    "4.57.1": ("peft==0.17.1", "accelerate==1.10.1", "trl==0.24.0", "datasets==4.0.0", "numpy<2.3"),
    "5.23.0": (
        "peft==0.21.2",
        "accelerate==1.15.0",
        "trl==1.16.0",
        "datasets==5.2.0",
        "pytorch-lightning==2.6.6",
        "deepspeed==0.19.8",
    ),
}


class UnavailableError(Exception):
    """An environment that can't be made here, with the reason in one line."""


@dataclass(frozen=True)
class Environment:
    """One version of transformers, installed. `python` is its interpreter."""

    version: str
    python: Path


def home() -> Path:
    """Where the environments are kept."""
    told = os.environ.get("GCLINT_ORACLE_HOME")
    if told:
        return Path(told)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "gclint-oracle"


def make(version: str) -> Environment:
    """The environment of a version, made if it is not there yet. Raises UnavailableError."""
    if version not in PINS:
        raise UnavailableError(f"no pins are known for transformers {version}")
    lent = _place(home() / f"torch-{TORCH}", (f"torch=={TORCH}", "packaging", "pip"), None)
    wanted = (f"transformers=={version}", *PINS[version])
    folder = _place(home() / f"transformers-{version}", wanted, _packages(lent))
    return Environment(version, _python(folder))


def ready(version: str) -> bool:
    """Whether the environment is there already, so that a run needs no registry."""
    folder = home() / f"transformers-{version}"
    return version in PINS and _stamped(folder, (f"transformers=={version}", *PINS[version]))


def _place(folder: Path, wanted: tuple[str, ...], lent: Path | None) -> Path:
    if _stamped(folder, wanted):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    print(f"oracle: making {folder.name} …", file=sys.stderr, flush=True)
    _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)], folder.name)
    if lent is not None:
        (_packages(folder) / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    install = ["install", "--prefer-binary", "--no-warn-script-location", *wanted]
    _run([sys.executable, "-m", "pip", "--python", str(_python(folder)), *install], folder.name)
    _run([str(_python(folder)), "-c", "import torch" if lent is None else "import transformers, accelerate"], folder.name)
    _stamp(folder).write_text(json.dumps(wanted), encoding="utf-8")
    print(f"oracle: {folder.name} made in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return folder


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise UnavailableError(f"{name} can't be made: {lines[-1].strip() if lines else 'no reason was given'}")


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _packages(folder: Path) -> Path:
    found = sorted(folder.glob("lib/python3*/site-packages")) or [folder / "Lib" / "site-packages"]
    return found[0]


def _stamp(folder: Path) -> Path:
    return folder / "made.json"


def _stamped(folder: Path, wanted: tuple[str, ...]) -> bool:
    stamp = _stamp(folder)
    return stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == list(wanted) and _python(folder).exists()


if __name__ == "__main__":
    for one in sys.argv[1:] or (*OLDEST, *VERSIONS):
        try:
            print(f"{one}: {make(one).python}")
        except UnavailableError as reason:
            print(f"{one}: SKIPPED, {reason}")
