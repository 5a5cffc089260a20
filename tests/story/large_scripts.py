"""Scripts whose shapes are hard to follow: those of `fixtures/large`, and two of thousands of rows that are made here.

Comments in them say what is expected:

    # expect: GCK201          a finding, as everywhere
    # events: Loaded, Saved   what happens to a model in this row, in this order
    # may be cut              what this statement does may be given up (behind a `def`: what the function does); nothing else may
    # right: CODE             a row that only the right twin has, in which there is no finding

What following them takes is counted in `fixtures/large/work.tsv`. Their bounds are made of it; after a change that is meant to
change it: `python -m tests.story.large_scripts --write`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gcheck_lint import story
from gcheck_lint.python import syntax
from gcheck_lint.story.domain.events import Lost, NameUsed
from gcheck_lint.text import source
from tests.support import markers
from tests.support.paths import FIXTURES

FOLDER = FIXTURES / "large"
COUNTED = FOLDER / "work.tsv"
ROOM = 1.5  # how much more than what was counted a script may take

_EVENTS = re.compile(r"#\s*events:\s*(\w+(?:,\s*\w+)*)")
_CUT = re.compile(r"#\s*may be cut\b")
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
_RIGHT = re.compile(r"^(\s*)#\s*right:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Script:
    """A script of this kind, or its right twin."""

    name: str
    text: str

    @property
    def twin(self) -> Script:
        """The same with the rows that put it right, and without a finding."""
        rows = [_RIGHT.sub(r"\1\2", row) for row in markers.strip(self.text).splitlines()]
        return Script(f"{self.name}, right", "\n".join(rows) + "\n")

    @property
    def within_main(self) -> Script:
        """The same with what stands below its functions in a `main()`."""
        last = max((node.end_lineno or 0 for node in ast.parse(self.text).body if isinstance(node, _DEFINITIONS)), default=0)
        rows = self.text.splitlines()
        main = ["def main():", *(f"    {row}" for row in rows[last:]), "main()"]
        return Script(f"{self.name}, within main", "\n".join([*rows[:last], *main]) + "\n")

    def source(self) -> source.Source:
        return source.from_bytes(f"{self.name}.py", self.text.encode())

    def told(self) -> story.Story:
        return story.interpret(syntax.parse(self.source()))

    def events(self) -> list[tuple[int, str]]:
        """Row and kind of what is expected to happen, each once."""
        return list(dict.fromkeys((row, kind) for row, kinds in self._marked(_EVENTS) for kind in re.findall(r"\w+", kinds)))

    def may_be_cut(self) -> set[int]:
        """The rows at which something may be given up."""
        rows, lines = set(), self.text.splitlines()
        for row, _ in self._marked(_CUT):
            rows.add(row)
            if re.match(r"\s*def ", lines[row - 1]):
                rows |= set(_below(lines, row))
        return rows

    def _marked(self, marker: re.Pattern[str]) -> Iterator[tuple[int, str]]:
        for row, line in enumerate(self.text.splitlines(), start=1):
            match = marker.search(line)
            if match is not None and not _RIGHT.match(line):
                yield row, match[match.lastindex or 0]


def happened(told: story.Story) -> list[tuple[int, str]]:
    """Row and kind of what happens to models, each once; in which names it is said, and what was given up, is asked elsewhere."""
    found = [(event.site.row, type(event).__name__) for event in told.events if not isinstance(event, (Lost, NameUsed))]
    return list(dict.fromkeys(found))


def _below(lines: list[str], row: int) -> Iterator[int]:
    """The rows of a function that begins at one."""
    depth = len(lines[row - 1]) - len(lines[row - 1].lstrip())
    for number in range(row, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= depth:
            return
        yield number + 1


# --- scripts that are made ---------------------------------------------------------------------------------------------------


def _plain() -> str:
    """Five thousand rows without a branch, in the middle a training, and at the end the save."""
    rows = [
        "import math",
        "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments",
        "texts, weights, table, total = [], [], {}, 0",
    ]
    rows += _plain_rows(0, 500)
    rows += [
        'model = AutoModelForCausalLM.from_pretrained("gpt2")  # events: Loaded',
        "model.config.use_cache = False  # events: CacheSwitched",
        'arguments = TrainingArguments("out", gradient_checkpointing=True)',
        "trainer = Trainer(model=model, args=arguments, train_dataset=texts)  # events: TrainerBuilt",
        "trainer.train()  # events: Trained",
    ]
    rows += _plain_rows(500, 1000)
    rows += [
        "# right: model.config.use_cache = True  # events: CacheSwitched",
        'trainer.save_model("out")  # events: Saved  # expect: GCK201',
    ]
    return "\n".join(rows) + "\n"


def _plain_rows(first: int, last: int) -> Iterator[str]:
    for number in range(first, last):
        yield f'texts.append("Sample {number}: how long is the way from {number} to {number + 7}?")'
        yield f'table["sample-{number}"] = {{"weight": {number % 9}, "tags": ["way", "{number % 5}"]}}'
        yield f"total += {number % 3 + 1} * len(texts[-1])"
        yield f"weights.append(math.sqrt({number}))"
        yield f'print("{number:04}", total)'


_SHAPES = (
    """\
