"""Draws training files by seed, to be labelled before gclint is run on them (docs/accuracy.md has the whole protocol).

usage: python benchmarks/draw.py qualify CHECKOUTS REPOSITORIES.tsv [--known FOLDER] > candidates.tsv
       python benchmarks/draw.py choose candidates.tsv --draw N --files 30 [--log benchmarks/draws.tsv]

CHECKOUTS holds one folder a repository, `owner__name`; REPOSITORIES.tsv has the columns repo, commit. A file qualifies when its
own code trains and speaks of checkpointing, or sets `use_cache`. Near copies of an earlier candidate, or of a file under --known,
are dropped. The choice takes repositories in an order shuffled by the seed (12 + N) and at most three files of each; repositories
that the log has are left out, and so are candidates whose column for_draw, if they have one, names a later draw.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

TRAINS = re.compile(r"[tT]rainer\w*\.train\(|\.fit\(|\.backward\(|\.train\(\s*resume")
CHECKPOINTS = re.compile(
    r"gradient_checkpointing|grad_checkpoint|activation_checkpoint|prepare_model_for_(kbit|int8)_training|torch\.utils\.checkpoint"
)
SETS_CACHE = re.compile(r"use_cache[\"']?\]?\s*[=:]")
# copies of libraries in a repository, and tests, are not what people train with
LIBRARY = re.compile(
    r"(^|/)(tests?|site-packages|node_modules|third_party|transformers|trl|peft|diffusers|unsloth|unsloth_compiled_cache"
    r"|LLaMA-?Factory|verl|deepspeed)/",
    re.IGNORECASE,
)
SHARED = 0.6  # two files that share more of their lines are near copies
PER_REPOSITORY = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    qualify = commands.add_parser("qualify", help="list the files that may be drawn")
    qualify.add_argument("checkouts", type=Path)
    qualify.add_argument("repositories", type=Path)
    qualify.add_argument("--known", type=Path, help="a folder of files that near copies are compared with")
    choose = commands.add_parser("choose", help="choose among them by seed")
    choose.add_argument("candidates", type=Path)
    choose.add_argument("--draw", type=int, required=True)
    choose.add_argument("--files", type=int, default=30)
    choose.add_argument("--log", type=Path, default=Path(__file__).with_name("draws.tsv"))
    args = parser.parse_args()
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(("repo", "commit", "path"))
    if args.command == "qualify":
        copies = Copies()
        for path in sorted(args.known.rglob("*")) if args.known else ():
            if is_candidate(lines := code_lines(path)):
                copies.seen(lines)
        for row in sorted(rows_of(args.repositories), key=lambda row: row["repo"]):
            out.writerows(qualifying(args.checkouts, row["repo"], row["commit"], copies))
    else:
        used = {row["repo"] for row in rows_of(args.log) if int(row["draw"]) < args.draw} if args.log.exists() else set()
        known = [row for row in rows_of(args.candidates) if int(row.get("for_draw") or 0) <= args.draw]
        out.writerows(chosen([row for row in known if row["repo"] not in used], 12 + args.draw, args.files))


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def chosen(candidates: list[dict[str, str]], seed: int, files: int) -> list[tuple[str, str, str]]:
    """At most three files of each repository, in an order that the seed decides, until there are enough."""
    by_repository: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in candidates:
        by_repository[row["repo"]].append((row["repo"], row["commit"], row["path"]))
    generator = random.Random(seed)
    names = sorted(by_repository)
    generator.shuffle(names)
    drawn: list[tuple[str, str, str]] = []
    for name in names:
        drawn += generator.sample(sorted(by_repository[name]), min(PER_REPOSITORY, len(by_repository[name])))
        if len(drawn) >= files:
            break
    return drawn[:files]


def qualifying(checkouts: Path, repo: str, commit: str, copies: Copies) -> Iterator[tuple[str, str, str]]:
    root = checkouts / repo.replace("/", "__")
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not LIBRARY.search(name) and is_candidate(lines := code_lines(path)) and not copies.seen(lines):
            yield repo, commit, name


def is_candidate(lines: list[str]) -> bool:
    text = "\n".join(lines)
    return bool(TRAINS.search(text) and (CHECKPOINTS.search(text) or SETS_CACHE.search(text)))


def code_lines(path: Path) -> list[str]:
    """The lines of a script or of a notebook's code cells, without comments and long strings; nothing for other files."""
    if path.suffix not in (".py", ".ipynb") or not path.is_file() or path.stat().st_size > 3_000_000:
        return []
    text = path.read_text(encoding="utf-8", errors="ignore")
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(text)["cells"]
        except (ValueError, KeyError, TypeError):
            return []
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    text = re.sub(r'("""|\'\'\')(.|\n)*?\1', "", text)
    return [re.sub(r"(^|\s)#.*$", "", line).strip() for line in text.splitlines()]


class Copies:
    """Which files were seen, by their lines, so that near copies are known."""

    def __init__(self) -> None:
        self.files: list[frozenset[str]] = []
        self.having: dict[str, list[int]] = defaultdict(list)

    def seen(self, lines: list[str]) -> bool:
        """Whether a near copy was seen before; if not, these lines are from now on."""
        mine = frozenset(line for line in lines if len(line) > 12)
        shared = Counter(number for line in mine for number in self.having[line])
        if any(count > SHARED * len(mine | self.files[number]) for number, count in shared.items()):
            return True
        for line in mine:
            self.having[line].append(len(self.files))
        self.files.append(mine)
        return False


if __name__ == "__main__":
    main()
