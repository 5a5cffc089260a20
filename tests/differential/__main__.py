"""`python -m tests.differential [COUNT [FIRST]] [--processes N]` compares COUNT scripts; `… show SEED` prints one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from .agreement import WANTED, Comparison, compare, share, summary

BATCH = 100


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["show"]:
        return show(int(arguments[1]))
    processes = 1
    if "--processes" in arguments:
        at = arguments.index("--processes")
        processes = int(arguments[at + 1])
        del arguments[at : at + 2]
    count = int(arguments[0]) if arguments else 300
    first = int(arguments[1]) if len(arguments) > 1 else 0
    comparisons = []
    for comparison in compared(range(first, first + count), processes):
        comparisons.append(comparison)
        if comparison.spoiled or not comparison.agrees:
            print(comparison, f"[{', '.join(comparison.by)}]", flush=True)
    print(summary(comparisons))
    return 0 if share(comparisons) >= WANTED and not any(comparison.spoiled for comparison in comparisons) else 1


def compared(seeds: range, processes: int) -> Iterator[Comparison]:
    """In the order of the seeds, whatever the number of processes."""
    batches = [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]
    if processes == 1:
        for batch in batches:
            yield from compare(batch)
        return
    with ProcessPoolExecutor(processes) as pool:
        for done in pool.map(compare, batches):
            yield from done


def show(seed: int) -> int:
    (comparison,) = compare([seed])
    script = comparison.script
    for name, text in script.modules.items():
        print(f"# {name}\n{text}")
    for number, line in enumerate(script.text.splitlines(), 1):
        print(f"{number:4} {line}")
    print(
        f"given  {' | '.join(' '.join(given) or '-' for given in script.command_lines())}",
        f"idioms {list(script.idioms)}",
        sep="\n",
    )
    print(f"gclint {sorted(comparison.said)}", f"truth  {sorted(comparison.true)}", f"by     {list(comparison.by)}", sep="\n")
    print(comparison)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
