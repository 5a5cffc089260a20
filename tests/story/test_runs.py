"""What the story says of a model holds in every run: small programs that toggle switches under flags, run by Python.

A line that a run reaches is reached in the story, and what the story says there of a model, in whatever round of a loop, is what
Python finds. Where it says "unknown" it says nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from gcheck_lint import story
from gcheck_lint.python import syntax
from gcheck_lint.text import source

HEAD = """\
import argparse
import contextlib
import copy
from outside import check, rows
from transformers import AutoModelForCausalLM
parser = argparse.ArgumentParser()
parser.add_argument("--a", action="store_true")
parser.add_argument("--b", action="store_true")
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("gpt2")
other = AutoModelForCausalLM.from_pretrained("gpt2-xl")
"""
HELPERS = """
def off(one):
    one.config.use_cache = False
    reveal(one)


def checkpointed(one, on=True):
    if on:
        one.gradient_checkpointing_enable()
        return one
    one.gradient_checkpointing_disable()
    return one


def risky(one):
    if check(one):
        raise ValueError(one)
    one.train()


def careful(one):
    before = one.config.use_cache
    one.config.use_cache = False
    try:
        risky(one)
    finally:
        one.config.use_cache = before


def chosen(first, second):
    for one in (first, second):
        if check(one):
            return one
    return second


@contextlib.contextmanager
def evaluating(one):
    one.eval()
    try:
        yield one
    finally:
        one.train()


class Switch:
    def __init__(self, one):
        self.one, self.before = one, one.config.use_cache

    def __enter__(self):
        self.one.config.use_cache = False
        return self.one

    def __exit__(self, *_):
        self.one.config.use_cache = self.before


class Worker:
    def __init__(self, one):
        self.one = one
        self.ready = False

    def prepare(self):
        if not self.ready:
            self.one.train()
            self.ready = True
        return self

    def swap(self, one):
        self.one, one = one, self.one
        return one


