"""gclint's findings beside the true ones, before and after its fixes, and by which idioms they part."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gcheck_lint.config import settings
from gcheck_lint.findings.diagnostics import Diagnostic, Safety
from gcheck_lint.run import pipeline
from gcheck_lint.text import source

from .generator import generate
from .script import Script
from .verdicts import CODES, Finding, statement, verdicts

ALL_VERSIONS = settings.Settings(target_transformers=">=4.25")
PLACES = frozenset({"GCK201", "GCK202", "GCK203"})  # a place of these is one that does harm
WANTED = 0.97
ENTRY = "script.py"


@dataclass(frozen=True)
class Comparison:
    """One script: what gclint says, what is true, and what is wrong with the script that its fixes leave."""

    seed: int
    script: Script
    said: set[Finding]
    true: set[Finding]
    fixed: str
    spoiled: str = ""
    by: tuple[str, ...] = ()  # the idioms without which the two agree

    @property
    def agrees(self) -> bool:
        return self.said == self.true

    @property
    def missed(self) -> list[Finding]:
        return sorted(self.true - self.said)

    @property
    def invented(self) -> list[Finding]:
        return sorted(self.said - self.true)

    @property
    def kinds(self) -> list[str]:
        """What is wrong, and by which idioms, without places: the same for all that have one cause."""
        wrong = [f"missed {code}" for code, _ in self.missed] + [f"invented {code}" for code, _ in self.invented]
        return [f"{what}, by {' or '.join(self.by) or 'no one idiom'}" for what in dict.fromkeys(wrong)]

    def __str__(self) -> str:
        return f"seed {self.seed}: " + "; ".join(
            [*(f"missed {code} line {line}" for code, line in self.missed)]
            + [*(f"invented {code} line {line}" for code, line in self.invented)]
            + ([f"after --fix: {self.spoiled}"] if self.spoiled else [])
        )


def lay_out(script: Script, folder: Path) -> Path:
    """Writes a script and its modules into a folder, and gives the script's path back."""
    for name, text in script.modules.items():
        package = any(other.startswith(f"{name}.") for other in script.modules)
        path = folder.joinpath(*name.split("."), *["__init__.py"] * package)
        path = path if package else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENTRY).write_text(script.text, encoding="utf-8")
    return folder / ENTRY


def diagnostics(script: Script) -> list[Diagnostic]:
    """What gclint says about the script, by the public pipeline."""
    if not script.modules:
        report = pipeline.check(source.from_bytes(ENTRY, script.text.encode()), ALL_VERSIONS)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = lay_out(script, Path(folder))
            report = pipeline.check(source.from_bytes(str(path), script.text.encode()), ALL_VERSIONS)
    return [diagnostic for diagnostic in report.diagnostics if diagnostic.code in CODES]


