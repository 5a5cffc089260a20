"""What really happens is possible in the story: lists, dicts and objects that helpers, closures and handlers fill."""

from __future__ import annotations

import itertools
import random

import pytest

from gcheck_lint import story
from gcheck_lint.python import syntax
from gcheck_lint.story.domain.events import Saved
from gcheck_lint.text import source
from tests.support.happenings import saved_rows

IMPORTS = "from outside import check, rows\nfrom transformers import AutoModelForCausalLM\n"
LOAD = 'model = AutoModelForCausalLM.from_pretrained("gpt2")\n'
HELPERS = """
bad, good, by, counts, failed, tries, best = [], [], {}, {"n": 0}, False, 0, None


def keep(row):
    bad.append(row)


def keep_if(row, into):
    if check(row):
        into.append(row)
        return True
    return False


def risky(row):
    if check(row):
        raise ValueError(row)
    return row


def fail():
    global failed
    failed = True


def first(among):
    for one in among:
        if check(one):
            return one
    return None


def counter():
    total = [0]

    def add(more):
        total[0] += more
        return total[0]

    return add


def without(among):
    return [one for one in among if not check(one)]


class Table:
    made = []

    def __init__(self):
        self.rows = []
        self.by = {}
        self.full = False

    def put(self, row):
        self.rows.append(row)
        if len(self.rows) > 1:
            self.full = True

    def sort(self, row):
        self.by.setdefault(check(row), []).append(row)
        Table.made.append(row)

    def drop(self):
        self.rows = []
        self.full = False


add, table = counter(), Table()
"""
SAVE = 'model.save_pretrained("out")'
INSIDE = (
    "keep(row)",
    "keep_if(row, good)",
    "if keep_if(row, bad):\n    continue",
    "table.put(row)",
    "table.sort(row)",
    "if table.full:\n    table.drop()",
    "by[row] = row",
    'by.setdefault("x", []).append(row)',
    'by["last"] = bad',
    'counts["n"] += 1',
    'counts["n"] = counts["n"] + 1',
    'if check(row):\n    counts["n"] = 0',
    "try:\n    risky(row)\nexcept ValueError:\n    bad.append(row)",
    "try:\n    good.append(risky(row))\nexcept ValueError:\n    continue",
    "try:\n    risky(row)\nexcept ValueError:\n    fail()\nelse:\n    good.append(row)\nfinally:\n    tries += 1",
    "try:\n    keep(risky(row))\nfinally:\n    tries = 7",
    "while True:\n    if check(row):\n        break\n    tries += 1\n    if tries > 2:\n        break",
    "while tries < 2:\n    tries += 1\n    if check(row):\n        break\nelse:\n    bad.append(row)",
    "for inner in bad:\n    if check(inner):\n        break\nelse:\n    good.append(row)",
    "best = row if check(row) else best",
    "if best is None:\n    best = row",
    "if add(1) == 2:\n    " + SAVE,
    "if failed:\n    " + SAVE,
    "if table.full:\n    " + SAVE,
    'if "x" in by:\n    ' + SAVE,
    "bad, good = good, bad",
    "good = bad + [row]",
    "bad = without(bad)",
    "if len(bad) > 1:\n    del bad[0]",
)
AFTER = (
    "if not table.rows:\n    raise SystemExit",
    "if table.rows:\n    raise SystemExit",
    "if table.by:\n    " + SAVE,
    "if not Table.made:\n    " + SAVE,
    "for key, value in by.items():\n    " + SAVE,
    "if len(by) == 1:\n    " + SAVE,
    'if "last" in by and by["last"]:\n    ' + SAVE,
    'if by.get("x"):\n    ' + SAVE,
    'if counts["n"] == 2:\n    ' + SAVE,
    'if not counts["n"]:\n    raise SystemExit',
    "if failed:\n    raise SystemExit",
    "if first(bad) is None:\n    " + SAVE,
    "while bad:\n    bad.pop()\n    " + SAVE,
    "if best is None:\n    raise SystemExit",
    "if max(good, default=None) is not None:\n    " + SAVE,
    "if add(0) > 1:\n    " + SAVE,
    "try:\n    risky(bad[0])\nexcept IndexError:\n    " + SAVE + "\nexcept ValueError:\n    " + SAVE,
    "assert tries != 7",
    "if tries == 2:\n    " + SAVE,
    "if any(check(one) for one in good) or not good:\n    " + SAVE,
    "if without(bad):\n    " + SAVE,
    "if bad == good:\n    " + SAVE,
)


def program(rng: random.Random) -> str:
    """Some of the statements in a loop, or two, in a function or not, and some behind it."""

    def indented(parts: list[str], by: str) -> str:
        return "".join(f"{by}{line}\n" for part in parts for line in part.splitlines())

    head = rng.choice(
        (
            "for row in rows:\n",
            "for number, row in enumerate(rows):\n",
            "waiting = list(rows)\nwhile waiting:\n    row = waiting.pop()\n",
        )
    )
    text = head + indented(rng.sample(INSIDE, rng.choice((2, 3, 4))), "    ")
    if rng.random() < 0.3:
        text += indented(["else:", "    " + SAVE], "")
    text += indented(rng.sample(AFTER, 3), "") + SAVE + "\n"
    if rng.random() < 0.3:
        shared = "    global bad, good, by, counts, failed, tries, best, add, table\n"
        text = "def main():\n" + shared + indented([text], "    ") + "\n\nmain()\n"
    return IMPORTS + LOAD + HELPERS + text


def happens(text: str, length: int, answers: tuple[bool, ...]) -> set[int]:
    """The rows of the saves that happen, when there are so many rows and these are the answers of `check`."""
    return saved_rows(text.replace(IMPORTS, "\n\n").replace(LOAD, "\n"), length, answers, ValueError)


@pytest.mark.parametrize("seed", range(100))
def test_what_happens_is_possible(seed: int) -> None:
    text = program(random.Random(seed))
    told = story.interpret(syntax.parse(source.from_bytes("program.py", text.encode())))
    possible = {event.site.row for event in told.events if isinstance(event, Saved)}
    for length, answers in itertools.product(range(4), itertools.product((False, True), repeat=3)):
        missing = happens(text, length, answers) - possible
        assert not missing, (length, answers, missing, text)
