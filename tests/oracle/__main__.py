"""`python -m tests.oracle [--versions 5.23.0,4.57.1] [--cards GCK203] [--check]`: proves the cards, and records it.

Without `--versions` all versions of environments.py are run; `newest` is the newest of them. What is recorded is
tests/oracle/results.json, and docs/evidence.md is written from it. With `--check` nothing is written, and a verdict
other than the recorded one fails. The exit code is 1 when a claim fails, and 2 when no column could be run at all.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from . import claims, columns, cures, evidence, record
from .environments import NEWEST, OLDEST, VERSIONS, UnavailableError, make


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--versions", default=",".join((*OLDEST, *VERSIONS)), help="of transformers, with commas")
    parser.add_argument("--cards", default="", help="codes, with commas; the rest of each column stays as recorded")
    parser.add_argument("--check", action="store_true", help="write nothing, compare with what is recorded")
    options = parser.parse_args()
    only = {code for code in options.cards.split(",") if code}
    recorded = record.read()
    failed: list[str] = []
    ran = 0
    for version in options.versions.replace("newest", NEWEST).split(","):
        started = time.monotonic()
        try:
            environment = make(version)
            column = _column(environment, only, scripts=version == NEWEST and not only, scenarios=not only)
        except (UnavailableError, columns.WorkerError) as reason:
            print(f"oracle: transformers {version} SKIPPED: {reason}", file=sys.stderr)
            continue
        ran += 1
        failed += _told(version, column)
        if options.check:
            failed += [f"{version} {words}" for words in record.differences(recorded, version, column)]
        elif only:
            record.add(recorded, version, column, only)
        else:
            record.put(recorded, version, column)
        print(f"oracle: transformers {version} took {time.monotonic() - started:.0f} s\n")
    if not options.check and ran:
        record.write(recorded)
        evidence.write(recorded)
    for one in failed:
        print(f"FAILED {one}")
    print(f"{ran} columns, {len(failed)} failures")
    return 2 if not ran else int(bool(failed))


def _column(environment: Any, only: set[str], *, scripts: bool, scenarios: bool) -> dict[str, Any]:
    examples = environment.version not in OLDEST
    chosen = [card for card in columns.runnable() if examples and (not only or card.code in only)]
    without = [card.code for card in chosen if card.code not in claims.EFFECTS]
    if without:
        raise SystemExit(f"no claim in tests/oracle/claims.py for {', '.join(without)}")
    texts = columns.scripts() if scripts else {}
    names = columns.scenario_names() if scenarios else []
    pairs = cures.pairs(chosen, environment.version)
    jobs = [*columns.jobs_of(chosen), *columns.jobs_of_scripts(texts), *cures.jobs(pairs)]
    seen = columns.work(environment, [*jobs, *({"id": f"scenario {name}", "scenario": name} for name in names)])
    return {
        "libraries": seen["versions"],
        "examples": columns.verdicts(chosen, environment.version, seen),
        "cures": cures.of_column(pairs, seen),
        "messages": columns.messages(chosen, environment.version, seen),
        "scripts": {name: {how: columns.faults(seen[f"{name} {how}"]) for how in both} for name, both in texts.items()},
        "scenarios": {name: seen[f"scenario {name}"] for name in names},
    }


def _told(version: str, column: dict[str, Any]) -> list[str]:
    """Prints a column; answers what failed."""
    failed = []
    print(f"transformers {version}")
    for name, one in column["examples"].items():
        words = "; ".join(part for part in (one["effect"], one["why"]) if part)
        print(f"  {name:18} {one['gclint']:8} {one['verdict']}{': ' if words else ''}{words}"[:200])
        if one["verdict"] == claims.FAILS:
            failed.append(f"{version} {name}: {words}")
        for line in one["unnamed"]:
            failed.append(f"{version} {name}: a log line that no message of the card has: {line}")
    for name, one in column["cures"].items():
        print(f"  {name:18} {one['measure']}: {one['bad']} -> {one['fixed']}"[:200])
        if one["fault"]:
            failed.append(f"{version} {name} does not cure: {one['fault']}")
    for name, both in column["scripts"].items():
        for how, faults in both.items():
            print(f"  {name:18} {how:8} {'; '.join(faults) or 'trains, saves, reloads and generates right'}"[:240])
        failed += [f"{version} {name}, fixed: {fault}" for fault in both["fixed"]]
    for name, seen in column["scenarios"].items():
        if "cannot" in seen:
            failed.append(f"{version} scenario {name}: {seen['cannot']}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
