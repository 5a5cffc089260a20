"""What is measured: files as they are found, and scripts that are made here, with a row, a module or a flag more at a time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

CLEAN = "import torch\n\nmodel = torch.nn.Linear(2, 2)\nmodel.train()\n"
DEFECTIVE = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained("gpt2")
model.config.use_cache = False
args = TrainingArguments("out", gradient_checkpointing=True)
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
trainer.save_model("out")
"""
_MODULE = '''\
"""One step of a training."""

import logging

import torch

log = logging.getLogger(__name__)
RATE_{n} = 1e-{small}


class Batches{n}:
    """Rows of a data set, a batch at a time."""

    def __init__(self, rows, size=8, shuffle=False):
        self.rows = rows
        self.size = size
        self.shuffle = shuffle

    def __iter__(self):
        for start in range(0, len(self.rows), self.size):
            part = self.rows[start : start + self.size]
            yield {{"input_ids": torch.tensor([row["input_ids"] for row in part])}}


def tokenize_{n}(tokenizer, rows, length=512):
    found = []
    for row in rows:
        text = row.get("prompt", "") + row.get("answer", "")
        if not text:
            log.warning("row %s is empty", row.get("id"))
            continue
        found.append({{"input_ids": tokenizer(text, max_length=length, truncation=True)["input_ids"]}})
    return found


def prepare_{n}(model, args):
    if args.verbose:
        log.info("step {n}")
    if args.dropout_{n} is not None:
        model.config.dropout = args.dropout_{n}
    for name, parameter in model.named_parameters():
        if "layer.{n}." in name:
            parameter.requires_grad = args.train_all
    return model
'''
_FUNCTION = '''\


def part_{n}(rows, limit={n}):
    """Sums up what part {n} has found."""
    total = 0
    kept = []
    for number, row in enumerate(rows):
        if number > limit:
            break
        value = row.get("value", 0) * {n} + len(str(number))
        if value % 2:
            kept.append({{"number": number, "value": value}})
        else:
            total += value
    return total, kept
'''
_HEAD = """\
import argparse

from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

"""


def copies(folder: Path, files: Sequence[str], times: int) -> Path:
    """A folder with some files, several times."""
    for copy in range(times):
        (folder / str(copy)).mkdir(parents=True)
        for number, name in enumerate(files):
            shutil.copyfile(name, folder / str(copy) / f"{number}.py")
    return folder


def long_script(place: Path, times: int) -> Path:
    """One file with more of the same in it."""
    place.write_text(DEFECTIVE * (10 * times), encoding="utf-8")
    return place


def program(folder: Path, modules: int, rows: int = 0) -> Path:
    """A training script of at least so many rows that calls a helper of each of its modules. Gives the script."""
    (folder / "steps").mkdir(parents=True)
    (folder / "setup.cfg").write_text("", encoding="utf-8")
    (folder / "steps" / "__init__.py").write_text("", encoding="utf-8")
    for number in range(modules):
        text = _MODULE.format(n=number, small=number % 5 + 2)
        (folder / "steps" / f"step_{number}.py").write_text(text, encoding="utf-8")
    imports = "".join(f"from steps.step_{number} import Batches{number}, prepare_{number}\n" for number in range(modules))
    options = "".join(f'    parser.add_argument("--dropout_{n}", type=float, default=None)\n' for n in range(modules))
    calls = "".join(f"    model = prepare_{number}(model, args)\n" for number in range(modules))
    head = (
        f"{_HEAD}{imports}\n\ndef arguments():\n    parser = argparse.ArgumentParser()\n"
        '    parser.add_argument("--verbose", action="store_true")\n'
        '    parser.add_argument("--train_all", action="store_true")\n'
        f"{options}    return parser.parse_args()\n"
    )
    tail = (
        "\n\ndef main():\n    args = arguments()\n    batch = 1\n"
        '    model = AutoModelForCausalLM.from_pretrained("gpt2")\n    tokenizer = AutoTokenizer.from_pretrained("gpt2")\n'
        f"    model.config.use_cache = False\n{calls}"
        '    chosen = TrainingArguments("out", gradient_checkpointing=True, per_device_train_batch_size=batch)\n'
        "    trainer = Trainer(model=model, args=chosen, train_dataset=[], tokenizer=tokenizer)\n"
        '    trainer.train()\n    trainer.save_model("out")\n\n\nif __name__ == "__main__":\n    main()\n'
    )
    body, number = "", 0
    while len((head + body + tail).splitlines()) < rows:
        body += _FUNCTION.format(n=number)
        number += 1
    place = folder / "train.py"
    place.write_text(head + body + tail, encoding="utf-8")
    return place


def flags(place: Path, count: int) -> Path:
    """A training script with so many switches on its command line, each of which is asked for."""
    options = "".join(f'parser.add_argument("--flag_{n}", action="store_true")\n' for n in range(count))
    branches = "".join(
        f"if args.flag_{n}:\n    model.config.value_{n} = {n}\nelse:\n    model.config.value_{n} = None\n" for n in range(count)
    )
    place.write_text(
        f"{_HEAD}parser = argparse.ArgumentParser()\n{options}args = parser.parse_args()\n"
        f'model = AutoModelForCausalLM.from_pretrained("gpt2")\nmodel.config.use_cache = False\n{branches}'
        'chosen = TrainingArguments("out", gradient_checkpointing=args.flag_0)\n'
        'trainer = Trainer(model=model, args=chosen, train_dataset=[])\ntrainer.train()\ntrainer.save_model("out")\n',
        encoding="utf-8",
    )
    return place


def worth_a_parse(files: Sequence[str]) -> list[str]:
    """The files that triage lets through."""
    from gcheck_lint.run import pipeline

    return [name for name in files if not pipeline.is_ruled_out(name, Path(name).read_bytes())]


def scripts_in(folder: Path, most: int) -> list[str]:
    """Scripts that triage lets through, evenly chosen."""
    left = worth_a_parse([str(path) for path in sorted(folder.rglob("*.py")) if path.is_file()])
    return left[:: max(-(-len(left) // most), 1)]
