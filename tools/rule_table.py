"""The table of rules in README.md, out of the cards. It stands between the lines `<!-- rules -->` and `<!-- /rules -->`."""

from __future__ import annotations

from gcheck_lint.rulebook import cards

START, END = "<!-- rules -->", "<!-- /rules -->"


def rewritten(text: str) -> str:
    """The README with the table between the two marks. Raises ValueError when a mark is missing."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the lines {START} and {END} are missing")
    return f"{before}{START}\n{_table()}\n{END}{after}"


def _table() -> str:
    """One row for each card."""
    rows = ["| code | name | severity | fix | what happens |", "| --- | --- | --- | --- | --- |"]
    for card in cards.load().values():
        link = f"[{card.code}](rules/{card.path.name})"
        fix = "–" if card.fix is None else str(card.fix)
        sentence = card.sentence.replace("|", "\\|")
        rows.append(f"| {link} | {card.slug} | {card.severity} | {fix} | {sentence} |")
    return "\n".join(rows)
