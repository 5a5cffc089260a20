"""Lays gclint's findings beside labels of real files, and prints precision and recall by family, at file and at line level.

usage: python benchmarks/accuracy.py CHECKOUTS LABELS.tsv [--families PSLG]
       python benchmarks/accuracy.py CHECKOUTS --fresh [--draw N]

CHECKOUTS holds one folder a repository, `owner__name`, at the commits that the labels name. LABELS.tsv has the columns repo,
path, family, verdict (yes, no, unsure), lines, why. Families: P is GCK101-103, S GCK201, L GCK202, G GCK203, R GCK302. `unsure`
rows are left out. Only sure findings count. A line matches when it lies in the statement of the finding, or in the place in a
helper to which that statement leads.

--fresh takes the log of draws instead (draws.tsv beside this file: the columns above without `why`, and draw and commit): files
drawn by seed and labelled before gclint was run on them. It prints a table by draw, with 95 % confidence intervals by Wilson's
score, and every hit, miss and false alarm.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gcheck_lint.config.settings import Settings
from gcheck_lint.findings.diagnostics import Certainty, Diagnostic
from gcheck_lint.report.places import shown
from gcheck_lint.run import pipeline

FAMILIES = {"GCK101": "P", "GCK102": "P", "GCK103": "P", "GCK201": "S", "GCK202": "L", "GCK203": "G", "GCK302": "R"}
# the labels were given for all versions, whatever a repository asks for
TARGET = Settings(target_transformers=">=4.25", target_trl="", target_peft="", target_torch="")


@dataclass
class Count:
    """True and false positives, and false negatives, of one family at one level."""

    hits: int = 0
    alarms: int = 0
    misses: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.hits, self.alarms, self.misses = self.hits + other.hits, self.alarms + other.alarms, self.misses + other.misses
        return self

    def __str__(self) -> str:
        precision = self.hits / (self.hits + self.alarms) if self.hits + self.alarms else 1.0
        recall = self.hits / (self.hits + self.misses) if self.hits + self.misses else 1.0
        return f"{self.hits:4} {self.alarms:4} {self.misses:4}   {precision:9.3f} {recall:7.3f}"

    def row(self) -> str:
        precision, recall = share(self.hits, self.hits + self.alarms), share(self.hits, self.hits + self.misses)
        return f"{self.hits} | {self.alarms} | {self.misses} | {precision} | {recall}"


@dataclass
class Table:
    """Counts by family."""

    title: str
    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))

    def show(self) -> None:
        print(f"\n{self.title:8}   tp   fp   fn   precision  recall")
        total = Count()
        for family in sorted(self.counts):
            print(f"{family:8} {self.counts[family]}")
            total += self.counts[family]
        print(f"{'all':8} {total}")


Labels = dict[tuple[str, str], dict[str, dict[str, str]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("labels", type=Path, nargs="?", default=Path(__file__).with_name("draws.tsv"))
    parser.add_argument("--families", help="the families that are judged (default: PSLG; PSLGR with --fresh)")
    parser.add_argument("--fresh", action="store_true", help="judge the log of draws")
    parser.add_argument("--draw", help="only this draw of the log")
    args = parser.parse_args()
    families = args.families or ("PSLGR" if args.fresh else "PSLG")
    with args.labels.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter="\t") if not args.draw or row["draw"] == args.draw]
    if args.fresh:
        for draw in sorted({row["draw"] for row in rows}, key=int):
            show_draw(draw, by_path(row for row in rows if row["draw"] == draw), args.checkouts, families)
        return
    started = time.perf_counter()
    files = by_path(rows)
    by_file, by_line, notes = compare(files, args.checkouts, families)
    by_file.show()
    by_line.show()
    print(f"\n{len(files)} files, {time.perf_counter() - started:.1f} s\n")
    print("\n".join(note for note in notes if not note.startswith("hit")))


def by_path(rows: Iterable[dict[str, str]]) -> Labels:
    files: Labels = defaultdict(dict)
    for row in rows:
        files[row["repo"], row["path"]][row["family"]] = row
    return files


def compare(files: Labels, checkouts: Path, families: str) -> tuple[Table, Table, list[str]]:
    """Counts by file and by line, and a note of each hit and of each place where labels and findings disagree."""
    by_file, by_line = Table("file"), Table("line")
    notes: list[str] = []
    for (repo, path), labels in files.items():
        report = pipeline.check_file(str(checkouts / repo.replace("/", "__") / path), TARGET)
        for failure in report.failures:
            sys.exit(f"{path}: {failure.text}")
        for family in families:
            label = labels[family]
            if label["verdict"] != "unsure":
                sure = [d for d in report.diagnostics if FAMILIES.get(d.code) == family and d.certainty is Certainty.SURE]
                texts = {report.path: report.source} if report.source is not None else {}
                found = [shown(diagnostic, texts) for diagnostic in sure]
                notes += judge(f"{repo} {path} {family}", label, found, by_file.counts[family], by_line.counts[family])
    return by_file, by_line, notes


def show_draw(draw: str, files: Labels, checkouts: Path, families: str) -> None:
    """A draw's table in Markdown, at file level, and its notes."""
    by_file, _, notes = compare(files, checkouts, families)
    print(f"\n## Draw {draw}: {len(files)} files, {len({repo for repo, _ in files})} repositories\n")
    print("| family | true | false alarms | missed | precision (95 %) | recall (95 %) |\n| --- | --- | --- | --- | --- | --- |")
    total = Count()
    for family in families:
        count = by_file.counts[family]
        total += count
        print(f"| {family} | {count.row()} |")
    print(f"| all | {total.row()} |\n")
    print("\n".join(sorted(notes)))


