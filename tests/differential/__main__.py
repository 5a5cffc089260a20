"""`python -m tests.differential [COUNT [FIRST]]` compares COUNT scripts; `… show SEED` prints one and both findings."""

from __future__ import annotations

import sys

from .agreement import WANTED, compare, share


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["show"]:
        (comparison,) = compare([int(arguments[1])])
        numbered = (f"{number:4} {line}" for number, line in enumerate(comparison.script.splitlines(), 1))
        print("\n".join(numbered), f"gclint {sorted(comparison.said)}", f"truth  {sorted(comparison.true)}", sep="\n")
        print(comparison)
        return 0
    count = int(arguments[0]) if arguments else 300
    first = int(arguments[1]) if len(arguments) > 1 else 0
    comparisons = compare(range(first, first + count))
    for comparison in comparisons:
        if comparison.spoiled or not comparison.agrees:
            print(comparison)
    agreeing = sum(comparison.agrees for comparison in comparisons)
    spoiled = sum(bool(comparison.spoiled) for comparison in comparisons)
    eventful = sum(bool(comparison.true) for comparison in comparisons)
    print(f"{agreeing} of {count} scripts agree ({eventful} have findings); {spoiled} spoiled by their fixes")
    return 0 if share(comparisons) >= WANTED and not spoiled else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
