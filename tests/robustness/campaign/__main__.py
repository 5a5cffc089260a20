"""`python -m tests.robustness.campaign COUNT --seed SEED`: runs the campaign, and repeats single inputs of it."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable
from random import Random
from types import FrameType

from tests.robustness.campaign import parsers, programs

KINDS = parsers.KINDS | programs.KINDS
PATIENCE = 60.0  # seconds of the processor's time that one input may take
_SHOWN = 5  # faults of one kind that are shown at length


class HangError(BaseException):
    """An input takes longer than any may."""


def _hang(number: int, frame: FrameType | None) -> None:
    raise HangError


def watch() -> None:
    """Lets an input that takes too long be a fault."""
    signal.signal(signal.SIGVTALRM, _hang)


def attempt(run: Callable[[Random], object], name: str, seed: int, number: int) -> str | None:
    """One input; what is wrong, if something is."""
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        run(Random(f"{seed}:{name}:{number}"))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def main() -> int:
    """Gives 1 where there was a fault."""
    asked = argparse.ArgumentParser(prog="python -m tests.robustness.campaign", description=__doc__)
    asked.add_argument("count", type=int, nargs="?", default=10_000, help="how many inputs, of all kinds together")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--kind", action="append", choices=sorted(KINDS), help="this kind alone; may be given several times")
    asked.add_argument("--number", type=int, help="of one kind, this input alone")
    given = asked.parse_args()
    watch()
    chosen = given.kind or list(KINDS)
    if given.number is not None:
        fault = attempt(KINDS[chosen[0]][0], chosen[0], given.seed, given.number)
        print(fault or "no fault")
        return int(fault is not None)
    whole = sum(KINDS[name][1] for name in chosen)
    faults = 0
    print(f"{'kind':20}{'inputs':>10}{'faults':>8}{'seconds':>9}")
    total, begun = 0, time.monotonic()
    for name in chosen:
        run, share = KINDS[name]
        count = max(1, round(given.count * share / whole))
        since, wrong = time.monotonic(), 0
        for number in range(count):
            fault = attempt(run, name, given.seed, number)
            if fault is not None:
                wrong += 1
                if wrong <= _SHOWN:
                    print(
                        f"--- {name}: `--kind '{name}' --seed {given.seed} --number {number}`\n{fault}",
                        file=sys.stderr,
                        flush=True,
                    )
        inputs = count * getattr(run, "inputs", 1)
        total, faults = total + inputs, faults + wrong
        print(f"{name:20}{inputs:>10,}{wrong:>8,}{time.monotonic() - since:>9.0f}", flush=True)
    print(f"{'all':20}{total:>10,}{faults:>8,}{time.monotonic() - begun:>9.0f}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
