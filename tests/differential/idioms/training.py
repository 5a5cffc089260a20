"""Ways to run a training: around it, and loops over batches of one's own."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from ..layout import indent
from .table import idiom

if TYPE_CHECKING:
    from ..steps import Draft


@idiom("training", "loop until it is done")
def until(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    return rng.choice(
        (
            f"rounds = 0\nwhile rounds < 1:\n{indent(body)}\n    rounds += 1",
            f"while True:\n{indent(body)}\n    break",
            f"for attempt in range(3):\n{indent(body)}\n    break",
        )
    )


@idiom("training", "trainers in a list")
def listed(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    if body != "$trainer.train()":
        return ""
    return rng.choice(
        (
            "for trainer in [$trainer]:\n    trainer.train()",
            'jobs = {"sft": $trainer}\nfor name, trainer in jobs.items():\n    trainer.train()',
            "jobs = []\njobs.append($trainer)\nfor trainer in jobs:\n    trainer.train()",
            'for name, trainer in zip(("sft",), [$trainer]):\n    trainer.train()',
        )
    )


@idiom("training", "resumed or not")
def resumed(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    if body != "$trainer.train()":
        return ""
    return rng.choice(
        (
            'if os.path.isdir("out/last"):\n    $trainer.train(resume_from_checkpoint="out/last")\nelse:\n    $trainer.train()',
            'last = None\nif os.path.isdir("out/last"):\n    last = "out/last"\n$trainer.train(resume_from_checkpoint=last)',
            'last = os.environ.get("RESUME")\n$trainer.train(resume_from_checkpoint=last)',
        )
    )


@idiom("training", "try and raise")
def tried(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    return rng.choice(
        (
            f'try:\n{indent(body)}\nexcept RuntimeError as error:\n    raise SystemExit(f"failed: {{error}}")',
            f'try:\n{indent(body)}\nexcept KeyboardInterrupt:\n    sys.exit(1)\nelse:\n    print("done")',
        )
    )


@idiom("training", "context")
def within(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    context = rng.choice(("contextlib.nullcontext()", 'torch.autocast("cuda")', "torch.enable_grad()"))
    return f"with {context}:\n{indent(body)}"


@idiom("training", "only when it is needed")
def needed(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    test = rng.choice(('not os.path.exists("out/done")', "torch.cuda.is_available()", 'os.environ.get("TRAIN")'))
    return f"if {test}:\n{indent(body)}"


# -- loops over batches; what is given is one step of the training, of `batch` ------------------------------------------------


@idiom("looping", "buffer")
def buffered(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    size, empty = rng.choice((("2", "buffer = []"), ("1", "buffer.clear()"), ("2", "buffer = buffer[2:]")))
    full = rng.choice((f"len(buffer) >= {size}", f"len(buffer) == {size}"))
    return (
        f"buffer = []\nfor row in $data:\n    buffer.append(row)\n    if {full}:\n        batch = buffer[0]\n"
        f"{indent(indent(body))}\n        {empty}"
    )


@idiom("looping", "steps counted")
def counted(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    return f"steps = 0\nfor batch in $data:\n{indent(body)}\n    steps += 1\n    if steps >= 2:\n        break"


@idiom("looping", "while over an iterator")
def iterated(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    return rng.choice(
        (
            f"rows = iter($data)\nsteps = 0\nwhile steps < 2:\n    batch = next(rows)\n{indent(body)}\n    steps += 1",
            f"rows = iter($data)\nwhile True:\n    batch = next(rows, None)\n    if batch is None:\n        break\n"
            f"{indent(body)}",
            f"for step in range(len($data)):\n    batch = $data[step]\n{indent(body)}",
            f"for batch, rate in zip($data, (1e-5, 1e-6)):\n{indent(body)}",
            f"for step, batch in enumerate(tqdm($data), start=1):\n{indent(body)}",
        )
    )


@idiom("looping", "rows that are skipped")
def skipping(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    return f'for batch in $data:\n    if len(batch["input_ids"]) == 0:\n        continue\n{indent(body)}'


@idiom("looping", "batches in a list")
def batches(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    made = rng.choice(
        (
            'batches = [row for row in $data if "input_ids" in row]',
            "batches = []\nfor row in $data:\n    batches.append(row)",
            "batches = list($data)",
        )
    )
    return f"{made}\nfor batch in batches:\n{indent(body)}"


@idiom("looping", "step in a function")
def stepped(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    used = list(dict.fromkeys(re.findall(r"\$(\w+)", body)))
    plain = body.replace("$", "")
    name = draft.function(f"def FUNCTION({', '.join([*used, 'batch'])}):\n{indent(plain)}\n    return loss.item()\n")
    call = f"{name}({', '.join([*('$' + one for one in used), 'batch'])})"
    return rng.choice(
        (f"for batch in $data:\n    {call}", f"total = sum({call} for batch in $data)", f"losses = [{call} for batch in $data]")
    )


@idiom("looping", "forward by name")
def forward(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    return f"for batch in $data:\n{indent(body.replace('$model(', '$model.forward('))}"


@idiom("looping", "own module around the model", 2)
def wrapped(draft: Draft, rng: random.Random, body: str, model: str) -> str:
    """`net.train()` reaches the model within; what comes later speaks of the model itself."""
    if "$model)" in body:
        return ""
    forward = rng.choice(
        (
            "\n    def forward(self, **batch):\n        return self.model(**batch)\n",
            "\n    def forward(self, batch):\n        return self.model(**batch)\n",
            "        self.forward = self.model.forward\n",
        )
    )
    name = draft.function(
        f"class FUNCTION(torch.nn.Module):\n    def __init__(self, model):\n        super().__init__()\n"
        f"        self.model = model\n{forward}"
    )
    step = body.replace("$model(**batch", "net(batch" if "(self, batch)" in forward else "net(**batch")
    if "use_cache" in step and "(self, batch)" in forward:
        return ""
    mode = rng.choice(("", "net.train()\n"))
    return f"net = {name}($model)\n{mode}for batch in $data:\n{indent(step)}"
