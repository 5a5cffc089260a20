"""What a run takes, counted and not timed: which files are parsed, how many bytes, and how the steps of a story grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gcheck_lint import story
from gcheck_lint.config.settings import Resolver
from gcheck_lint.prefilter.words import RULES
from gcheck_lint.python import program, syntax
from gcheck_lint.run import pipeline, runner
from gcheck_lint.run.discover import find
from gcheck_lint.text.source import Source, from_bytes
from tests.support.samples import DEFECT

HEAD = "import argparse\nfrom transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
TAIL = 'chosen = TrainingArguments("out", gradient_checkpointing=True)\nTrainer(model=model, args=chosen).train()\n'
LOAD = 'model = AutoModelForCausalLM.from_pretrained("gpt2")\n'


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """The bytes of what is parsed, by name."""
    found: dict[str, list[int]] = {}

    def noting(parse: Callable[[Source], syntax.Module]) -> Callable[[Source], syntax.Module]:
        def note(source: Source) -> syntax.Module:
            found.setdefault(Path(source.path).name, []).append(len(source.text))
            return parse(source)

        return note

    for name in ("parse", "parse_indexed"):
        monkeypatch.setattr(syntax, name, noting(getattr(syntax, name)))
    return found


def test_what_is_worth_a_parse_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, list[int]]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    texts = {f"plain_{number}.py": f"import torch\n\nprint({number})\n" for number in range(20)}
    texts |= dict.fromkeys(("a.py", "b.py"), f"from helper import prepare\n\n{DEFECT}prepare(model)\n")
    texts |= {"helper.py": "import other\n\n\ndef prepare(model):\n    model.tie_weights()\n", "other.py": "ROWS = 7\n" * 99}
    for name, text in texts.items():
        Path(name).write_text(text)
    read: Counter[str] = Counter()
    reading = runner.reading.read_linted

    def note(path: str) -> bytes:
        read[path] += 1
        return reading(path)

    monkeypatch.setattr(runner.reading, "read_linted", note)
    pipeline.program.cache_clear()
    program.forget()
    runner.check(find(["."], Resolver(RULES)), jobs=1)
    assert parsed == {name: [len(texts[name])] for name in ("a.py", "b.py", "helper.py")}
    assert {path for path, times in read.items() if times > 1} == {"a.py", "b.py"}, "what is only ruled out is read once"
    assert set(read.values()) == {1, 2}


def steps(text: str) -> tuple[int, int]:
    told = story.interpret(syntax.parse(from_bytes("train.py", text.encode())))
    assert not told.cuts
    return told.work.steps, told.work.nodes


def flags(count: int) -> str:
    options = "".join(f'parser.add_argument("--flag_{n}", action="store_true")\n' for n in range(count))
    asked = "".join(f"if args.flag_{n}:\n    model.config.value_{n} = {n}\n" for n in range(count))
    return f"{HEAD}parser = argparse.ArgumentParser()\n{options}args = parser.parse_args()\n{LOAD}{asked}{TAIL}"


def rows(count: int) -> str:
    return HEAD + (LOAD + TAIL + 'model.save_pretrained("out")\n') * count


def helpers(count: int) -> str:
    made = "".join(f"def prepare_{n}(model):\n    model.config.rate = {n}\n    return model\n\n\n" for n in range(count))
    return HEAD + made + LOAD + "".join(f"model = prepare_{n}(model)\n" for n in range(count)) + TAIL


@pytest.mark.parametrize("make", [flags, rows, helpers])
def test_work_grows_with_the_size_and_no_faster(make: Callable[[int], str]) -> None:
    counted = [steps(make(count)) for count in (10, 20, 40)]
    for one, two, four in zip(*counted, strict=True):
        assert four - two <= 1.1 * 2 * (two - one) + 10, counted
