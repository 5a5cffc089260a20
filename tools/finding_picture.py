"""docs/images/finding.svg: what gclint prints for the script of the tutorial, as a picture for the README and the first page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import terminal
import tutorial

ROOT: Final = Path(__file__).resolve().parent.parent
_SCRIPT: Final = re.compile(r'^```python title="train\.py"\n.*?^```$', re.M | re.S)


def written(_: str = "") -> str:
    """The picture."""
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    found = _SCRIPT.search(page)
    if found is None:
        raise ValueError("the tutorial has no train.py")
    commands = "```console\n$ gclint --target-transformers '>=4.53,<5' --quiet train.py\n```\n"
    printed = tutorial.printed(f"{found[0]}\n\n{commands}")[0]
    shown = printed.split("\n", 1)[1].rstrip()
    return terminal.svg(
        f"$ gclint train.py\n{shown}",
        "gclint on a training script: GCK203, generates in train mode with gradient checkpointing on",
    )
