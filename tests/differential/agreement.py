"""gclint's findings beside the true ones, before and after its fixes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gcheck_lint.config import settings
from gcheck_lint.findings.diagnostics import Diagnostic, Safety
from gcheck_lint.run import pipeline
from gcheck_lint.text import source

from .generator import generate
from .verdicts import CODES, Finding, statement, verdicts

WANTED = 0.97


@dataclass(frozen=True)
class Comparison:
    """One script: what gclint says, what is true, and what is wrong with the script that its fixes leave."""

    seed: int
    script: str
    said: set[Finding]
    true: set[Finding]
    fixed: str
    spoiled: str = ""

    @property
    def agrees(self) -> bool:
        return self.said == self.true

    def __str__(self) -> str:
        missed, invented = sorted(self.true - self.said), sorted(self.said - self.true)
        return f"seed {self.seed}: " + "; ".join(
            [*(f"missed {code} line {line}" for code, line in missed)]
            + [*(f"invented {code} line {line}" for code, line in invented)]
            + ([f"after --fix: {self.spoiled}"] if self.spoiled else [])
        )


def diagnostics(script: str) -> list[Diagnostic]:
    report = pipeline.check(source.from_bytes("script.py", script.encode()), settings.Settings())
    return [diagnostic for diagnostic in report.diagnostics if diagnostic.code in CODES]


def fixable(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and diagnostic.fix.safety is not Safety.DISPLAY


def findings(script: str, given: Iterable[Diagnostic]) -> set[Finding]:
    first = statement(script)
    return {(diagnostic.code, first[diagnostic.span.start.row]) for diagnostic in given}


def fixed(scripts: dict[int, str]) -> dict[int, str]:
    """The scripts as `gclint --fix --unsafe-fixes` leaves them."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {seed: Path(folder) / f"seed_{seed}.py" for seed in scripts}
        for seed, path in paths.items():
            path.write_text(scripts[seed], encoding="utf-8")
        options = ["--isolated", "--fix", "--unsafe-fixes", "--exit-zero", "--quiet"]
        subprocess.run([sys.executable, "-m", "gcheck_lint", *options, folder], check=True, stdout=subprocess.DEVNULL)
        return {seed: path.read_text(encoding="utf-8") for seed, path in paths.items()}


def left(script: str, remedied: str) -> str:
    """What is wrong with the fixed script; empty when it runs and has no finding left that had a fix."""
    try:
        now = verdicts(remedied)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    before = diagnostics(script)
    excused = {finding[0] for finding in verdicts(script) - findings(script, before)}  # missed before any fix
    excused |= {diagnostic.code for diagnostic in before if not fixable(diagnostic)}
    there = sorted({f"{code} line {line} is there" for code, line in now if code not in excused})
    still = sorted(
        f"{diagnostic.code} line {diagnostic.span.start.row} is still fixable"
        for diagnostic in diagnostics(remedied)
        if fixable(diagnostic)
    )
    return ", ".join(there + still)


def compare(seeds: Iterable[int]) -> list[Comparison]:
    scripts = {seed: generate(seed) for seed in seeds}
    remedied = fixed(scripts)
    return [
        Comparison(
            seed,
            script,
            findings(script, diagnostics(script)),
            verdicts(script),
            remedied[seed],
            left(script, remedied[seed]),
        )
        for seed, script in scripts.items()
    ]


def share(comparisons: list[Comparison]) -> float:
    return sum(comparison.agrees for comparison in comparisons) / len(comparisons)
