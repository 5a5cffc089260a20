"""What really happens is possible in the story: small programs of loops and lists are run by Python, for all inputs."""

from __future__ import annotations

import itertools
import random

import pytest

from gcheck_lint import story
from gcheck_lint.python import syntax
from gcheck_lint.story.domain.events import Saved
from gcheck_lint.text import source
from tests.support.happenings import saved_rows

HEAD = "from outside import check, rows\nfrom transformers import AutoModelForCausalLM\n"
LOAD = 'model = AutoModelForCausalLM.from_pretrained("gpt2")\n'
START = "bad, seen, number, found = [], set(), 0, False\n"
INSIDE = (
    "bad.append(row)",
    "bad += [row]",
    "seen.add(row)",
    "number = number + 1",
    "number += 1",
    "found = True",
    "if check(row):\n    bad.append(row)",
    "if check(row):\n    found = True",
    "if check(row):\n    continue",
    "if check(row):\n    break",
    'if found:\n    model.save_pretrained("in")',
    'if len(bad) == 2:\n    model.save_pretrained("in")',
    "if len(bad) == 2:\n    bad.clear()",
    "if bad:\n    bad.pop()",
    "if number > 1:\n    seen = set()",
)
AFTER = (
    "if bad:\n    raise SystemExit",
    "if len(bad) > 1:\n    bad = []",
    "assert not seen",
    'if found:\n    model.save_pretrained("after")',
    'if not bad:\n    model.save_pretrained("after")',
    'if len([row for row in bad if check(row)]) != 1:\n    model.save_pretrained("after")',
    'if number == 2:\n    model.save_pretrained("after")',
    'for row in bad:\n    model.save_pretrained("after")',
    "if any(check(row) for row in seen):\n    raise SystemExit",
)


def program(rng: random.Random) -> str:
    inside = rng.sample(INSIDE, 4)
    body = "".join(f"    {line}\n" for part in inside for line in part.splitlines())
    ending = 'else:\n    model.save_pretrained("else")\n' if rng.random() < 0.3 else ""
    after = "\n".join(rng.sample(AFTER, 3))
    return f'{HEAD}{LOAD}{START}for row in rows:\n{body}{ending}{after}\nmodel.save_pretrained("end")\n'


def happens(text: str, length: int, answers: tuple[bool, ...]) -> set[int]:
    """The rows of the saves that happen, when there are so many rows and these are the answers of `check`."""
    return saved_rows(text.replace(HEAD, "\n\n").replace(LOAD, "\n"), length, answers)


@pytest.mark.parametrize("seed", range(120))
def test_what_happens_is_possible(seed: int) -> None:
    text = program(random.Random(seed))
    told = story.interpret(syntax.parse(source.from_bytes("program.py", text.encode())))
    possible = {event.site.row for event in told.events if isinstance(event, Saved)}
    for length, answers in itertools.product(range(4), itertools.product((False, True), repeat=3)):
        assert happens(text, length, answers) <= possible, text