def share(part: int, whole: int) -> str:
    """A share with its 95 % confidence interval by Wilson's score."""
    if not whole:
        return "-"
    z = 1.96
    middle = (part / whole + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(part * (whole - part) / whole**3 + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return f"{part / whole:.2f} ({max(0.0, middle - half):.2f} to {min(1.0, middle + half):.2f})"


def judge(where: str, label: dict[str, str], found: list[Diagnostic], file: Count, line: Count) -> list[str]:
    """Counts one family of one file, and says where label and findings disagree."""
    wanted = label["verdict"] == "yes"
    places = [place for place in label["lines"].split(",") if place]
    unmet = [place for place in places if not any(touches(d, place) for d in found)] if wanted else []
    stray = [d for d in found if not any(touches(d, place) for place in places)]
    file += Count(int(wanted and bool(found)), int(not wanted and bool(found)), int(wanted and not found))
    line += Count(len(places) - len(unmet) if wanted else 0, len(stray), len(unmet))
    rows = ", ".join(f"{d.code} {f'{d.cell - 1}:' if d.cell else ''}{d.span.start.row} {d.condition}".strip() for d in found)
    if wanted and not found:
        return [f"missed      {where} {label['lines']}: {label.get('why', '')}".rstrip(": ")]
    if found and not wanted:
        return [f"false alarm {where} ({rows}): {label.get('why', '')}".rstrip(": ")]
    notes = [f"hit         {where} ({rows})"] if wanted else []
    return [*notes, f"line only   {where} {label['lines']} ({rows})"] if unmet or stray else notes


def touches(diagnostic: Diagnostic, place: str) -> bool:
    """Whether a finding is about a label's place (`row`, or `cell:row` with cells from 0).

    The place is its own, where its call leads, or one that its repair cures as well.
    """
    cell, _, row = place.rpartition(":")
    kin = [related for related in diagnostic.related if related.message == diagnostic.label or related.message.endswith(", too")]
    inner = [(related.cell, related.span) for related in kin]
    own = [(diagnostic.cell, diagnostic.statement), *inner]
    return any(int(row) in span.rows() and (not cell or number == int(cell) + 1) for number, span in own)


if __name__ == "__main__":
    main()
