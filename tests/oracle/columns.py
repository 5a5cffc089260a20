"""Runs one column of the table: every example of every card, the scenarios and the whole scripts, on one version."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Diagnostic
from gcheck_lint.rulebook import cards
from gcheck_lint.rulebook.cards import Card, Fence
from gcheck_lint.run import pipeline
from gcheck_lint.text.source import from_bytes
from tests.support import markers
from tests.support.paths import ROOT

from . import claims
from .environments import Environment

HERE = Path(__file__).resolve().parent
EXAMPLES = ROOT / "examples"
LAUNCHED = ("GCK308",)  # run as by torchrun, in two processes
ARGUMENTS = {"accelerate_loop.py": ["--sample-every", "1", "--block-size", "64"], "code_lora.py": ["--seq-length", "64"]}


class WorkerError(Exception):
    """The environment did not answer."""


def work(environment: Environment, jobs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Runs jobs in an environment; answers what was seen, by the job's id."""
    folder = Path(tempfile.mkdtemp(prefix="gclint-oracle-"))
    asked = "\n".join(json.dumps(job) for job in jobs)
    try:
        done = subprocess.run(
            [str(environment.python), str(HERE / "worker.py"), str(folder)],
            input=asked,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("GCLINT_ORACLE_LOUD") else subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode:
        raise WorkerError((done.stderr or "see above").strip().splitlines()[-1])
    return {one["id"]: one["seen"] for one in map(json.loads, done.stdout.splitlines())}


# the examples of the cards


def runnable() -> list[Card]:
    """The cards whose rules are about runs; what is told of a recipe is the finding of another rule."""
    return [card for card in cards.load().values() if not card.code.startswith("GCK0") and not card.recipes]


def name_of(card: Card, position: int) -> str:
    """`GCK203 bad 2`: the second bad example of a card; a `fixed` one has the number of its bad one."""
    kinds = [fence.kind for fence in card.fences[: position + 1]]
    number = kinds.count("good") if kinds[-1] == "good" else kinds.count("bad")
    return f"{card.code} {kinds[-1].split()[0]} {number}"


def mark(text: str) -> str:
    """A short name for a text: another text has another one."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def arguments(text: str) -> list[str]:
    """The command line that switches checkpointing on, if it is a matter of the command line."""
    if "HfArgumentParser" in text:
        return ["--output_dir", "out"]
    return re.findall(r'add_argument\("(--(?:use_)?gradient[_-]checkpointing)", action="store_true"', text)


def jobs_of(chosen: Iterable[Card]) -> list[dict[str, Any]]:
    """One run for each example."""
    made = []
    for card in chosen:
        for position, fence in enumerate(card.fences):
            text = markers.strip(fence.text)
            job = {"id": name_of(card, position), "text": text, "argv": arguments(text)}
            made.append({**job, "launched": True} if card.code in LAUNCHED else job)
    return made


def verdicts(chosen: Iterable[Card], version: str, seen: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The column: for each example what it proves on this version."""
    column = {}
    for card in chosen:
        for position, fence in enumerate(card.fences):
            name = name_of(card, position)
            found = [one for one in told(fence, version) if one.code == card.code]
            case = claims.Case(version, seen[name], frozenset(rows(card, position, found)))
            worst = max((one.severity for one in found), default=None)
            verdict = claims.judge(card, fence.kind, fence.target, case, worst)
            column[name] = {
                "verdict": verdict.word,
                "effect": verdict.effect,
                "why": verdict.why,
                "gclint": "silent" if worst is None else str(worst),
                "stands_in": sorted(set(seen[name].get("stands_in", {}).values())),
                "unnamed": claims.unnamed_lines(card, case) if verdict.word == claims.PROVEN else [],
            }
    return column


def messages(chosen: Iterable[Card], version: str, seen: Mapping[str, Any]) -> dict[str, dict[str, bool]]:
    """For each card the messages that it has for this version, and whether its examples printed them."""
    made = {}
    for card in chosen:
        runs = [seen[name_of(card, position)] for position, fence in enumerate(card.fences) if fence.kind == "bad"]
        made[card.code] = claims.messages_seen(card, version, runs)
    return made


def told(fence: Fence, version: str) -> tuple[Diagnostic, ...]:
    """What gclint reports of an example when the target is exactly this version."""
    source = from_bytes("example.py", markers.strip(fence.text).encode())
    return pipeline.check(source, Settings(target_transformers=f"=={version}")).diagnostics


def rows(card: Card, position: int, found: Iterable[Diagnostic]) -> set[int]:
    """The rows of the switch that an example is about: where the finding is, or what the fix has changed."""
    fence = card.fences[position]
    if fence.kind == "bad":
        return {row for one in found for row in one.statement.rows()}
    lines = markers.strip(fence.text).splitlines()
    if fence.kind.startswith("fixed"):
        before = set(markers.strip(card.fences[position - 1].text).splitlines())
        return {row for row, line in enumerate(lines, start=1) if line not in before}
    return {row for row, line in enumerate(lines, start=1) if "use_cache" in line}


# whole scripts


def scripts() -> dict[str, dict[str, str]]:
    """The examples of the repository, as they are and as `gclint --fix --unsafe-fixes --min-severity info` leaves them."""
    folder = Path(tempfile.mkdtemp(prefix="gclint-oracle-"))
    try:
        texts = {}
        for path in sorted(EXAMPLES.glob("*.py")):
            copy = folder / path.name
            shutil.copy(path, copy)
            options = ["--fix", "--unsafe-fixes", "--min-severity", "info", "--exit-zero"]
            command = [sys.executable, "-m", "gcheck_lint", *options, path.name]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            texts[path.name] = {"as it is": path.read_text(encoding="utf-8"), "fixed": copy.read_text(encoding="utf-8")}
        return texts
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def jobs_of_scripts(texts: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Two runs for each script."""
    return [
        {"id": f"{name} {how}", "text": text, "argv": ARGUMENTS.get(name, [])}
        for name, both in texts.items()
        for how, text in both.items()
    ]


def faults(seen: Mapping[str, Any]) -> list[str]:
    """What is not as it should be when a script trains, generates, saves, and its model is loaded again."""
    if "cannot" in seen:
        return [f"not run: {seen['cannot']}"]
    found = []
    if seen["raised"]:
        found.append(f"raises {seen['raised']['type']}: {seen['raised']['text'][:160]} (row {seen['raised']['row']})")
    if not seen["steps"]:
        found.append("no step of training")
    if seen["gradients"] and seen["gradients"]["without_gradient"]:
        found.append(f"{seen['gradients']['without_gradient']} of {seen['gradients']['trainable']} tensors get no gradient")
    found += [f"generates {one['text']} text at row {one['row']}" for one in seen["generations"] if one["text"] != "right"]
    found += [f"logs: {line}" for line in claims.lines(seen, claims.INCOMPATIBLE, "script")]
    saves = claims.final_saves(seen)
    for one in saves:
        # from 5.0 on a Trainer writes it by itself, and True beside it, which is what counts
        if one["config"] is False and one["generation_config"] is not True:
            found.append(f"saves `use_cache: false` in {one['folder']}")
        again = one.get("reloaded")
        if again and (again["fed"] != "one token" or again["text"] != "right"):
            found.append(f"reloaded from {one['folder']}: {again['fed']}, {again['text']} text")
    if not saves and not seen["adapters"]:
        found.append("nothing is saved")
    return list(dict.fromkeys(found))


# scenarios


def scenario_names() -> list[str]:
    """The scenarios: one module each."""
    return sorted(path.stem for path in (HERE / "scenarios").glob("[a-z]*.py"))
