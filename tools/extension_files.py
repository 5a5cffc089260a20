"""What the VS Code extension brings along of the project: the licence, the script of the tutorial, and pictures of it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import finding_picture

from gcheck_lint.config.settings import Settings
from gcheck_lint.report import picture
from gcheck_lint.report.stories import Told
from gcheck_lint.run import pipeline, telling

ROOT: Final = Path(__file__).resolve().parent.parent
_SCRIPT: Final = re.compile(r'^```python title="train\.py"\n(?P<text>.*?)^```$', re.M | re.S)


def example(_: str = "") -> str:
    """The script that the walkthrough opens: that of the tutorial."""
    found = _SCRIPT.search((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("the tutorial has no train.py")
    return found["text"]


def story(_: str = "") -> str:
    """The picture of its story."""
    settings = Settings(target_transformers=">=4.53,<5")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.py"
        path.write_text(example(), encoding="utf-8")
        told = telling.tell(str(path), settings)
        found = pipeline.check(told.module.source, settings).diagnostics
        return picture.svg([Told("train.py", told, findings=found)])


FILES: Final[dict[str, Callable[[str], str]]] = {
    "editors/vscode/LICENSE": lambda _: (ROOT / "LICENSE").read_text(encoding="utf-8"),
    "editors/vscode/media/example.py": example,
    "editors/vscode/media/finding.svg": finding_picture.written,
    "editors/vscode/media/story.svg": story,
}