def read_{n}(path, strict=False):
    if not os.path.exists(path):
        if strict:
            raise FileNotFoundError(path)
        return None
    with open(path) as file:
        return file.read()
""",
    """\
def clean_{n}(text, lower=False, digits=True):
    if lower:
        text = text.lower()
    if not digits:
        text = re.sub("[0-9]", "", text)
    return text.strip() or None
""",
    """\
def pick_{n}(rows, name, most=None):
    kept = [row for row in rows if row.get(name)]
    if most is not None:
        kept = kept[:most]
    for row in kept:
        if row[name] == {n}:
            return row
    return kept
""",
    """\
def merge_{n}(left, right):
    for key, value in right.items():
        if isinstance(value, dict) and key in left:
            merge_{n}(left[key], value)
        elif value is not None:
            left[key] = value
    return left
""",
    """\
def store_{n}(rows, path):
    try:
        with open(path, "w") as file:
            json.dump(rows, file)
    except OSError as error:
        print(error)
        return False
    return True
""",
)


def _uncalled() -> str:
    """Three hundred functions that nobody calls; one in the middle trains."""
    functions = [_SHAPES[number % len(_SHAPES)].replace("{n}", str(number)) for number in range(299)]
    rows = ["import json", "import os", "import re", "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments"]
    rows += functions[:150]
    rows += [
        'def fine_tune(name="gpt2", output="out", rows=()):',
        "    model = AutoModelForCausalLM.from_pretrained(name)  # events: Loaded",
        "    model.config.use_cache = False  # events: CacheSwitched",
        "    arguments = TrainingArguments(output, gradient_checkpointing=True)",
        "    trainer = Trainer(model=model, args=arguments, train_dataset=rows)  # events: TrainerBuilt",
        "    trainer.train()  # events: Trained",
        "    # right: model.config.use_cache = True  # events: CacheSwitched",
        "    trainer.save_model(output)  # events: Saved  # expect: GCK201",
    ]
    return "\n".join([*rows, *functions[150:]]) + "\n"


MADE: dict[str, Callable[[], str]] = {"plain_code": _plain, "uncalled_functions": _uncalled}


def scripts() -> list[Script]:
    """All of them, without their twins."""
    written = [Script(path.stem, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))]
    return written + [Script(name, make()) for name, make in MADE.items()]


# --- what they take ----------------------------------------------------------------------------------------------------------


def counted() -> dict[str, tuple[int, int]]:
    """Nodes and steps of each script, as they were counted last."""
    rows = [line.split("\t") for line in COUNTED.read_text(encoding="utf-8").splitlines()[1:]]
    return {name: (int(nodes), int(steps)) for name, nodes, steps, *_ in rows}


def main() -> None:
    rows = ["script\tnodes\tsteps\tparts given up"]
    for script in scripts():
        told = script.told()
        rows.append(f"{script.name}\t{told.work.nodes}\t{told.work.steps}\t{len(told.cuts)}")
        print(rows[-1].expandtabs(24))
    if "--write" in sys.argv[1:]:
        COUNTED.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