def fixable(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and diagnostic.fix.safety is not Safety.DISPLAY


def findings(script: Script, given: Iterable[Diagnostic]) -> set[Finding]:
    """Each place that is found; what one fault does at several places is found at the first, and the others are named there."""
    first = statement(script.text)
    found = {(diagnostic.code, first[diagnostic.span.start.row]) for diagnostic in given}
    return found | {
        (diagnostic.code, first[one.span.start.row])
        for diagnostic in given
        if diagnostic.code in PLACES
        for one in diagnostic.related
        if one.message.endswith(", too") and Path(one.path).name == ENTRY
    }


_TAKEN_BACK = re.compile(r"seed_(\d+)/script\.py:\d+: the fix of (\w+) was reverted: it causes (\w+)")


def fixed(scripts: dict[int, Script]) -> dict[int, tuple[Script, frozenset[str]]]:
    """The scripts as `gclint --fix --unsafe-fixes` leaves them, and the codes whose fixes it took back.

    One that would bring up something that no fix puts right is taken back on purpose.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = {seed: lay_out(script, Path(folder) / f"seed_{seed}") for seed, script in scripts.items()}
        options = [
            "--isolated",
            "--target-transformers",
            ">=4.25",
            "--min-severity",
            "info",
            "--ignore",
            "GCK301,GCK4",
            "--fix",
            "--unsafe-fixes",
            "--exit-zero",
            "--quiet",
        ]
        done = subprocess.run([sys.executable, "-m", "gcheck_lint", *options, folder], check=True, capture_output=True, text=True)
        taken = [(int(seed), {code, other}) for seed, code, other in _TAKEN_BACK.findall(done.stderr)]
        return {
            seed: (
                replace(scripts[seed], text=path.read_text(encoding="utf-8")),
                frozenset(code for other, codes in taken if other == seed for code in codes),
            )
            for seed, path in paths.items()
        }


def left(script: Script, remedied: Script, taken_back: frozenset[str] = frozenset()) -> str:
    """What is wrong with the fixed script; empty when it runs and has no finding left that had a fix."""
    if remedied.text == script.text:
        return ""
    try:
        now = verdicts(remedied)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    before = diagnostics(script)
    excused = {finding[0] for finding in verdicts(script) - findings(script, before)}  # missed before any fix
    excused |= taken_back | {diagnostic.code for diagnostic in before if not fixable(diagnostic)}
    there = sorted({f"{code} line {line} is there" for code, line in now if code not in excused})
    still = sorted(
        f"{diagnostic.code} line {diagnostic.span.start.row} is still fixable"
        for diagnostic in diagnostics(remedied)
        if fixable(diagnostic) and diagnostic.code not in taken_back
    )
    return ", ".join(there + still)


def runs(script: Script) -> bool:
    """Whether it runs to its end, or to an end that it sets itself, whatever its user chooses."""
    try:
        verdicts(script)
    except UnboundLocalError:  # a name that only one arm of a choice binds, and a function deletes
        return False
    return True


def compare(seeds: Iterable[int]) -> list[Comparison]:
    """Compares the scripts of some seeds. One that Python itself stops with an error (two in ten thousand) is none."""
    scripts = {seed: script for seed, script in ((seed, generate(seed)) for seed in seeds) if runs(script)}
    given = {seed: diagnostics(script) for seed, script in scripts.items()}
    remedied = fixed({seed: script for seed, script in scripts.items() if any(map(fixable, given[seed]))})
    return [_compared(seed, script, given[seed], *remedied.get(seed, (script, frozenset()))) for seed, script in scripts.items()]


def _compared(seed: int, script: Script, given: list[Diagnostic], remedied: Script, taken: frozenset[str]) -> Comparison:
    said, true = findings(script, given), verdicts(script)
    by = () if said == true else tuple(name for name in script.idioms if _agree(generate(seed, frozenset({name}))))
    return Comparison(seed, script, said, true, remedied.text, left(script, remedied, taken), by)


def _agree(script: Script) -> bool:
    try:
        return findings(script, diagnostics(script)) == verdicts(script)
    except Exception:  # what is left when an idiom is taken out need not run
        return False


def share(comparisons: list[Comparison]) -> float:
    return sum(comparison.agrees for comparison in comparisons) / len(comparisons)


def summary(comparisons: list[Comparison]) -> str:
    """How many agree, and the others by kind, each with its seeds."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for comparison in comparisons:
        for kind in comparison.kinds:
            kinds[kind].append(comparison.seed)
    used = Counter(name for comparison in comparisons for name in comparison.script.idioms)
    lines = [
        f"{len(seeds):5}  {kind}: {', '.join(map(str, seeds[:8]))}{', …' * (len(seeds) > 8)}"
        for kind, seeds in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    count = len(comparisons)
    wrong = {
        "missed": sum(bool(one.missed) for one in comparisons),
        "invented": sum(bool(one.invented) for one in comparisons),
        "spoiled by their fixes": sum(bool(one.spoiled) for one in comparisons),
    }
    said = ", ".join(f"{number} {what}" for what, number in wrong.items())
    agreeing = sum(comparison.agrees for comparison in comparisons)
    eventful = sum(bool(comparison.true) for comparison in comparisons)
    head = f"{agreeing} of {count} scripts agree ({eventful} have findings; {len(used)} idioms); {said}"
    return "\n".join([*lines, head])
