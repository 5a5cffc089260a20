"""Lays gclint's findings beside labels of real files, and prints precision and recall by family, at file and at line level.

usage: python benchmarks/accuracy.py CHECKOUTS LABELS.tsv [--families PSLG]

CHECKOUTS holds one folder a repository, `owner__name`, at the commits that the labels name. LABELS.tsv has the columns repo,
path, family, verdict (yes, no, unsure), lines, why. Families: P is GCK101-103, S GCK201, L GCK202, G GCK203, R GCK302. `unsure`
rows are left out. Only sure findings count. A line matches when it lies in the statement of the finding, or in the place in a
helper to which that statement leads.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import defaultdict
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--families", default="PSLG", help="the families that are judged (default: PSLG)")
    args = parser.parse_args()
    files: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    with args.labels.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            files[row["repo"], row["path"]][row["family"]] = row
    by_file, by_line = Table("file"), Table("line")
    disagreements: list[str] = []
    started = time.perf_counter()
    for (repo, path), labels in files.items():
        report = pipeline.check_file(str(args.checkouts / repo.replace("/", "__") / path), TARGET)
        for failure in report.failures:
            sys.exit(f"{path}: {failure.text}")
        for family in args.families:
            label = labels[family]
            if label["verdict"] != "unsure":
                sure = [d for d in report.diagnostics if FAMILIES.get(d.code) == family and d.certainty is Certainty.SURE]
                texts = {report.path: report.source} if report.source is not None else {}
                found = [shown(diagnostic, texts) for diagnostic in sure]
                disagreements += judge(f"{repo} {path} {family}", label, found, by_file.counts[family], by_line.counts[family])
    by_file.show()
    by_line.show()
    print(f"\n{len(files)} files, {time.perf_counter() - started:.1f} s\n")
    print("\n".join(disagreements))


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
        return [f"missed      {where} {label['lines']}: {label['why']}"]
    if found and not wanted:
        return [f"false alarm {where} ({rows}): {label['why']}"]
    return [f"line only   {where} {label['lines']} ({rows})"] if unmet or stray else []


def touches(diagnostic: Diagnostic, place: str) -> bool:
    """Whether a label's place (`row`, or `cell:row` with cells from 0) is a finding's own, or where its call leads."""
    cell, _, row = place.rpartition(":")
    inner = [(related.cell, related.span) for related in diagnostic.related if related.message == diagnostic.label]
    own = [(diagnostic.cell, diagnostic.statement), *inner]
    return any(int(row) in span.rows() and (not cell or number == int(cell) + 1) for number, span in own)


if __name__ == "__main__":
    main()
