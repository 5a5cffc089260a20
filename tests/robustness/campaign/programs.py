"""Scripts that were changed at random, their fixes, and whole runs in a process of their own."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.fixing import apply
from gcheck_lint.fixing.selection import edited, is_applicable
from gcheck_lint.run import pipeline
from gcheck_lint.run.pipeline import FileReport
from gcheck_lint.text.source import Source
from tests.lsp.test_robustness import INITIALIZE, SERVER, framed, notice, opening, request, unframed
from tests.robustness.campaign.corpus import foreign, notebooks, scripts
from tests.robustness.campaign.mutations import mutated, replaced, value
from tests.support.invocation import gclint
from tests.support.samples import DEFECT

_SETTINGS: Final = Settings(timeout=100, possible=True, min_severity="info", test_code=True)
_MESSAGES: Final = 100  # for one server
_NO_FAULT: Final = ("too deeply nested", "too large")


def check(source: Source) -> FileReport:
    return pipeline.check(source, _SETTINGS)


def sound(report: FileReport) -> FileReport:
    """A report in which no bug of ours stands."""
    assert not report.failures, report.failures[0].text
    assert not report.skipped or report.skipped.startswith(_NO_FAULT), report.skipped
    return report


def script(random: Random) -> str:
    """A script that there may be something to tell of, however it looks."""
    text = random.choice(scripts())
    kind = random.randrange(4)
    if kind == 0:  # within whatever Python's own tests hold
        other = random.choice(foreign())
        at = random.choice([0, *(number for number, letter in enumerate(other) if letter == "\n")][:200])
        text = f"{other[:at]}\n{text}\n{other[at : at + 3_000]}"
    elif kind == 1:  # within a function, a class, a branch
        head = random.choice(
            ("def main(a, *b, c=None, **d):\n", "class A(B):\n", "if x:\n", "for a in b:\n", "with c as d:\n", "async def f():\n")
        )
        text = head + "".join(f"    {line}" for line in text.splitlines(keepends=True)) + "\nmain()\n"
    return mutated(random, text, foreign())


def checked_scripts(random: Random) -> None:
    """Any script: a finding, a syntax error or nothing, and the same ones when it is asked again."""
    source = Source("train.py", script(random))
    report = sound(check(source))
    size = len(source.text)
    for one in report.diagnostics:
        for edit in one.fix.edits if one.fix is not None else ():
            assert 0 <= edit.start <= edit.end <= size
    if random.random() < 0.1:
        pipeline.forget()
        assert sound(check(source)) == report, "another answer to the same question"


def _sure(report: FileReport) -> set[str]:
    return {one.code for one in report.diagnostics if one.certainty is Certainty.SURE}


def _kept_outside(source: Source, one: Diagnostic) -> None:
    """A fix alone: its edits lie apart, and not one byte outside of them is another."""
    assert one.fix is not None
    edits = sorted(one.fix.edits, key=lambda edit: (edit.start, edit.end))
    assert all(first.end <= second.start for first, second in itertools.pairwise(edits)), one
    before, after = source.to_bytes(source.text), source.to_bytes(edited(source.text, edits))
    head = len(source.to_bytes(source.text[: edits[0].start]))
    tail = len(source.text[edits[-1].end :].encode(source.encoding))
    assert before[:head] == after[:head]
    assert before[len(before) - tail :] == after[len(after) - tail :]


def fixed_scripts(random: Random) -> None:
    """What `--fix --unsafe-fixes` makes of a script parses, holds still, and has no finding of a kind that was not there."""
    for _ in range(4):
        text = random.choice(scripts())
        if random.random() < 0.6:
            text = mutated(random, text)
        if random.random() < 0.2:
            text = text.replace("\n", "\r\n")
        source = Source("train.py", text, bom=random.random() < 0.1)
        report = sound(check(source))
        applicable = [one for one in report.diagnostics if is_applicable(one, True)]
        if applicable:
            break
    else:
        return
    for one in applicable:
        _kept_outside(source, one)
    outcome = apply.fix([report], check, True)
    after = sound(outcome.reports["train.py"])
    assert after.source is not None
    assert "GCK002" not in _sure(after)
    assert _sure(after) <= _sure(report), f"new: {_sure(after) - _sure(report)}"
    again = apply.fix([sound(check(after.source))], check, True)
    assert not again.changed, "not still"
    for one in outcome.applied:
        assert one.code in {"GCK003"} or outcome.changed, one


def _folder(random: Random, folder: Path) -> list[str]:
    """A project of a few files, some of them broken."""
    names = []
    for number in range(random.randint(1, 4)):
        if random.random() < 0.25:
            name, text = f"n{number}.ipynb", random.choice(notebooks())
        else:
            name, text = f"t{number}.py", random.choice((DEFECT, script(random), random.choice(scripts())))
        data = text.encode("utf-8", "replace")
        (folder / name).write_bytes(data)
        names.append(name)
    if random.random() < 0.5:
        line = random.choice(
            (
                'select = ["GCK2"]',
                "possible = true",
                'min-severity = "info"',
                'target-transformers = ">=4.40"',
                "test-code = true",
                "x = 1",
            )
        )
        (folder / "gclint.toml").write_text(
            line if random.random() < 0.7 else mutated(random, line).encode("utf-8", "replace").decode(), encoding="utf-8"
        )
    if random.random() < 0.5:
        text = mutated(random, "transformers>=4.46,<5\ntrl==0.9\n").encode("utf-8", "replace").decode()
        (folder / "requirements.txt").write_text(text, encoding="utf-8")
    return names


def _said(done: subprocess.CompletedProcess[str]) -> tuple[int, str, list[str]]:
    assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    assert "bug" not in done.stderr, done.stderr
    return done.returncode, done.stdout, sorted(done.stderr.splitlines())


def whole_runs(random: Random) -> None:
    """The command itself: exit code 0, 1 or 2, the same words whatever the number of processes, the hashes and the cache, and files left alone."""
    with tempfile.TemporaryDirectory(prefix="gclint-campaign-") as place:
        folder = Path(place, "work")
        folder.mkdir()
        names = _folder(random, folder)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        form = random.choice(("json", "sarif", "concise", "full", "json-lines", "junit", "gitlab", "rdjson"))
        words = ["--output-format", form, "--timeout", "0"]
        shuffled = random.sample(names, len(names))
        variables = {"XDG_CACHE_HOME": f"{place}/cache", "PYTHONHASHSEED": str(random.randrange(1, 1_000))}
        plain = _said(gclint(folder, *words, "--no-cache", "-j1", *names, PYTHONHASHSEED="0"))
        assert _said(gclint(folder, *words, "-j2", *shuffled, **variables)) == plain
        assert _said(gclint(folder, *words, "-j1", *names, **variables)) == plain, "from the cache"
        if plain[0] < 2 and form in ("json", "sarif", "gitlab", "rdjson"):
            json.loads(plain[1])
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        _said(gclint(folder, "--fix", "-j1", *names, **variables))
        once = {path.name: path.read_bytes() for path in folder.iterdir()}
        _said(gclint(folder, "--fix", "-j1", "--no-cache", *shuffled, **variables))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == once


def servers(random: Random) -> None:
    """A language server that gets nonsense lives on, and says nothing but the protocol."""
    uri = "file:///tmp/gclint-campaign-of-messages/train.py"
    asked: list[Callable[[], Any]] = [
        lambda: notice("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": script(random)[:2_000]}]}),
        lambda: request(random.randrange(9, 99), "textDocument/codeAction", {"textDocument": {"uri": uri}, "range": _range(random), "context": {"diagnostics": []}}),
        lambda: request(random.randrange(9, 99), "textDocument/hover", {"textDocument": {"uri": uri}, "position": _range(random)["start"]}),
        lambda: request(random.randrange(9, 99), "textDocument/diagnostic", {"textDocument": {"uri": uri}}),
        lambda: notice("workspace/didChangeConfiguration", {"settings": {"gclint": value(random, ("lint", "run", "select", "GCK2", "enable"))}}),
        lambda: notice("notebookDocument/didOpen", {"notebookDocument": {"uri": "file:///a.ipynb", "notebookType": "x", "version": 1, "cells": []}, "cellTextDocuments": []}),
        lambda: opening(random.choice((uri, "untitled:a", "file:///%00", "x")), "model.train()\n"),
        lambda: notice("$/cancelRequest", {"id": random.randrange(9, 99)}),
    ]  # fmt: skip
    messages = [framed(request(1, "initialize", INITIALIZE)), framed(notice("initialized", {})), framed(opening(uri, DEFECT))]
    for _ in range(_MESSAGES):
        told = random.choice(asked)()
        if random.random() < 0.5:
            told = replaced(random, told, ("uri", "textDocument", "version", "id", "method", uri, "jsonrpc", "params"))
        body = json.dumps(told)
        if random.random() < 0.2:
            body = mutated(random, body, (), ("{", "}", ",", '"', "null"))
        messages.append(framed(body.encode("utf-8", "replace")))
    messages += [framed(request(7_777, "shutdown")), framed(notice("exit"))]
    done = subprocess.run(
        SERVER, input=b"".join(messages), capture_output=True, timeout=300, check=False, cwd=tempfile.gettempdir()
    )
    said = done.stderr.decode(errors="replace")  # of a message that is none, the library that reads them logs the traceback
    assert "a bug in gclint" not in said, said
    answers = [answer.get("id") for answer in unframed(done.stdout)]
    assert 1 in answers, answers
    assert 7_777 in answers, answers
    assert done.returncode == 0, done.returncode


servers.inputs = _MESSAGES  # type: ignore[attr-defined]  # of one process


def _range(random: Random) -> dict[str, Any]:
    rows = sorted(random.choice((0, 2, 7, 2**31 - 1)) for _ in range(2))
    return {"start": {"line": rows[0], "character": 0}, "end": {"line": rows[1], "character": random.choice((0, 5))}}


def kills(random: Random) -> None:
    """A run that is killed at any moment: each file is as before or as after, and the next run leaves nothing of it."""
    with tempfile.TemporaryDirectory(prefix="gclint-campaign-") as place:
        folder, temporary = Path(place, "work"), Path(place, "temporary")
        folder.mkdir()
        temporary.mkdir()
        (folder / ".git").mkdir()
        shutil.copytree(_repository(), folder / ".git", dirs_exist_ok=True)
        variables = {"XDG_CACHE_HOME": f"{place}/cache", "TMPDIR": str(temporary)}
        texts = {f"t{number}.py": DEFECT.replace('"out"', f'"{number}"') for number in range(6)}
        for name, text in texts.items():
            (folder / name).write_text(text)
        words = random.choice(
            (("--fix",), ("--write-baseline", "known.json"), ("--output-format", "sarif=r.sarif"), ("--add-noqa",))
        )
        run = subprocess.Popen(
            [sys.executable, "-m", "gcheck_lint", *words, "-j1", "."],
            cwd=folder,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.uniform(0.1, 2.5))
        run.send_signal(signal.SIGKILL)
        run.wait()
        left = {name: (folder / name).read_text() for name in texts}
        for report in ("known.json", "r.sarif"):
            if (folder / report).exists():
                json.loads((folder / report).read_text())
        _said(gclint(folder, *words, "-j1", ".", **variables))
        after = {name: (folder / name).read_text() for name in texts}
        for name, text in left.items():
            assert text in (texts[name], after[name]), (words, name)
        rest = [path.name for path in (*folder.rglob("*"), *Path(place, "cache").rglob("*")) if path.name.startswith(".gclint-")]
        assert not rest, rest
        assert not list(temporary.iterdir()), list(temporary.iterdir())


def _repository() -> Path:
    """The directory of an empty repository, made once."""
    if not _made:
        _made.append(tempfile.TemporaryDirectory(prefix="gclint-campaign-"))
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", _made[0].name], check=True)
    return Path(_made[0].name, ".git")


_made: list[tempfile.TemporaryDirectory[str]] = []

KINDS: Final[dict[str, tuple[Callable[[Random], None], float]]] = {
    # what it does, and its share of a thousand inputs
    "scripts": (checked_scripts, 3),
    "fixes": (fixed_scripts, 1),
    "whole runs": (whole_runs, 0.06),
    "servers": (servers, 0.03),
    "kills": (kills, 0.06),
}
