"""docs/images/finding.svg: what gclint prints for the script of the tutorial, as a picture for the README and the first page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import terminal
import tutorial

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ">=4.53,<5"  # the versions that the pictures speak of
_SCRIPT: Final = re.compile(r'^```python title="train\.py"\n(.*?)^```$', re.M | re.S)


def script() -> str:
    """The script of the tutorial."""
    found = _SCRIPT.search((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("the tutorial has no train.py")
    return found[1]


def written(_: str = "") -> str:
    """The picture."""
    file = f'```python title="train.py"\n{script()}```\n'
    commands = f"```console\n$ gclint --target-transformers '{TARGET}' --quiet train.py\n```\n"
    printed = tutorial.printed(f"{file}\n\n{commands}")[0]
    shown = printed.split("\n", 1)[1].rstrip()
    return terminal.svg(
        f"$ gclint train.py\n{shown}",
        "gclint on a training script: GCK203, generates in train mode with gradient checkpointing on",
    )
