"""Writes the table of rules in README.md from the cards: `python docs/tables.py`.

The table stands between two comment lines, `<!-- rules -->` and `<!-- /rules -->`. With `--check` nothing is written,
and the exit code says whether the table is up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from gcheck_lint.rulebook import cards

README = Path(__file__).resolve().parent.parent / "README.md"
START, END = "<!-- rules -->", "<!-- /rules -->"


def rule_table(all_cards: Iterable[cards.Card]) -> str:
    """The table in Markdown, one row for each card."""
    rows = ["| code | name | severity | fix | what happens |", "| --- | --- | --- | --- | --- |"]
    for card in all_cards:
        link = f"[{card.code}](rules/{card.path.name})"
        fix = "–" if card.fix is None else str(card.fix)
        sentence = card.sentence.replace("|", "\\|")
        rows.append(f"| {link} | {card.slug} | {card.severity} | {fix} | {sentence} |")
    return "\n".join(rows)


def rewrite(text: str, table: str) -> str:
    """The text with the table between the two marks. Raises ValueError when a mark is missing."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the lines {START} and {END} are missing")
    return f"{before}{START}\n{table}\n{END}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the table is out of date")
    args = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    new = rewrite(text, rule_table(cards.load().values()))
    if args.check:
        return int(new != text)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