worker, models, config = Worker(model), [model], other.config
"""
SIMPLE = (
    "{m}.config.use_cache = False",
    "{m}.config.use_cache = True",
    "{m}.config.use_cache = not args.a",
    'setattr({m}.config, "use_cache", args.b)',
    'setattr({m}.config, "use_cache" if args.a else "other", False)',
    "{m}.train()",
    "{m}.train(args.a)",
    "{m}.eval()",
    "{m}.gradient_checkpointing_enable()",
    "{m}.gradient_checkpointing_disable()",
    "off({m})",
    "checkpointed({m}, args.b)",
    "checkpointed({m})",
    "careful({m})",
    "config = {m}.config",
    "config.use_cache = False",
    "{m}.config = config",
    "worker.prepare()",
    "worker = Worker({m})",
    "models.append({m})",
    "models = [{m}]",
    "models[0].train()",
    "models[-1].config.use_cache = False",
    "if models:\n    models.pop().eval()\n    models.append({m})",
    "(model if args.a else other).gradient_checkpointing_enable()",
    "({m}.train if check({m}) else {m}.eval)()",
)
# a name that a round binds to another model is what the first round has made of it: not within loops
SWAPS = (
    "model, other = other, model",
    "{m} = worker.swap({m})",
    "{m} = chosen(model, other)",
    "{m} = copy.deepcopy({m})",
)
AROUND = (
    "if args.a:\n{}",
    "if args.b and not args.a:\n{}else:\n{}",
    "if check(args):\n{}",
    "if check(args):\n{}else:\n{}",
    "for row in rows:\n{}",
    "for row in rows:\n{}    if check(row):\n        break\n{}else:\n{}",
    "for row in rows:\n    if check(row):\n        continue\n{}",
    "for one in (model, other):\n    one.config.use_cache = args.a\n{}",
    "for one in list(models):\n    one.train()\n{}",
    "left = 2\nwhile left:\n    left -= 1\n{}",
    "while True:\n{}    if check(args):\n        break\n{}",
    "try:\n{}    risky(other)\n{}except ValueError:\n{}",
    "try:\n{}    risky(model)\nfinally:\n{}",
    "try:\n    risky(model)\nexcept ValueError:\n{}else:\n{}finally:\n{}",
    "with contextlib.suppress(ValueError):\n{}    risky(model)\n{}",
    "with Switch(model) as one:\n    reveal(one)\n{}",
    "with evaluating(other):\n{}",
    "def step():\n    global model, other, worker, models, config\n{}    if check(args):\n        return\n{}\nstep()\n",
    "def again_or_not(one, again=args.b):\n"
    "    if not again:\n        one.train()\n        return one\n    one.eval()\n    return one\n"
    "if check(args):\n{}model = again_or_not(model)\n",
)


DEEP = 2


def program(rng: random.Random) -> str:
    """Toggles, within branches, loops, functions and handlers, and a look at each model now and then."""

    def line(depth: int) -> str:
        choices = SIMPLE if depth < DEEP else SIMPLE + SWAPS
        return rng.choice(choices).format(m=rng.choice(("model", "other"))) + "\n"

    def block(depth: int, size: int) -> str:
        parts = []
        for _ in range(size):
            if depth and rng.random() < 0.45:
                around = rng.choice(AROUND)
                holes = around.count("{}")
                parts.append(around.format(*(_indented(block(depth - 1, rng.choice((1, 2)))) for _ in range(holes))))
            else:
                parts.append(line(depth))
            if rng.random() < 0.4:
                parts.append(f"reveal({rng.choice(('model', 'other', 'worker.one'))})\n")
        return "".join(parts)

    return f"{HEAD}{HELPERS}{block(DEEP, rng.choice((3, 4, 5)))}reveal(model)\nreveal(other)\n"


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


class Model:
    """A stand-in for a model: the switches that the story follows."""

    def __init__(self) -> None:
        self.config = SimpleNamespace(use_cache=True)
        self.training = self.checkpointing = False

    def train(self, mode: bool = True) -> Model:
        self.training = mode
        return self

    def eval(self) -> Model:
        return self.train(mode=False)

    def gradient_checkpointing_enable(self) -> None:
        self.checkpointing = True

    def gradient_checkpointing_disable(self) -> None:
        self.checkpointing = False

    def state(self) -> tuple[str, ...]:
        return (
            f"checkpointing {'on' if self.checkpointing else 'off'}",
            f"cache {'on' if self.config.use_cache else 'off'}",
            f"{'train' if self.training else 'eval'} mode",
        )


def happens(text: str, args: SimpleNamespace, length: int, answers: tuple[bool, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Where a run looks at a model, and what it finds."""
    found: list[tuple[int, tuple[str, ...]]] = []
    given = itertools.cycle(answers)
    asked = itertools.count()

    def check(_: object) -> bool:
        if next(asked) > 200:
            raise SystemExit  # nobody waits for a loop that never ends
        return next(given)

    def reveal(one: Model) -> None:
        found.append((sys._getframe(1).f_lineno, one.state()))

    names = {"check": check, "rows": range(length), "args": args, "model": Model(), "other": Model(), "reveal": reveal}
    code = "import contextlib, copy" + "\n" * HEAD.count("\n") + text.removeprefix(HEAD)
    with contextlib.suppress(SystemExit, ValueError):
        exec(compile(code, "program", "exec"), {**names, "__name__": "program"})
    yield from found


def disagreements(text: str) -> list[str]:
    """What some run finds and the story says otherwise."""
    told = story.interpret(syntax.parse(source.from_bytes("program.py", text.encode())))
    said: dict[int, set[tuple[str, ...]]] = {}
    for site, shown in told.revealed:
        said.setdefault(site.row, set()).update(tuple(one.split(" · ")[:3]) for one in shown.split(" | "))
    wrong = []
    for a, b, length in itertools.product((False, True), (False, True), (1, 2, 3)):
        for answers in itertools.product((False, True), repeat=3):
            for row, state in happens(text, SimpleNamespace(a=a, b=b), length, answers):
                if not any(_agrees(one, state) for one in said.get(row, ())):
                    wrong.append(f"row {row}: {state} with a={a}, b={b}, {length} rows, {answers}; told {said.get(row)}")
    return wrong


def _agrees(told: tuple[str, ...], state: tuple[str, ...]) -> bool:
    return told == ("unknown",) or all(one == found or "unknown" in one for one, found in zip(told, state, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_what_the_story_says_holds_in_every_run(seed: int) -> None:
    text = program(random.Random(seed))
    assert not disagreements(text), text
