"""Runs jobs in an environment of the proof, each in a process of its own: `python worker.py FOLDER < jobs > results`.

The libraries are imported once, and every job is a fork of that: an import takes seconds, a fork nothing. A job is one
line of JSON with an `id`, a `text` and `argv` (`generation_config`: whether the models that it loads have one; `launched`: it is
run as by torchrun, in two processes, of which the first one tells), or the name of a `scenario`; its result is one line with the
`id` and what was seen.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", WANDB_DISABLED="true", CUDA_VISIBLE_DEVICES="")
os.environ.update(HF_DATASETS_OFFLINE="1", TRANSFORMERS_NO_ADVISORY_WARNINGS="", OMP_NUM_THREADS="1")

TOGETHER = max(1, min(4, os.cpu_count() or 1))
PATIENCE = 180.0
_PLACE = re.compile(r" \(/[^()\"]*/site-packages/[^()\"]*\)")


def main() -> int:
    home = Path(sys.argv[1])
    jobs = [json.loads(line) for line in sys.stdin if line.strip()]
    results = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.environ["HF_HOME"] = str(home / "hub")

    import harness

    watch = harness.prepare()
    for name in ("datasets", "peft", "trl"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"{name}: {error}", file=sys.stderr)
    results.write(json.dumps({"id": "versions", "seen": versions()}) + "\n")
    waiting, running = list(jobs), dict[int, tuple[dict[str, Any], Path, float]]()
    while waiting or running:
        while waiting and len(running) < TOGETHER:
            job = waiting.pop(0)
            folder = home / f"job-{len(jobs) - len(waiting)}"
            folder.mkdir(parents=True)
            child = os.fork()
            if child == 0:
                _child(harness, watch, job, folder)
            running[child] = (job, folder, time.monotonic())
        done, _ = os.waitpid(-1, os.WNOHANG)
        if not done:
            time.sleep(0.02)
            for child, (_, _, started) in running.items():
                if time.monotonic() - started > PATIENCE:
                    os.kill(child, signal.SIGKILL)
            continue
        job, folder, started = running.pop(done)
        answer = folder / "seen.json"
        seen = (
            json.loads(answer.read_text()) if answer.exists() else {"cannot": f"ended after {time.monotonic() - started:.0f} s"}
        )
        results.write(json.dumps({"id": job["id"], "seen": seen}) + "\n")
        results.flush()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _child(harness: Any, watch: Any, job: dict[str, Any], folder: Path) -> None:
    stage = folder / "stage"
    stage.mkdir()
    if not os.environ.get("GCLINT_ORACLE_LOUD"):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        if "scenario" in job:
            os.chdir(stage)
            seen = importlib.import_module(f"scenarios.{job['scenario']}").run(watch)
        else:
            has_one = job.get("generation_config", True)
            second = _launch(harness, watch, job, folder / "second") if job.get("launched") else None
            seen = harness.run(watch, job["text"], stage, job["argv"], generation_config=has_one)
            if second is not None:
                os.kill(second, signal.SIGKILL)  # it may wait for what never comes
                os.waitpid(second, 0)
    except BaseException as error:  # whatever it is, the parent has to hear of it
        seen = {"cannot": f"the harness failed: {type(error).__name__}: {str(error)[:300]}"}
        if os.environ.get("GCLINT_ORACLE_LOUD"):
            import traceback

            traceback.print_exc()
    # an ImportError says from which file of this machine
    (folder / "seen.json").write_text(_PLACE.sub("", json.dumps(seen, default=str)))
    os._exit(0)


def _launch(harness: Any, watch: Any, job: dict[str, Any], stage: Path) -> int:
    """The environment of a launcher; starts the second process, which runs the same script in a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK="0", WORLD_SIZE="2", LOCAL_RANK="0")
    os.environ["ACCELERATE_USE_CPU"] = "true"
    second = os.fork()
    if second == 0:
        os.environ.update(RANK="1", LOCAL_RANK="1")
        stage.mkdir()
        try:
            harness.run(watch, job["text"], stage, job["argv"])
        finally:
            os._exit(0)
    return second


def versions() -> dict[str, str]:
    """What is installed here."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("transformers", "torch", "peft", "trl", "accelerate", "datasets"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


if __name__ == "__main__":
    sys.exit(main())
